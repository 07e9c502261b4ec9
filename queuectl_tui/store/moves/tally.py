"""The counts by queue and state, kept by the moves in their own transaction."""

from __future__ import annotations

import sqlite3


class Tally:
    """What one transaction changes in the counts; written once at its end."""

    __slots__ = ("_changes",)

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], int] = {}

    def move(self, queue: str, before: str | None, after: str | None, jobs: int = 1) -> None:
        """Count jobs of a queue from one state to another; None: from nowhere, or gone."""
        changes = self._changes
        if before is not None:
            changes[queue, before] = changes.get((queue, before), 0) - jobs
        if after is not None:
            changes[queue, after] = changes.get((queue, after), 0) + jobs

    def write(self, conn: sqlite3.Connection) -> None:
        """Add the changes to the kept counts."""
        for (queue, state), jobs in self._changes.items():
            if not jobs:
                continue
            args = (jobs, queue, state)
            if not conn.execute("UPDATE job_count SET jobs = jobs + ? WHERE queue = ? AND state = ?", args).rowcount:
                conn.execute("INSERT INTO job_count (jobs, queue, state) VALUES (?, ?, ?)", args)
