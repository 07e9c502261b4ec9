"""What is on the screen, as it is asked of the feed, and what the feed answers: frozen, both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from queuectl_tui.rules.records import Change, Counts, Job, Metrics, Run, Slow, Usage, Worker
from queuectl_tui.store.lists import Listing, Place
from queuectl_tui.store.pages import Part

#: The tabs that list jobs, by name, with the state of theirs (None: all).
LISTS: dict[str, str | None] = {
    "all": None,
    "pending": "pending",
    "processing": "processing",
    "completed": "completed",
    "failed": "failed",
    "dead": "dead",
}
TABS = (*LISTS, "workers", "metrics")


class Anchor(NamedTuple):
    """Around what a part of a list is wanted: a job where it stands (or stood), a position, or an end."""

    seq: int | None = None
    place: Place | None = None
    position: int | None = None
    end: bool = False


_TOP = Anchor()


class Want(NamedTuple):
    """What is on the screen."""

    tab: str = "pending"
    listing: Listing | None = None
    anchor: Anchor = _TOP
    #: Rows before and after the anchor.
    before: int = 0
    after: int = 100
    #: The job of which all is shown.
    detail: str | None = None
    #: Counts the questions, so that an answer is known by it.
    serial: int = 0
    #: The last question whose rows are wanted at once; those of a later one, when the queue has changed.
    urgent: int = 0


class Window(NamedTuple):
    """A part of the list that was asked for."""

    listing: Listing
    part: Part
    total: int
    #: How many rows come before these; None when that was not counted.
    start: int | None
    serial: int
    #: How many jobs a filter takes, as far as it is known, and whether these are all.
    matches: int = 0
    counted: bool = False


class Detail(NamedTuple):
    """All of one job; `job` None: it is gone."""

    job: Job | None
    runs: tuple[Run, ...] = ()
    changes: tuple[Change, ...] = ()
    #: Which process keeps its rescue waiting, if one does.
    stuck: str | None = None


class Figures(NamedTuple):
    """How the queue does."""

    #: Of about the `newest` jobs.
    metrics: Metrics
    #: Jobs completed in each minute of the last hour, oldest first.
    by_minute: tuple[int, ...]
    slowest: tuple[Slow, ...]
    newest: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The queue as it was at one moment."""

    counts: Counts
    workers: tuple[Worker, ...] = ()
    #: Jobs completed in each of the last spans of `store.rates`, oldest first.
    completed: tuple[int, ...] = ()
    window: Window | None = None
    detail: Detail | None = None
    figures: Figures | None = None
    #: Of running jobs in view, by seq.
    usage: Mapping[int, Usage] = field(default_factory=dict)
    #: The settings that were changed, as they are kept.
    settings: Mapping[str, str] = field(default_factory=dict)
    #: What is wanted takes long to find.
    searching: bool = False
    #: Why nothing could be read, if so.
    trouble: str | None = None
    at: int = field(default=0, compare=False)
