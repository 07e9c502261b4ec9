"""What is in view of an output: lines about its top, wrapped or cut by columns. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from queuectl_tui.tui.log.lines import Extract, Line
from queuectl_tui.tui.log.search import Hit
from queuectl_tui.tui.log.stretches import Place
from queuectl_tui.tui.log.text import Shown, Slice


class Row(NamedTuple):
    """One row of the view: which part of which line; -1: what was cut before the line."""

    line: Line
    part: int


class Page:
    """A view of some rows and cells on the lines that are held; it begins at a row of one of them."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        self.extract = Extract()
        self.width, self.height = 80, 1
        self.wrap = True
        #: The first column in view of lines that are not wrapped.
        self.left = 0
        self._ascii = ascii_only
        self._top = (0, 0)
        self._shown: dict[Place, tuple[Line, Shown]] = {}
        self._parts: dict[Place, list[Slice]] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that are held."""
        return self.extract.lines

    @property
    def top(self) -> Place | None:
        """The line at the top."""
        return self.lines[self._top[0]].place if self.lines else None

    @property
    def at_end(self) -> bool:
        """The end of the output is in view."""
        return self.extract.last and self._top >= self._lowest()

    @property
    def least(self) -> int:
        """How many lines on a side of the view are enough, if they are long."""
        return 1 if self.wrap else 2 * self.height

    @property
    def short(self) -> bool:
        """So few rows are held before or after the view that more are needed."""
        index, skip = self._top
        above = reversed(range(index))
        return (not self.extract.first and not self._fill(above, self.height - skip)) or (
            not self.extract.last and not self._fill(range(index, len(self.lines)), 2 * self.height + skip)
        )

    @property
    def share(self) -> tuple[float, float]:
        """About which part of the whole is in view, from 0 to 1."""
        held, count = self.extract, max(1, len(self.lines))
        per_line = (held.end - held.begin) / count
        rows = self.rows()
        lines = len({row.line.place for row in rows})
        begin = held.begin + per_line * self._top[0]
        return begin, 1.0 if self.at_end else min(1.0, begin + per_line * lines)

    def on(self, extract: Extract) -> bool:
        """Tell whether the top line is among some lines."""
        places = [line.place for line in extract.lines]
        return self.top is not None and self.top in places

    def rows(self) -> list[Row]:
        """Give what is in view, from the top."""
        found: list[Row] = []
        index, skip = self._top
        while len(found) < self.height and index < len(self.lines):
            line = self.lines[index]
            first = -1 if line.cut else 0
            found += [Row(line, first + n) for n in range(skip, self._height(index))]
            index, skip = index + 1, 0
        return found[: self.height]

    def shown(self, line: Line) -> Shown:
        """Give the text of a line."""
        kept = self._shown.get(line.place)
        if kept is None or kept[0] != line:
            kept = self._shown[line.place] = (line, Shown(line.data, ascii_only=self._ascii))
            self._parts.pop(line.place, None)
        return kept[1]

    def part(self, row: Row) -> Slice:
        """Give the slice of its line that a row shows."""
        return self._wrapped(row.line)[row.part] if self.wrap else self.shown(row.line).window(self.left, self.width)

    # Moving

    def take(self, extract: Extract, *, jump: bool) -> None:
        """Hold other lines; the view stays with its top line, or jumps to the line that was asked for."""
        top, (_, skip) = self.top, self._top
        self.extract = extract
        if jump or top is None:
            self._top = (extract.index, 0)
        else:
            places = [line.place for line in extract.lines]
            index = bisect_left(places, top)
            self._top = (index, skip) if places[index : index + 1] == [top] else (index, 0)
        held = {line.place for line in extract.lines}
        for cache in (self._shown, self._parts):
            for place in [place for place in cache if place not in held]:
                del cache[place]
        self._settle()

    def resize(self, width: int, height: int) -> None:
        """Have another size."""
        at_end = self.at_end and bool(self.lines)
        if width != self.width:
            self._parts.clear()
            self._top = (self._top[0], 0)
        self.width, self.height = max(1, width), max(1, height)
        if at_end:
            self.to_end()
        self._settle()

    def turn_wrap(self) -> None:
        """Wrap lines, or cut them."""
        at_end = self.at_end
        self.wrap = not self.wrap
        self.left = 0
        self._top = (self._top[0], 0)
        if at_end:
            self.to_end()
        self._settle()

    def move(self, rows: int) -> int:
        """Go so many rows down, or up; gives how many rows further it would go if more lines were held."""
        old = self._top
        index, skip = self._top
        skip += rows
        while skip < 0 and index > 0:
            index -= 1
            skip += self._height(index)
        while index < len(self.lines) - 1 and skip >= self._height(index):
            skip -= self._height(index)
            index += 1
        self._top = (index, max(0, skip))
        self._settle()
        if self.extract.last if rows > 0 else self.extract.first:
            return 0
        return rows - (self._rows_between(old, self._top) if rows > 0 else -self._rows_between(self._top, old))

    def move_sideways(self, cells: int) -> None:
        """Go so many columns to the right, or to the left; not when lines are wrapped."""
        if not self.wrap:
            widest = max((self.shown(row.line).cells for row in self.rows()), default=0)
            self.left = max(0, min(self.left + cells, widest - 1))

    def to_start(self) -> None:
        """Go to the first line that is held."""
        self._top = (0, 0)

    def to_end(self) -> None:
        """Go to where the last line that is held is the last in view."""
        self._top = self._lowest()

    def show(self, hit: Hit, *, jumped: bool = False) -> bool:
        """Bring a match into view, if it is not in it (or one has jumped there); False: its line is not held."""
        index = bisect_left([line.place for line in self.lines], hit.place)
        if index >= len(self.lines) or self.lines[index].place != hit.place:
            return False
        line = self.lines[index]
        column = self.shown(line).column(min(hit.start, len(self.shown(line).text)))
        part = 0
        if self.wrap:
            part = next((n for n, slice_ in enumerate(self._wrapped(line)) if hit.start < slice_.end), 0)
        elif not self.left <= column < self.left + self.width:
            self.left = max(0, column - self.width // 3)
        if jumped or Row(line, part) not in self.rows():
            self._top = (index, part + bool(line.cut))
            self.move(-(self.height // 3))
        return True

    def _settle(self) -> None:
        """Keep the view within the lines."""
        index, skip = self._top
        index = max(0, min(index, len(self.lines) - 1))
        self._top = (index, max(0, min(skip, self._height(index) - 1))) if self.lines else (0, 0)
        self._top = min(self._top, self._lowest())

    def _lowest(self) -> tuple[int, int]:
        """Give the top of the lowest view: the last line that is held ends it."""
        left, index = self.height, len(self.lines)
        while index > 0 and left > 0:
            index -= 1
            left -= self._height(index)
        return index, max(0, -left)

    def _fill(self, indexes: Iterable[int], rows: int) -> bool:
        """Tell whether some lines are so many rows."""
        for index in indexes:
            if rows <= 0:
                break
            rows -= self._height(index)
        return rows <= 0

    def _rows_between(self, upper: tuple[int, int], lower: tuple[int, int]) -> int:
        return sum(self._height(index) for index in range(upper[0], lower[0])) + lower[1] - upper[1]

    def _height(self, index: int) -> int:
        line = self.lines[index]
        return bool(line.cut) + (len(self._wrapped(line)) if self.wrap else 1)

    def _wrapped(self, line: Line) -> list[Slice]:
        shown = self.shown(line)
        parts = self._parts.get(line.place)
        if parts is None:
            parts = self._parts[line.place] = shown.wrapped(self.width)
        return parts
