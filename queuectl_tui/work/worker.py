"""One worker: claim, run, settle, until told to stop."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from queuectl_tui.rules.errors import DatabaseMissing, DatabaseUnusable, QueuectlError
from queuectl_tui.rules.records import WorkerRow
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import safety, watch, workers
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.moves import claim as moves
from queuectl_tui.store.moves.rescue import prune_completed
from queuectl_tui.store.moves.settle import End, Finish
from queuectl_tui.store.trouble import blaming, guarded, in_words, is_damage
from queuectl_tui.work import failpoints, rescue, tree, wakeup
from queuectl_tui.work.budget import Budget
from queuectl_tui.work.execution import RETRY_S, Environments, Execution
from queuectl_tui.work.launch import seal
from queuectl_tui.work.log import Log, forget_old

#: A worker says that it is well this often, seconds.
BEAT_S = 5.0
#: It looks at its fellows, and at what is asked of it, this often, seconds.
LOOK_S = 1.0


class Orders(NamedTuple):
    """How a worker is to work; `queues` empty: it serves all."""

    id: str
    queues: tuple[str, ...] = ()
    until_idle: bool = False
    budget: Budget | None = None
    #: Write the log to stderr too.
    echo: bool = False
    #: An open pipe whose end means that the supervisor is gone.
    lifeline: int | None = None


class Worker:
    """One worker process: it owns at most one run at a time, and holds its lock for life."""

    def __init__(self, path: Path, orders: Orders) -> None:
        self.orders = orders
        self.id = orders.id
        self.umask = os.umask(0o077)
        seal()
        self.host = socket.gethostname()
        self.store: Store = open_store(path, durable=False)
        self._lock = workers.hold_lock(self.store, self.id)
        self.log = Log(workers.file_of(self.store, self.id, "log"), self.id, echo=orders.echo)
        self.wake = wakeup.make(self.store.folder, self.id)
        #: How often a signal asked it to stop.
        self.asked = 0
        #: Runs by whether they completed their job.
        self._counts = {True: 0, False: 0}
        self._told = False
        self._poll = select.poll()
        self._poll.register(self.wake, select.POLLIN)
        if orders.lifeline is not None:
            self._poll.register(orders.lifeline, select.POLLIN)
        self._next_beat = self._next_look = 0.0
        self._seen = self._fellows_seen = -1
        self._fellows: tuple[WorkerRow, ...] = ()
        self.environments = Environments(self.store)

    def run(self, on_ready: Callable[[], bool] = lambda: True) -> int:
        """Work until told to stop (or idle, or out of budget); give the exit code.

        `on_ready` is called once others see this worker; it says whether anybody still wants it.
        """
        os.chdir("/")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._on_signal)
        _register(self)
        forget_old(self.store.folder, {row.id for row in workers.all_(self.store)})
        wanted = on_ready()
        self.log(
            f"started, pid {os.getpid()}, "
            + ("queues " + ", ".join(self.orders.queues) if self.orders.queues else "all queues")
        )
        try:
            with guarded(self.store.path), blaming(self.store.conn, self.store.path):
                if wanted:
                    self._work()
                else:
                    self.log("who started it is gone and was told of no worker")
        except QueuectlError as error:
            self.log(f"stopped: {error}")
            return 1
        self._leave()
        return 0

    def _say_stopping(self) -> None:
        """Show those who look that a signal asked this worker to stop."""
        if not self._told:
            self._told = True
            try:
                workers.ask_to_stop(self.store, [self.id], "drain")
            except (QueuectlError, sqlite3.Error, OSError) as error:
                self.trouble(error)

    def _leave(self) -> None:
        self.log("stopped")
        try:
            if workers.remove(self.store, self.id):
                rescue.forget_files(self.store, self.id)
        except (QueuectlError, sqlite3.Error, OSError) as error:
            # Whoever looks next takes it off the list: it holds its lock no more.
            self.trouble(error)
        self.store.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's shape
        self.asked += 1
        with contextlib.suppress(BlockingIOError):
            os.write(self.wake, b"!")

    def _work(self) -> None:
        finish: Finish | None = None
        rested = True
        while True:
            turn = self._turn(finish, rested)
            if turn is None:
                return
            if finish is not None and turn.end is None:
                self._drop(finish)
            elif turn.end is not None:
                self._count(turn.end)
            finish = None
            if turn.claim is not None:
                if turn.more:
                    wakeup.poke(self.store)
                rested = False
                finish = Execution(self, turn.claim).run()
                if finish.outcome == "fenced":
                    self._drop(finish)
                    finish = None
                continue
            if self._idle(turn):
                return
            rested = True

    def _drop(self, finish: Finish) -> None:
        """Tell of a result that is somebody else's to record, as interrupted or not at all."""
        self.log(f"run {finish.run} was taken away; its result is dropped")

    def _idle(self, turn: moves.Turn) -> bool:
        """Rest until there may be something to do; tell whether to leave instead."""
        try:
            if self.asked or turn.stop is not None or self._done():
                return True
            workers.check_lock(self.store, self.id, self._lock)
            self._rest(turn.next_due)
        except (QueuectlError, sqlite3.Error, OSError) as error:
            if _hopeless(self.orders, error):
                raise
            self.trouble(error)
            self.pause(RETRY_S)
        return False

    def _count(self, end: End) -> None:
        if end.move != "hand_back":
            self._counts[end.state == "completed"] += 1
            workers.note_counts(self._lock, self._counts[True], self._counts[False])

    def _done(self) -> bool:
        if self.orders.budget is not None and not self.orders.budget.left:
            return True
        return self.orders.until_idle and not watch.work_to_come(self.store.conn, self.orders.queues)

    def _turn(self, finish: Finish | None, rested: bool) -> moves.Turn | None:
        """Settle and claim; what cannot be written now is kept in memory and tried again.

        None: it is to leave at once, though something could not be written.
        """
        budget = self.orders.budget
        while True:
            if finish is not None:
                failpoints.hit("before_finish")
            try:
                turn = moves.take_turn(
                    self.store,
                    self.id,
                    finish,
                    queues=self.orders.queues,
                    want=not self.asked and self._has_room() and workers.has_lock(self.store, self.id, self._lock),
                    now=now_ms,
                    rested=rested,
                    allow=budget.take if budget is not None else lambda: True,
                )
            except (sqlite3.Error, OSError, DatabaseUnusable) as error:
                if _hopeless(self.orders, error):
                    raise
                self.trouble(error)
                if self.asked > (finish is not None and not is_damage(error)):
                    if finish is not None:
                        self.log(f"run {finish.run} cannot be recorded as {finish.outcome}: it will be interrupted")
                    return None
                self.pause(RETRY_S)
                self.housekeep()
            else:
                return turn

    def _has_room(self) -> bool:
        """Tell whether there is space to record what would run."""
        free, floor = safety.free_space(self.store.path)
        if free < floor:
            said = f"only {free >> 10} KiB free on the disk (floor {floor >> 10} KiB): starting no job"
            self.log.standing("space", said)
        return free >= floor

    def trouble(self, error: Exception) -> None:
        """Log a write that failed and will be tried again."""
        self.log.standing("write", f"{in_words(error, self.store.path)}; trying again")

    def _rest(self, due: int | None) -> None:
        """Sleep until there may be something to do: a poke, the nearest due time, or the next look."""
        self._seen = -1
        pause = LOOK_S
        while not self.asked:
            version = watch.version(self.store.conn)
            if version != self._seen or (due is not None and due <= now_ms()):
                self._seen = version
                peek = watch.peek(self.store.conn, self.id, self.orders.queues, now_ms())
                due, pause = peek.next_due, min(peek.settings.poll_interval, LOOK_S)
                if peek.stop is not None or (peek.ready and self._has_room()) or self._done():
                    return
                if peek.ready:
                    due, self._seen = None, -1
            wait = pause if due is None else min(pause, max(0.0, (due - now_ms()) / 1000))
            self.pause(wait)
            if self.housekeep():
                self._prune()

    def _prune(self) -> None:
        try:
            prune_completed(self.store, now_ms())
        except (QueuectlError, sqlite3.Error) as error:
            self.trouble(error)

    def pause(self, seconds: float) -> None:
        """Wait for a poke, the end of the supervisor, or the time."""
        for fd, _ in self._poll.poll(max(0.0, seconds) * 1000 + 0.5):
            if fd == self.wake:
                wakeup.drain(self.wake)
                self._seen = -1
            else:
                self.supervisor_gone()

    def supervisor_gone(self) -> None:
        """Drain: whoever would restart or stop this worker is no more."""
        assert self.orders.lifeline is not None
        self._poll.unregister(self.orders.lifeline)
        self.log("the supervisor is gone: draining")
        self.asked = max(self.asked, 1)

    def housekeep(self, *, at_once: bool = False) -> bool:
        """Beat, and look after the fellows, at most each second; tell whether it did.

        Raises DatabaseMissing when the queue's file is no longer there.
        """
        clock = time.monotonic()
        if clock < self._next_look and not at_once:
            return False
        self._next_look = clock + LOOK_S
        if self.orders.lifeline is not None and not self.asked:
            self.pause(0)
        if self.asked:
            self._say_stopping()
        if clock >= self._next_beat:
            self._next_beat = clock + BEAT_S
            os.utime(self._lock)
            self.store.check_file()
        workers.check_lock(self.store, self.id, self._lock)
        try:
            version = watch.version(self.store.conn)
            if version != self._fellows_seen:
                self._fellows_seen = version
                self._fellows = tuple(row for row in workers.all_(self.store) if row.id != self.id)
            for job in rescue.rescue(self.store, actor=self.id, rows=self._fellows):
                self.log(f"rescued {job} from a dead worker")
                # Its own commit does not move data_version: look at once for the job that it freed.
                self._seen = -1
        except DatabaseMissing:
            raise
        except (QueuectlError, sqlite3.Error, OSError) as error:
            self.trouble(error)
        return True


def _register(worker: Worker) -> None:
    """Let others see a worker; it holds its lock already."""
    pid = os.getpid()
    workers.register(
        worker.store,
        worker.id,
        pid=pid,
        pid_start=tree.started(pid) or 0.0,
        host=worker.host,
        queues=worker.orders.queues,
        now=now_ms(),
    )


def _hopeless(orders: Orders, error: Exception) -> bool:
    """Tell whether waiting is in vain: a file that is gone does not come back, a damaged one does not become idle."""
    return isinstance(error, DatabaseMissing) or (orders.until_idle and is_damage(error))
