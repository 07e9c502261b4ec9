"""The workers, and below them the queues."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from queuectl_tui.rules.records import Queue, Worker
from queuectl_tui.rules.safe import line
from queuectl_tui.tui import format as show
from queuectl_tui.tui.columns import Cell
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import Snapshot
from queuectl_tui.tui.widgets.parts import Parts
from queuectl_tui.tui.widgets.small_table import Field, SmallTable

_WORKERS = (
    Field("WORKER", 9, rank=10),
    Field("STATE", 9, rank=9),
    Field("PID", 8, right=True, rank=4),
    Field("JOB", 10, rank=8),
    Field("COMMAND", 12, stretch=3, rank=7),
    Field("SINCE", 5, right=True, rank=3),
    Field("DONE", 6, right=True, rank=6),
    Field("FAILED", 6, right=True, rank=5),
    Field("CPU", 5, right=True, rank=5),
    Field("MEMORY", 8, right=True, rank=3),
    Field("QUEUES", 8, stretch=1, rank=2),
    Field("HOST", 10, rank=1),
)
_QUEUES = (
    Field("QUEUE", 16, rank=10, stretch=1),
    Field("PENDING", 9, right=True, rank=9),
    Field("RUNNING", 8, right=True, rank=8),
    Field("LIMIT", 6, right=True, rank=6),
    Field("FAILED", 8, right=True, rank=4),
    Field("DEAD", 8, right=True, rank=5),
    Field("STATE", 8, rank=7, stretch=3),
)
_KINDS = {"idle": "muted", "busy": "processing", "stopping": "waiting", "stalled": "warning", "lost": "error"}


class WorkersPane(Parts):
    """Two short lists; each has a cursor of its own."""

    KEYS_TITLE = "Workers and queues"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "screen.stop_worker", "stop", id="stop_worker", tooltip="Stop the worker here now; asks if busy"),
        Binding("enter", "screen.go_to_job", "its job", id="go_to_job", tooltip="Go to the job that the worker runs"),
        Binding("X", "screen.kill_worker", "kill", id="kill_worker", tooltip="Kill the worker here; asks"),
    ]

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(id="workers-pane")
        hint = f"No worker runs. Press {named(self.app, 'start_worker')} to start one."
        self._workers = SmallTable(_WORKERS, id="worker-list", hint=hint, ascii_only=ascii_only)
        self._queues = SmallTable(_QUEUES, id="queue-list", hint="No queue yet.", ascii_only=ascii_only)

    def compose(self) -> ComposeResult:
        """Hold both lists."""
        yield self._workers
        yield self._queues

    @property
    def worker(self) -> str | None:
        """The id of the worker at the cursor, unless that is among the queues."""
        return None if self._queues.has_focus else self._workers.key

    @property
    def queue(self) -> str | None:
        """The name of the queue at the cursor."""
        return self._queues.key

    @property
    def slipped(self) -> bool:
        """A cursor has just gone to another row, since its own left."""
        return self._workers.slipped or self._queues.slipped

    def show(self, snapshot: Snapshot) -> None:
        """Show workers and queues as they are."""
        self._workers.show([(worker.id, _worker(worker, snapshot.at)) for worker in snapshot.workers])
        self._queues.show([(queue.name, _queue(queue)) for queue in snapshot.counts.queues])


def _worker(worker: Worker, now: int) -> tuple[Cell, ...]:
    cpu = "" if worker.cpu_percent is None else f"{worker.cpu_percent:.0f}%"
    # By whole MiB, so that nothing is drawn when nothing happens.
    memory = "" if worker.rss_bytes is None else f"{worker.rss_bytes >> 20} MiB"
    return (
        Cell(worker.id, "id"),
        Cell(worker.state, _KINDS.get(worker.state, "plain")),
        Cell(str(worker.pid), "muted"),
        Cell(worker.job or "", "strong"),
        Cell(line(worker.command or "")),
        Cell(show.age(worker.started_at, now), "muted"),
        Cell(f"{worker.completed:,}"),
        Cell(f"{worker.failed:,}" if worker.failed else "", "error"),
        Cell(cpu, "muted"),
        Cell(memory, "muted"),
        Cell(line(", ".join(worker.queues) or "all"), "queue"),
        Cell(line(worker.host), "muted"),
    )


def _queue(queue: Queue) -> tuple[Cell, ...]:
    counts = queue.counts
    return (
        Cell(line(queue.name), "queue"),
        Cell(f"{counts['pending']:,}"),
        Cell(f"{counts['processing']:,}", "processing" if counts["processing"] else "muted"),
        Cell(str(queue.limit) if queue.limit else "", "muted"),
        Cell(f"{counts['failed']:,}" if counts["failed"] else "", "failed"),
        Cell(f"{counts['dead']:,}" if counts["dead"] else "", "dead"),
        Cell("paused" if queue.paused else "", "warning"),
    )
