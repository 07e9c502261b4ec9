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

#: So many of those that hit one worker are aimed at one that runs a job: with what hits a job itself 80 % of all.
AIMED = 0.97
#: Jobs whose processes are hardest to find, so much more likely to be aimed at.
_HARD, _HARDER = ("scrub",), 2.0
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
#: A call takes a tenth of a second on a machine at rest; one that has ended by itself was not hit.
_CALL_LASTS_S = (0.02, 0.15)
_TICK_S = 0.2


class Faults:
    """The faults of one run of the harness, and what they did."""

    def __init__(self, program: Program, random: Random, ledger: Ledger, longest_stop: float) -> None:
        #: What has hit: a strike that found no victim, or came too late, is not among them.
        self.by_kind: Counter[str] = Counter()
        #: What workers did to themselves, at a point of their work.
        self.at_a_point: Counter[str] = Counter()
        self.aimed = 0
        #: The job that the victim ran, and when it was killed, in seconds since the epoch.
        self.kills: list[tuple[str, float]] = []
        #: Ids that killed calls of `enqueue` had printed, and those of jobs that were to be canceled.
        self.acknowledged: set[str] = set()
        self.canceled: set[str] = set()
        #: What went wrong with a call that was not killed.
        self.failures: list[BaseException] = []
        #: The pids of the workers, as `worker list` told them last.
        self.roster: list[int] = []
        self._program = program
        self._random = random
        self._ledger = ledger
        self._longest_stop = longest_stop
        self._mark = f"QUEUECTL_DB={program.db}".encode()
        self._threads: list[threading.Thread] = []
        self._counting = threading.Lock()
        #: When a stopped worker goes on, by the monotonic clock.
        self._resume: dict[int, float] = {}
        self._done = threading.Event()
        self._resumer = threading.Thread(target=self._go_on)
        self._resumer.start()

    @property
    def hits(self) -> int:
        """How many have hit by now."""
        return sum(self.by_kind.values())

    def strike(self) -> None:
        """Do one thing."""
        weights: dict[Callable[[], None], int] = {
            self._kill: 40,
            self._stop: 20,
            self._term: 10,
            self._kill_group: 12,
            self._lock: 2,
            self._kill_call: 9,
            self._stop_all: 2,
            self._cancel: 5,
        }
        fault = self._random.choices(list(weights), list(weights.values()))[0]
        with contextlib.suppress(ProcessLookupError):
            fault()

    def settle(self) -> None:
        """Wait for what still works behind the scenes; stopped workers go on in their time."""
        for thread in self._threads:
            thread.join()

    def finish(self) -> None:
        """Let all go on that is stopped, and watch no more."""
        self._done.set()
        self._resumer.join()

    def lack(self) -> bool:
        """Tell whether a worker of the roster is gone."""
        return not all(self._is_worker(pid) for pid in self.roster)

    def _hit(self, kind: str, *, aimed: bool = False) -> None:
        with self._counting:
            self.by_kind[kind] += 1
            self.aimed += aimed

    def _victim(self, *, moving: bool = False) -> tuple[int, Line | None] | None:
        """Choose a worker, and what it runs: one that does, if it is aimed; `moving`: one that is not stopped."""
        running = {pid: line for pid, line in self._ledger.running().items() if self._is_worker(pid)}
        if moving:
            running = {pid: line for pid, line in running.items() if state(pid) != "T"}
        if running and self._random.random() < AIMED:
            weights = [_HARDER if line.job.endswith(_HARD) else 1.0 for line in running.values()]
            return self._random.choices(list(running.items()), weights)[0]
        pids = [pid for pid in self.roster if self._is_worker(pid) and not (moving and state(pid) == "T")]
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
            self._hit("kill", aimed=line is not None)

    def _stop(self) -> None:
        victim = self._victim(moving=True)
        if victim is not None:
            # Mostly short: a fleet at rest proves nothing.
            self._stop_one(victim[0], max(0.3, self._longest_stop * self._random.random() ** 2))
            self._hit("stop", aimed=victim[1] is not None)

    def _stop_one(self, pid: int, seconds: float) -> None:
        self._resume[pid] = time.monotonic() + seconds
        os.kill(pid, signal.SIGSTOP)

    def _term(self) -> None:
        victim = self._victim()
        if victim is not None:
            os.kill(victim[0], signal.SIGTERM)
            self._hit("term", aimed=victim[1] is not None)

    def _kill_group(self) -> None:
        """Kill the group of a job that runs; but a child that left the group would be a daemon then, and stay."""
        running = self._ledger.running().values()
        grouped = [line for line in running if "scrub" not in line.job and "timeout" not in line.job]
        if grouped:
            line = self._random.choice(grouped)
            if os.getpgid(line.pid) == line.pid:
                os.killpg(line.pid, signal.SIGKILL)
                self._hit("group", aimed=True)

    def _lock(self) -> None:
        seconds = self._random.uniform(0.5, 3.0)
        words = [sys.executable, "-I", "-S", "-c", _LOCK, str(self._program.db), f"{seconds:.2f}"]

        def lock() -> None:
            if subprocess.run(words, capture_output=True, check=False).returncode == 0:
                self._hit("lock")

        self._later(lock)

    def _kill_call(self) -> None:
        """Kill a command in the middle; the ids that an `enqueue` had printed must be there."""
        words = self._random.choices(_CALLS, _CALL_WEIGHTS)[0]
        lines, after_s = self._random.randint(1, 5), self._random.uniform(*_CALL_LASTS_S)

        def call_and_kill() -> None:
            call = self._program.start(*words, stdin=subprocess.PIPE)
            with contextlib.suppress(subprocess.TimeoutExpired):
                call.communicate(b"true\n" * lines, timeout=after_s)
            if call.poll() is None:
                call.kill()
                self._hit("call")
            out, _ = call.communicate()
            if words[0] == "enqueue":
                self.acknowledged.update(out.decode().split("\n")[:-1])

        self._later(call_and_kill)

    def _later(self, what: Callable[[], None]) -> None:
        def note_failure() -> None:
            try:
                what()
            except BaseException as error:  # noqa: BLE001 - told when the run is over
                self.failures.append(error)

        thread = threading.Thread(target=note_failure)
        thread.start()
        self._threads.append(thread)

    def _stop_all(self) -> None:
        seconds = self._random.uniform(0.5, min(3.0, self._longest_stop))
        there = [pid for pid in self.roster if self._is_worker(pid)]
        for pid in there:
            with contextlib.suppress(ProcessLookupError):
                self._stop_one(pid, seconds)
        if there:
            self._hit("stop all")

    def _cancel(self) -> None:
        running = list(self._ledger.running().values())
        if running:
            job = self._random.choice(running).job
            self.canceled.add(job)

            def cancel() -> None:
                if self._program.run("cancel", job).returncode == 0:
                    self._hit("cancel", aimed=True)

            self._later(cancel)

    def _go_on(self) -> None:
        """Let stopped workers go on when their time is over; some stop by themselves, at a point of their work."""
        own = Random(0)
        while not self._done.wait(_TICK_S):
            now = time.monotonic()
            stopped = {pid for pid in _stopped() if self._is_worker(pid)}
            for pid in stopped - self._resume.keys():
                self._resume[pid] = now + own.uniform(0.1, 1.0)
                self.at_a_point["stop"] += 1
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
