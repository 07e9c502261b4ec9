"""When a job may be claimed: `ready` is a flag that the moves keep, not a computation of the claim."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

#: How many jobs one claim's transaction makes ready at most, so that 300,000 due at once do not stop the queue.
PROMOTED_AT_ONCE = 64

#: The one rule of readiness for a job that waits, with the current time as its parameter.
READY = "(held = 0 AND blocked = 0 AND due_at <= ?)"

_WAITING = ("pending", "failed")
_DUE = [f"state = '{state}' AND ready = 0 AND held = 0 AND blocked = 0 AND due_at <= ?1" for state in _WAITING]
#: Tells whether there is something to promote, with the current time as ?1.
ANY_DUE = " OR ".join(f"EXISTS (SELECT 1 FROM job WHERE {due})" for due in _DUE)


def promote(conn: sqlite3.Connection, now: int) -> int:
    """Make ready what has become due; give how many."""
    return sum(
        conn.execute(
            f"UPDATE job SET ready = 1 WHERE seq IN (SELECT seq FROM job WHERE {due} ORDER BY due_at LIMIT ?2)",
            (now, PROMOTED_AT_ONCE),
        ).rowcount
        for due in _DUE
    )


def next_due(conn: sqlite3.Connection) -> int | None:
    """Give when the next waiting job becomes due, or None when none waits for its time."""
    times = [
        conn.execute(
            f"SELECT due_at FROM job WHERE state = '{state}' AND ready = 0 AND held = 0 AND blocked = 0"
            " ORDER BY due_at LIMIT 1"
        ).fetchone()
        for state in _WAITING
    ]
    return min((row[0] for row in times if row), default=None)


def closed_queues(conn: sqlite3.Connection) -> set[str]:
    """Name the queues from which nothing may be claimed now: paused, or at their limit."""
    return {
        name
        for name, paused, limit, running in conn.execute(
            "SELECT queue.name, paused, max_running, coalesce(jobs, 0) FROM queue LEFT JOIN job_count"
            " ON job_count.queue = queue.name AND job_count.state = 'processing' WHERE paused = 1 OR max_running > 0"
        )
        if paused or (limit and running >= limit)
    }


def recheck_dependents(conn: sqlite3.Connection, needed: Iterable[int], now: int) -> None:
    """Count again what each job that needs one of these still waits for, and make ready those that wait no more.

    To be called when a needed job is completed, leaves `completed`, or is gone (before its row is).
    """
    for seq in needed:
        for (job,) in conn.execute("SELECT job FROM dependency WHERE needs = ?", (seq,)).fetchall():
            recheck(conn, job, now)


def recheck(conn: sqlite3.Connection, job: int, now: int) -> None:
    """Count again what a job waits for; a job that does not wait (any more) keeps no such count."""
    conn.execute(
        "UPDATE job SET ready = 0, blocked = (SELECT count(*) FROM dependency JOIN job AS needed"
        " ON needed.seq = dependency.needs WHERE dependency.job = job.seq AND needed.state <> 'completed')"
        " WHERE seq = ? AND state IN ('pending', 'failed')",
        (job,),
    )
    conn.execute(
        f"UPDATE job SET ready = {READY} WHERE seq = ? AND state IN ('pending', 'failed')",
        (now, job),
    )
