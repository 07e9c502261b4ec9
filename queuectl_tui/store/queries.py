"""What people read of jobs: records, never models. Nothing here writes."""

from __future__ import annotations

import heapq
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from peewee import SQL, fn

from queuectl_tui.rules.errors import InvalidInput, NoSuchJob
from queuectl_tui.rules.filters import Filter
from queuectl_tui.rules.records import Counts, Job, Page, Queue
from queuectl_tui.rules.states import STATES, State
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import schema
from queuectl_tui.store.database import Store
from queuectl_tui.store.filtering import condition
from queuectl_tui.store.reading import Reading
from queuectl_tui.store.schema import Job as JobTable
from queuectl_tui.store.schema import JobTag, dicts, execute, rows

_PREFIX = 3
_IN_ONE_QUERY = 500

#: What `list --sort` takes, and the column behind it.
SORTS: dict[str, Any] = {
    "id": JobTable.id,
    "state": JobTable.state,
    "queue": JobTable.queue,
    "prio": JobTable.priority,
    "try": JobTable.attempts,
    "due": JobTable.due_at,
    "exit": JobTable.exit_code,
    "command": JobTable.command,
    "created": JobTable.seq,
    "started": JobTable.started_at,
    "finished": JobTable.finished_at,
    "duration": JobTable.duration_ms,
}

# The parts of the pending list, in the order in which they will run; each condition is that of its index.
_PENDING_PARTS = (
    ("ready = 1 AND state = 'pending'", "priority DESC, seq"),
    ("state = 'pending' AND ready = 0 AND held = 0 AND blocked = 0", "due_at, seq"),
    ("state = 'pending' AND ready = 0 AND (held = 1 OR blocked > 0)", "seq"),
)


def counts(store: Store) -> Counts:
    """Give the kept counts, all and by queue; a queue that is paused or limited is named even when it is empty."""
    by_queue: dict[str, dict[str, int]] = {}
    # Not built by peewee: the UI asks at every change.
    for queue, state, jobs in store.conn.execute("SELECT queue, state, jobs FROM job_count WHERE jobs > 0"):
        by_queue.setdefault(queue, {})[state] = jobs
    special = {
        name: (bool(paused), limit)
        for name, paused, limit in store.conn.execute("SELECT name, paused, max_running FROM queue")
    }
    queues = []
    for name in sorted({*by_queue, *special}):
        paused, limit = special.get(name, (False, 0))
        found = by_queue.get(name, {})
        queues.append(Queue(name=name, paused=paused, limit=limit, counts={s.value: found.get(s, 0) for s in STATES}))
    total = {state.value: sum(queue.counts[state] for queue in queues) for state in STATES}
    return Counts(jobs=total, queues=tuple(queues))


def oldest_pending(store: Store) -> int | None:
    """Give when the oldest pending job was enqueued."""
    query = JobTable.select(JobTable.created_at).where(schema.in_state("pending")).order_by(JobTable.seq).limit(1)
    found = rows(store, query)
    return int(found[0][0]) if found else None


def find(store: Store, text: str, *, beginnings: bool) -> str:
    """Give the id of the job that the text names: exactly, or (when allowed) by a unique beginning of 3 or more."""
    if not text.isascii():
        # No id is; and what is no Unicode at all cannot even be asked for.
        raise NoSuchJob(f"no such job: {text}")
    if rows(store, JobTable.select(JobTable.seq).where(JobTable.id == text)):
        return text
    if beginnings and len(text) >= _PREFIX:
        after = text[:-1] + chr(ord(text[-1]) + 1)
        query = JobTable.select(JobTable.id).where((JobTable.id >= text) & (JobTable.id < after)).limit(6)
        found = [name for (name,) in rows(store, query)]
        if len(found) == 1:
            return str(found[0])
        if found:
            names = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
            raise NoSuchJob(f"{text!r} is the beginning of several jobs: {names}")
    raise NoSuchJob(f"no such job: {text}")


def job(store: Store, job_id: str) -> Job:
    """Give one job, or raise NoSuchJob."""
    found = by_ids(store, [job_id])
    if not found:
        raise NoSuchJob(f"no such job: {job_id}")
    return found[0]


def by_ids(store: Store, ids: Sequence[str]) -> list[Job]:
    """Give those of the jobs that are there, in the order of the ids."""
    found: dict[str, Job] = {}
    reading = Reading(store)
    for start in range(0, len(ids), _IN_ONE_QUERY):
        query = JobTable.select().where(JobTable.id.in_(list(ids[start : start + _IN_ONE_QUERY])))
        found |= {row["id"]: reading.job(row) for row in dicts(store, query)}
    return [found[job_id] for job_id in dict.fromkeys(ids) if job_id in found]


