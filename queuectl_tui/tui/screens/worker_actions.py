"""What keys do to workers and queues."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.records import Queue, Worker
from queuectl_tui.tui import acts
from queuectl_tui.tui.doing import Doing
from queuectl_tui.tui.screens.confirm import Confirm
from queuectl_tui.tui.screens.navigation import Navigation
from queuectl_tui.tui.screens.queue_screen import Performed
from queuectl_tui.tui.screens.start_workers import StartWorkers
from queuectl_tui.tui.widgets.workers_pane import WorkersPane

#: So many queues are told by name.
_NAMED = 4


class WorkerActions(Navigation):
    """Starts, drains, stops and kills workers; pauses queues."""

    KEYS_TITLE = "Workers and queues"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "plus", "start_worker", "worker", id="start_worker", tooltip="Start a worker that outlives this screen"
        ),
        Binding(
            "W",
            "start_workers",
            "workers…",
            show=False,
            id="start_workers",
            tooltip="Start several, for some queues",
        ),
        Binding(
            "minus", "drain_worker", "drain", show=False, id="drain_worker", tooltip="Let a worker leave after its job"
        ),
        Binding("p", "pause", "pause", id="pause", tooltip="Pause the queue at the cursor, or let it go on"),
        Binding(
            "P", "pause_all", "pause all", show=False, id="pause_all", tooltip="Pause all queues, or let them go on"
        ),
    ]

    _rescuing = False

    def rescue_if_lost(self) -> None:
        """Rescue the jobs of dead workers, in a thread; one look at a time."""
        if self._rescuing or all(worker.state != "lost" for worker in self._workers_seen):
            return
        self._rescuing = True

        def run() -> None:
            try:
                for job in acts.rescue_jobs(self.path):
                    self.post_message(Performed(Doing(f"{job} rescued from a dead worker"), None, None))
            except (QueuectlError, sqlite3.Error, OSError) as wrong:
                self.post_message(Performed(Doing(""), None, str(wrong)))
            finally:
                self._rescuing = False
                self.feed.wake()

        self.run_worker(run, thread=True, group="rescue")

    def action_go_to_job(self) -> None:
        """Show the job that the worker at the cursor runs."""
        worker = self._worker()
        if worker is not None and worker.job is not None and not self._slipped:
            self.go_to(worker.job)

    def action_start_worker(self) -> None:
        """Start one worker."""
        self.perform(lambda: acts.start_workers(self.path, 1), Doing("started", what="workers"))

    def action_start_workers(self) -> None:
        """Ask how many workers to start, and for which queues."""

        def done(answer: tuple[int, tuple[str, ...]] | None) -> None:
            if answer is not None:
                count, queues = answer
                self.perform(lambda: acts.start_workers(self.path, count, queues), Doing("started", what="workers"))

        self.app.push_screen(StartWorkers([queue.name for queue in self._queues_seen]), done)

    def action_drain_worker(self) -> None:
        """Let the worker at the cursor leave; on other tabs, an idle one."""
        if (worker := self._draining()) is not None and not (self.tab == "workers" and self._slipped):
            self._stop(worker, now=False)

    def action_stop_worker(self) -> None:
        """Stop the worker at the cursor now; it asks when that one is busy."""
        worker = self._worker()
        if worker is None or self._slipped:
            return
        if worker.job is None:
            self._stop(worker, now=True)
            return
        lines = ["That is ended and goes back to pending; the attempt does not count."]
        self._ask_for(worker, "Stop", lines, lambda: self._stop(worker, now=True))

    def action_kill_worker(self) -> None:
        """Kill the worker at the cursor, after asking."""
        worker = self._worker()
        if worker is None or self._slipped:
            return
        lines = ["That is killed too, and rescued; the attempt counts."] if worker.job is not None else []

        def kill() -> None:
            self.perform(lambda: acts.kill_worker(self.path, worker.id), Doing("killed", what="workers"))

        self._ask_for(worker, "Kill", lines, kill)

    def action_pause(self) -> None:
        """Pause the queue at the cursor, or let it go on."""
        if (name := self._queue()) is not None and not self._slipped:
            paused = any(queue.name == name and queue.paused for queue in self._queues_seen)
            words = f"queue {name} goes on" if paused else f"queue {name} paused"
            self.perform(lambda: acts.pause(self.path, [name], not paused), Doing(words))

    def action_pause_all(self) -> None:
        """Pause every queue, or let all go on when one is paused."""
        paused = [queue.name for queue in self._queues_seen if queue.paused]
        names = paused or [queue.name for queue in self._queues_seen]
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
        words = f"{'go on' if paused else 'paused'}: {shown}"
        self.perform(lambda: acts.pause(self.path, None, not paused), Doing(words))

    @property
    def with_workers(self) -> tuple[object, ...]:
        """What decides which keys do something to workers and queues."""
        worker = self._worker()
        at_cursor = worker and (worker.state, worker.job is None)
        return at_cursor, self._draining() is None, self._queue() is None

    def can_with_workers(self, action: str) -> bool:
        """Tell whether a key does something to the worker or the queue at the cursor."""
        if action in ("stop_worker", "kill_worker"):
            worker = self._worker()
            return worker is not None and worker.state != "lost"
        if action == "go_to_job":
            worker = self._worker()
            return worker is not None and worker.job is not None
        if action == "drain_worker":
            return self._draining() is not None
        if action == "pause":
            return self._queue() is not None
        return True

    @property
    def _workers_seen(self) -> Sequence[Worker]:
        return self.snapshot.workers if self.snapshot is not None else ()

    @property
    def _queues_seen(self) -> Sequence[Queue]:
        return self.snapshot.counts.queues if self.snapshot is not None else ()

    def _worker(self) -> Worker | None:
        if self.tab != "workers":
            return None
        key = self.query_one(WorkersPane).worker
        return next((worker for worker in self._workers_seen if worker.id == key), None)

    def _draining(self) -> Worker | None:
        staying = [worker for worker in self._workers_seen if worker.state in ("idle", "busy", "stalled")]
        if self.tab == "workers":
            here = self._worker()
            return here if here in staying else None
        return min(staying, key=lambda worker: (worker.job is not None, -worker.started_at), default=None)

    def _queue(self) -> str | None:
        if self.tab == "workers":
            return self.query_one(WorkersPane).queue
        job = self.jobs.job if self.lists_jobs else None
        return job.queue if job is not None else None

    @property
    def _slipped(self) -> bool:
        """A key pressed now was meant for who stood at the cursor just before."""
        if self.tab == "workers":
            return self.query_one(WorkersPane).slipped
        return self.lists_jobs and self.jobs.slipped

    def _ask_for(self, worker: Worker, verb: str, lines: Sequence[str], then: Callable[[], None]) -> None:
        runs = [f"It runs {worker.job}.", *lines] if worker.job is not None else ["It runs nothing."]
        title = f"{verb} worker {worker.id}, process {worker.pid}, now?"
        self.app.push_screen(Confirm(title, lines=runs, act=verb), lambda yes: then() if yes else None)

    def _stop(self, worker: Worker, *, now: bool) -> None:
        words = f"worker {worker.id} stops" if now else f"worker {worker.id} leaves after its job"
        self.perform(lambda: acts.stop_worker(self.path, worker.id, now=now), Doing(words))
