"""The runs of one job, one line each: when, where, how long, how it ended, and what it used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from queuectl_tui.rules.records import Job, Run
from queuectl_tui.rules.safe import line
from queuectl_tui.tui import format as show
from queuectl_tui.tui.columns import Cell
from queuectl_tui.tui.widgets.small_table import Field, SmallTable

_FIELDS = (
    Field("RUN", 4, right=True, rank=9),
    Field("TRY", 3, right=True, rank=4),
    Field("ENDED", 11, rank=10),
    Field("EXIT", 5, rank=8),
    Field("TOOK", 7, right=True, rank=9),
    Field("STARTED", 19, rank=7),
    Field("CPU", 7, right=True, rank=3),
    Field("MEMORY", 9, right=True, rank=6),
    Field("WORKER", 9, rank=5),
    Field("ERROR", 12, stretch=1, rank=8),
)
_KINDS = {
    "running": "processing",
    "completed": "completed",
    "failed": "failed",
    "timeout": "failed",
    "interrupted": "dead",
    "unrunnable": "dead",
}


#: What is said of a job that has no attempt.
_NO_RUN = "Not started yet."


class Attempts(SmallTable):
    """A list of runs, the newest first; enter opens what one printed."""

    KEYS_TITLE = "Attempts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_run", "its output", id="open_run", tooltip="Show what this run printed"),
    ]

    class Opened(Message):
        """The output of a run is wanted."""

        def __init__(self, run: int) -> None:
            super().__init__()
            self.run = run

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(_FIELDS, id="attempts", ascii_only=ascii_only)
        self._job = 0

    def put(self, job: Job | None, runs: Sequence[Run]) -> None:
        """Show the runs of a job."""
        seq = job.seq if job is not None else 0
        self.hint(_NO_RUN if job is not None else "")
        anew, self._job = seq != self._job, seq
        self.show([(str(run.run), _cells(run)) for run in reversed(runs)], anew=anew)

    def action_open_run(self) -> None:
        """Ask for the output of the run at the cursor."""
        if self.key is not None and not self.slipped:
            self.post_message(self.Opened(int(self.key)))


def _cells(run: Run) -> tuple[Cell, ...]:
    code = show.signal_name(run.signal) if run.signal is not None else run.exit_code
    return (
        Cell(str(run.run), "strong"),
        Cell(str(run.attempt), "muted"),
        Cell(line(run.outcome).replace("_", " "), _KINDS.get(run.outcome, "muted")),
        Cell("" if code is None else str(code), "exit" if code else "muted"),
        Cell(show.elapsed(run.duration_ms)),
        Cell(show.clock(run.started_at), "muted"),
        Cell(show.elapsed(run.cpu_ms), "muted"),
        Cell(show.size(run.max_rss_kib * 1024) if run.max_rss_kib else "", "muted"),
        Cell(line(run.worker), "muted"),
        Cell(line((run.error or "")[:500]), "error"),
    )
