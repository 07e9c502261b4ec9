"""What happened to a job: its runs and its history."""

from __future__ import annotations

from typing import Any

from queuectl_tui.rules.errors import NoSuchJob
from queuectl_tui.rules.records import Change, Run
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.output import kept_bytes
from queuectl_tui.store.schema import Job, Journal, Worker, dicts, rows
from queuectl_tui.store.schema import Run as RunTable


def runs(store: Store, job_id: str) -> tuple[Run, ...]:
    """Give the runs of a job, oldest first, one that still runs included."""
    job = _row(store, job_id)
    query = RunTable.select().where(RunTable.job == job["seq"]).order_by(RunTable.run)
    ended = [_run(row) for row in dicts(store, query)]
    if job["state"] == "processing":
        ended.append(_live(store, job))
    return tuple(ended)


def _run(row: dict[str, Any]) -> Run:
    return Run(**{name: row[name] for name in Run.__slots__})


def _live(store: Store, job: dict[str, Any]) -> Run:
    host = rows(store, Worker.select(Worker.host).where(Worker.id == job["worker"]))
    kept = kept_bytes(store.conn, job["seq"], job["run"])
    return Run(
        run=job["run"],
        attempt=job["attempts"],
        worker=job["worker"],
        host=host[0][0] if host else "",
        started_at=job["started_at"],
        finished_at=None,
        duration_ms=max(0, now_ms() - job["started_at"]),
        outcome="running",
        exit_code=None,
        signal=None,
        error=None,
        cpu_ms=None,
        max_rss_kib=None,
        output_bytes=job["output_bytes"],
        dropped_bytes=max(0, job["output_bytes"] - kept),
    )


def history(store: Store, job_id: str) -> tuple[Change, ...]:
    """Give every move of a job in order: its enqueueing, its runs, and what people did to it."""
    job = _row(store, job_id)
    # (run, 0 claim | 1 end | 2 act, row) gives the order even when the clock stepped back between two moves.
    events: list[tuple[tuple[int, int, int], dict[str, Any]]] = []
    for row in dicts(store, RunTable.select().where(RunTable.job == job["seq"])):
        start = {
            "at": row["started_at"],
            "move": "claim",
            "after": "processing",
            "actor": row["worker"],
            "reason": None,
        }
        end = {
            "at": row["finished_at"],
            "move": row["move"],
            "after": row["end_state"],
            "actor": row["actor"] or row["worker"],
            "reason": row["reason"] or (None if row["outcome"] == "completed" else row["outcome"]),
        }
        events += [((row["run"], 0, 0), start), ((row["run"], 1, 0), end)]
    if job["state"] == "processing":
        start = {
            "at": job["started_at"],
            "move": "claim",
            "after": "processing",
            "actor": job["worker"],
            "reason": None,
        }
        events.append(((job["run"], 0, 0), start))
    events += [
        ((row["run"], 2, row["id"]), row) for row in dicts(store, Journal.select().where(Journal.job == job["seq"]))
    ]
    changes = [Change(job["created_at"], "enqueue", None, "pending", job["enqueued_by"], None)]
    for _, event in sorted(events, key=lambda pair: pair[0]):
        before = changes[-1].after
        changes.append(Change(event["at"], event["move"], before, event["after"], event["actor"], event["reason"]))
    return tuple(changes)


def _row(store: Store, job_id: str) -> dict[str, Any]:
    found = dicts(store, Job.select().where(Job.id == job_id))
    if not found:
        raise NoSuchJob(f"no such job: {job_id}")
    return found[0]
