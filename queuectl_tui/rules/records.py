"""What crosses the rooms: frozen records of what the queue holds. All times are ms since the epoch, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Job(NamedTuple):
    """One job as it stands; limits are the effective ones, times and worker those of its last run."""

    seq: int
    id: str
    command: str
    state: str
    queue: str
    priority: int
    tags: tuple[str, ...]
    after: tuple[str, ...]
    held: bool
    attempts: int
    max_retries: int
    run_at: int | None
    due_at: int
    created_at: int
    updated_at: int
    started_at: int | None
    finished_at: int | None
    duration_ms: int | None
    exit_code: int | None
    signal: int | None
    error: str | None
    reason: str | None
    #: due, held, paused, limit, after, no worker, or None
    waiting: str | None
    #: What `waiting` is about: the time, the queue, or the jobs with their states, as `k7m2x9qdab (dead)`.
    waiting_for: str | None
    timeout_s: float
    backoff_base: float
    on_interrupt: str
    cwd: str
    env: Mapping[str, str]
    worker: str | None
    output_bytes: int
    #: The number of the last run (0: never started), not shown as such.
    run: int
    #: What a person asked of the running job: `cancel`, or None.
    stop: str | None


class Alike(NamedTuple):
    """What an edit may change, as some jobs have it in common; None: it differs."""

    command: str | None = None
    queue: str | None = None
    priority: int | None = None
    max_retries: int | None = None
    timeout_s: float | None = None


class Run(NamedTuple):
    """One start of a job."""

    run: int
    attempt: int
    worker: str
    host: str
    started_at: int
    finished_at: int | None
    duration_ms: int | None
    outcome: str
    exit_code: int | None
    signal: int | None
    error: str | None
    cpu_ms: int | None
    max_rss_kib: int | None
    output_bytes: int
    dropped_bytes: int


class Change(NamedTuple):
    """One line of a job's history."""

    at: int
    move: str
    before: str | None
    after: str | None
    actor: str
    reason: str | None


class Page(NamedTuple):
    """A part of a list, in its order; `more` tells whether it goes on."""

    jobs: tuple[Job, ...]
    more: bool


class Queue(NamedTuple):
    """One queue: `limit` jobs of it at once (0: no limit), and its jobs by state."""

    name: str
    paused: bool
    limit: int
    counts: Mapping[str, int]


class Counts(NamedTuple):
    """The kept counts: all jobs by state, and each queue."""

    jobs: Mapping[str, int]
    queues: tuple[Queue, ...]

    def of(self, state: str | None) -> int:
        """Give how many jobs are in a state, or (None) in all."""
        return sum(self.jobs.values()) if state is None else self.jobs[state]


class WorkerRow(NamedTuple):
    """One worker as the database knows it; whether it lives is not written there."""

    id: str
    pid: int
    pid_start: float
    host: str
    queues: tuple[str, ...]
    started_at: int
    #: What a person asked of it: `drain`, `now`, or None.
    stop: str | None
    completed: int
    failed: int
    #: The id of the job that it runs, and the beginning of its command.
    job: str | None
    command: str | None


class Worker(NamedTuple):
    """One worker as it is seen alive: state is idle, busy, stopping, stalled or lost."""

    id: str
    pid: int
    host: str
    state: str
    queues: tuple[str, ...]
    job: str | None
    started_at: int
    heartbeat_at: int | None
    completed: int
    failed: int
    rss_bytes: int | None
    cpu_percent: float | None
    #: The beginning of the command that it runs.
    command: str | None = None


class Usage(NamedTuple):
    """What the processes of a running job use now, all together; CPU is None until it was looked at twice."""

    cpu_percent: float | None
    rss_bytes: int


class Span(NamedTuple):
    """A distribution of durations, in ms; all None when there was nothing to measure."""

    avg: float | None = None
    p50: float | None = None
    p95: float | None = None
    min: float | None = None
    max: float | None = None


class Metrics(NamedTuple):
    """How the queue has done since a time (None: ever); `queues` holds the same by queue, without deeper ones."""

    since: int | None
    jobs: Mapping[str, int]
    success_rate: float | None
    throughput_per_s: float
    wait: Span
    run: Span
    #: (job id, duration in ms)
    fastest: tuple[str, int] | None
    slowest: tuple[str, int] | None
    queues: Mapping[str, Metrics] = MappingProxyType({})


class Slow(NamedTuple):
    """A job that took long."""

    id: str
    command: str
    duration_ms: int


class Report(NamedTuple):
    """What an act on several things did: whole or untouched, each."""

    done: tuple[str, ...] = ()
    #: (id, why)
    refused: tuple[tuple[str, str], ...] = ()
    #: Ids of running jobs that were asked to stop: `done` once their processes are gone.
    stopping: tuple[str, ...] = ()
