"""Pieces of output, put together again: stretches of one stream, and where they break into lines. Pure.

A break is found from the bytes just before it, so any part of an output breaks as the whole does:

- after each newline;
- in a line that has none for so long: at each multiple of `LINE`, or, where carriage returns overwrite it again and
  again, after the last of them before each multiple of `STATES`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.store.output import Row

#: A line that does not end is broken at multiples of so many bytes.
LINE = 8 * 1024
#: Of what is overwritten again and again, one state is shown in so many bytes.
STATES = 128 * 1024
#: What may not be broken: a character of UTF-8, or a sequence that sets a colour.
_WHOLE = re.compile(rb"(?:[\xc0-\xff][\x80-\xbf]{0,2}|\x1b(?:\[[0-?]{0,28})?)\Z")
_LONGEST_WHOLE = 32
_END = re.compile(rb"[\r\n]+\Z")


class Place(NamedTuple):
    """A byte of a run's output: its row, and its position among the whole lines of that row."""

    row: int
    at: int


class Stretch:
    """Bytes that follow each other on one stream, without a byte of the other between them."""

    def __init__(self, chunk: Chunk, place: Place, cut: int) -> None:
        self.stream = chunk.stream
        #: Where it begins in its stream, and how many bytes were cut just before it.
        self.base = chunk.offset
        self.cut = cut
        self.end = chunk.offset
        self.data = b""
        self._parts: list[bytes] = []
        self._begins: list[int] = []
        self._places: list[Place] = []
        self.add(chunk, place)

    def add(self, chunk: Chunk, place: Place) -> None:
        """Take more of the stream."""
        self._begins.append(self.end - self.base)
        self._places.append(place)
        self._parts.append(chunk.data)
        self.end += len(chunk.data)

    def join(self) -> None:
        """Put all together that was added."""
        self.data = b"".join(self._parts)

    def place(self, position: int) -> Place:
        """Say where a position is."""
        index = bisect_right(self._begins, position) - 1
        place = self._places[index]
        return Place(place.row, place.at + position - self._begins[index])

    def position(self, place: Place) -> int | None:
        """Say at which position a place is, or the next that is here; None: all here comes before it."""
        index = bisect_right(self._places, place) - 1
        next_ = self._begins[index + 1] if index + 1 < len(self._begins) else None
        if index < 0 or self._places[index].row != place.row:
            return next_
        position = self._begins[index] + place.at - self._places[index].at
        return position if position < (len(self.data) if next_ is None else next_) else next_

    def after(self, position: int) -> int:
        """Give the first break after a position, or the end."""
        newline = self.data.find(b"\n", position)
        stop = newline + 1 if newline >= 0 else len(self.data)
        multiple = self._multiple(position) + LINE
        while multiple < stop:
            found = self._forced(multiple)
            if found is not None and found > position:
                return found
            multiple += LINE
        return stop

    def before(self, position: int) -> int:
        """Give the last break before a position, or 0."""
        # A line without an end is broken at the latest after so much.
        start = self.data.rfind(b"\n", max(0, position - 2 * STATES), max(0, position - 1)) + 1
        multiple = self._multiple(position) + LINE
        while multiple > start:
            found = self._forced(multiple) if multiple < len(self.data) else None
            if found is not None and start < found < position:
                return found
            multiple -= LINE
        return start

    def settled(self, position: int) -> bool:
        """Tell whether the breaks from a position on are the same, whatever bytes came before these."""
        return position >= STATES or self.data.rfind(b"\n", 0, position) >= 0

    def ended(self, position: int) -> bool:
        """Tell whether the breaks up to a position are the same, whatever bytes come after these."""
        return position + LINE < len(self.data) or self.data.find(b"\n", position) >= 0

    def shown(self, start: int, stop: int) -> bytes:
        """Give a line as it is seen: without its end, and only the last of what overwrote each other."""
        last = _END.search(self.data, max(start, stop - _LONGEST_WHOLE), stop)
        end = last.start() if last else stop
        if end == stop - _LONGEST_WHOLE:
            end = start + len(self.data[start:stop].rstrip(b"\r\n"))
        return self.data[max(start, self.data.rfind(b"\r", start, end) + 1) : end]

    def _multiple(self, position: int) -> int:
        """Give the last position up to one that is a multiple of LINE in the stream."""
        return position - (self.base + position) % LINE

    def _forced(self, multiple: int) -> int | None:
        """Give the break that a multiple of LINE makes in a line without an end, if it does."""
        begin = multiple - LINE
        if begin < 0 or self.data.find(b"\n", begin, multiple) >= 0:
            return None
        if self.data.find(b"\r", begin, multiple) < 0:
            whole = _WHOLE.search(self.data, multiple - _LONGEST_WHOLE, multiple)
            return whole.start() if whole else multiple
        if (self.base + multiple) % STATES or multiple < STATES:
            return None
        if self.data.find(b"\n", multiple - STATES, multiple) >= 0:
            return None
        # The one just before the multiple may belong to a newline.
        last = self.data.rfind(b"\r", begin, multiple - 1)
        return multiple if last < 0 else last + 1


class Cursor(NamedTuple):
    """Where a line begins: the number of its stretch, and the position in it."""

    stretch: int
    position: int


def stretches(rows: Iterable[Row], end_of: Callable[[int, str], int | None]) -> list[Stretch]:
    """Put rows together; `end_of(row, stream)` says where the stream's last piece before a row ended, if known."""
    found: list[Stretch] = []
    ends: dict[str, int] = {}
    for row in rows:
        at = 0
        for chunk in whole_lines(row.chunks):
            if chunk.stream not in ends:
                known = end_of(row.id, chunk.stream) if chunk.offset else 0
                ends[chunk.stream] = chunk.offset if known is None else known
            cut = max(0, chunk.offset - ends[chunk.stream])
            if found and not cut and found[-1].stream == chunk.stream:
                found[-1].add(chunk, Place(row.id, at))
            else:
                found.append(Stretch(chunk, Place(row.id, at), cut))
            at += len(chunk.data)
            ends[chunk.stream] = chunk.offset + len(chunk.data)
    for stretch in found:
        stretch.join()
    return found


def whole_lines(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """Put the beginning of a line to its end, where pieces of the other stream stand between them.

    Programs write one stream in blocks and the other by lines, and both are read as they come.
    """
    if len({chunk.stream for chunk in chunks}) < 2:
        return chunks
    found: list[Chunk] = []
    begun: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        # Taken out and put in again, so that what was read last stands last: the next row goes on with it.
        open_ = begun.pop(chunk.stream, [])
        if open_ and open_[-1].offset + len(open_[-1].data) != chunk.offset:
            found.append(_joined(open_))
            open_ = []
        end = chunk.data.rfind(b"\n") + 1
        if end:
            found.append(_joined([*open_, Chunk(chunk.stream, chunk.offset, chunk.data[:end])]))
            open_ = []
        if end < len(chunk.data):
            open_.append(Chunk(chunk.stream, chunk.offset + end, chunk.data[end:]))
        if open_:
            begun[chunk.stream] = open_
    return found + [_joined(open_) for open_ in begun.values()]


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    return Chunk(chunks[0].stream, chunks[0].offset, b"".join([chunk.data for chunk in chunks]))
