"""The jobs that a key hits: of the marked ones those that it may act on, with what it leaves alone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from queuectl_tui.rules.records import Alike, Job
from queuectl_tui.rules.states import legal
from queuectl_tui.store.pages import Seen

#: So many of them are told by name.
_NAMED = 3
_UNKNOWN = Alike()


class Hit(NamedTuple):
    """What an act is for, as it was seen when the key was pressed."""

    #: The state that each job was seen in, by id; the act refuses one that has moved on.
    states: Mapping[str, str]
    #: Marked jobs that are gone from the list, or from the state they were marked in.
    left: tuple[str, ...] = ()
    #: Marked jobs that the filter hides.
    hidden: int = 0
    #: Jobs that the act does not take, by their state.
    unfit: Mapping[str, int] = MappingProxyType({})
    #: How many of them run, and since when the first of those does.
    running: int = 0
    since: int | None = None
    #: All of them are held.
    held: bool = False
    named: tuple[Job, ...] = ()
    #: What they have in common, where the act asks for it.
    alike: Alike = _UNKNOWN
    #: The commands of the first of them, where they differ.
    commands: tuple[str, ...] = ()

    @property
    def first(self) -> list[str]:
        """The ids of those to tell by name."""
        return list(islice(self.states, _NAMED))


def of_one(job: Job) -> Hit:
    """Give what a key hits that is pressed on one job."""
    running = job.state == "processing"
    since = job.started_at if running else None
    alike = Alike(job.command, job.queue, job.priority, job.max_retries, job.timeout_s)
    return Hit({job.id: job.state}, running=int(running), since=since, held=job.held, named=(job,), alike=alike)


def of_many(move: str, found: Iterable[Seen]) -> Hit:
    """Give what a key hits of many jobs."""
    states: dict[str, str] = {}
    unfit: Counter[str] = Counter()
    started: list[int] = []
    running = held = 0
    for job in found:
        if not legal(move, job.state):
            unfit[job.state] += 1
            continue
        states[job.id] = job.state
        held += job.held
        if job.state == "processing":
            running += 1
            started += [job.started_at] if job.started_at is not None else []
    since = min(started, default=None)
    return Hit(states, unfit=dict(unfit), running=running, since=since, held=0 < len(states) == held)


def of_marks(move: str, marks: Mapping[str, str], listed: Sequence[Seen], hidden: Iterable[Seen]) -> Hit:
    """Give what a key hits of marked jobs, those listed and those that only the filter hides."""
    here = [job for job in listed if marks[job.id] == job.state]
    behind = {job.id for job in hidden if marks[job.id] == job.state}
    there = behind.union(job.id for job in here)
    left = tuple(name for name in marks if name not in there)
    return of_many(move, here)._replace(left=left, hidden=len(behind))
