"""Some lines of what a run printed, read from the store: as few rows as hold them, wherever they are."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from queuectl_tui.store import output
from queuectl_tui.store.output import ROW_BYTES
from queuectl_tui.tui.log.stretches import Cursor, Place, Stretch, stretches

#: So many bytes fill any screen, and some more.
_MUCH = 64 * 1024


class Line(NamedTuple):
    """A line as it is seen, but for the making safe; `cut` bytes of its stream were not kept just before it."""

    place: Place
    stream: str
    data: bytes
    cut: int = 0
    #: It goes on with the line before, which was too long.
    goes_on: bool = False

    @property
    def look(self) -> tuple[object, ...]:
        """What decides how it looks, wherever it is."""
        return self.stream, self.data, self.cut, self.goes_on


class Around(NamedTuple):
    """Where lines are wanted: at a place, at a share of the whole from 0 to 1, or at an end."""

    place: Place | None = None
    share: float | None = None
    end: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """Lines that follow each other; `index` is that of the line asked for, and not a tuple's own."""

    lines: tuple[Line, ...] = ()
    index: int = 0
    #: They begin at the start of the output; they reach its end.
    first: bool = True
    last: bool = True
    #: Where they begin and end in the whole, from 0 to 1, about.
    begin: float = 0.0
    end: float = 1.0


class Printed:
    """What one run printed, as much of it as was read; a bounded number of bytes for each line that is asked for."""

    def __init__(self, conn: sqlite3.Connection, job: int, run: int) -> None:
        self._conn = conn
        self._of = (job, run)
        self._ends = output.ends(conn, job, run)
        self._rows: list[output.Row] = []
        self._size = 0
        self.stretches: list[Stretch] = []

    @property
    def empty(self) -> bool:
        """Nothing was printed."""
        return self._ends is None

    @property
    def first(self) -> bool:
        """What was read begins at the start."""
        return self._ends is None or bool(self._rows and self._rows[0].id <= self._ends[0])

    @property
    def last(self) -> bool:
        """What was read reaches the end."""
        return self._ends is None or bool(self._rows and self._rows[-1].id >= self._ends[1])

    def begin(self, around: Around, size: int) -> None:
        """Read about some place: so many bytes, as far as there are."""
        self._size = size
        first, last = self._ends or (0, 0)
        if around.end:
            self._take(output.rows_before(self._conn, *self._of, last + 1, size))
            return
        row = first
        if around.place is not None:
            row = around.place.row
        elif around.share is not None:
            row = self._shared_row(around.share)
        self._take(output.rows_after(self._conn, *self._of, min(row, last) - 1, size))

    def extend(self, *, before: bool) -> None:
        """Read more, before or after; each time twice as much as the last time."""
        self._size *= 2
        if before:
            self._take(output.rows_before(self._conn, *self._of, self._rows[0].id, self._size) + self._rows)
        else:
            self._take(self._rows + output.rows_after(self._conn, *self._of, self._rows[-1].id, self._size))

    def _take(self, rows: list[output.Row]) -> None:
        self._rows = rows
        self.stretches = stretches(rows, lambda row, stream: output.end_before(self._conn, *self._of, row, stream))

    def find(self, around: Around) -> Cursor:
        """Give the beginning of the line at a place, once enough is read to know it."""
        while True:
            number, position = self._cursor(around)
            stretch = self.stretches[number]
            found = Cursor(number, stretch.before(position + 1))
            if number + 1 == len(self.stretches) and not self.last and not stretch.ended(position):
                self.extend(before=False)
            elif not self._known(found):
                self.extend(before=True)
            else:
                return found

    def _cursor(self, around: Around) -> Cursor:
        """Say where a place is in what was read."""
        if not around.end:
            row = self._rows[0].id if around.share is None else self._shared_row(around.share)
            place = around.place or Place(row, 0)
            for number, stretch in enumerate(self.stretches):
                if (position := stretch.position(place)) is not None:
                    return Cursor(number, position)
        return Cursor(len(self.stretches) - 1, len(self.stretches[-1].data) - 1)

    def _shared_row(self, share: float) -> int:
        first, last = self._ends or (0, 0)
        return min(last, first + int(share * (last - first + 1)))

    def above(self, cursor: Cursor) -> Cursor | None:
        """Give the beginning of the line before one; None: none was read."""
        number, position = cursor
        if position == 0:
            if number == 0:
                return None
            number -= 1
            position = len(self.stretches[number].data)
        found = Cursor(number, self.stretches[number].before(position))
        return found if self._known(found) else None

    def below(self, cursor: Cursor) -> Cursor | None:
        """Give the beginning of the line after one; None: one that was read does not end there."""
        number, position = cursor
        if number == len(self.stretches):
            return None
        stretch = self.stretches[number]
        end = stretch.after(position)
        if end < len(stretch.data):
            return Cursor(number, end)
        if number + 1 < len(self.stretches) or self.last or stretch.data.endswith(b"\n"):
            return Cursor(number + 1, 0)
        return None

    def _known(self, cursor: Cursor) -> bool:
        """Tell whether a line begins here whatever comes before what was read."""
        number, position = cursor
        return number > 0 or self.first or self.stretches[0].settled(position)

    @property
    def reach(self) -> Cursor:
        """The end of what was read, or the beginning of the last line, which may go on."""
        if self.last:
            return Cursor(len(self.stretches), 0)
        return Cursor(len(self.stretches) - 1, self.stretches[-1].before(len(self.stretches[-1].data)))

    @property
    def last_line(self) -> Place | None:
        """Where the last line begins that was read."""
        found = self.above(Cursor(len(self.stretches), 0))
        return None if found is None else self.place(found)

    def place(self, cursor: Cursor) -> Place:
        """Say where a line begins."""
        return self.stretches[cursor.stretch].place(cursor.position)

    def line(self, cursor: Cursor, end: Cursor) -> Line:
        """Give the line that begins at one place and ends where the next one begins."""
        stretch = self.stretches[cursor.stretch]
        start = cursor.position
        stop = end.position if end.stretch == cursor.stretch else len(stretch.data)
        return Line(
            place=self.place(cursor),
            stream=stretch.stream,
            data=stretch.shown(start, stop),
            cut=0 if start else stretch.cut,
            goes_on=start > 0 and stretch.data[start - 1 : start] not in (b"\n", b"\r"),
        )

    def share(self, cursor: Cursor) -> float:
        """Say about where a line is in the whole, from 0 to 1."""
        first, last = self._ends or (0, 0)
        if cursor.stretch == len(self.stretches):
            return (self._rows[-1].id - first + 1) / (last - first + 1) if self._rows else 1.0
        place = self.place(cursor)
        size = next(sum(len(chunk.data) for chunk in row.chunks) for row in self._rows if row.id == place.row)
        return (place.row - first + place.at / max(1, size)) / (last - first + 1)


