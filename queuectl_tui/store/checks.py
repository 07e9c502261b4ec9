"""What `doctor` looks at inside the file."""

from __future__ import annotations

import sqlite3

from peewee import fn

from queuectl_tui.store.database import Store
from queuectl_tui.store.schema import Job, JobCount, rows
from queuectl_tui.store.sense import nonsense


def integrity(store: Store) -> list[str]:
    """Give what SQLite finds wrong in the file, or else what makes no sense in its rows."""
    found = [str(row[0]) for row in store.conn.execute("PRAGMA integrity_check(20)")]
    if found != ["ok"]:
        return found
    return [f"{column} holds what no queuectl writes" for column in nonsense(store.conn)]


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
