"""How the UI looks on this terminal: its theme, with the colours and characters that there are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.safe import line
from queuectl_tui.tui import preferences
from queuectl_tui.tui.filters import Ascii, NoColours
from queuectl_tui.tui.screens.theme_picker import ThemePicker
from queuectl_tui.tui.themes import NAMES, OWN, PLAIN, by_name
from queuectl_tui.tui.widgets.styled import Styled


class Appearance(App[None], inherit_bindings=False):
    """Knows its themes, and remembers which one was chosen."""

    KEYS_TITLE = "Everywhere"
    CSS_PATH: ClassVar = ["app.tcss", "plain.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("T", "theme", "theme", show=False, id="theme", tooltip="Choose the colours"),
    ]

    def __init__(self, *, config: Path | None, ascii_only: bool, **options: Any) -> None:
        no_color = os.environ.get("NO_COLOR")
        super().__init__(**options)
        # Textual takes it away from whatever is started here.
        if no_color is not None:
            os.environ["NO_COLOR"] = no_color
        self.no_color = bool(no_color)
        self.animation_level = "none"
        self._ascii = ascii_only
        self._config = config
        self._last: list[LineFilter] = [NoColours()] if self.no_color else []
        if ascii_only:
            self._last.append(Ascii())
        for theme in OWN:
            self.register_theme(theme)
        self._wear(self._first_theme())

    def _first_theme(self) -> str:
        """Name the theme that was chosen last, or the one that suits the terminal."""
        few = self.console.color_system in (None, "standard")
        default = PLAIN.name if few else NAMES[0]
        chosen = preferences.theme(self._config)
        return PLAIN.name if self.no_color else chosen if chosen in NAMES else default

    def _wear(self, name: str) -> None:
        """Wear a theme before anything is styled, so that nothing is styled twice."""
        self.register_theme(by_name(name))
        self.set_reactive(App.theme, name)
        self._worn = name
        self.stylesheet.set_variables(self.get_css_variables())
        self._watch_ansi_color(None)

    def refresh_css(self, animate: bool = True) -> None:
        """Change to the colours of another theme; Textual asks for it at the start, too."""
        if self._worn == self.theme:
            return
        self._worn = self.theme
        super().refresh_css(animate)
        for screen in self.screen_stack:
            for widget in screen.query(Styled):
                widget.change_colours()

    def _watch_theme(self, theme_name: str) -> None:
        super()._watch_theme(theme_name)
        # Textual does this later: a line of the old theme drawn before that goes through the filters of the new one,
        # which fail on it.
        self.refresh_css(animate=False)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Give what every line goes through."""
        return [*([] if self.no_color else super().get_line_filters()), *self._last]

    def action_theme(self) -> None:
        """Choose a theme, seeing it at once, and remember it."""
        if self.no_color:
            self.notify("NO_COLOR is set: there are no colours to choose", markup=False)
            return

        def chosen(name: str | None) -> None:
            if name is None:
                return
            try:
                preferences.remember_theme(self._config, name)
            except QueuectlError as error:
                self.notify(line(str(error)), severity="warning", markup=False)

        for name in NAMES:
            self.register_theme(by_name(name))
        self.push_screen(ThemePicker(self.theme, NAMES, ascii_only=self._ascii), chosen)
