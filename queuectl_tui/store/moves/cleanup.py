"""Remove jobs by the thousand: clear and prune, in batches that let workers in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from peewee import fn

from queuectl_tui.rules.states import STATES, State
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.erase import erase
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.schema import Dependency, Job, JobCount, rows

_AT_ONCE = 500
_CLEARABLE = [state for state in STATES if state is not State.PROCESSING]


def clearable(store: Store) -> int:
    """Count the jobs that `clear` would delete."""
    query = JobCount.select(fn.coalesce(fn.sum(JobCount.jobs), 0)).where(JobCount.state.in_(_CLEARABLE))
    return int(rows(store, query)[0][0])


def clear(store: Store, *, before: int | None = None, progress: Callable[[int], None] | None = None) -> int:
    """Delete every job that is not processing, of those enqueued until `before` (a seq; None: until now)."""
    if before is None:
        before = int(rows(store, Job.select(fn.coalesce(fn.max(Job.seq), 0)))[0][0])
    condition = Job.state.in_(_CLEARABLE) & (Job.seq <= before)
    # Only a job that came while this clears can still wait for one that goes.
    return _erase_all(store, condition, progress, waiting_after=before)


def prune(
    store: Store,
    *,
    older_than_s: float,
    states: Sequence[str] = (State.COMPLETED,),
    progress: Callable[[int], None] | None = None,
) -> int:
    """Delete ended jobs whose last change is older than that, but none that another job waits for."""
    # No job is older than time itself.
    limit = max(-1, now_ms() - round(older_than_s * 1000))
    ended_at = fn.coalesce(Job.finished_at, Job.updated_at)
    condition = Job.state.in_(list(states)) & (Job.state != State.PROCESSING) & (ended_at <= limit)
    return _erase_all(store, condition, progress)


def _erase_all(store: Store, condition: Any, progress: Callable[[int], None] | None, *, waiting_after: int = 0) -> int:
    """Delete what meets the condition, but none that a job (enqueued after that seq) waits for."""
    waiting = Job.alias()
    needed = (
        Dependency.select(Dependency.needs)
        .join(waiting, on=(waiting.seq == Dependency.job))
        .where(waiting.state.in_(["pending", "failed"]) & (waiting.seq > waiting_after))
    )
    condition &= (Job.state == State.COMPLETED) | Job.seq.not_in(needed)
    deleted, last = 0, 0
    while True:
        with store.write() as conn:
            found = rows(
                conn, Job.select(Job.seq).where(condition & (Job.seq > last)).order_by(Job.seq).limit(_AT_ONCE)
            )
            if not found:
                return deleted
            tally = Tally()
            deleted += erase(conn, [seq for (seq,) in found], tally, now_ms())
            tally.write(conn)
        last = found[-1][0]
        if progress:
            progress(deleted)
