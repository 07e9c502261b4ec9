"""The tables as peewee models, private to this room: they build every statement that is not on the hot path.

peewee makes the text; the store's one connection runs it, so that SQLite's errors arrive as they are.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from peewee import (
    SQL,
    BlobField,
    CompositeKey,
    FloatField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)

from queuectl_tui.rules.states import State
from queuectl_tui.store.database import Store

_dialect = SqliteDatabase(None)


class Table(Model):
    """What all tables share."""

    class Meta:
        """Bind the models to the dialect only, to no file."""

        database = _dialect
        legacy_table_names = False


class Setting(Table):
    """A setting that was changed from its default."""

    key = TextField(primary_key=True)
    value = TextField()
    changed_at = IntegerField()


class Queue(Table):
    """A queue that was paused or limited."""

    name = TextField(primary_key=True)
    paused = IntegerField(default=0)
    max_running = IntegerField(default=0)


class JobCount(Table):
    """How many jobs of a queue are in a state, kept by every move."""

    queue = TextField()
    state = TextField()
    jobs = IntegerField()

    class Meta:
        """One row for each queue and state."""

        primary_key = CompositeKey("queue", "state")


class Environment(Table):
    """A captured environment, kept once however many jobs have it."""

    id = IntegerField(primary_key=True)
    data = TextField(unique=True)
    jobs = IntegerField(default=0)


class Worker(Table):
    """A worker process that was registered and has not said goodbye."""

    id = TextField(primary_key=True)
    pid = IntegerField()
    pid_start = FloatField()
    host = TextField()
    queues = TextField()
    started_at = IntegerField()
    stop = TextField(null=True)


class Job(Table):
    """One job; times, exit and worker are those of its last run."""

    seq = IntegerField(primary_key=True)
    id = TextField(unique=True)
    command = TextField()
    state = TextField()
    queue = TextField()
    priority = IntegerField()
    ready = IntegerField()
    held = IntegerField()
    blocked = IntegerField()
    run = IntegerField(default=0)
    attempts = IntegerField(default=0)
    due_at = IntegerField()
    run_at = IntegerField(null=True)
    max_retries = IntegerField(null=True)
    timeout_s = FloatField(null=True)
    backoff_base = FloatField(null=True)
    on_interrupt = TextField()
    tags = TextField(null=True)
    needs = TextField(null=True)
    cwd = TextField()
    env = TextField(null=True)
    environment = IntegerField(null=True)
    enqueued_by = TextField()
    created_at = IntegerField()
    updated_at = IntegerField()
    worker = TextField(null=True)
    started_at = IntegerField(null=True)
    finished_at = IntegerField(null=True)
    duration_ms = IntegerField(null=True)
    exit_code = IntegerField(null=True)
    signal = IntegerField(null=True)
    error = TextField(null=True)
    reason = TextField(null=True)
    output_bytes = IntegerField(default=0)
    stop = TextField(null=True)
    stop_by = TextField(null=True)


class Run(Table):
    """One run that ended; a live one is read from its job."""

    job = IntegerField()
    run = IntegerField()
    attempt = IntegerField()
    worker = TextField()
    host = TextField()
    started_at = IntegerField()
    finished_at = IntegerField()
    duration_ms = IntegerField()
    outcome = TextField()
    exit_code = IntegerField(null=True)
    signal = IntegerField(null=True)
    error = TextField(null=True)
    cpu_ms = IntegerField(null=True)
    max_rss_kib = IntegerField(null=True)
    output_bytes = IntegerField()
    dropped_bytes = IntegerField()
    move = TextField()
    end_state = TextField()
    reason = TextField(null=True)
    actor = TextField(null=True)

    class Meta:
        """A run's number counts for ever within its job."""

        primary_key = CompositeKey("job", "run")


class Output(Table):
    """What a run printed between two looks: pieces of both streams, packed."""

    id = IntegerField(primary_key=True)
    job = IntegerField()
    run = IntegerField()
    pieces = BlobField()
    data = BlobField()


class Dependency(Table):
    """One job that another waits for."""

    job = IntegerField()
    needs = IntegerField(index=True)

    class Meta:
        """Named once each."""

        primary_key = CompositeKey("job", "needs")


class JobTag(Table):
    """One tag of a job, for the search; the job keeps them all in order."""

    job = IntegerField()
    tag = TextField()

    class Meta:
        """Named once each."""

        primary_key = CompositeKey("job", "tag")


class Journal(Table):
    """What a person did to a job."""

    id = IntegerField(primary_key=True)
    job = IntegerField(index=True)
    run = IntegerField()
    at = IntegerField()
    move = TextField()
    before = TextField()
    after = TextField()
    actor = TextField()
    reason = TextField(null=True)


class SchemaChange(Table):
    """One migration step that was applied."""

    version = IntegerField(primary_key=True)
    needs = IntegerField()
    program = TextField()
    applied_at = IntegerField()


TABLES: tuple[type[Table], ...] = (
    SchemaChange,
    Setting,
    Queue,
    JobCount,
    Environment,
    Worker,
    Job,
    Run,
    Output,
    Dependency,
    JobTag,
    Journal,
)


def in_state(state: str) -> Any:
    """Say that a job is in a state, as a literal: a parameter would not let the state's own indexes serve."""
    return Job.state == SQL(f"'{State(state).value}'")


def execute(store: Store | sqlite3.Connection, query: Any) -> sqlite3.Cursor:
    """Run a statement that peewee built on the store's connection."""
    sql, params = query.sql()
    conn = store.conn if isinstance(store, Store) else store
    return conn.execute(sql, params)


def rows(store: Store | sqlite3.Connection, query: Any) -> list[tuple[Any, ...]]:
    """Run a query that peewee built and give all its rows."""
    return execute(store, query).fetchall()


def dicts(store: Store | sqlite3.Connection, query: Any) -> list[dict[str, Any]]:
    """Run a query that peewee built and give all its rows by column name."""
    cursor = execute(store, query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
