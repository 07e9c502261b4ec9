"""The line above a list in which its filter is typed, and what comes of it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from queuectl_tui.rules.safe import line
from queuectl_tui.tui.widgets.one_line import Hint
from queuectl_tui.tui.widgets.safe_input import SafeInput

#: Told while one is typed: the key of the line itself, then what can be written and what it means.
TYPING = (
    Hint("enter", "keep"),
    Hint("exit:7,28", "either", legal=False),
    Hint("!queue:a", "not", legal=False),
    Hint("age<1h", "newer", legal=False),
)


class FilterBar(Horizontal):
    """Shown while a filter is typed or holds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "clear", id="clear_filter", tooltip="Clear the filter and close it"),
        Binding("enter,down,up", "keep", "keep", id="keep_filter", tooltip="Keep the filter, go to the list"),
    ]

    class Typed(Message):
        """The filter has another text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """One goes back to the list; the filter stays unless it was cleared."""

    def __init__(self) -> None:
        super().__init__(id="filter-bar")
        self._input = SafeInput(placeholder="words, exit:137, queue:video, age<1h, !tag:old", id="filter-input")
        self._note = Label(Text(), id="filter-note")
        self._said = ""

    def compose(self) -> ComposeResult:
        """Hold the line and what comes of it."""
        yield Label(Text("/"), id="filter-slash")
        yield self._input
        yield self._note

    def on_mount(self) -> None:
        """Wait to be opened."""
        self.show("")

    def show(self, text: str) -> None:
        """Show the filter of another list."""
        with self.prevent(Input.Changed):
            self._input.value = text
        self._close()

    def open(self, *, anew: bool = True) -> None:
        """Let the filter be typed; `anew`: what is typed first takes the place of what is there, as in a search."""
        self.display = True
        self._input.can_focus = True
        self._input.focus()
        if anew:
            self._input.action_select_all()

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Say what comes of the filter, or what is wrong with it."""
        if text != self._said:
            self._said = text
            self._note.update(Text(line(text)))
            self._note.set_class(wrong, "wrong")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell of each change that was typed."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self.action_keep()

    def on_click(self) -> None:
        """Let the filter be typed on."""
        self.open(anew=False)

    def on_descendant_blur(self) -> None:
        """Keep the filter when one goes elsewhere within the screen."""
        if self.app.app_focus and self.screen.is_current:
            self._close()

    def action_keep(self) -> None:
        """Keep the filter, and go back to the list; one that is wrong is to be mended, or cleared."""
        if not self._note.has_class("wrong"):
            self._leave()

    def _leave(self) -> None:
        self._close()
        self.post_message(self.Left())

    def _close(self) -> None:
        # Where it cannot have the focus the keys that go from part to part leave it out.
        self._input.can_focus = False
        self.display = bool(self._input.value.strip())

    def action_clear(self) -> None:
        """Clear the filter, and go back to the list."""
        self._input.value = ""
        self._leave()
