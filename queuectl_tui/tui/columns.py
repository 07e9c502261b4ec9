"""What each list shows of a job, pure: its columns, and the cells of one row as (text, kind)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from queuectl_tui.rules.records import Job, Usage
from queuectl_tui.rules.safe import line
from queuectl_tui.tui import format as show

#: A mark of each state that says it without colour.
GLYPHS = {"pending": "○", "processing": "▶", "completed": "✓", "failed": "↻", "dead": "✗"}
ASCII_GLYPHS = {"pending": "o", "processing": ">", "completed": "+", "failed": "~", "dead": "x"}
#: Of a long text only its beginning can be seen, and made safe.
_SEEN = 1000
#: Times that are nearer are shown by the second, ms; one second more, for the row that is just about to.
_SOON_MS = 121_000


class Moment(NamedTuple):
    """What a cell may depend on beside its job."""

    now: int
    usage: Mapping[int, Usage] = MappingProxyType({})
    ascii_only: bool = False


class Cell(NamedTuple):
    """A text, and what kind of thing it is: the widget's style class of that name colours it."""

    text: str
    kind: str = "plain"


class Column(NamedTuple):
    """One column: so many cells, and more if it stretches; lower ranks go first when it is narrow."""

    title: str
    width: int
    cell: Callable[[Job, Moment], Cell]
    #: Its share of what is left over.
    stretch: int = 0
    right: bool = False
    rank: int = 5
    #: The key of `store.lists.SORTS` by which it sorts.
    sort: str | None = None


def restless(job: Job, now: int) -> bool:
    """Tell whether a row has another text each second: an elapsed time, or one that comes soon."""
    return job.state == "processing" or (job.state in ("pending", "failed") and 0 < job.due_at - now <= _SOON_MS)


def _text(text: str | None, moment: Moment, kind: str = "plain") -> Cell:
    return Cell(line((text or "")[:_SEEN], ascii_only=moment.ascii_only), kind)


def _state(job: Job, moment: Moment) -> Cell:
    glyphs = ASCII_GLYPHS if moment.ascii_only else GLYPHS
    return Cell(f"{glyphs[job.state]} {job.state}", job.state)


def _tries(job: Job, moment: Moment) -> Cell:
    del moment
    return Cell(f"{job.attempts}/{job.max_retries + 1}", "muted")


def _why(job: Job, moment: Moment) -> Cell:
    """Say why a job waits; nothing when it only waits for its turn."""
    if job.waiting is None:
        return Cell("")
    if job.waiting == "due":
        return Cell("due in " + show.until(job.due_at, moment.now), "waiting")
    if job.waiting == "after":
        return _text(f"needs {job.waiting_for}", moment, "waiting")
    if job.waiting == "limit":
        return _text(f"limit {job.waiting_for}", moment, "waiting")
    if job.waiting == "paused":
        return Cell("queue paused", "warning")
    return Cell(job.waiting, "warning" if job.waiting == "no worker" else "waiting")


def _next_try(job: Job, moment: Moment) -> Cell:
    if job.waiting is not None and job.waiting != "due":
        return _why(job, moment)
    text = show.until(job.due_at, moment.now)
    return Cell("now" if text == "now" else f"in {text}", "waiting")


def _left(job: Job, moment: Moment) -> Cell:
    if not job.timeout_s or job.started_at is None:
        return Cell("")
    left = job.started_at + round(job.timeout_s * 1000) - moment.now
    return Cell(_seconds(left), "warning" if left < 10_000 else "muted")


def _elapsed(job: Job, moment: Moment) -> Cell:
    if job.started_at is None:
        return Cell("")
    return Cell(_seconds(moment.now - job.started_at), "strong")


def _cpu(job: Job, moment: Moment) -> Cell:
    used = moment.usage.get(job.seq)
    return Cell("" if used is None or used.cpu_percent is None else f"{used.cpu_percent:.0f}%")


def _memory(job: Job, moment: Moment) -> Cell:
    used = moment.usage.get(job.seq)
    return Cell("" if used is None else show.size(used.rss_bytes))


def _seconds(ms: int) -> str:
    seconds = max(0, ms) // 1000
    return show.elapsed(seconds * 1000) if seconds >= 10 else f"{seconds}s" if seconds else "<1s"


