"""The workers' rows and their lock files: register, beat, ask to stop, say goodbye, and who is dead.

A worker holds the lock of its own file for life, so that taking it proves its death, whatever the clock, the reuse of
pids or a pid namespace. The file's mtime is its beat.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path

from peewee import fn

from queuectl_tui.rules.errors import DatabaseMissing
from queuectl_tui.rules.records import WorkerRow
from queuectl_tui.store import safety
from queuectl_tui.store.database import Store
from queuectl_tui.store.schema import Job, Worker, execute, in_state

#: Of a long command only its beginning is read here.
_SEEN = 400
#: What a worker's file says: its counts, in one line.
_COUNTS_BYTES = 40


def register(
    store: Store, worker_id: str, *, pid: int, pid_start: float, host: str, queues: Sequence[str], now: int
) -> None:
    """Enter a worker that holds its lock; `queues` empty: it serves all."""
    row = {
        "id": worker_id,
        "pid": pid,
        "pid_start": pid_start,
        "host": host,
        "queues": json.dumps(list(queues)),
        "started_at": now,
    }
    with store.write() as conn:
        execute(conn, Worker.insert(row))


def all_(store: Store) -> tuple[WorkerRow, ...]:
    """Give every registered worker, the oldest first, with the job that it runs."""
    # Not built by peewee: the UI looks every second.
    running = {
        worker: (job, command)
        for worker, job, command in store.conn.execute(
            f"SELECT worker, id, substr(command, 1, {_SEEN}) FROM job WHERE state = 'processing'"
        )
    }
    found = store.conn.execute(
        "SELECT id, pid, pid_start, host, queues, started_at, stop FROM worker ORDER BY started_at, id"
    ).fetchall()
    return tuple(
        WorkerRow(
            id=id_,
            pid=pid,
            pid_start=pid_start,
            host=host,
            queues=tuple(json.loads(queues)),
            started_at=started_at,
            stop=stop,
            completed=counts[0],
            failed=counts[1],
            job=running.get(id_, (None, None))[0],
            command=running.get(id_, (None, None))[1],
        )
        for id_, pid, pid_start, host, queues, started_at, stop in found
        for counts in (_counts(store, id_),)
    )


def ask_to_stop(store: Store, worker_ids: Sequence[str], how: str) -> None:
    """Mark workers to stop: `drain` after the running job, or `now`; a second mark never weakens the first."""
    with store.write() as conn:
        query = Worker.update(stop=how).where(Worker.id.in_(list(worker_ids)))
        execute(conn, query if how == "now" else query.where(Worker.stop.is_null()))


def remove(store: Store, worker_id: str) -> bool:
    """Take a worker off the list; not while it owns a run: then the run must be settled or rescued first."""
    owns = Job.select(Job.seq).where(in_state("processing") & (Job.worker == worker_id))
    with store.write() as conn:
        return execute(conn, Worker.delete().where((Worker.id == worker_id) & ~fn.EXISTS(owns))).rowcount > 0


def file_of(store: Store, worker_id: str, kind: str) -> Path:
    """Name a worker's file in the run folder: `lock`, `wake`, `log`, or a run's."""
    return store.folder / f"{worker_id}.{kind}"


def hold_lock(store: Store, worker_id: str) -> int:
    """Take the lock that says this worker lives; it is held until the process ends."""
    fd = safety.open_own(file_of(store, worker_id, "lock"), os.O_RDWR | os.O_CREAT)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


def has_lock(store: Store, worker_id: str, lock: int) -> bool:
    """Tell whether a worker's lock is where others look for it: to them it is dead otherwise."""
    try:
        return os.path.samestat(file_of(store, worker_id, "lock").lstat(), os.fstat(lock))
    except FileNotFoundError:
        return False


def check_lock(store: Store, worker_id: str, lock: int) -> None:
    """Raise DatabaseMissing when a worker has not its lock any more."""
    if not has_lock(store, worker_id, lock):
        raise DatabaseMissing(f"{file_of(store, worker_id, 'lock')} was deleted or replaced while its worker lived")


def note_counts(lock: int, completed: int, failed: int) -> None:
    """Write into a worker's own file what its runs came to: no commit, since nothing hangs on it."""
    with contextlib.suppress(OSError):
        os.pwrite(lock, b"%19d %19d\n" % (completed, failed), 0)


def _counts(store: Store, worker_id: str) -> tuple[int, int]:
    try:
        fd = safety.open_own(file_of(store, worker_id, "lock"), os.O_RDONLY)
    except (OSError, ValueError):
        return 0, 0
    try:
        completed, failed = map(int, os.pread(fd, _COUNTS_BYTES, 0).split())
    except (OSError, ValueError):
        return 0, 0
    finally:
        os.close(fd)
    return completed, failed


def is_dead(store: Store, worker_id: str) -> bool:
    """Tell whether a worker is proved dead: nobody holds its lock."""
    return not is_held(file_of(store, worker_id, "lock"))


def is_held(path: Path | str) -> bool:
    """Tell whether any process holds the lock of a file; nobody does when it is not there."""
    try:
        fd = safety.open_own(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Shared: those who only look do not stand in each other's way.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def beat_at(store: Store, worker_id: str) -> int | None:
    """Give the time of a worker's last beat, or None when its file is gone."""
    try:
        return int(file_of(store, worker_id, "lock").lstat().st_mtime * 1000)
    except FileNotFoundError:
        return None


def served(store: Store) -> set[str] | None:
    """Name the queues that living workers serve; None: all of them."""
    queues: set[str] = set()
    for id_, names in store.conn.execute("SELECT id, queues FROM worker WHERE stop IS NULL").fetchall():
        if is_dead(store, id_):
            continue
        if names == "[]":
            return None
        queues.update(json.loads(names))
    return queues
