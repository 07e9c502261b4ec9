"""How far a long act is; it can be stopped, and what is done stays done."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from queuectl_tui.tui.screens.dialog import Dialog

_CELLS = 40


class Progress(Dialog[None]):
    """A bar that goes on when it is told to; esc stops the act."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "stop", id="stop", tooltip="Stop; what is done stays done"),
    ]

    def __init__(self, title: str, total: int) -> None:
        super().__init__()
        self._title = title
        self._total = total
        #: Someone wants the act to stop.
        self.stop_requested = False
        self._bar = Static(Text(), id="bar")

    def compose(self) -> ComposeResult:
        """Hold the title, the bar and how to stop."""
        with Vertical(classes="box"):
            yield Static(Text(self._title), classes="box-title")
            yield self._bar
            yield Static(Text("esc stops; what is done stays done"), classes="box-note")

    def on_mount(self) -> None:
        """Begin at nothing."""
        self.advance(0)

    def advance(self, behind: int) -> None:
        """Show that so many are behind."""
        share = behind / self._total if self._total else 1.0
        full = round(share * _CELLS)
        self._bar.update(Text(f"{'█' * full}{'░' * (_CELLS - full)}  {behind:,} of {self._total:,}"))

    def finish(self) -> None:
        """Go away."""
        self.dismiss(None)

    def action_leave(self) -> None:
        """Ask the act to stop."""
        self.stop_requested = True
