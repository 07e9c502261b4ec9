"""Numbered steps that bring a file to the schema of this program, each applied once, in one transaction, on open.

The steps are frozen text: history does not change when a model does. `tests/store/test_schema.py` shows that what
they make and the models of `schema` agree.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from queuectl_tui import __version__
from queuectl_tui.rules.errors import DatabaseUnusable
from queuectl_tui.rules.times import now_ms

#: Marks a file as a queue of this program (`PRAGMA application_id`): "QCTL".
APPLICATION_ID = 0x5143544C


class Step(NamedTuple):
    """One step: its number, the oldest program schema that may still use a file that has it, and its statements."""

    version: int
    needs: int
    statements: tuple[str, ...]


_STATES = ("pending", "processing", "completed", "failed", "dead")
_FIRST = (
    """CREATE TABLE schema_change (
        version INTEGER NOT NULL PRIMARY KEY,
        needs INTEGER NOT NULL,
        program TEXT NOT NULL,
        applied_at INTEGER NOT NULL
    )""",
    """CREATE TABLE setting (
        key TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL,
        changed_at INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE queue (
        name TEXT NOT NULL PRIMARY KEY,
        paused INTEGER NOT NULL DEFAULT 0,
        max_running INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""",
    """CREATE TABLE job_count (
        queue TEXT NOT NULL,
        state TEXT NOT NULL,
        jobs INTEGER NOT NULL CHECK (jobs >= 0),
        PRIMARY KEY (queue, state)
    ) WITHOUT ROWID""",
    """CREATE TABLE environment (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        data TEXT NOT NULL UNIQUE,
        jobs INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE worker (
        id TEXT NOT NULL PRIMARY KEY,
        pid INTEGER NOT NULL,
        pid_start REAL NOT NULL,
        host TEXT NOT NULL,
        queues TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        stop TEXT CHECK (stop IN ('drain', 'now'))
    ) WITHOUT ROWID""",
    """CREATE TABLE job (
        seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        command TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state = 'pending' OR state = 'processing' OR state = 'completed' OR state = 'failed'
            OR state = 'dead'),
        queue TEXT NOT NULL,
        priority INTEGER NOT NULL,
        ready INTEGER NOT NULL CHECK (ready = 0 OR (held = 0 AND blocked = 0
            AND (state = 'pending' OR state = 'failed'))),
        held INTEGER NOT NULL,
        blocked INTEGER NOT NULL,
        run INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL,
        run_at INTEGER,
        max_retries INTEGER,
        timeout_s REAL,
        backoff_base REAL,
        on_interrupt TEXT NOT NULL CHECK (on_interrupt = 'retry' OR on_interrupt = 'dead'),
        tags TEXT,
        needs TEXT,
        cwd TEXT NOT NULL,
        env TEXT,
        environment INTEGER,
        enqueued_by TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        worker TEXT,
        started_at INTEGER,
        finished_at INTEGER,
        duration_ms INTEGER,
        exit_code INTEGER,
        signal INTEGER,
        error TEXT,
        reason TEXT CHECK (reason IS NULL OR reason IN ('exhausted', 'permanent', 'canceled', 'interrupted')),
        output_bytes INTEGER NOT NULL DEFAULT 0,
        stop TEXT CHECK (stop = 'cancel'),
        stop_by TEXT
    )""",
    # The claim: first by priority, then by arrival; of one queue likewise.
    "CREATE INDEX job_ready ON job (priority DESC, seq) WHERE ready = 1",
    "CREATE INDEX job_ready_queue ON job (queue, priority DESC, seq) WHERE ready = 1",
    # The promotion: what becomes ready when its time comes.
    "CREATE INDEX job_due_pending ON job (due_at) WHERE state = 'pending' AND ready = 0 AND held = 0 AND blocked = 0",
    "CREATE INDEX job_due_failed ON job (due_at) WHERE state = 'failed' AND ready = 0 AND held = 0 AND blocked = 0",
    # The rest of the pending list: what waits for a person or for other jobs.
    "CREATE INDEX job_parked ON job (seq) WHERE state = 'pending' AND ready = 0 AND (held = 1 OR blocked > 0)",
    # The pages of each state's list: one index each, since the planner prefers a common one to those above.
    *(f"CREATE INDEX job_in_{state} ON job (seq) WHERE state = '{state}'" for state in _STATES),
    # Retention.
    "CREATE INDEX job_completed ON job (finished_at) WHERE state = 'completed'",
    """CREATE TABLE run (
        job INTEGER NOT NULL,
        run INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        worker TEXT NOT NULL,
        host TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        finished_at INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        exit_code INTEGER,
        signal INTEGER,
        error TEXT,
        cpu_ms INTEGER,
        max_rss_kib INTEGER,
        output_bytes INTEGER NOT NULL,
        dropped_bytes INTEGER NOT NULL,
        move TEXT NOT NULL,
        end_state TEXT NOT NULL,
        reason TEXT,
        actor TEXT,
        PRIMARY KEY (job, run)
    ) WITHOUT ROWID""",
    """CREATE TABLE output (
        id INTEGER NOT NULL PRIMARY KEY,
        job INTEGER NOT NULL,
        run INTEGER NOT NULL,
        pieces BLOB NOT NULL,
        data BLOB NOT NULL
    )""",
    "CREATE INDEX output_run ON output (job, run)",
    """CREATE TABLE dependency (
        job INTEGER NOT NULL,
        needs INTEGER NOT NULL,
        PRIMARY KEY (job, needs)
    ) WITHOUT ROWID""",
    "CREATE INDEX dependency_needs ON dependency (needs)",
    """CREATE TABLE job_tag (
        job INTEGER NOT NULL,
        tag TEXT NOT NULL,
        PRIMARY KEY (job, tag)
    ) WITHOUT ROWID""",
    "CREATE INDEX job_tag_tag ON job_tag (tag, job)",
    """CREATE TABLE journal (
        id INTEGER NOT NULL PRIMARY KEY,
        job INTEGER NOT NULL,
        run INTEGER NOT NULL,
        at INTEGER NOT NULL,
        move TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT
    )""",
    "CREATE INDEX journal_job ON journal (job)",
    # For those who look with SQL.
    "CREATE VIEW dead_letter_queue AS SELECT * FROM job WHERE state = 'dead'",
)

STEPS = (Step(1, 1, _FIRST),)
LATEST = STEPS[-1].version


def migrate(conn: sqlite3.Connection, name: str) -> None:
    """Bring the file to the latest schema, or refuse one that is foreign or too new.

    Another process may do the same at the same time: the version is read again under the write lock.
    """
    if _version(conn) == LATEST and _is_ours(conn):
        return
    _check(conn, name)
    if _version(conn) >= LATEST:
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        found = _version(conn)
        for step in STEPS:
            if step.version > found:
                for statement in step.statements:
                    conn.execute(statement)
                conn.execute(
                    "INSERT INTO schema_change (version, needs, program, applied_at) VALUES (?, ?, ?, ?)",
                    (step.version, step.needs, __version__, now_ms()),
                )
        if found < LATEST:
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {LATEST}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _version(conn: sqlite3.Connection) -> int:
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def _is_ours(conn: sqlite3.Connection) -> bool:
    return bool(conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _check(conn: sqlite3.Connection, name: str) -> None:
    if not _is_ours(conn):
        if _version(conn) or conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise DatabaseUnusable(f"{name} is an SQLite database of another program; name another file with --db")
        return
    if _version(conn) > LATEST:
        needs = conn.execute("SELECT max(needs) FROM schema_change").fetchone()[0]
        if needs is None or needs > LATEST:
            raise DatabaseUnusable(
                f"{name} was written by a newer queuectl (schema {_version(conn)}, this program knows {LATEST}); "
                "upgrade queuectl to use it"
            )
