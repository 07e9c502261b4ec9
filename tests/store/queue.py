"""A real queue file for tests of the store, and shorthands for what workers do to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import workers
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.moves.claim import Claim, Turn, take_turn
from queuectl_tui.store.moves.enqueue import Batch, Origin
from queuectl_tui.store.moves.settle import Finish

ORIGIN = Origin(cwd="/", env={"PATH": "/bin"}, actor="me@here")


def enqueue(path: Path, *requests: Request) -> list[str]:
    """Enqueue jobs and give their ids."""
    with Batch(path, ORIGIN, Request(command="")) as batch:
        batch.add(requests)
        batch.commit()
        return list(batch.ids())


def register(store: Store, worker: str) -> None:
    """Enter a worker's row."""
    workers.register(store, worker, pid=1, pid_start=0.0, host="here", queues=(), now=now_ms())


def turn(store: Store, worker: str, finish: Finish | None = None, **options: Any) -> Turn:
    """Take one turn of a worker, by the real clock unless told otherwise."""
    return take_turn(store, worker, finish, **({"now": now_ms} | options))


def finish(claim: Claim, worker: str, outcome: str = "completed", **changes: Any) -> Finish:
    """Say how a claimed run ended."""
    made = Finish(
        seq=claim.seq,
        run=claim.run,
        worker=worker,
        host="here",
        outcome=outcome,
        exit_code={"completed": 0, "failed": 1}.get(outcome),
        signal=None,
        error=None if outcome == "completed" else "it failed",
        started_at=claim.started_at,
        finished_at=now_ms(),
        duration_ms=1,
        cpu_ms=1,
        max_rss_kib=None,
        output_bytes=0,
        dropped_bytes=0,
    )
    return made._replace(**changes)


def opened(path: Path) -> Store:
    """Open the queue as a worker does."""
    return open_store(path, durable=False)
