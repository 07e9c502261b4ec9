"""A search through what a run printed, in slices: from where one is to the end, then from the start."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from queuectl_tui.rules.safe import block, decode
from queuectl_tui.tui.log.lines import Around, Printed
from queuectl_tui.tui.log.stretches import Cursor, Place, Stretch
from queuectl_tui.tui.log.text import Shown

#: What is looked through between two looks at whether something else is wanted, bytes.
_SLICE = 512 * 1024
#: So many matches are counted; nobody goes through more.
MOST = 10_000
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
#: What is shown as something else than it is.
_UNCLEAN = re.compile(rb"[^\t\n\r -~]")


class Hit(NamedTuple):
    """A match: the place of its line, and the character in it."""

    place: Place
    start: int


class Hits(NamedTuple):
    """What was found so far, in the order of the output."""

    pattern: str = ""
    hits: tuple[Hit, ...] = ()
    #: Everything from where the search began to the end was looked through; and all before it.
    to_end: bool = False
    done: bool = False


def matcher(pattern: str) -> re.Pattern[str]:
    """Match a text as it is; without capitals in it, whatever the case."""
    return re.compile(re.escape(pattern), re.IGNORECASE if pattern == pattern.lower() else 0)


@dataclass
class _Walk:
    """A part of the output that is looked through: from a place (None: the start) to a place (None: the end)."""

    at: Place | None
    until: Place | None
    found: list[Hit]


class Search:
    """One search: `step` looks through the next slice."""

    def __init__(self, pattern: str, job: int, run: int, origin: Place | None) -> None:
        self.pattern = pattern
        self._of = (job, run)
        self._matcher = matcher(pattern)
        self._plain = pattern.encode() if pattern.isascii() else None
        self._lower = pattern == pattern.lower()
        # Spaces may be a tab, which is as wide as its place makes it.
        self._loose = re.compile(r"[ \t]+".join(map(re.escape, re.split(" +", pattern))), self._matcher.flags)
        self._after: list[Hit] = []
        self._before: list[Hit] = []
        self._walks = [_Walk(origin, None, self._after)]
        if origin is not None:
            self._walks.append(_Walk(None, origin, self._before))
        self._to_end = False
        #: The last line that was there, which may have gone on since.
        self._tail: Place | None = None

    @property
    def done(self) -> bool:
        """Everything was looked through, or enough was found."""
        return not self._walks

    @property
    def found(self) -> Hits:
        """What was found so far."""
        return Hits(self.pattern, tuple(self._before + self._after), self._to_end, self.done)

    def resume(self) -> None:
        """Look through what was printed since the end was reached, too."""
        if self._to_end and self._room() and not any(walk.until is None for walk in self._walks):
            tail = self._tail
            if tail is not None:
                self._after[:] = [hit for hit in self._after if hit.place < tail]
            self._walks.append(_Walk(tail, None, self._after))

    def step(self, conn: sqlite3.Connection) -> None:
        """Look through the next slice."""
        printed, walk = Printed(conn, *self._of), self._walks[0]
        if printed.empty:
            self._to_end = True
            self._walks.clear()
            return
        around = Around(walk.at)
        printed.begin(around, _SLICE)
        start = printed.find(around)
        while (end := printed.reach) <= start and not printed.last:
            printed.extend(before=False)
            start = printed.find(around)
        walk.found += islice(self._hits(printed, start, end), self._room())
        over = printed.last
        if over and walk.until is None:
            self._to_end, self._tail = True, printed.last_line
        elif not over:
            walk.at = printed.place(end)
        if walk.until is not None and (over or printed.place(end) >= walk.until):
            walk.found[:] = [hit for hit in walk.found if hit.place < walk.until]
            over = True
        if over:
            self._walks.pop(0)
        if not self._room():
            self._to_end = True
            self._walks.clear()

    def _room(self) -> int:
        return MOST - len(self._before) - len(self._after)

    def _hits(self, printed: Printed, start: Cursor, end: Cursor) -> Iterator[Hit]:
        for number in range(start.stretch, min(end.stretch + 1, len(printed.stretches))):
            stretch = printed.stretches[number]
            begin = start.position if number == start.stretch else 0
            stop = end.position if number == end.stretch else len(stretch.data)
            for line in self._candidates(stretch, begin, stop):
                text = Shown(stretch.shown(line, stretch.after(line))).text
                for found in self._matcher.finditer(text):
                    yield Hit(stretch.place(line), found.start())

    def _candidates(self, stretch: Stretch, begin: int, stop: int) -> Iterator[int]:
        """Give the beginnings of the lines that may match."""
        raw = stretch.data[begin:stop]
        coloured = b"\x1b" in raw
        seen = _SEQUENCE.sub(b"", raw) if coloured else raw
        if _UNCLEAN.search(seen) or (b"\t" in seen and " " in self.pattern):
            if not self._loose.search(block(decode(raw))):
                return
        elif self._plain is None or self._plain not in (seen.lower() if self._lower else seen):
            return
        elif not coloured:
            yield from self._lines_with(self._plain, stretch, begin, stop)
            return
        at = begin
        while at < stop:
            yield at
            at = stretch.after(at)

    def _lines_with(self, plain: bytes, stretch: Stretch, begin: int, stop: int) -> Iterator[int]:
        """Give the beginnings of the lines whose bytes match."""
        data = stretch.data.lower() if self._lower else stretch.data
        at = begin
        while at < stop and (found := data.find(plain, at, stop)) >= 0:
            yield max(at, stretch.before(found + 1))
            at = stretch.after(found)
