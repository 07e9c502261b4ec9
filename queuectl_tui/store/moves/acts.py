"""What people do to jobs. Each act is whole or untouched for each job, and says why it refused one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from peewee import SQL, Case, fn

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import HIGHEST, LOWEST
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Report
from queuectl_tui.rules.states import MOVES, State, legal
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.erase import erase
from queuectl_tui.store.moves.readiness import recheck, recheck_dependents
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.schema import Dependency, Job, Journal, dicts, execute, rows

#: Jobs of one transaction: long acts let workers and other people in between.
_AT_ONCE = 250

Row = dict[str, Any]
#: Told after each transaction how many of the jobs are behind; says whether to go on.
GoOn = Callable[[int], bool]
#: The state that each job was seen in: one that has moved on since is refused.
States = Mapping[str, str]
#: Change the given jobs, all legal; gives the state in which each ends (None: gone) and, maybe, a refusal.
Change = Callable[[sqlite3.Connection, list[Row], Tally, int], dict[int, str | None]]


def always(behind: int) -> bool:
    """Go on to the end."""
    del behind
    return True


def retry(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Run again: a failed job now, a dead or completed one with a fresh budget; its history stays."""
    return _act(store, ids, "retry", actor, _renew, go_on, seen)


def _renew(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:
    failed = [job["seq"] for job in jobs if job["state"] == State.FAILED]
    ended = [job for job in jobs if job["state"] != State.FAILED]
    seqs = [job["seq"] for job in ended]
    execute(conn, _update(failed, "retry", due_at=now, updated_at=now, ready=_ready(now)))
    fresh = {"state": "pending", "attempts": 0, "due_at": now, "reason": None, "held": 0, "updated_at": now, "ready": 0}
    execute(conn, _update(seqs, "retry", **fresh))
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
        execute(conn, _update(running, "cancel", stop="cancel", stop_by=actor, updated_at=now))
        execute(
            conn, _update(seqs, "cancel", state="dead", ready=0, reason="canceled", finished_at=now, updated_at=now)
        )
        for job in waiting:
            tally.move(job["queue"], job["state"], "dead")
        stopping.extend(job["id"] for job in jobs if job["state"] == State.PROCESSING)
        return dict.fromkeys(seqs, "dead")

    report = _act(store, ids, "cancel", actor, change, go_on, seen)
    done = tuple(job_id for job_id in report.done if job_id not in set(stopping))
    return Report(done=done, refused=report.refused, stopping=tuple(stopping))


def hold(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Keep waiting jobs from being claimed until they are released."""

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:  # noqa: ARG001 - the shape of an act
        execute(conn, _update([job["seq"] for job in jobs], "hold", held=1, ready=0, updated_at=now))
        return {job["seq"]: job["state"] for job in jobs}

    return _act(store, ids, "hold", actor, change, go_on, seen)


def release(
    store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None
) -> Report:
    """Let held jobs be claimed again."""

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:  # noqa: ARG001 - the shape of an act
        seqs = [job["seq"] for job in jobs]
        execute(conn, _update(seqs, "release", held=0, updated_at=now))
        execute(conn, _update(seqs, "release", ready=_ready(now)))
        return {job["seq"]: job["state"] for job in jobs}

    return _act(store, ids, "release", actor, change, go_on, seen)


def edit(store: Store, ids: Sequence[str], changes: Request, *, actor: str, seen: States | None = None) -> Report:
    """Change what is not None in `changes` (an empty command: unchanged) of jobs that do not run."""
    return _act(store, ids, "edit", actor, _changing(changes), always, seen)


def edit_and_retry(
    store: Store, ids: Sequence[str], changes: Request | None, *, actor: str, go_on: GoOn = always, seen: States
) -> Report:
    """Change jobs (None: nothing of them), and run those again that failed or are dead, both or neither for each."""
    change = None if changes is None else _changing(changes)
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for chunk in _chunks(ids):
        with store.write() as conn:
            step = _Step(conn, actor)
            jobs, missing = _select(conn, chunk, "edit", seen)
            refused += missing
            if change is not None:
                step.take("edit", jobs, change)
            done += [job["id"] for job in jobs]
            again, _ = _select(conn, [job["id"] for job in jobs if legal("retry", job["state"])], "retry", None)
            step.take("retry", again, _renew)
            step.tally.write(conn)
        if not go_on(len(done) + len(refused)):
            break
    return Report(done=tuple(done), refused=tuple(refused))


def _changing(changes: Request) -> Change:
    values = check_changes(changes)

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:
        seqs = [job["seq"] for job in jobs]
        due = {"due_at": max(values["run_at"], 0), "ready": 0} if "run_at" in values else {}
        execute(conn, _update(seqs, "edit", **values, **due, updated_at=now))
        if due:
            waiting = Job.state.in_(["pending", "failed"])
            execute(conn, _update(seqs, "edit", ready=_ready(now)).where(waiting))
        for job in jobs:
            if values.get("queue", job["queue"]) != job["queue"]:
                tally.move(job["queue"], job["state"], None)
                tally.move(values["queue"], None, job["state"])
        return {job["seq"]: job["state"] for job in jobs}

    return change


def shift(
    store: Store, ids: Sequence[str], by: int, *, actor: str, go_on: GoOn = always, seen: States | None = None
) -> Report:
    """Raise the priority of jobs that do not run, or lower it, as far as its bounds."""

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:  # noqa: ARG001 - the shape of an act
        priority = fn.max(LOWEST, fn.min(HIGHEST, Job.priority + by))
        execute(conn, _update([job["seq"] for job in jobs], "edit", priority=priority, updated_at=now))
        return {job["seq"]: job["state"] for job in jobs}

    return _act(store, ids, "edit", actor, change, go_on, seen)


def check_changes(changes: Request) -> dict[str, Any]:
    """Give what an edit changes, by column. Raises InvalidInput when it is nothing."""
    named = ("queue", "priority", "max_retries", "timeout_s", "backoff_base", "run_at")
    values = {name: value for name in named if (value := getattr(changes, name)) is not None}
    if changes.command:
        values["command"] = changes.command
    if not values:
        raise InvalidInput(
            "nothing to change: give --command, --priority, --max-retries, --timeout, --queue or --run-at"
        )
    return values


def delete(store: Store, ids: Sequence[str], *, actor: str, go_on: GoOn = always, seen: States | None = None) -> Report:
    """Remove jobs with their runs and output; not one that runs, or that a job outside `ids` waits for."""
    del actor  # what is gone has no history
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    leaving = set(ids)
    for chunk in _chunks(ids):
        with store.write() as conn:
            now = now_ms()
            tally = Tally()
            jobs, missing = _select(conn, chunk, "delete", seen)
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


def _act(
    store: Store, ids: Sequence[str], move: str, actor: str, change: Change, go_on: GoOn, seen: States | None
) -> Report:
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for chunk in _chunks(ids):
        with store.write() as conn:
            step = _Step(conn, actor)
            jobs, missing = _select(conn, chunk, move, seen)
            refused += missing
            step.take(move, jobs, change)
            step.tally.write(conn)
            done += [job["id"] for job in jobs]
        if not go_on(len(done) + len(refused)):
            break
    return Report(done=tuple(done), refused=tuple(refused))


class _Step:
    """What one transaction does to some jobs: one move, or several."""

    def __init__(self, conn: sqlite3.Connection, actor: str) -> None:
        self._conn = conn
        self._actor = actor
        self._now = now_ms()
        self.tally = Tally()

    def take(self, move: str, jobs: list[Row], change: Change) -> None:
        """Make a move of jobs that may make it, and write it down."""
        ends = change(self._conn, jobs, self.tally, self._now) if jobs else {}
        found = [job for job in jobs if job["seq"] in ends]
        _record(self._conn, found, ends, move=move, actor=self._actor, now=self._now)


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), _AT_ONCE):
        yield unique[start : start + _AT_ONCE]


def _select(
    conn: sqlite3.Connection, ids: list[str], move: str, seen: States | None
) -> tuple[list[Row], list[tuple[str, str]]]:
    """Split ids into jobs that may make the move, in the order given, and refusals with their reason."""
    query = Job.select(Job.seq, Job.id, Job.state, Job.queue, Job.run).where(Job.id.in_(ids))
    found = {job["id"]: job for job in dicts(conn, query)}
    jobs, refused = [], []
    for job_id in ids:
        job = found.get(job_id)
        if job is None:
            refused.append((job_id, "no such job"))
        elif seen is not None and job["state"] != seen[job_id]:
            refused.append((job_id, f"it is {job['state']} by now"))
        elif not legal(move, job["state"]):
            allowed = ", ".join(MOVES[move].sources)
            refused.append((job_id, f"it is {job['state']}; {move} takes a job that is {allowed}"))
        else:
            jobs.append(job)
    return jobs, refused


def _update(seqs: Iterable[int], move: str, **values: Any) -> Any:
    """Build the guarded update of some jobs by a move."""
    fields = {getattr(Job, name): value for name, value in values.items()}
    return Job.update(fields).where(Job.seq.in_(list(seqs)) & SQL(MOVES[move].guard))


def _ready(now: int) -> Any:
    """The one rule of readiness, as peewee says it; `readiness.READY` is the same in SQL."""
    return Case(None, [((Job.held == 0) & (Job.blocked == 0) & (Job.due_at <= now), 1)], 0)


def _record(
    conn: sqlite3.Connection, jobs: Sequence[Row], ends: dict[int, str | None], *, move: str, actor: str, now: int
) -> None:
    """Write the journal: who did what."""
    reason = "canceled" if move == "cancel" else None
    lines = [
        {
            "job": job["seq"],
            "run": job["run"],
            "at": now,
            "move": move,
            "before": job["state"],
            "after": ends[job["seq"]],
            "actor": actor,
            "reason": reason,
        }
        for job in jobs
    ]
    if lines:
        execute(conn, Journal.insert_many(lines))


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
