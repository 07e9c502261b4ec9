"""Queues with a past and a future: what would take hours by the program's own acts is written as rows.

Whatever can be enqueued is; only the past (completed jobs with their runs) and failed jobs are made by SQL.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator

from tests.program import Program, in_seconds

_YEAR_S = 365 * 86400
_AT_ONCE = 500_000
_NUMBERS = "WITH RECURSIVE n (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM n WHERE n < :last)"
_PAST_JOBS = f"""{_NUMBERS} INSERT INTO job (id, command, state, queue, priority, ready, held, blocked, due_at,
    on_interrupt, cwd, enqueued_by, created_at, updated_at, run, attempts, worker, started_at, finished_at,
    duration_ms, exit_code)
    SELECT printf('past%09d', n), 'true', 'completed', 'default', 0, 0, 0, 0, n, 'retry', '/', 'bench@bench', n, n,
    1, 1, 'wbench', n, n + 1, 1, 0 FROM n"""
_PAST_RUNS = """INSERT INTO run (job, run, attempt, worker, host, started_at, finished_at, duration_ms, outcome,
    exit_code, output_bytes, dropped_bytes, move, end_state)
    SELECT seq, 1, 1, worker, 'bench', started_at, finished_at, 1, 'completed', 0, 0, 0, 'complete', 'completed'
    FROM job WHERE id BETWEEN printf('past%09d', :first) AND printf('past%09d', :last)"""
# Of ten in a row three are pending, five completed, one failed, one dead. Of the pending ones four in ten are ready,
# four due next year, one is held, and one waits for a failed job. All were enqueued long ago: no age turns by itself.
_MIXED_JOBS = f"""{_NUMBERS}, kind (n, state, part) AS (SELECT n, CASE WHEN n % 10 < 3 THEN 'pending'
    WHEN n % 10 < 8 THEN 'completed' WHEN n % 10 = 8 THEN 'failed' ELSE 'dead' END, n / 10 % 10 FROM n)
    INSERT INTO job (seq, id, command, state, queue, priority, ready, held, blocked, due_at, on_interrupt, cwd,
    enqueued_by, created_at, updated_at, run, attempts, worker, started_at, finished_at, duration_ms, exit_code, error,
    reason)
    SELECT n, printf('mix%07d', n), printf('ffmpeg -i in/%07d.mov -c:v libx265 -crf 28 out/%07d.mp4', n, n), state,
    CASE n % 7 WHEN 0 THEN 'video' WHEN 1 THEN 'mail' WHEN 2 THEN 'sim' ELSE 'default' END, n / 100 % 3,
    state = 'pending' AND part < 4, state = 'pending' AND part = 8, state = 'pending' AND part = 9,
    n + iif(state = 'failed' OR part IN (4, 5, 6, 7), :now + 31536000000, :old), 'retry', '/home/me', 'bench@bench',
    :old + n, :old + n, state <> 'pending', state <> 'pending', iif(state = 'pending', NULL, 'wbench'),
    iif(state = 'pending', NULL, :old + n), iif(state = 'pending', NULL, :old + n + n % 1000),
    iif(state = 'pending', NULL, n % 1000), CASE state WHEN 'completed' THEN 0 WHEN 'failed' THEN 1 WHEN 'dead' THEN 137
    END, CASE state WHEN 'failed' THEN 'No such file or directory' WHEN 'dead' THEN 'Killed' END,
    iif(state = 'dead', 'exhausted', NULL) FROM kind"""
_MIXED_RUNS = """INSERT INTO run (job, run, attempt, worker, host, started_at, finished_at, duration_ms, outcome,
    exit_code, error, output_bytes, dropped_bytes, move, end_state)
    SELECT seq, 1, 1, worker, 'bench', started_at, finished_at, duration_ms,
    iif(state = 'completed', 'completed', 'failed'), exit_code, error, 0, 0,
    CASE state WHEN 'completed' THEN 'complete' WHEN 'failed' THEN 'fail' ELSE 'bury' END, state
    FROM job WHERE worker = 'wbench'"""
_MIXED_NEEDS = "INSERT INTO dependency (job, needs) SELECT seq, seq - seq % 10 + 8 FROM job WHERE blocked = 1"
_MIXED_COUNTS = "INSERT INTO job_count (queue, state, jobs) SELECT queue, state, count(*) FROM job GROUP BY 1, 2"
_DAY_MS = 86_400_000
_COUNT = "INSERT INTO job_count (queue, state, jobs) VALUES ('default', 'completed', :jobs)"


def past(program: Program, jobs: int) -> None:
    """Give a fresh queue a history of completed jobs, one run each."""
    program.ok("worker", "stop")
    with _file(program) as conn:
        for first in range(1, jobs + 1, _AT_ONCE):
            part = {"first": first, "last": min(first + _AT_ONCE - 1, jobs)}
            with conn:
                conn.execute(_PAST_JOBS, part)
                conn.execute(_PAST_RUNS, part)
        with conn:
            conn.execute(_COUNT, {"jobs": jobs})


def mixed(program: Program, jobs: int) -> None:
    """Give a fresh queue jobs of every state that nothing runs, in four queues, with their runs."""
    program.ok("worker", "stop")
    now = round(time.time() * 1000)
    with _file(program) as conn, conn:
        conn.execute(_MIXED_JOBS, {"first": 0, "last": jobs - 1, "now": now, "old": now - 10 * _DAY_MS})
        for statement in (_MIXED_RUNS, _MIXED_NEEDS, _MIXED_COUNTS):
            conn.execute(statement)


def far_future(program: Program, jobs: int) -> None:
    """Enqueue jobs of a high priority that are due next year."""
    flags = ["--priority", "99", "--run-at", in_seconds(_YEAR_S)]
    program.ok("enqueue", "-q", *flags, "-", stdin="true\n" * jobs, timeout=600)


def failed(program: Program, jobs: int) -> None:
    """Give a fresh queue failed jobs, whose retries are far away until `all_due`."""
    program.ok("enqueue", "-q", "--run-at", in_seconds(_YEAR_S), "-", stdin="true\n" * jobs, timeout=600)
    with _file(program) as conn, conn:
        conn.execute("UPDATE job SET state = 'failed', attempts = 1, run = 1, run_at = NULL WHERE state = 'pending'")
        conn.execute("UPDATE job_count SET state = 'failed' WHERE state = 'pending'")


def all_due(program: Program) -> None:
    """Make every retry due, none of them ready: the moment at which all come at once."""
    with _file(program) as conn, conn:
        conn.execute("UPDATE job SET ready = 0, due_at = created_at WHERE state = 'failed'")


@contextlib.contextmanager
def _file(program: Program) -> Iterator[sqlite3.Connection]:
    conn = sqlite3.connect(program.db, timeout=60)
    try:
        conn.execute("PRAGMA synchronous = OFF")
        yield conn
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        conn.close()
