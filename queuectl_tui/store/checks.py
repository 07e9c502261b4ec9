"""What `doctor` looks at inside the file."""

from __future__ import annotations

import sqlite3

from peewee import fn

from queuectl_tui.store.database import Store
from queuectl_tui.store.schema import TABLES, Job, JobCount, rows
from queuectl_tui.store.sense import nonsense


def integrity(store: Store) -> list[str]:
    """Give what SQLite finds wrong in the file, or else what is not there, or makes no sense in its rows."""
    found = [str(row[0]) for row in store.conn.execute("PRAGMA integrity_check(20)")]
    if found != ["ok"]:
        return found
    return _gone(store.conn) or [f"{column} holds what no queuectl writes" for column in nonsense(store.conn)]


def _gone(conn: sqlite3.Connection) -> list[str]:
    """Name the tables, and columns of the others, that another program has taken away."""
    found = []
    for model in TABLES:
        about = model._meta  # noqa: SLF001 - peewee's documented way to a model's table
        name = about.table_name
        there = {row[1] for row in conn.execute(f"PRAGMA table_info({name})")}
        missing = sorted(about.columns.keys() - there)
        found += [f"{name}.{column} is gone" for column in missing] if there else [f"the table {name} is gone"]
    return found


def recount(store: Store) -> list[str]:
    """Give each kept count that differs from the jobs that are there."""
    with_jobs = JobCount.select(JobCount.queue, JobCount.state, JobCount.jobs).where(JobCount.jobs != 0)
    store.conn.execute("BEGIN")
    try:
        kept = {(queue, state): jobs for queue, state, jobs in rows(store, with_jobs)}
        query = Job.select(Job.queue, Job.state, fn.count(Job.seq)).group_by(Job.queue, Job.state)
        there = {(queue, state): jobs for queue, state, jobs in rows(store, query)}
    finally:
        store.conn.execute("COMMIT")
    return [
        f"{queue} {state}: {kept.get((queue, state), 0)} kept, {there.get((queue, state), 0)} there"
        for queue, state in sorted({*kept, *there})
        if kept.get((queue, state), 0) != there.get((queue, state), 0)
    ]


def sqlite_version() -> str:
    """Name the SQLite in use."""
    return sqlite3.sqlite_version
