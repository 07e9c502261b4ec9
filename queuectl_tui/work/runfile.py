"""The file that a run's processes inherit, open and locked: who holds it belongs to the run.

One per worker, opened anew for each run; when a daemon of an earlier run still holds it, the next number is taken. It
says whose run it is before a process of that run exists, in two lines of fixed length, so that nothing of an earlier
run is left and the file need not be cut (a fifth of a millisecond): `SEQ RUN`, and then `PID START` of its leader.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from queuectl_tui.store.database import Store
from queuectl_tui.store.safety import open_own

_LENGTH = 48


class Told(NamedTuple):
    """What a run's file says; the leader is None when it was not written yet."""

    path: Path
    seq: int
    run: int
    leader: int | None
    started: float | None


def marker(store: Store, worker: str, seq: int, run: int) -> str:
    """Give `QUEUECTL_RUN` of a run: the same nowhere else, not even in a copy of the queue."""
    return f"{store.inode}-{worker}-{seq}-{run}"


def open_locked(folder: Path, worker: str, seq: int, run: int) -> tuple[int, str]:
    """Take the worker's first run file that no process holds, and write whose run it is."""
    number = 1
    while True:
        path = f"{folder}/{worker}.run{number}"
        fd = open_own(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            number += 1
            continue
        try:
            os.pwrite(fd, _line(f"{seq} {run}") + _line(""), 0)
        except OSError:
            os.close(fd)
            raise
        return fd, path


def tell_leader(fd: int, pid: int, started: float) -> None:
    """Add the run's leader to its file."""
    os.pwrite(fd, _line(f"{pid} {started!r}"), _LENGTH)


def _line(text: str) -> bytes:
    return text.ljust(_LENGTH - 1).encode("ascii") + b"\n"


def of_worker(folder: Path, worker: str) -> Iterator[Path]:
    """Give all run files of a worker."""
    number = 1
    while (path := folder / f"{worker}.run{number}").exists():
        yield path
        number += 1


def find(folder: Path, worker: str, seq: int, run: int) -> Told | None:
    """Find the file of one run; None: it was never opened, so no process of the run was started."""
    for path in of_worker(folder, worker):
        told = _read(path)
        if told is not None and (told.seq, told.run) == (seq, run):
            return told
    return None


def _read(path: Path) -> Told | None:
    try:
        with open(open_own(path, os.O_RDONLY), encoding="ascii") as file:
            lines = file.read(2 * _LENGTH).splitlines()
        seq, run = map(int, lines[0].split())
    except (OSError, ValueError, IndexError):
        return None
    try:
        pid, started = lines[1].split()
        return Told(path, seq, run, int(pid), float(started))
    except (ValueError, IndexError):
        return Told(path, seq, run, None, None)
