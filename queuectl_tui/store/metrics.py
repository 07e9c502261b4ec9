"""How the queue has done: rates and durations."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from queuectl_tui.rules.records import Metrics, Slow, Span
from queuectl_tui.rules.states import STATES
from queuectl_tui.store.database import Store
from queuectl_tui.store.schema import Job, Run, execute, in_state, rows


@dataclass
class _Gathered:
    """What one pass over the jobs gathers, of the whole or of one queue."""

    jobs: dict[str, int] = field(default_factory=lambda: dict.fromkeys((state.value for state in STATES), 0))
    waits: array[int] = field(default_factory=lambda: array("q"))
    runs: array[int] = field(default_factory=lambda: array("q"))
    fastest: tuple[str, int] | None = None
    slowest: tuple[str, int] | None = None
    first: int | None = None
    last: int | None = None

    def completed(self, job_id: str, duration_ms: int, started_at: int, finished_at: int) -> None:
        """Add a completed job."""
        self.runs.append(duration_ms)
        if self.fastest is None or duration_ms < self.fastest[1]:
            self.fastest = (job_id, duration_ms)
        if self.slowest is None or duration_ms > self.slowest[1]:
            self.slowest = (job_id, duration_ms)
        self.first = started_at if self.first is None else min(self.first, started_at)
        self.last = finished_at if self.last is None else max(self.last, finished_at)


def metrics(store: Store, *, since: int | None, now: int, newest: int | None = None) -> Metrics:
    """Measure the jobs that ended (or, not ended, were enqueued) since a time; None: all.

    `newest` looks only at about so many jobs, those enqueued last, however long the queue's past is.

    Wait is from the time a job was due for the first time to its first start; run is the last run of completed jobs;
    percentiles are nearest-rank; throughput is completed jobs a second since then (None: since the first start).
    """
    whole = _Gathered()
    queues: dict[str, _Gathered] = {}
    ended_at = fn.coalesce(Job.finished_at, Job.created_at)
    jobs = Job.select(Job.queue, Job.state, Job.id, Job.duration_ms, Job.started_at, Job.finished_at)
    for queue, state, job_id, duration, started, finished in execute(
        store, _newest(store, _since(jobs, ended_at, since), newest)
    ):
        for part in (whole, queues.setdefault(queue, _Gathered())):
            part.jobs[state] += 1
            if state == "completed" and duration is not None:
                part.completed(job_id, duration, started, finished)
    due_at = fn.max(Job.created_at, fn.coalesce(Job.run_at, 0))
    waits = Run.select(Job.queue, Run.started_at - due_at).join(Job, on=(Job.seq == Run.job)).where(Run.run == 1)
    for queue, wait in execute(store, _newest(store, _since(waits, Run.started_at, since), newest)):
        whole.waits.append(max(0, wait))
        queues.setdefault(queue, _Gathered()).waits.append(max(0, wait))
    return _measured(
        whole, since, now, {name: _measured(part, since, now, {}) for name, part in sorted(queues.items())}
    )


def slowest(store: Store, *, newest: int, count: int) -> tuple[Slow, ...]:
    """Give the completed jobs whose last run took longest, among about the `newest` enqueued last."""
    query = Job.select(Job.id, Job.command, Job.duration_ms).where(
        in_state("completed") & Job.duration_ms.is_null(False)
    )
    query = _newest(store, query, newest).order_by(Job.duration_ms.desc()).limit(count)
    return tuple(Slow(*row) for row in rows(store, query))


def _newest(store: Store, query: Any, newest: int | None) -> Any:
    if newest is None:
        return query
    last = rows(store, Job.select(fn.max(Job.seq)))[0][0] or 0
    return query.where(Job.seq > last - newest)


def _since(query: Any, time: Any, since: int | None) -> Any:
    return query if since is None else query.where(time >= since)


def _measured(part: _Gathered, since: int | None, now: int, queues: Mapping[str, Metrics]) -> Metrics:
    ended = part.jobs["completed"] + part.jobs["dead"]
    first = since if since is not None else part.first
    last = now if since is not None else part.last
    seconds = max((last - first) / 1000, 0.001) if first is not None and last is not None else 0
    return Metrics(
        since=since,
        jobs=part.jobs,
        success_rate=part.jobs["completed"] / ended if ended else None,
        throughput_per_s=len(part.runs) / seconds if seconds else 0.0,
        wait=_span(part.waits),
        run=_span(part.runs),
        fastest=part.fastest,
        slowest=part.slowest,
        queues=queues,
    )


def _span(values: array[int]) -> Span:
    if not values:
        return Span()
    ordered = sorted(values)
    return Span(
        avg=sum(ordered) / len(ordered),
        p50=ordered[-(-len(ordered) * 50 // 100) - 1],
        p95=ordered[-(-len(ordered) * 95 // 100) - 1],
        min=ordered[0],
        max=ordered[-1],
    )
