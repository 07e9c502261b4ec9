"""The output of a job: of its last run or of an earlier one, with a line to search it."""

from __future__ import annotations

from typing import ClassVar, Self

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import Blur
from textual.message import Message
from textual.widgets import Input, Static

from queuectl_tui.rules.records import Job, Run
from queuectl_tui.tui import format as show
from queuectl_tui.tui.widgets.log_view import LogView
from queuectl_tui.tui.widgets.log_window import Subject
from queuectl_tui.tui.widgets.parts import Parts
from queuectl_tui.tui.widgets.safe_input import SafeInput


class SearchLine(Horizontal):
    """A line to type what is searched for; esc leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False, id="leave_search", tooltip="Search for nothing new"),
    ]

    class Left(Message):
        """It was left; with a text, that is searched for."""

        def __init__(self, text: str | None) -> None:
            super().__init__()
            self.text = text

    def compose(self) -> ComposeResult:
        """Hold the line."""
        yield Static(Text("/"), id="search-sign")
        yield SafeInput(placeholder="search the output, enter goes to the next match", id="search-text")

    def open(self) -> None:
        """Show the line, with what was typed last."""
        self.display = True
        typed = self.query_one(SafeInput)
        typed.focus()
        typed.action_select_all()

    @on(Input.Submitted)
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave(event.value)

    def action_leave(self) -> None:
        """Leave it as it is."""
        self._leave(None)

    def on_descendant_blur(self, event: Blur) -> None:
        """Leave it when the focus goes elsewhere."""
        del event
        self.display = False

    def _leave(self, text: str | None) -> None:
        self.post_message(self.Left(text))


class OutputPane(Parts):
    """What a run of a job printed."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(id="output")
        self.view = LogView(ascii_only=ascii_only)
        self._line = SearchLine(id="search-line")
        self._job: Job | None = None
        self._runs: tuple[Run, ...] = ()
        #: The number of an earlier run that was asked for.
        self._chosen: int | None = None

    def compose(self) -> ComposeResult:
        """Hold the output and the line under it."""
        yield self.view
        yield self._line

    @property
    def run(self) -> Run | None:
        """The run that is shown."""
        chosen = [run for run in self._runs if run.run == self._chosen] or self._runs[-1:]
        return chosen[0] if chosen else None

    @property
    def words(self) -> list[tuple[str, str]]:
        """Say what is in view, the most important first: words and the name of their style."""
        view, run = self.view, self.run
        found = [(view.finding.words, "error" if view.finding.missed else "accent")]
        found.append(("follow" if view.follow else "", "accent"))
        if run is not None:
            earlier = run.run != self._runs[-1].run
            found.append((f"earlier run {run.run}" if earlier else "", "warning"))
            printed, cut = (_coarse(size, run) for size in (run.output_bytes, run.dropped_bytes))
            found.append((show.size(printed), "muted"))
            found.append((f"{show.size(cut)} cut" if cut else "", "warning"))
        found.append(("" if view.wrap else "not wrapped", "muted"))
        return [pair for pair in found if pair[0]]

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the focus to the output."""
        self.view.focus(scroll_visible)
        return self

    def put(self, job: Job | None, runs: tuple[Run, ...]) -> None:
        """Show the output of another job, or of the same as it goes on."""
        if job is None or self._job is None or job.seq != self._job.seq:
            self._chosen = None
        self._job, self._runs = job, runs
        self._open()

    def turn_run(self, step: int) -> None:
        """Show the run after this one, or the one before."""
        numbers = [run.run for run in self._runs]
        if self.run is not None:
            at = numbers.index(self.run.run) + step
            self.choose(numbers[max(0, min(at, len(numbers) - 1))])

    def choose(self, number: int) -> None:
        """Show one of the runs; with the last one, those that come after it."""
        self._chosen = number if self._runs and number != self._runs[-1].run else None
        self._open()
        self.post_message(LogView.Changed())

    def on_log_view_search_asked(self) -> None:
        """Let a text be typed."""
        self._line.open()

    def on_search_line_left(self, message: SearchLine.Left) -> None:
        """Search for what was typed."""
        if message.text is not None:
            self.view.search(message.text)
        self.view.focus()

    def _open(self) -> None:
        job, run = self._job, self.run
        if job is None:
            self.view.open(None)
        elif run is None:
            self.view.open(Subject(job.seq, 0, False, "It has not started yet."))
        else:
            live = run.outcome == "running"
            hint = "It has printed nothing so far." if live else "It printed nothing."
            self.view.open(Subject(job.seq, run.run, live, hint))


def _coarse(size: int, run: Run) -> int:
    """Give the size of an output; of one that grows only its first two digits, which do not change all the time."""
    if run.outcome != "running":
        return size
    step = int("1" + "0" * max(0, len(str(size)) - 2))
    return size // step * step
