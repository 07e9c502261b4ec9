"""What keys do to workers and queues."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.records import Queue, Worker
from queuectl_tui.tui import acts
from queuectl_tui.tui.screens.confirm import Confirm
from queuectl_tui.tui.screens.navigation import Navigation
from queuectl_tui.tui.screens.queue_screen import Performed
from queuectl_tui.tui.screens.start_workers import StartWorkers
from queuectl_tui.tui.widgets.job_table import JobTable
from queuectl_tui.tui.widgets.workers_pane import WorkersPane


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
                    self.post_message(Performed(f"{job} rescued from a dead worker", None, None))
            except (QueuectlError, sqlite3.Error, OSError) as wrong:
                self.post_message(Performed("", None, str(wrong)))
            finally:
                self._rescuing = False
                self.feed.wake()

        self.run_worker(run, thread=True, group="rescue")

    def action_go_to_job(self) -> None:
        """Show the job that the worker at the cursor runs."""
        worker = self._worker()
        if worker is not None and worker.job is not None:
            self.go_to(worker.job)

    def action_start_worker(self) -> None:
        """Start one worker."""
        self.perform(lambda: acts.start_workers(self.path, 1), "worker started")

    def action_start_workers(self) -> None:
        """Ask how many workers to start, and for which queues."""

        def done(answer: tuple[int, tuple[str, ...]] | None) -> None:
            if answer is not None:
                count, queues = answer
                self.perform(lambda: acts.start_workers(self.path, count, queues), f"{count} workers started")

        self.app.push_screen(StartWorkers(), done)

    def action_drain_worker(self) -> None:
        """Let the worker at the cursor leave; on other tabs, an idle one."""
        worker = self._worker()
        if worker is None and self.tab != "workers":
            staying = [worker for worker in self._workers_seen if worker.state in ("idle", "busy")]
            worker = min(staying, key=lambda worker: (worker.job is not None, -worker.started_at), default=None)
        if worker is not None:
            self._stop(worker, now=False)

    def action_stop_worker(self) -> None:
        """Stop the worker at the cursor now; it asks when that one is busy."""
        worker = self._worker()
        if worker is None:
            return
        if worker.job is None:
            self._stop(worker, now=True)
            return
        lines = [f"It runs {worker.job}: that is ended and goes back to pending, the attempt not counted."]
        self.app.push_screen(
            Confirm(f"Stop worker {worker.id} now?", lines, act="Stop"),
            lambda yes: self._stop(worker, now=True) if yes else None,
        )

    def action_kill_worker(self) -> None:
        """Kill the worker at the cursor, after asking."""
        worker = self._worker()
        if worker is None:
            return
        lines = [f"Process {worker.pid} is killed at once."]
        if worker.job is not None:
            lines.append(f"It runs {worker.job}: that is killed too, and rescued; the attempt counts.")
        self.app.push_screen(
            Confirm(f"Kill worker {worker.id}?", lines, act="Kill"),
            lambda yes: self.perform(lambda: acts.kill_worker(self.path, worker.id), "killed") if yes else None,
        )

    def action_pause(self) -> None:
        """Pause the queue at the cursor, or let it go on."""
        if self.tab == "workers":
            name = self.query_one(WorkersPane).queue
        else:
            job = self.query_one(JobTable).job
            name = job.queue if job is not None else None
        if name is not None:
            paused = any(queue.name == name and queue.paused for queue in self._queues_seen)
            word = "goes on" if paused else "paused"
            self.perform(lambda: acts.pause(self.path, [name], not paused), f"queue {name} {word}")

    def action_pause_all(self) -> None:
        """Pause every queue, or let all go on when one is paused."""
        paused = any(queue.paused for queue in self._queues_seen)
        word = "all queues go on" if paused else "all queues paused"
        self.perform(lambda: acts.pause(self.path, None, not paused), word)

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

    def _stop(self, worker: Worker, *, now: bool) -> None:
        words = f"worker {worker.id} stops" if now else f"worker {worker.id} leaves after its job"
        self.perform(lambda: acts.stop_worker(self.path, worker.id, now=now), words)