def _exit(job: Job, moment: Moment) -> Cell:
    del moment
    if job.state in ("pending", "processing"):
        # That of a run before, which the next one takes the place of.
        return Cell("")
    return Cell(show.ending(job), "exit" if job.exit_code or job.signal else "muted")


def _priority(job: Job, moment: Moment) -> Cell:
    del moment
    return Cell(str(job.priority) if job.priority else "", "strong")


def _age_of(name: str) -> Callable[[Job, Moment], Cell]:
    return lambda job, moment: Cell(show.age(getattr(job, name), moment.now), "muted")


_ID = Column("ID", 10, lambda job, _: Cell(job.id, "id"), rank=9, sort="id")
_STATE = Column("STATE", 12, _state, rank=8, sort="state")
_COMMAND = Column("COMMAND", 16, lambda job, moment: _text(job.command, moment), 3, rank=10, sort="command")
_QUEUE = Column("QUEUE", 8, lambda job, moment: _text(job.queue, moment, "queue"), rank=5, sort="queue")
_PRIORITY = Column("PRIO", 5, _priority, right=True, rank=3, sort="prio")
_TRY = Column("TRY", 5, _tries, rank=4, sort="try")
_EXIT = Column("EXIT", 5, _exit, rank=7, sort="exit")
_ERROR = Column("ERROR", 12, lambda job, moment: _text(job.error, moment, "error"), 2, rank=6, sort="error")
_ENDED = Column("WHEN", 5, _age_of("finished_at"), right=True, rank=6, sort="finished")
_TOOK = Column("TOOK", 7, lambda job, _: Cell(show.elapsed(job.duration_ms)), right=True, rank=5, sort="took")
_REASON = Column("REASON", 11, lambda job, _: Cell(job.reason or "", "waiting"), rank=4, sort="reason")
_AGE = Column("AGE", 4, _age_of("created_at"), right=True, rank=4)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "all": (_ID, _STATE, _COMMAND, _QUEUE, _TRY, _EXIT, _ERROR, _AGE),
    "pending": (_ID, _COMMAND, _QUEUE, _PRIORITY, _TRY, Column("WHY", 16, _why, 1, rank=7, sort="due"), _AGE),
    "processing": (
        _ID,
        _COMMAND,
        _QUEUE,
        _TRY,
        Column("WORKER", 8, lambda job, moment: _text(job.worker, moment, "muted"), rank=5, sort="worker"),
        Column("ELAPSED", 8, _elapsed, right=True, rank=8, sort="started"),
        Column("LEFT", 7, _left, right=True, rank=4),
        Column("CPU", 5, _cpu, right=True, rank=6),
        Column("MEMORY", 9, _memory, right=True, rank=6),
    ),
    "completed": (_ID, _COMMAND, _QUEUE, _TRY, _TOOK, _ENDED),
    "failed": (
        _ID,
        _COMMAND,
        _QUEUE,
        _TRY._replace(rank=6),
        _EXIT,
        _ERROR,
        Column("NEXT TRY", 9, _next_try, rank=8, sort="due"),
    ),
    "dead": (_ID, _COMMAND, _QUEUE, _TRY, _REASON, _EXIT, _ERROR, _ENDED),
}

_GAP = 2


class Sized(Protocol):
    """A column of any list."""

    @property
    def width(self) -> int:
        """Its cells, at least."""

    @property
    def stretch(self) -> int:
        """Its share of what is left over."""

    @property
    def rank(self) -> int:
        """Lower ones go first when it is narrow."""


def widths(columns: Sequence[Sized], cells: int) -> list[int]:
    """Share out a line's cells: 0 for a column that goes because there is no room."""
    shown = list(range(len(columns)))
    while len(shown) > 1 and sum(columns[n].width for n in shown) + _GAP * (len(shown) - 1) > cells:
        shown.remove(min(shown, key=lambda n: columns[n].rank))
    left = cells - sum(columns[n].width for n in shown) - _GAP * (len(shown) - 1)
    shares = sum(columns[n].stretch for n in shown)
    found = [0] * len(columns)
    for n in shown:
        share = left * columns[n].stretch // shares if shares else 0
        found[n] = max(1, min(columns[n].width + share, cells))
    if shares and (rest := cells - sum(found) - _GAP * (len(shown) - 1)) > 0:
        found[max(shown, key=lambda n: columns[n].stretch)] += rest
    return found
