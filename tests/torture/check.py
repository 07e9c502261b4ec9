"""What must hold when all is over: the ledger of the jobs against what the queue says."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.torture.ledger import Line, environ

#: The kinds of jobs that are meant to die.
_MORTAL = ("always", "timeout")


@dataclass
class Found:
    """What was broken, by the name of the invariant; all must be empty."""

    broken: dict[str, list[str]] = field(default_factory=dict)

    def add(self, invariant: str, what: Sequence[str]) -> None:
        """Note what breaks an invariant."""
        self.broken.setdefault(invariant, []).extend(what)

    @property
    def ok(self) -> bool:
        """Nothing is broken."""
        return not any(self.broken.values())

    @property
    def names(self) -> set[str]:
        """The invariants that are broken."""
        return {name for name, what in self.broken.items() if what}


def check_ledger(
    found: Found,
    ledger: Sequence[Line],
    jobs: Sequence[dict[str, Any]],
    canceled: frozenset[str] = frozenset(),
    *,
    cut: bool = False,
) -> None:
    """Hold the ledger against the jobs, as `show --json` gives them.

    `canceled`: who was asked to be; `cut`: the run did not come to its end, and jobs may wait.
    """
    found.add("overlaps", [f"{line.job} {line.run}" for line in ledger if line.word == "overlap"])
    starts = Counter((line.job, line.run) for line in ledger if line.word == "start")
    found.add("two starts of one run", [f"{job} {run}" for (job, run), count in starts.items() if count > 1])
    found.add("runs begun after a newer one", _out_of_order(ledger))
    ended = {line.job for line in ledger if line.word == "end"}
    # What a killed `enqueue` got in keeps no ledger.
    completed = [job for job in jobs if job["state"] == "completed" and "job.py" in job["command"]]
    found.add("completed without its end", [job["id"] for job in completed if job["id"] not in ended])
    twice = [job["id"] for job in jobs if sum(run["outcome"] == "completed" for run in job["runs"]) > 1]
    found.add("completed twice", twice)
    over = [job["id"] for job in jobs if job["attempts"] > job["max_retries"] + 1]
    found.add("attempts over budget", over)
    found.add("left processing", [job["id"] for job in jobs if job["state"] == "processing"])
    unended = [job["id"] for job in jobs if job["state"] not in ("completed", "dead", "processing") and not cut]
    dead = [job for job in jobs if job["state"] == "dead" and not job["id"].endswith(_MORTAL)]
    wrongly = [job["id"] for job in dead if job.get("reason") != "canceled" or job["id"] not in canceled]
    found.add("lost jobs", unended + [f"{name} died" for name in wrongly])


def _out_of_order(ledger: Sequence[Line]) -> list[str]:
    """Name each run that began after a later one of its job had: the runs of a job are numbered."""
    latest: dict[str, int] = {}
    late = []
    for line in ledger:
        if line.word in ("start", "overlap"):
            number = int(line.run.rsplit("-", 1)[-1])
            if number < latest.get(line.job, 0):
                late.append(f"{line.job} {line.run}")
            latest[line.job] = max(number, latest.get(line.job, 0))
    return late


def check_acknowledged(found: Found, acknowledged: set[str], jobs: Sequence[dict[str, Any]]) -> None:
    """Every id that an `enqueue` printed is there."""
    found.add("acknowledged enqueues missing", sorted(acknowledged - {job["id"] for job in jobs}))


def check_processes(found: Found, folder: Path, database: Path) -> None:
    """No process is left that holds a job's lock, or carries a run's marker of this queue."""
    left = [path.name for path in sorted((folder / "locks").iterdir()) if is_held(path)]
    mark = f"QUEUECTL_DB={database}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        words = environ(int(entry.name))
        own = int(entry.name) == os.getpid()
        if not own and mark in words and any(word.startswith(b"QUEUECTL_RUN=") for word in words):
            left.append(f"pid {entry.name}")
    found.add("processes left behind", left)


def check_doctor(found: Found, report: Sequence[dict[str, Any]]) -> None:
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


def holders(folder: Path) -> list[int]:
    """Name every process that holds a file of a folder open."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(fd.readlink()).startswith(f"{folder}/") for fd in (entry / "fd").iterdir()):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]
