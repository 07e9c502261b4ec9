"""Claim the next job, in the transaction that settles the last one: one commit a job under load.

No peewee here: this is the hot path. `tests/store/test_schema.py` shows that the statements and the models agree.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from queuectl_tui.rules.settings import Settings
from queuectl_tui.rules.states import MOVES
from queuectl_tui.store import settings as stored_settings
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.readiness import ANY_DUE, closed_queues, next_due, promote
from queuectl_tui.store.moves.settle import End, Finish, settle
from queuectl_tui.store.moves.tally import Tally


class Claim(NamedTuple):
    """A run that a worker owns from now on: what to run, and the fence of every later write."""

    seq: int
    id: str
    run: int
    attempt: int
    command: str
    queue: str
    cwd: str
    #: JSON object of what was given by name, or None.
    env: str | None
    #: Which captured environment it has, or None.
    environment: int | None
    timeout_s: float
    on_interrupt: str
    started_at: int
    settings: Settings


class Turn(NamedTuple):
    """What one transaction of a worker gave."""

    #: How the finished run ended; None when it was fenced off, or when there was none.
    end: End | None
    claim: Claim | None
    #: More jobs are ready than this worker took (looked at only when it had rested: then it wakes another).
    more: bool
    #: When the next waiting job becomes due (only when nothing was claimed).
    next_due: int | None
    #: `drain` or `now` when the worker was asked to stop, `gone` when its registration is no more.
    stop: str | None


_COLUMNS = "seq, id, state, queue, run, attempts, command, cwd, env, environment, timeout_s, on_interrupt FROM job"
# `ready = 1` stands as a literal, so that the partial indexes serve (45 ms against 0.03).
_FIRST = f"SELECT {_COLUMNS} WHERE ready = 1 ORDER BY priority DESC, seq LIMIT 1"
_FIRST_OF_QUEUE = f"SELECT {_COLUMNS} WHERE ready = 1 AND queue = ? ORDER BY priority DESC, seq LIMIT 1"
_BEST_OF_QUEUE = "SELECT priority, seq FROM job WHERE ready = 1 AND queue = ? ORDER BY priority DESC, seq LIMIT 1"
# Whether the worker is to stop, and what a claim must look at first: one statement, since each costs its start.
_LOOK = f"""SELECT coalesce((SELECT coalesce(stop, '') FROM worker WHERE id = ?2), 'gone'),
    {ANY_DUE}, EXISTS (SELECT 1 FROM queue WHERE paused = 1 OR max_running > 0)"""
_TAKE = f"""UPDATE job SET state = 'processing', ready = 0, run = run + 1, attempts = attempts + 1, worker = ?,
    started_at = ?, updated_at = ?, finished_at = NULL, duration_ms = NULL, exit_code = NULL, signal = NULL,
    error = NULL, reason = NULL, output_bytes = 0 WHERE seq = ? AND {MOVES["claim"].guard}"""


def take_turn(
    store: Store,
    worker: str,
    finish: Finish | None,
    *,
    queues: Sequence[str] = (),
    want: bool = True,
    rested: bool = False,
    now: Callable[[], int],
    allow: Callable[[], bool] = lambda: True,
) -> Turn:
    """Settle the finished run, if there is one, and claim the next job of the queues (none named: of all).

    `allow` is asked once within the transaction, before a claim: a fleet's common budget of runs. Raises sqlite3.Error
    with nothing written: the caller keeps the result and tries again.
    """
    with store.write() as conn:
        settings = stored_settings.load(conn)
        tally = Tally()
        at = now()
        end = settle(conn, finish, settings, tally) if finish is not None else None
        stop, any_due, any_closed = conn.execute(_LOOK, (at, worker)).fetchone()
        stop = stop or None
        claim, more, due = None, False, None
        if want and stop is None:
            promoted = promote(conn, at) if any_due else 0
            closed = closed_queues(conn) if any_closed else set()
            row = _pick(conn, queues, closed)
            if row is not None and allow():
                claim = _take(conn, worker, row, settings, tally, at)
            if claim is None:
                due = next_due(conn)
            elif rested:
                more = promoted > 1 or conn.execute("SELECT 1 FROM job WHERE ready = 1 LIMIT 1").fetchone() is not None
        tally.write(conn)
    return Turn(end, claim, more, due, stop)


def _take(
    conn: sqlite3.Connection, worker: str, row: tuple[Any, ...], settings: Settings, tally: Tally, at: int
) -> Claim:
    seq, job_id, state, queue, run, attempts, command, cwd, env, environment, timeout_s, on_interrupt = row
    taken = conn.execute(_TAKE, (worker, at, at, seq)).rowcount
    assert taken == 1, "the claim runs under the write lock"
    tally.move(queue, state, "processing")
    return Claim(
        seq=seq,
        id=job_id,
        run=run + 1,
        attempt=attempts + 1,
        command=command,
        queue=queue,
        cwd=cwd,
        env=env,
        environment=environment,
        timeout_s=settings.job_timeout if timeout_s is None else timeout_s,
        on_interrupt=on_interrupt,
        started_at=at,
        settings=settings,
    )


def _pick(conn: sqlite3.Connection, queues: Sequence[str], closed: set[str]) -> tuple[Any, ...] | None:
    """Find the next job: over all queues by one index, or queue by queue where some are closed or not served."""
    if not closed and not queues:
        return conn.execute(_FIRST).fetchone()  # type: ignore[no-any-return]  # a row of sqlite3 is Any
    if not queues:
        queues = [name for (name,) in conn.execute("SELECT DISTINCT queue FROM job_count WHERE jobs > 0")]
    best: tuple[int, int] | None = None
    chosen = ""
    for name in queues:
        if name in closed:
            continue
        row = conn.execute(_BEST_OF_QUEUE, (name,)).fetchone()
        if row is not None and (best is None or (-row[0], row[1]) < best):
            best, chosen = (-row[0], row[1]), name
    if best is None:
        return None
    return conn.execute(_FIRST_OF_QUEUE, (chosen,)).fetchone()  # type: ignore[no-any-return]  # a row of sqlite3 is Any


def captured(conn: sqlite3.Connection, environment: int) -> str:
    """Give a captured environment, a JSON object."""
    row = conn.execute("SELECT data FROM environment WHERE id = ?", (environment,)).fetchone()
    return str(row[0]) if row else "{}"


def harden(store: Store, worker: str) -> None:
    """Make sure that all commits so far are on the disk: a job that must not run twice is not started before."""
    store.sync(durable=True)
    try:
        with store.write() as conn:
            conn.execute("UPDATE worker SET stop = stop WHERE id = ?", (worker,))
    finally:
        store.sync(durable=False)
