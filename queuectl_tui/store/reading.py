"""Turn rows into records: what one reader needs to know of the queue to say of each job how it stands.

No peewee: the UI reads the rows in view at each change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from queuectl_tui.rules.records import Job
from queuectl_tui.rules.times import now_ms, show_time
from queuectl_tui.store import settings, workers
from queuectl_tui.store.database import Store
from queuectl_tui.store.sense import check_row


class Reading:
    """One look at the queue: its settings, its closed queues and its living workers, each read once when needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._now = now_ms()
        self._settings = settings.load(store.conn)

    @cached_property
    def _closed(self) -> Mapping[str, tuple[str, str]]:
        """Why nothing can be claimed from a queue: (waiting, what for)."""
        conn = self._store.conn
        found: dict[str, tuple[str, str]] = {}
        running = dict(conn.execute("SELECT queue, jobs FROM job_count WHERE state = 'processing'").fetchall())
        for name, paused, limit in conn.execute("SELECT name, paused, max_running FROM queue").fetchall():
            if paused:
                found[name] = ("paused", f"queue {name}")
            elif limit and running.get(name, 0) >= limit:
                found[name] = ("limit", f"{running[name]}/{limit}")
        return found

    @cached_property
    def _served(self) -> set[str] | None:
        return workers.served(self._store)

    def job(self, row: Mapping[str, Any]) -> Job:
        """Make the record of a job from its row. Raises ValueError for values that no queuectl writes."""
        check_row(row)
        ours = self._settings
        waiting, waiting_for = self._waiting(row)
        return Job(
            seq=row["seq"],
            id=row["id"],
            command=row["command"],
            state=row["state"],
            queue=row["queue"],
            priority=row["priority"],
            tags=tuple(json.loads(row["tags"])) if row["tags"] else (),
            after=tuple(json.loads(row["needs"])) if row["needs"] else (),
            held=bool(row["held"]),
            attempts=row["attempts"],
            max_retries=ours.max_retries if row["max_retries"] is None else row["max_retries"],
            run_at=row["run_at"],
            due_at=row["due_at"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            duration_ms=row["duration_ms"],
            exit_code=row["exit_code"],
            signal=row["signal"],
            error=row["error"],
            reason=row["reason"],
            waiting=waiting,
            waiting_for=waiting_for,
            timeout_s=ours.job_timeout if row["timeout_s"] is None else row["timeout_s"],
            backoff_base=ours.backoff_base if row["backoff_base"] is None else row["backoff_base"],
            on_interrupt=row["on_interrupt"],
            cwd=row["cwd"],
            env=json.loads(row["env"]) if row["env"] else {},
            worker=row["worker"],
            output_bytes=row["output_bytes"],
            run=row["run"],
            stop=row["stop"],
        )

    def _waiting(self, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
        if row["state"] not in ("pending", "failed"):
            return None, None
        found: tuple[str | None, str | None] = (None, None)
        if row["held"]:
            found = ("held", None)
        elif row["blocked"]:
            found = ("after", self._needed(row["seq"]))
        elif not row["ready"] and row["due_at"] > self._now:
            found = ("due", show_time(row["due_at"]))
        elif row["queue"] in self._closed:
            found = self._closed[row["queue"]]
        elif self._served is not None and row["queue"] not in self._served:
            found = ("no worker", None)
        return found

    def _needed(self, seq: int) -> str:
        found = self._store.conn.execute(
            "SELECT needed.id, needed.state FROM dependency JOIN job needed ON needed.seq = dependency.needs"
            " WHERE dependency.job = ? AND needed.state <> 'completed' ORDER BY needed.seq",
            (seq,),
        )
        return ", ".join(f"{name} ({state})" for name, state in found.fetchall())
