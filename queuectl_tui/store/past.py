"""What happened to a job: its runs and its history. No peewee: the UI asks at each step of its cursor."""

from __future__ import annotations

from typing import Any

from queuectl_tui.rules.errors import NoSuchJob
from queuectl_tui.rules.records import Change, Job, Run
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.output import kept_bytes
from queuectl_tui.store.reading import Reading
from queuectl_tui.store.sense import check_row

_Row = dict[str, Any]


def runs(store: Store, job_id: str) -> tuple[Run, ...]:
    """Give the runs of a job, oldest first, one that still runs included."""
    job = _job(store, job_id)
    return _runs(store, job, _ended(store, job))


def history(store: Store, job_id: str) -> tuple[Change, ...]:
    """Give every move of a job in order: its enqueueing, its runs, and what people did to it."""
    job = _job(store, job_id)
    return _changes(store, job, _ended(store, job))


def whole(store: Store, job_id: str) -> tuple[Job, tuple[Run, ...], tuple[Change, ...]]:
    """Give a job with its runs and its history, or raise NoSuchJob."""
    job = _job(store, job_id)
    ended = _ended(store, job)
    return Reading(store).job(job), _runs(store, job, ended), _changes(store, job, ended)


def _runs(store: Store, job: _Row, ended: list[_Row]) -> tuple[Run, ...]:
    for row in ended:
        check_row(row)
    found = [Run(**{name: row[name] for name in Run._fields}) for row in ended]
    if job["state"] == "processing":
        found.append(_live(store, job))
    return tuple(found)


def _live(store: Store, job: _Row) -> Run:
    host = store.conn.execute("SELECT host FROM worker WHERE id = ?", (job["worker"],)).fetchone()
    kept = kept_bytes(store.conn, job["seq"], job["run"])
    return Run(
        run=job["run"],
        attempt=job["attempts"],
        worker=job["worker"],
        host=host[0] if host else "",
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


def _changes(store: Store, job: _Row, ended: list[_Row]) -> tuple[Change, ...]:
    # (run, 0 claim | 1 end | 2 act, row) gives the order even when the clock stepped back between two moves.
    events: list[tuple[tuple[int, int, int], _Row]] = []
    for row in ended:
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
    acts = _dicts(store, "SELECT * FROM journal WHERE job = ?", job["seq"])
    events += [((row["run"], 2, row["id"]), row) for row in acts]
    changes = [Change(job["created_at"], "enqueue", None, "pending", job["enqueued_by"], None)]
    for _, event in sorted(events, key=lambda pair: pair[0]):
        before = changes[-1].after
        changes.append(Change(event["at"], event["move"], before, event["after"], event["actor"], event["reason"]))
    return tuple(changes)


def _job(store: Store, job_id: str) -> _Row:
    found = _dicts(store, "SELECT * FROM job WHERE id = ?", job_id)
    if not found:
        raise NoSuchJob(f"no such job: {job_id}")
    return found[0]


def _ended(store: Store, job: _Row) -> list[_Row]:
    return _dicts(store, "SELECT * FROM run WHERE job = ? ORDER BY run", job["seq"])


def _dicts(store: Store, sql: str, param: str | int) -> list[_Row]:
    cursor = store.conn.execute(sql, (param,))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
