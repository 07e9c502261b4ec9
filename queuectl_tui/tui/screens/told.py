"""What the last act did, and what it refused and why."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from queuectl_tui.rules.records import Report
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.dialog import Dialog

#: So many are shown; all are in what `history` and the list tell.
_SHOWN = 200
#: Ids up to this long stand in a column, cells.
_ID = 24


class Told(Dialog[None]):
    """A list of ids with their reasons."""

    KEYS_TITLE = "In a report"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,space", "leave", "close", id="close_told", tooltip="Close what was told"),
        Binding("down,j", "scroll(1)", "down", show=False, id="told_down", tooltip="Down"),
        Binding("up,k", "scroll(-1)", "up", show=False, id="told_up", tooltip="Up"),
    ]

    def __init__(self, title: str, report: Report) -> None:
        super().__init__()
        self._title = title
        self._refused = report.refused

    def compose(self) -> ComposeResult:
        """Hold the title and the reasons."""
        shown = [(line(name), line(why)) for name, why in self._refused[:_SHOWN]]
        widest = min(_ID, max((cell_len(name) for name, _ in shown), default=0))
        found = [
            Text.assemble((name.ljust(len(name) + widest - cell_len(name)), "bold"), "  ", why) for name, why in shown
        ]
        if len(self._refused) > _SHOWN:
            found.append(Text(f"and {len(self._refused) - _SHOWN:,} more"))
        with Vertical(classes="box warning"):
            yield Static(Text(self._title), classes="box-title")
            with VerticalScroll(id="told-lines", can_focus=False):
                yield Static(Text("\n", no_wrap=True).join(found), classes="told-text")
            down, up, close = (named(self.app, name) for name in ("told_down", "told_up", "close_told"))
            yield Static(Text(f"{down} {up} scroll · {close} closes"), classes="box-note")

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#told-lines").scroll_relative(y=lines, animate=False)
