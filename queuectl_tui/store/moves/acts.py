"""What people do to jobs. Each act is whole or untouched for each job, and says why it refused one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from queuectl_tui.rules.records import Report
from queuectl_tui.rules.states import State
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.erase import erase
from queuectl_tui.store.moves.readiness import recheck, recheck_dependents
from queuectl_tui.store.moves.step import GoOn, Row, States, act, always, chunks, ready, select, update
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.schema import Dependency, Job, execute, rows


def retry(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Run again: a failed job now, a dead or completed one with a fresh budget; its history stays."""
    return act(store, ids, "retry", actor, renew, go_on, seen)


def renew(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:
    """Make the move of a retry."""
    failed = [job["seq"] for job in jobs if job["state"] == State.FAILED]
    ended = [job for job in jobs if job["state"] != State.FAILED]
    seqs = [job["seq"] for job in ended]
    execute(conn, update(failed, "retry", due_at=now, updated_at=now, ready=ready(now)))
    fresh = {"state": "pending", "attempts": 0, "due_at": now, "reason": None, "held": 0, "updated_at": now, "ready": 0}
    execute(conn, update(seqs, "retry", **fresh))
    for seq in seqs:
        recheck(conn, seq, now)
    for job in ended:
        tally.move(job["queue"], job["state"], "pending")
    recheck_dependents(conn, [job["seq"] for job in ended if job["state"] == State.COMPLETED], now)
    ends: dict[int, str | None] = dict.fromkeys(failed, "failed")
    return ends | dict.fromkeys(seqs, "pending")


def cancel(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Bury waiting jobs as canceled, and mark running ones for their workers: those are `stopping` in the report."""
    stopping: list[str] = []

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:
        running = [job["seq"] for job in jobs if job["state"] == State.PROCESSING]
        waiting = [job for job in jobs if job["state"] != State.PROCESSING]
        seqs = [job["seq"] for job in waiting]
        execute(conn, update(running, "cancel", stop="cancel", stop_by=actor, updated_at=now))
        execute(conn, update(seqs, "cancel", state="dead", ready=0, reason="canceled", finished_at=now, updated_at=now))
        for job in waiting:
            tally.move(job["queue"], job["state"], "dead")
        stopping.extend(job["id"] for job in jobs if job["state"] == State.PROCESSING)
        return dict.fromkeys(seqs, "dead")

    report = act(store, ids, "cancel", actor, change, go_on, seen)
    done = tuple(job_id for job_id in report.done if job_id not in set(stopping))
    return Report(done=done, refused=report.refused, stopping=tuple(stopping))


def hold(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Keep waiting jobs from being claimed until they are released."""

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:  # noqa: ARG001 - the shape of an act
        execute(conn, update([job["seq"] for job in jobs], "hold", held=1, ready=0, updated_at=now))
        return {job["seq"]: job["state"] for job in jobs}

    return act(store, ids, "hold", actor, change, go_on, seen)


def release(
    store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None
) -> Report:
    """Let held jobs be claimed again."""

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:  # noqa: ARG001 - the shape of an act
        seqs = [job["seq"] for job in jobs]
        execute(conn, update(seqs, "release", held=0, updated_at=now))
        execute(conn, update(seqs, "release", ready=ready(now)))
        return {job["seq"]: job["state"] for job in jobs}

    return act(store, ids, "release", actor, change, go_on, seen)


def delete(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Remove jobs with their runs and output; not one that runs, or that a job outside `ids` waits for."""
    del actor  # what is gone has no history
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    leaving = set(ids)
    for chunk in chunks(ids):
        with store.write() as conn:
            now = now_ms()
            tally = Tally()
            jobs, missing = select(conn, chunk, "delete", seen)
            refused += missing
            for job in jobs:
                waiting = [name for name in _waiting_for(conn, job["seq"]) if name not in leaving]
                if waiting:
                    refused.append((job["id"], "needed by " + ", ".join(waiting[:5])))
                    continue
                erase(conn, [job["seq"]], tally, now)
                done.append(job["id"])
            tally.write(conn)
        if not go_on(len(done) + len(refused)):
            break
    return Report(done=tuple(done), refused=tuple(refused))


def _waiting_for(conn: sqlite3.Connection, seq: int) -> list[str]:
    """Name the jobs that wait for this one: it is not completed, and they have not started."""
    needed = Job.alias()
    query = (
        Job.select(Job.id)
        .join(Dependency, on=(Dependency.job == Job.seq))
        .join(needed, on=(needed.seq == Dependency.needs))
        .where((Dependency.needs == seq) & Job.state.in_(["pending", "failed"]) & (needed.state != "completed"))
    )
    return [name for (name,) in rows(conn, query)]
