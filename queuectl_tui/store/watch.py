"""What a worker looks at between its moves: cheap, read only, and without peewee, since `enqueue` pokes workers too."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from queuectl_tui.rules.settings import Settings
from queuectl_tui.store import settings as stored_settings
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.readiness import closed_queues, next_due


class Peek(NamedTuple):
    """What an idle worker sees."""

    #: Something may be claimed now.
    ready: bool
    next_due: int | None
    #: `drain`, `now`, `gone`, or None.
    stop: str | None
    settings: Settings


class Marks(NamedTuple):
    """What a busy worker sees of its own run."""

    #: The run is no longer its own.
    fenced: bool
    cancel: bool
    stop: str | None


class Owned(NamedTuple):
    """A run that a worker owns."""

    seq: int
    id: str
    run: int
    attempt: int
    started_at: int
    output_bytes: int


def version(conn: sqlite3.Connection) -> int:
    """Give a number that changes when another connection commits."""
    return int(conn.execute("PRAGMA data_version").fetchone()[0])


def written(store: Store) -> tuple[int, int] | None:
    """Give what changes when anything is written, in half the time of `version`: the log's time and size.

    Where times are kept coarsely it may stay the same for what was written within a few milliseconds.
    """
    try:
        info = os.stat(f"{store.path}-wal")  # noqa: PTH116 - a tenth of pathlib's time
    except FileNotFoundError:
        return None
    return info.st_mtime_ns, info.st_size


def peek(conn: sqlite3.Connection, worker: str, queues: Sequence[str], now: int) -> Peek:
    """Look whether there is anything to claim."""
    due = next_due(conn)
    ready = (due is not None and due <= now) or any_ready(conn, queues)
    return Peek(ready, due, _stop(conn, worker), stored_settings.load(conn))


def any_ready(conn: sqlite3.Connection, queues: Sequence[str]) -> bool:
    """Tell whether a job of these queues (none named: of any) may be claimed now."""
    closed = closed_queues(conn)
    if not closed and not queues:
        return conn.execute("SELECT 1 FROM job WHERE ready = 1 LIMIT 1").fetchone() is not None
    names = queues or [name for (name,) in conn.execute("SELECT DISTINCT queue FROM job_count WHERE jobs > 0")]
    return any(
        conn.execute("SELECT 1 FROM job WHERE ready = 1 AND queue = ? LIMIT 1", (name,)).fetchone()
        for name in names
        if name not in closed
    )


def marks(conn: sqlite3.Connection, worker: str, seq: int, run: int) -> Marks:
    """Look at what was asked of a running job and of its worker."""
    row = conn.execute(
        "SELECT stop FROM job WHERE seq = ? AND state = 'processing' AND run = ? AND worker = ?", (seq, run, worker)
    ).fetchone()
    return Marks(row is None, row is not None and row[0] == "cancel", _stop(conn, worker))


def idle_workers(conn: sqlite3.Connection) -> list[str]:
    """Name the workers that run nothing and serve a queue in which a job is ready."""
    busy = {name for (name,) in conn.execute("SELECT worker FROM job WHERE state = 'processing'")}
    idle = conn.execute("SELECT id, queues FROM worker WHERE stop IS NULL").fetchall()
    return [name for name, queues in idle if name not in busy and any_ready(conn, json.loads(queues))]


def work_to_come(conn: sqlite3.Connection, queues: Sequence[str]) -> bool:
    """Tell whether a worker that stays until idle has to stay.

    It does for what is ready, runs, or failed with a retry to come; not for what is due later, held, in a paused
    queue, or waits for such.
    """
    paused = {name for (name,) in conn.execute("SELECT name FROM queue WHERE paused = 1")}
    counted = "SELECT DISTINCT queue FROM job_count WHERE jobs > 0 AND state IN ('pending', 'processing', 'failed')"
    for (name,) in conn.execute(counted).fetchall():
        if queues and name not in queues:
            continue
        if conn.execute("SELECT 1 FROM job WHERE state = 'processing' AND queue = ? LIMIT 1", (name,)).fetchone():
            return True
        if name in paused:
            continue
        if conn.execute("SELECT 1 FROM job WHERE ready = 1 AND queue = ? LIMIT 1", (name,)).fetchone():
            return True
        retry = "SELECT 1 FROM job WHERE state = 'failed' AND held = 0 AND blocked = 0 AND queue = ? LIMIT 1"
        if conn.execute(retry, (name,)).fetchone():
            return True
    return False


def owned(conn: sqlite3.Connection, worker: str) -> list[Owned]:
    """Give the runs that a worker owns: one at most, but for a file that was tampered with."""
    return [
        Owned(*row)
        for row in conn.execute(
            "SELECT seq, id, run, attempts, started_at, output_bytes FROM job"
            " WHERE state = 'processing' AND worker = ?",
            (worker,),
        )
    ]


def _stop(conn: sqlite3.Connection, worker: str) -> str | None:
    row = conn.execute("SELECT stop FROM worker WHERE id = ?", (worker,)).fetchone()
    return row[0] if row else "gone"
