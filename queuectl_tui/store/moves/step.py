"""How an act is done: some jobs in each transaction, each whole or untouched, and written into the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from peewee import SQL, Case

from queuectl_tui.rules.records import Report
from queuectl_tui.rules.states import MOVES, legal
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.schema import Job, Journal, dicts, execute

#: Jobs of one transaction: long acts let workers and other people in between.
_AT_ONCE = 250

Row = dict[str, Any]
#: Told after each transaction how many of the jobs are behind; says whether to go on.
GoOn = Callable[[int], bool]
#: The state that each job was seen in: one that has moved on since is refused.
States = Mapping[str, str]
#: Change the given jobs, all legal; gives the state in which each ends (None: gone).
Change = Callable[[sqlite3.Connection, list[Row], Tally, int], dict[int, str | None]]


def always(behind: int) -> bool:
    """Go on to the end."""
    del behind
    return True


def act(
    store: Store, ids: Sequence[str], move: str, actor: str, change: Change, go_on: GoOn, seen: States | None
) -> Report:
    """Make a move of jobs, some in each transaction; those that may not make it are refused."""
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for chunk in chunks(ids):
        with store.write() as conn:
            step = Step(conn, actor)
            jobs, missing = select(conn, chunk, move, seen)
            refused += missing
            step.take(move, jobs, change)
            step.tally.write(conn)
            done += [job["id"] for job in jobs]
        if not go_on(len(done) + len(refused)):
            break
    return Report(done=tuple(done), refused=tuple(refused))


class Step:
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


def chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Give ids in the parts that one transaction takes, each id once."""
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), _AT_ONCE):
        yield unique[start : start + _AT_ONCE]


def select(
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


def update(seqs: Iterable[int], move: str, **values: Any) -> Any:
    """Build the guarded update of some jobs by a move."""
    fields = {getattr(Job, name): value for name, value in values.items()}
    return Job.update(fields).where(Job.seq.in_(list(seqs)) & SQL(MOVES[move].guard))


def ready(now: int) -> Any:
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
