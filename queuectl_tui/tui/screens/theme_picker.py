"""The themes by name, each seen as it is gone to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from queuectl_tui.tui.columns import Cell
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.dialog import Dialog
from queuectl_tui.tui.widgets.small_table import Field, SmallTable


class ThemePicker(Dialog[str]):
    """Shows each theme on the whole screen; enter keeps it."""

    KEYS_TITLE = "In the list of themes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "keep", "keep", id="keep_theme", tooltip="Keep this theme, and remember it"),
        Binding("q", "leave", "back", show=False, id="leave_themes", tooltip="Back to the theme that was"),
    ]

    def __init__(self, current: str, names: Sequence[str], *, ascii_only: bool) -> None:
        super().__init__()
        self._before = current
        self._names = names
        self._table = SmallTable((Field("THEME", 24, stretch=1),), id="theme-list", ascii_only=ascii_only)

    def compose(self) -> ComposeResult:
        """Hold the names."""
        with Vertical(classes="box small-box"):
            yield self._table
            yield Static(
                Text(f"{named(self.app, 'keep_theme')} keeps it · {named(self.app, 'leave')} leaves"),
                classes="box-note",
            )

    def on_mount(self) -> None:
        """Stand on the theme that is."""
        self._table.show([(name, (Cell(name, "strong"),)) for name in self._names])
        self._table.action_move(self._names.index(self._before))
        self._table.focus()

    def on_small_table_moved(self) -> None:
        """Show the theme."""
        if self._table.key is not None:
            self._wear(self._table.key)

    def action_keep(self) -> None:
        """Keep what is shown."""
        self.dismiss(self._table.key)

    def action_leave(self) -> None:
        """Go back to what was."""
        self._wear(self._before)
        self.dismiss(None)

    def _wear(self, name: str) -> None:
        self.app.theme = name
        # What is behind, too: it draws nothing by itself while this is open.
        self.call_after_refresh(self.refresh)