@contextmanager
def at_one_moment(conn: sqlite3.Connection) -> Iterator[None]:
    """Read everything as it is now: rows may go while they are read."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("ROLLBACK")


def extract(
    conn: sqlite3.Connection, job: int, run: int, around: Around, before: int, after: int, least: int | None = None
) -> Extract:
    """Read the line at a place, and so many before and after it, as far as there are.

    Of long lines, of which few fill any screen, `least` are enough.
    """
    printed = Printed(conn, job, run)
    if printed.empty:
        return Extract()
    printed.begin(around, ROW_BYTES)
    here = printed.find(around)
    while (begins := _walk(printed, here, before, least, up=True)) is None:
        printed.extend(before=True)
        here = printed.find(around)
    # What is read after a line does not change where it is.
    while (ends := _walk(printed, here, after, least, up=False)) is None:
        printed.extend(before=False)
    cursors = [*begins[::-1], here, *ends]
    lines = tuple(printed.line(start, end) for start, end in itertools.pairwise(cursors))
    top, bottom = cursors[0], cursors[-1]
    return Extract(
        lines=lines,
        index=min(len(begins), max(0, len(lines) - 1)),
        first=printed.first and top == Cursor(0, 0),
        last=printed.last and bottom.stretch == len(printed.stretches),
        begin=printed.share(top),
        end=printed.share(bottom),
    )


def _walk(printed: Printed, cursor: Cursor, count: int, least: int | None, *, up: bool) -> list[Cursor] | None:
    """Give where the lines before one begin, or those after it; None: more must be read to know enough of them."""
    found: list[Cursor] = []
    size = 0
    while len(found) < count and (size < _MUCH or least is None or len(found) < least):
        next_ = printed.above(cursor) if up else printed.below(cursor)
        if next_ is None:
            return found if (printed.first if up else printed.last) else None
        size += len(printed.line(*((next_, cursor) if up else (cursor, next_))).data)
        found.append(next_)
        cursor = next_
    return found
