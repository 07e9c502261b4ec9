"""A question before what cannot be put right; the button is on Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from queuectl_tui.rules.safe import line
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.dialog import Dialog

#: Nobody reads a question sooner, seconds: what is pressed before was meant for something else.
_READ_S = 0.3


class Confirm(Dialog[bool]):
    """Asks once; only the act's own button, or y, says yes."""

    KEYS_TITLE = "In a question"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", id="yes", tooltip="Yes, do it"),
        Binding("n,q", "answer(False)", "no", id="no", tooltip="No, leave it"),
        Binding("tab,left,right", "turn", "other button", show=False, id="turn", tooltip="Go to the other button"),
    ]

    def __init__(
        self, title: str, named: Sequence[tuple[str, str]] = (), lines: Sequence[str] = (), *, act: str
    ) -> None:
        super().__init__()
        self._title = title
        self._named = named
        self._lines = lines
        self._act = act
        self._readable = False

    def compose(self) -> ComposeResult:
        """Hold the question, what it hits, and the two buttons."""
        with Vertical(classes="box warning"):
            yield Static(Text(line(self._title)), classes="box-title")
            for name, command in self._named:
                with Horizontal(classes="named"):
                    yield Static(Text(line(name)), classes="named-id")
                    yield Static(Text(line(command)), classes="named-command")
            if self._lines:
                yield Static(Text("\n".join(map(line, self._lines))), classes="box-text")
            with Horizontal(classes="box-buttons"):
                # Of what is called cancel itself, that word would say both yes and no.
                leave = "Leave it" if self._act == "Cancel" else "Cancel"
                yield Button(Text(f"{leave} ({named(self.app, 'leave')})"), id="cancel", compact=True)
                yield Button(Text(f"{self._act} ({named(self.app, 'yes')})"), id="act", compact=True)
                yield Static(Text(f"{named(self.app, 'turn')} other button"), id="form-keys")

    def on_mount(self) -> None:
        """Stand on Cancel; take no yes before the question was on the screen for a moment."""
        self.query_one("#cancel").focus()
        self.call_after_refresh(self.set_timer, _READ_S, self._can_be_read)

    def _can_be_read(self) -> None:
        self._readable = True

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take the answer."""
        self.action_answer(event.button.id == "act")

    def action_answer(self, yes: bool) -> None:
        """Take the answer; a yes that was typed before the question could be read is none."""
        if not yes or self._readable:
            self.dismiss(yes)

    def action_turn(self) -> None:
        """Go to the other button."""
        self.focus_next()
