"""Workers in the foreground: one alone, or several with a supervisor that replaces those that die."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from queuectl_tui.rules.errors import Refused
from queuectl_tui.store.database import open_store
from queuectl_tui.store.trouble import guarded
from queuectl_tui.work import own
from queuectl_tui.work.budget import Budget
from queuectl_tui.work.fleet import new_worker_id
from queuectl_tui.work.rescue import rescue
from queuectl_tui.work.spawn import fork_worker
from queuectl_tui.work.worker import Orders, Worker

#: A worker that dies sooner than this after its start is replaced only after a pause, seconds.
_TOO_SOON_S = 1.0


def supervise(
    path: Path,
    *,
    count: int | None = None,
    queues: Sequence[str] = (),
    until_idle: bool = False,
    max_jobs: int | None = None,
) -> int:
    """Run workers in the foreground until they are told to stop (or are idle); give the exit code.

    `count` None: one worker, this very process. Else a supervisor with so many; it ends with the last of them.
    """
    own.leave_job()
    budget = None if max_jobs is None else Budget(max_jobs)
    with open_store(path) as store:
        rescue(store, actor=f"pid {os.getpid()}")
    if count is None:
        with guarded(path):
            return Worker(path, Orders(new_worker_id(), tuple(queues), until_idle, budget, echo=True)).run()
    return Supervisor(path, tuple(queues), until_idle, budget).run(count)


class Supervisor:
    """Keeps a fleet at its size; a worker that was told to stop, or has nothing left to do, is not replaced."""

    def __init__(self, path: Path, queues: tuple[str, ...], until_idle: bool, budget: Budget | None) -> None:
        self._path = path
        self._queues = queues
        self._until_idle = until_idle
        self._budget = budget
        self._born: dict[int, float] = {}
        self._asked = 0
        # The workers notice the end of this process by the end of the pipe.
        self._lifeline, self._held = os.pipe()

    def run(self, count: int) -> int:
        """Start the workers, and stay until the last has left; 1 when the queue went away or failed under them."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # Whoever started this may ignore it, and then nobody would learn which worker has ended.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            for _ in range(count):
                self._fork()
        except OSError as error:
            # Those that were started leave when this process does.
            raise Refused(f"no process can be started: {error.strerror}") from error
        code = 0
        while self._born:
            try:
                pid, status = os.wait()
            except ChildProcessError:
                break
            born = self._born.pop(pid, None)
            if born is None or os.waitstatus_to_exitcode(status) == 0 or self._asked:
                continue
            end = os.waitstatus_to_exitcode(status)
            self._say(f"worker process {pid} " + (f"was killed by signal {-end}" if end < 0 else f"failed ({end})"))
            if not self._path.exists():
                self._say(f"{self._path} is gone: starting no more workers")
                code = 1
                continue
            if end > 0 and self._until_idle:
                # It has left, as it would alone: who waits for the end is to learn of it.
                code = 1
                continue
            if time.monotonic() - born < _TOO_SOON_S:
                time.sleep(_TOO_SOON_S)
            if not self._asked:
                self._replace()
        return code

    def _replace(self) -> None:
        """Start another worker, as soon as the machine can."""
        while not self._asked:
            try:
                self._fork()
            except OSError as error:
                self._say(f"no process can be started: {error.strerror}; trying again")
                time.sleep(_TOO_SOON_S)
            else:
                return

    def _fork(self) -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGHUP, signal.SIGINT))
        orders = Orders(
            new_worker_id(), self._queues, self._until_idle, self._budget, echo=True, lifeline=self._lifeline
        )
        try:
            pid = fork_worker(self._path, orders, close=self._held)
            self._born[pid] = time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's shape
        """Hand the word to the workers: once, finish what runs; twice, stop it."""
        self._asked += 1
        if self._asked <= 2:
            for pid in self._born:
                try:
                    os.kill(pid, signal.SIGTERM)
                except ProcessLookupError:
                    continue

    def _say(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S")
        print(f"{stamp} supervisor {text}", file=sys.stderr, flush=True)  # noqa: T201 - its log is stderr
