"""How a run ends: the fenced write of its outcome, by its owner or by whoever rescued it.

No peewee here: this is the hot path. `tests/store/test_schema.py` shows that the statements and the models agree.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.rules.retry import delay_s, verdict
from queuectl_tui.rules.settings import Settings
from queuectl_tui.rules.states import State
from queuectl_tui.store.moves.readiness import recheck_dependents
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.output import insert


class Finish(NamedTuple):
    """How a run ended, as its owner (or rescuer) knows it; `seq`, `run` and `worker` are the fence."""

    seq: int
    run: int
    worker: str
    host: str
    outcome: str
    exit_code: int | None
    signal: int | None
    error: str | None
    started_at: int
    finished_at: int
    duration_ms: int
    cpu_ms: int | None
    max_rss_kib: int | None
    output_bytes: int
    dropped_bytes: int
    #: What it printed and the store does not have yet.
    rest: Sequence[Chunk] = ()
    #: Who recorded it, when that was not its worker.
    actor: str | None = None


class End(NamedTuple):
    """What a settled run made of its job."""

    move: str
    state: str
    reason: str | None
    due_at: int | None


#: What the fence lets through: the run is still this worker's own.
FENCE = "state = 'processing' AND run = ? AND worker = ?"

_READ = f"""SELECT queue, attempts, max_retries, backoff_base, on_interrupt, stop, stop_by, due_at,
    EXISTS (SELECT 1 FROM dependency WHERE needs = job.seq) FROM job WHERE seq = ? AND {FENCE}"""

_JOB = f"""UPDATE job SET state = ?, ready = ?, attempts = ?, due_at = ?, reason = ?, finished_at = ?,
    duration_ms = ?, exit_code = ?, signal = ?, error = ?, output_bytes = ?, stop = NULL, stop_by = NULL,
    updated_at = ? WHERE seq = ? AND {FENCE}"""

_RUN = """INSERT INTO run (job, run, attempt, worker, host, started_at, finished_at, duration_ms, outcome, exit_code,
    signal, error, cpu_ms, max_rss_kib, output_bytes, dropped_bytes, move, end_state, reason, actor)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


_CANCELED = End("cancel", State.DEAD, "canceled", None)
_PLAIN = {
    "completed": End("complete", State.COMPLETED, None, None),
    "canceled": _CANCELED,
    "handed_back": End("hand_back", State.PENDING, None, None),
}


def settle(conn: sqlite3.Connection, finish: Finish, settings: Settings, tally: Tally) -> End | None:
    """Record how a run ended and move its job on; None when the run was taken away: nothing was written."""
    job = conn.execute(_READ, (finish.seq, finish.run, finish.worker)).fetchone()
    if job is None:
        return None
    queue, attempts, max_retries, backoff_base, on_interrupt, stop, stop_by, due_at, needed = job
    if finish.outcome != "completed" and stop == "cancel":
        end = _CANCELED
    elif finish.outcome in _PLAIN:
        end = _PLAIN[finish.outcome]
    else:
        budget = settings.max_retries if max_retries is None else max_retries
        base = settings.backoff_base if backoff_base is None else backoff_base
        end = _failure(finish, settings, attempts=attempts, budget=budget, base=base, once=on_interrupt == "dead")
    _write(conn, finish, end, attempts=attempts, due_at=due_at, stop_by=stop_by)
    if finish.rest:
        insert(conn, finish.seq, finish.run, finish.rest)
    tally.move(queue, "processing", end.state)
    if needed and end.state == "completed":
        recheck_dependents(conn, (finish.seq,), finish.finished_at)
    return end


def _write(
    conn: sqlite3.Connection, finish: Finish, end: End, *, attempts: int, due_at: int, stop_by: str | None
) -> None:
    """Write the end of a run to its job, and the row of the run."""
    handed_back = end.move == "hand_back"
    now = finish.finished_at
    conn.execute(
        _JOB,
        (
            end.state,
            1 if handed_back else 0,
            attempts - 1 if handed_back else attempts,
            due_at if end.due_at is None else end.due_at,
            end.reason,
            now,
            finish.duration_ms,
            finish.exit_code,
            finish.signal,
            finish.error,
            finish.output_bytes,
            now,
            finish.seq,
            finish.run,
            finish.worker,
        ),
    )
    actor = stop_by if end.reason == "canceled" else finish.actor
    conn.execute(
        _RUN,
        (
            finish.seq,
            finish.run,
            attempts,
            finish.worker,
            finish.host,
            finish.started_at,
            now,
            finish.duration_ms,
            finish.outcome,
            finish.exit_code,
            finish.signal,
            finish.error,
            finish.cpu_ms,
            finish.max_rss_kib,
            finish.output_bytes,
            finish.dropped_bytes,
            end.move,
            end.state,
            end.reason,
            actor,
        ),
    )


def _failure(finish: Finish, settings: Settings, *, attempts: int, budget: int, base: float, once: bool) -> End:
    """Decide whether a run that did not succeed is tried again, and when."""
    interrupted = finish.outcome == "interrupted"
    said = verdict(
        attempts=attempts,
        max_retries=budget,
        exit_code=finish.exit_code if finish.outcome == "failed" else None,
        permanent=settings.permanent_exit_codes,
    )
    if interrupted and (once or said != "fail"):
        return End("rescue", State.DEAD, "interrupted", None)
    if said != "fail":
        return End("bury", State.DEAD, said, None)
    delay = delay_s(attempts, base=base, cap=settings.backoff_max, jitter=settings.backoff_jitter, random=random.random)
    return End("rescue" if interrupted else "fail", State.FAILED, None, finish.finished_at + round(delay * 1000))
