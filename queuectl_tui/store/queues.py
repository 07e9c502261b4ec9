"""Queues: pause, resume, limit."""

from __future__ import annotations

from collections.abc import Sequence

from queuectl_tui.store.database import Store
from queuectl_tui.store.schema import JobCount, Queue, execute, rows


def pause(store: Store, names: Sequence[str] | None, paused: bool) -> list[str]:
    """Pause or resume queues (None: every queue that is known, or was paused); give their names."""
    with store.write() as conn:
        if names is None:
            known = rows(conn, JobCount.select(JobCount.queue).where(JobCount.jobs > 0).distinct())
            known += rows(conn, Queue.select(Queue.name))
            names = sorted({name for (name,) in known} | {"default"})
        for name in names:
            change = Queue.insert(name=name, paused=int(paused))
            execute(conn, change.on_conflict(conflict_target=[Queue.name], update={Queue.paused: int(paused)}))
        _forget_plain(store)
    return list(names)


def limit(store: Store, name: str, jobs: int) -> None:
    """Let at most so many jobs of a queue run at once; 0: no limit."""
    with store.write() as conn:
        change = Queue.insert(name=name, max_running=jobs)
        execute(conn, change.on_conflict(conflict_target=[Queue.name], update={Queue.max_running: jobs}))
        _forget_plain(store)


def _forget_plain(store: Store) -> None:
    """Keep rows only of queues that differ from a plain one: the claim reads them each time."""
    execute(store, Queue.delete().where((Queue.paused == 0) & (Queue.max_running == 0)))
