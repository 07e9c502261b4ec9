"""Remove jobs with all that belongs to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from queuectl_tui.rules.states import MOVES
from queuectl_tui.store.moves.readiness import recheck_dependents
from queuectl_tui.store.moves.tally import Tally

_OF_A_JOB = ("run", "output", "dependency", "job_tag", "journal")


def erase(conn: sqlite3.Connection, seqs: Sequence[int], tally: Tally, now: int) -> int:
    """Delete jobs, their runs and their output; give how many were there and legal to delete."""
    deleted = 0
    for seq in seqs:
        row = conn.execute(
            f"DELETE FROM job WHERE seq = ? AND {MOVES['delete'].guard} RETURNING queue, state, environment",
            (seq,),
        ).fetchall()
        if not row:
            continue
        queue, state, environment = row[0]
        deleted += 1
        tally.move(queue, state, None)
        recheck_dependents(conn, (seq,), now)
        conn.execute("DELETE FROM dependency WHERE needs = ?", (seq,))
        for table in _OF_A_JOB:
            conn.execute(f"DELETE FROM {table} WHERE job = ?", (seq,))
        if environment is not None:
            conn.execute("UPDATE environment SET jobs = jobs - 1 WHERE id = ?", (environment,))
            conn.execute("DELETE FROM environment WHERE id = ? AND jobs <= 0", (environment,))
    return deleted
