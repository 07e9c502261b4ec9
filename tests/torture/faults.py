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
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.program import Program

_LOCK = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
conn.execute("BEGIN EXCLUSIVE")
time.sleep(float(sys.argv[2]))
conn.execute("COMMIT")
"""


@dataclass
class Faults:
    """The faults of one run of the harness, and what they did."""

    program: Program
    random: Random
    ledger: Path
    #: The longest that a worker is stopped, seconds.
    longest_stop: float
    by_kind: Counter[str] = field(default_factory=Counter)
    #: (worker, time of the kill in seconds since the epoch)
    kills: list[tuple[str, float]] = field(default_factory=list)
    #: Ids that killed calls of `enqueue` had printed.
    acknowledged: set[str] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def strike(self) -> None:
        """Do one thing."""
        weights: dict[Callable[[], None], int] = {
            self._kill: 45,
            self._stop: 14,
            self._term: 10,
            self._kill_group: 10,
            self._lock: 4,
            self._kill_call: 12,
            self._stop_all: 5,
        }
        fault = self.random.choices(list(weights), list(weights.values()))[0]
        with contextlib.suppress(ProcessLookupError):
            fault()

    def finish(self) -> None:
        """Wait for what goes on behind the scenes: stopped workers that are to go on."""
        for thread in self._threads:
            thread.join()

    def _victim(self) -> dict[str, Any] | None:
        workers = [worker for worker in self.program.workers() if worker["state"] in ("idle", "busy", "stopping")]
        busy = [worker for worker in workers if worker["job"]]
        aimed = busy if busy and self.random.random() < 0.8 else workers
        return self.random.choice(aimed) if aimed else None

    def _kill(self) -> None:
        victim = self._victim()
        if victim is not None:
            os.kill(victim["pid"], signal.SIGKILL)
            self.kills.append((victim["id"], time.time()))
            self.by_kind["kill"] += 1

    def _stop(self) -> None:
        victim = self._victim()
        if victim is not None:
            os.kill(victim["pid"], signal.SIGSTOP)
            self._go_on(victim["pid"], self.random.uniform(0.3, self.longest_stop))
            self.by_kind["stop"] += 1

    def _term(self) -> None:
        victim = self._victim()
        if victim is not None:
            os.kill(victim["pid"], signal.SIGTERM)
            self.by_kind["term"] += 1

    def _kill_group(self) -> None:
        """Kill the group of a job that runs; but a child that left the group would be a daemon then, and stay."""
        lines = [line.split() for line in self.ledger.read_text().splitlines()[-40:]] if self.ledger.exists() else []
        ended = {line[2] for line in lines if line[0] != "start"}
        begun = [line for line in lines if line[0] == "start" and "scrub" not in line[1]]
        live = [int(line[4]) for line in begun if line[2] not in ended]
        for pid in live[-1:]:
            with contextlib.suppress(ProcessLookupError):
                environ = Path(f"/proc/{pid}/environ").read_bytes() if Path(f"/proc/{pid}").exists() else b""
                if f"QUEUECTL_DB={self.program.db}".encode() in environ:
                    os.killpg(os.getpgid(pid), signal.SIGKILL)
                    self.by_kind["group"] += 1

    def _lock(self) -> None:
        seconds = self.random.uniform(0.5, 3.0)
        thread = threading.Thread(
            target=subprocess.run,
            args=([sys.executable, "-c", _LOCK, str(self.program.db), f"{seconds:.2f}"],),
            kwargs={"capture_output": True, "check": False},
        )
        thread.start()
        self._threads.append(thread)
        self.by_kind["lock"] += 1

    def _kill_call(self) -> None:
        """Kill an `enqueue` in the middle; what it had printed must be there."""
        lines = "".join("true\n" for _ in range(self.random.randint(1, 5)))
        call = self.program.start("enqueue", "-q", "-", stdin=subprocess.PIPE)
        assert call.stdin is not None
        call.stdin.write(lines.encode())
        call.stdin.close()
        call.stdin = None
        time.sleep(self.random.uniform(0.05, 0.5))
        call.kill()
        out, _ = call.communicate()
        self.acknowledged.update(out.decode().split("\n")[:-1])
        self.by_kind["call"] += 1

    def _stop_all(self) -> None:
        for worker in self.program.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGSTOP)
                self._go_on(worker["pid"], 1.0)
        self.by_kind["stop all"] += 1

    def _go_on(self, pid: int, seconds: float) -> None:
        def later() -> None:
            time.sleep(seconds)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        thread = threading.Thread(target=later)
        thread.start()
        self._threads.append(thread)
