"""Deliberately broken twins of the program: `python -m tests.torture.broken NAME ARGS…` patches it and runs it.

A harness that passes one of them is the defect. Nothing of the kind ships.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from queuectl_tui.__main__ import main
from queuectl_tui.rules.states import MOVES
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import settings as stored_settings
from queuectl_tui.store import watch, workers
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import claim, settle, tally
from queuectl_tui.store.moves.readiness import next_due, promote
from queuectl_tui.work import own, rescue, tree, worker

#: How long a worker of the twin that goes by leases may be silent, and how often it gives a sign.
_LEASE_S, _SIGN_S = 1.0, 0.25
#: Any run of any worker passes a fence that is none; the parameters must go somewhere.
_NO_FENCE = "state = 'processing' AND ? IS NOT NULL AND ? IS NOT NULL"


def no_proof_of_death() -> None:
    """Take a worker for dead that gave no sign for the time of a lease."""

    def is_dead(store: Store, worker_id: str) -> bool:
        beat = workers.beat_at(store, worker_id)
        return beat is None or now_ms() - beat > _LEASE_S * 1000

    @contextlib.contextmanager
    def proof(store: Store, worker: str) -> Iterator[bool]:
        yield is_dead(store, worker)

    workers.is_dead = is_dead
    rescue._proof_of_death = proof
    worker.BEAT_S = worker.LOOK_S = _SIGN_S


def no_tree_kill() -> None:
    """Rescue a job while what is left of its old run lives on."""

    def empty(store: Store, worker: str, run: watch.Owned) -> bool:  # noqa: ARG001 - the shape of what it replaces
        return True

    rescue._empty = empty


def no_run_lock() -> None:
    """Rescue without the run's lock: processes are known by group and marker only, and nothing is waited for."""
    trace = rescue._trace

    def without_lock(store: Store, worker: str, run: watch.Owned) -> tree.Trace:
        return trace(store, worker, run)._replace(lock=None)

    rescue._trace = without_lock


def no_fence() -> None:
    """Let an owner settle its run whoever has it now."""
    for name in ("_READ", "_JOB"):
        setattr(settle, name, getattr(settle, name).replace(settle.FENCE, _NO_FENCE))
    marks = watch.marks

    def unfenced(conn: sqlite3.Connection, worker: str, seq: int, run: int) -> watch.Marks:
        return marks(conn, worker, seq, run)._replace(fenced=False)

    watch.marks = unfenced


def separate_writes() -> None:
    """Settle and claim in writes of their own, none of them guarded by a transaction or by the state."""

    def take_turn(
        store: Store,
        worker: str,
        finish: settle.Finish | None,
        *,
        queues: Sequence[str] = (),
        want: bool = True,
        now: Callable[[], int],
        **_: Any,
    ) -> claim.Turn:
        conn, at, counts = store.conn, now(), tally.Tally()
        settings = stored_settings.load(conn)
        end = settle.settle(conn, finish, settings, counts) if finish is not None else None
        counts.write(conn)
        stop, any_due, _closed = conn.execute(claim._LOOK, (at, worker)).fetchone()
        if not want or stop:
            return claim.Turn(end, None, False, None, stop or None)
        if any_due:
            promote(conn, at)
        row = claim._pick(conn, queues, set())
        if row is None:
            return claim.Turn(end, None, False, next_due(conn), None)
        time.sleep(0.01)
        counts = tally.Tally()
        taken = claim._take(conn, worker, row, settings, counts, at)
        counts.write(conn)
        return claim.Turn(end, taken, True, None, None)

    guard = MOVES["claim"].guard
    claim._TAKE = claim._TAKE.replace(guard, "state <> 'completed'")
    claim.take_turn = take_turn


def counts_not_kept() -> None:
    """Move jobs and leave the counts as they are."""

    def write(self: tally.Tally, conn: sqlite3.Connection) -> None:  # noqa: ARG001 - the shape of what it replaces
        return

    tally.Tally.write = write  # type: ignore[method-assign]  # that is what a twin is


def leaking_marker() -> None:
    """Start workers from inside a job with all that marks them as a part of its run."""
    own.leave_job = lambda: None


TWINS: dict[str, Callable[[], None]] = {
    "no_proof_of_death": no_proof_of_death,
    "no_tree_kill": no_tree_kill,
    "no_run_lock": no_run_lock,
    "no_fence": no_fence,
    "separate_writes": separate_writes,
    "counts_not_kept": counts_not_kept,
    "leaking_marker": leaking_marker,
}
#: Which invariants each breaks: at least one of them must be told.
BREAKS: dict[str, set[str]] = {
    "no_proof_of_death": {"overlaps", "runs begun after a newer one"},
    "no_tree_kill": {"overlaps"},
    "no_run_lock": {"overlaps"},
    "no_fence": {"results past the fence"},
    "separate_writes": {"overlaps", "counts differ"},
    "counts_not_kept": {"counts differ"},
    "leaking_marker": {"fleets ended with their job"},
}


if __name__ == "__main__":
    TWINS[sys.argv.pop(1)]()
    main()
