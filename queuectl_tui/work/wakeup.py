"""Tell workers that there is something to do: one FIFO each, in the run folder.

A poke is written after the commit and never waited for: one that is lost costs `poll_interval` at most.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
from collections.abc import Iterable
from pathlib import Path

from queuectl_tui.store.database import Store
from queuectl_tui.store.watch import idle_workers


def poke(store: Store, count: int = 1) -> None:
    """Wake as many idle workers as there are new jobs, of those that serve a queue with ready jobs."""
    woken = 0
    try:
        idle = idle_workers(store.conn)
    except (sqlite3.Error, ValueError, TypeError):
        return  # of a damaged file; what was stored is stored
    for worker in idle:
        if woken >= count:
            return
        woken += _write(store.folder, worker)


def nudge(store: Store, workers: Iterable[str]) -> None:
    """Make workers look at once at what is asked of them."""
    for worker in workers:
        _write(store.folder, worker)


def make(folder: Path, worker: str) -> int:
    """Make a worker's FIFO and open it: readable when there is something to look at."""
    path = _path(folder, worker)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    # Open for both, so that it is never at its end when the last writer leaves.
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    if _is_fifo(fd):
        return fd
    os.close(fd)
    raise FileExistsError(errno.EEXIST, "is no FIFO; remove it", str(path))


def drain(fd: int) -> None:
    """Forget the pokes so far."""
    with contextlib.suppress(BlockingIOError):
        while len(os.read(fd, 4096)) == 4096:
            pass


def _is_fifo(fd: int) -> bool:
    """Tell whether pokes go into a pipe, and not into a file that somebody put in its place."""
    return stat.S_ISFIFO(os.fstat(fd).st_mode)


def _path(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.wake"


def _write(folder: Path, worker: str) -> int:
    """Write a poke: 1 when it got through; a missing, unread or full FIFO is nobody's fault."""
    try:
        fd = os.open(_path(folder, worker), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (OSError, ValueError):
        return 0
    try:
        return os.write(fd, b".") if _is_fifo(fd) else 0
    except OSError:
        return 0
    finally:
        os.close(fd)
