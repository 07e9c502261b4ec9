"""What must hold when all is over: the ledger of the jobs against what the queue says."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Found:
    """What was broken, by the name of the invariant; all must be empty."""

    broken: dict[str, list[str]] = field(default_factory=dict)

    def add(self, invariant: str, what: list[str]) -> None:
        """Note what breaks an invariant."""
        self.broken[invariant] = what

    @property
    def ok(self) -> bool:
        """Nothing is broken."""
        return not any(self.broken.values())


def read_ledger(path: Path) -> list[tuple[str, str, str]]:
    """Give the lines of the ledger: (word, job, run)."""
    if not path.exists():
        return []
    lines = [line.split() for line in path.read_text().splitlines()]
    return [(line[0], line[1], line[2]) for line in lines]


def check_ledger(found: Found, ledger: list[tuple[str, str, str]], jobs: list[dict[str, Any]]) -> None:
    """Hold the ledger against the jobs, as `show --json` gives them."""
    found.add("overlaps", [f"{job} {run}" for word, job, run in ledger if word == "overlap"])
    starts = Counter((job, run) for word, job, run in ledger if word == "start")
    found.add("two starts of one run", [f"{job} {run}" for (job, run), count in starts.items() if count > 1])
    ended = {job for word, job, _ in ledger if word == "end"}
    # What a killed `enqueue` got in keeps no ledger.
    completed = [job for job in jobs if job["state"] == "completed" and "job.py" in job["command"]]
    found.add("completed without its end", [job["id"] for job in completed if job["id"] not in ended])
    twice = [job["id"] for job in jobs if sum(run["outcome"] == "completed" for run in job["runs"]) > 1]
    found.add("completed twice", twice)
    over = [job["id"] for job in jobs if job["attempts"] > job["max_retries"] + 1]
    found.add("attempts over budget", over)
    found.add("left processing", [job["id"] for job in jobs if job["state"] == "processing"])
    unended = [job["id"] for job in jobs if job["state"] not in ("completed", "dead", "processing")]
    # Only those that always fail may die; every other has budget enough for all the crashes.
    wrongly_dead = [f"{job['id']} died" for job in jobs if job["state"] == "dead" and "always" not in job["id"]]
    found.add("lost jobs", unended + wrongly_dead)


def check_acknowledged(found: Found, acknowledged: set[str], jobs: list[dict[str, Any]]) -> None:
    """Every id that an `enqueue` printed is there."""
    found.add("acknowledged enqueues missing", sorted(acknowledged - {job["id"] for job in jobs}))


def check_processes(found: Found, folder: Path, database: Path) -> None:
    """No process is left that holds a job's lock, or carries a run's marker of this queue."""
    left = [path.name for path in sorted((folder / "locks").iterdir()) if is_held(path)]
    mark = f"QUEUECTL_DB={database}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        own = int(entry.name) == os.getpid()
        if not own and mark in environ and any(word.startswith(b"QUEUECTL_RUN=") for word in environ):
            left.append(f"pid {entry.name}: {command.strip()}")
    found.add("processes left behind", left)


def check_doctor(found: Found, report: list[dict[str, Any]]) -> None:
    """The file is whole, and the kept counts equal a recount."""
    wrong = {line["check"]: line["detail"] for line in report if not line["ok"]}
    found.add("integrity not ok", [wrong["integrity"]] if "integrity" in wrong else [])
    found.add("counts differ", [wrong["counts"]] if "counts" in wrong else [])


def is_held(path: Path) -> bool:
    """Tell whether a process holds the lock of a file."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