def jobs(store: Store, *, limit: int = 100, **selection: Any) -> Page:
    """Give the first jobs of a list (0: all), newest first, pending ones in the order they will run.

    The selection: `states`, `queue`, `tag`, `reason`, `wanted` (a filter), `sort` (a key of SORTS) and `reverse`.
    """
    found = iter_jobs(store, **selection)
    if not limit:
        return Page(tuple(found), more=False)
    page = tuple(islice(found, min(limit + 1, sys.maxsize)))
    return Page(page[:limit], more=len(page) > limit)


def iter_jobs(
    store: Store,
    *,
    states: Sequence[str] = (),
    queue: str | None = None,
    tag: str | None = None,
    reason: str | None = None,
    wanted: Filter | None = None,
    sort: str | None = None,
    reverse: bool = False,
) -> Iterator[Job]:
    """Give the jobs of a list one by one, in its order."""
    query = JobTable.select()
    if queue is not None:
        query = query.where(JobTable.queue == queue)
    if reason is not None:
        query = query.where(JobTable.reason == reason)
    if tag is not None:
        query = query.where(JobTable.seq.in_(JobTag.select(JobTag.job).where(JobTag.tag == tag)))
    if wanted is not None:
        found = condition(store.conn, wanted, now_ms())
        query = query.where(SQL(found.sql, found.params))
    reading = Reading(store)
    for row in _ordered(store, query, [State(state) for state in dict.fromkeys(states)], sort, reverse):
        yield reading.job(row)


def _ordered(
    store: Store, query: Any, states: list[State], sort: str | None, reverse: bool
) -> Iterator[dict[str, Any]]:
    if sort is not None:
        if sort not in SORTS:
            raise InvalidInput(f"sort: no column {sort!r}; one of {', '.join(SORTS)}")
        column = SORTS[sort]
        if states:
            query = query.where(JobTable.state.in_(states))
        order = column.desc() if reverse else column.asc()
        return _stream(store, query.order_by(order, JobTable.seq))
    if states == [State.PENDING] and not reverse:
        return (row for where, order in _PENDING_PARTS for row in _part(store, query, where, order))
    order = JobTable.seq.asc() if reverse else JobTable.seq.desc()
    if not states:
        return _stream(store, query.order_by(order))
    # Each state's pages come from its own index; several are merged.
    parts = [_stream(store, query.where(schema.in_state(state)).order_by(order)) for state in states]
    return heapq.merge(*parts, key=lambda row: row["seq"], reverse=not reverse)


def _part(store: Store, query: Any, where: str, order: str) -> Iterator[dict[str, Any]]:
    return _stream(store, query.where(SQL(where)).order_by(SQL(order)))


def _stream(store: Store, query: Any) -> Iterator[dict[str, Any]]:
    cursor = execute(store, query)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def unsettled_ids(store: Store, queue: str | None = None) -> list[str]:
    """Give the ids of the jobs that are not completed or dead."""
    found: list[tuple[int, str]] = []
    for state in (State.PENDING, State.PROCESSING, State.FAILED):
        query = JobTable.select(JobTable.seq, JobTable.id).where(schema.in_state(state))
        found += rows(store, query if queue is None else query.where(JobTable.queue == queue))
    return [name for _, name in sorted(found)]


def dependents(store: Store, job_id: str) -> list[str]:
    """Give the ids of the jobs that wait for a job, or for one that does."""
    found = store.conn.execute(
        "WITH RECURSIVE later (seq) AS ("
        " SELECT dependency.job FROM dependency JOIN job ON job.seq = dependency.needs WHERE job.id = ?"
        " UNION SELECT dependency.job FROM dependency JOIN later ON dependency.needs = later.seq"
        ") SELECT id FROM later JOIN job USING (seq)",
        (job_id,),
    )
    return [name for (name,) in found]


def states(store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Give the state of each of the jobs that is there."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), _IN_ONE_QUERY):
        chunk = list(ids[start : start + _IN_ONE_QUERY])
        found |= dict(rows(store, JobTable.select(JobTable.id, JobTable.state).where(JobTable.id.in_(chunk))))
    return found


def dead_ids(store: Store, *, reason: str | None = None, canceled: bool = False) -> list[str]:
    """Give the ids of the dead letter queue; those that a person canceled only when asked for."""
    query = JobTable.select(JobTable.id).where(schema.in_state("dead")).order_by(JobTable.seq)
    if reason is not None:
        query = query.where(JobTable.reason == reason)
    elif not canceled:
        query = query.where(JobTable.reason != "canceled")
    return [name for (name,) in rows(store, query)]


def captured_env(store: Store, job_id: str) -> dict[str, str]:
    """Give the environment that was captured when the job was enqueued."""
    query = (
        schema.Environment.select(schema.Environment.data)
        .join(JobTable, on=(JobTable.environment == schema.Environment.id))
        .where(JobTable.id == job_id)
    )
    found = rows(store, query)
    return dict(json.loads(found[0][0])) if found else {}


def newest_time(store: Store) -> int | None:
    """Give the latest time that the queue has written, to hold against the clock."""
    return rows(store, JobTable.select(fn.max(JobTable.updated_at)))[0][0]  # type: ignore[no-any-return]  # an integer or NULL
