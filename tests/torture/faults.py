"""What goes wrong, on purpose: seeded, and mostly aimed at workers that run a job."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.program import Program
from tests.torture.ledger import Ledger, Line, environ, state

#: So many of the faults are aimed at a worker that runs a job.
AIMED = 0.8
#: Holds the database for itself, as another program would.
_LOCK = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
conn.execute("BEGIN EXCLUSIVE")
time.sleep(float(sys.argv[2]))
conn.execute("COMMIT")
"""
#: The calls that are killed in the middle; those of `enqueue` must keep what they printed.
_CALLS = (("enqueue", "-q", "-"), ("enqueue", "-q", "true"), ("worker", "list"), ("worker", "start"), ("status",))
_CALL_WEIGHTS = (6, 3, 3, 1, 1)
_TICK_S = 0.1


class Faults:
    """The faults of one run of the harness, and what they did."""

    def __init__(self, program: Program, random: Random, ledger: Ledger, longest_stop: float) -> None:
        self.by_kind: Counter[str] = Counter()
        self.aimed = 0
        #: The job that the victim ran, and when it was killed, in seconds since the epoch.
        self.kills: list[tuple[str, float]] = []
        #: Ids that killed calls of `enqueue` had printed, and those of jobs that were to be canceled.
        self.acknowledged: set[str] = set()
        self.canceled: set[str] = set()
        #: The pids of the workers, as `worker list` told them last.
        self.roster: list[int] = []
        self._program = program
        self._random = random
        self._ledger = ledger
        self._longest_stop = longest_stop
        self._mark = f"QUEUECTL_DB={program.db}".encode()
        self._background: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        #: When a stopped worker goes on, by the monotonic clock.
        self._resume: dict[int, float] = {}
        self._done = threading.Event()
        self._resumer = threading.Thread(target=self._go_on)
        self._resumer.start()

    def strike(self) -> None:
        """Do one thing."""
        weights: dict[Callable[[], None], int] = {
            self._kill: 38,
            self._stop: 16,
            self._term: 10,
            self._kill_group: 12,
            self._lock: 3,
            self._kill_call: 14,
            self._stop_all: 2,
            self._cancel: 5,
        }
        fault = self._random.choices(list(weights), list(weights.values()))[0]
        with contextlib.suppress(ProcessLookupError):
            fault()

    def finish(self) -> None:
        """Let all go on that was stopped, and wait for what still works behind the scenes."""
        self._done.set()
        for thread in (self._resumer, *self._threads):
            thread.join()
        for call in self._background:
            try:
                call.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                call.kill()
                call.communicate()

    def _victim(self) -> tuple[int, Line | None] | None:
        """Choose a worker, and what it runs: one that does, if it is aimed."""
        running = {pid: line for pid, line in self._ledger.running().items() if self._is_worker(pid)}
        if running and self._random.random() < AIMED:
            self.aimed += 1
            return self._random.choice(list(running.items()))
        pids = [pid for pid in self.roster if self._is_worker(pid)]
        pid = self._random.choice(pids) if pids else None
        return None if pid is None else (pid, running.get(pid))

    def _is_worker(self, pid: int) -> bool:
        words = environ(pid)
        return self._mark in words and not any(word.startswith(b"QUEUECTL_RUN=") for word in words)

    def _kill(self) -> None:
        victim = self._victim()
        if victim is not None:
            pid, line = victim
            os.kill(pid, signal.SIGKILL)
            if line is not None:
                self.kills.append((line.job, time.time()))
            self.by_kind["kill"] += 1

    def _stop(self) -> None:
        victim = self._victim()
        if victim is not None:
            self._stop_one(victim[0], self._random.uniform(0.3, self._longest_stop))
            self.by_kind["stop"] += 1

    def _stop_one(self, pid: int, seconds: float) -> None:
        self._resume[pid] = time.monotonic() + seconds
        os.kill(pid, signal.SIGSTOP)

    def _term(self) -> None:
        victim = self._victim()
        if victim is not None:
            os.kill(victim[0], signal.SIGTERM)
            self.by_kind["term"] += 1

    def _kill_group(self) -> None:
        """Kill the group of a job that runs; but a child that left the group would be a daemon then, and stay."""
        running = self._ledger.running().values()
        grouped = [line for line in running if "scrub" not in line.job and "timeout" not in line.job]
        if grouped:
            line = self._random.choice(grouped)
            if os.getpgid(line.pid) == line.pid:
                os.killpg(line.pid, signal.SIGKILL)
                self.aimed += 1
                self.by_kind["group"] += 1

    def _lock(self) -> None:
        seconds = self._random.uniform(0.5, 3.0)
        words = [sys.executable, "-I", "-S", "-c", _LOCK, str(self._program.db), f"{seconds:.2f}"]
        self._background.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        self.by_kind["lock"] += 1

    def _kill_call(self) -> None:
        """Kill a command in the middle; the ids that an `enqueue` had printed must be there."""
        words = self._random.choices(_CALLS, _CALL_WEIGHTS)[0]
        lines, after_s = self._random.randint(1, 5), self._random.uniform(0.05, 0.6)

        def call_and_kill() -> None:
            call = self._program.start(*words, stdin=subprocess.PIPE)
            with contextlib.suppress(subprocess.TimeoutExpired):
                call.communicate(b"true\n" * lines, timeout=after_s)
            call.kill()
            out, _ = call.communicate()
            if words[0] == "enqueue":
                self.acknowledged.update(out.decode().split("\n")[:-1])

        self._later(call_and_kill)
        self.by_kind["call"] += 1

    def _later(self, what: Callable[[], None]) -> None:
        thread = threading.Thread(target=what)
        thread.start()
        self._threads.append(thread)

    def _stop_all(self) -> None:
        seconds = self._random.uniform(0.5, min(3.0, self._longest_stop))
        for pid in self.roster:
            if self._is_worker(pid):
                with contextlib.suppress(ProcessLookupError):
                    self._stop_one(pid, seconds)
        self.by_kind["stop all"] += 1

    def _cancel(self) -> None:
        running = list(self._ledger.running().values())
        if running:
            line = self._random.choice(running)
            self.canceled.add(line.job)
            self._background.append(self._program.start("cancel", line.job))
            self.by_kind["cancel"] += 1

    def _go_on(self) -> None:
        """Let stopped workers go on when their time is over; some stop by themselves, at a point of their work."""
        own = Random(0)
        while not self._done.wait(_TICK_S):
            now = time.monotonic()
            stopped = {pid for pid in _stopped() if self._is_worker(pid)}
            for pid in stopped - self._resume.keys():
                self._resume[pid] = now + own.uniform(0.2, self._longest_stop / 2)
                self.by_kind["stop at a point"] += 1
            for pid in [pid for pid, due in list(self._resume.items()) if now >= due]:
                del self._resume[pid]
                self._continue(pid)
        for pid in _stopped():
            self._continue(pid)

    def _continue(self, pid: int) -> None:
        if self._mark in environ(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _stopped() -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if state(pid) == "T"]
