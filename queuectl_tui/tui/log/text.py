"""A line of output as it is drawn: made safe, in its colours, and cut by cells. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from rich.cells import get_character_cell_size
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from queuectl_tui.rules.safe import block, decode

_TAB = 8
_COLOUR = re.compile(r"\x1b\[([0-9;]*)m")
_PLAIN = Style()


class Slice(NamedTuple):
    """A part of a line that fits into some cells: its characters, and blank cells for a half of a wide one before."""

    start: int
    end: int
    lead: int = 0


class Shown:
    """The text of a line, each character safe to draw; output colours are kept apart from it, as spans."""

    def __init__(self, data: bytes, *, ascii_only: bool = False) -> None:
        text = block(decode(data), colours=True)
        if ascii_only:
            text = text.encode("ascii", "backslashreplace").decode()
        #: (start, end, style) of what is coloured, in order.
        self.spans: list[tuple[int, int, Style]] = []
        self.text = self._without_colours(text) if "\x1b" in text else text
        if "\t" in self.text:
            self._expand_tabs()
        #: Cells before each character, and after the last; None: one each.
        self._columns = None if self.text.isascii() else [0, *accumulate(map(get_character_cell_size, self.text))]

    @property
    def cells(self) -> int:
        """The cells it takes."""
        return len(self.text) if self._columns is None else self._columns[-1]

    def column(self, index: int) -> int:
        """Count the cells before a character."""
        return index if self._columns is None else self._columns[index]

    def window(self, left: int, width: int) -> Slice:
        """Give what is in view of so many cells, from a column on."""
        columns = self._columns
        if columns is None:
            return Slice(min(left, len(self.text)), min(left + width, len(self.text)))
        start = bisect_right(columns, left) - 1
        if columns[start] < left and start < len(self.text):
            # A wide character begins before the edge: the half that is in view is left blank.
            start = bisect_right(columns, columns[start + 1]) - 1
        lead = max(0, columns[start] - left)
        return Slice(start, max(start, bisect_right(columns, left + width) - 1), min(lead, width))

    def wrapped(self, width: int) -> list[Slice]:
        """Divide it into slices of at most so many cells; an empty line is one slice too."""
        if self._columns is None:
            return [Slice(at, min(at + width, len(self.text))) for at in range(0, max(1, len(self.text)), width)]
        found: list[Slice] = []
        start = 0
        while start < len(self.text):
            end = bisect_right(self._columns, self._columns[start] + width) - 1
            end = max(end, start + 1)
            found.append(Slice(start, end))
            start = end
        return found

    def segments(self, part: Slice, style: Style, marks: Sequence[tuple[int, int, Style]]) -> Iterator[Segment]:
        """Draw a slice in a style, under its colours, under the marks."""
        if part.lead:
            yield Segment(" " * part.lead, style)
        layers = [_within(self.spans, part), _within(marks, part)]
        edges = {part.start, part.end}
        for layer in layers:
            edges |= {edge for span in layer for edge in span[:2] if part.start < edge < part.end}
        for start, end in pairwise(sorted(edges)):
            drawn = style
            for layer in layers:
                drawn += next((span[2] for span in layer if span[0] <= start < span[1]), _PLAIN)
            yield Segment(self.text[start:end], drawn)

    def _without_colours(self, text: str) -> str:
        parts: list[str] = []
        at = length = 0
        state = _State()
        for found in _COLOUR.finditer(text):
            length = self._add(parts, text[at : found.start()], length, state)
            state = state.after(found[1])
            at = found.end()
        self._add(parts, text[at:], length, state)
        return "".join(parts)

    def _add(self, parts: list[str], text: str, length: int, state: _State) -> int:
        parts.append(text)
        end = length + len(text)
        if text and state != _State():
            self.spans.append((length, end, _style(state)))
        return end

    def _expand_tabs(self) -> None:
        """Put spaces in the place of tabs, and move the spans along."""
        moved: list[int] = []
        parts: list[str] = []
        length = column = 0
        for char in self.text:
            moved.append(length)
            piece = " " * (_TAB - column % _TAB) if char == "\t" else char
            parts.append(piece)
            length += len(piece)
            column += len(piece) if char == "\t" else get_character_cell_size(char)
        moved.append(length)
        self.text = "".join(parts)
        self.spans = [(moved[start], moved[end], style) for start, end, style in self.spans]


class _State(NamedTuple):
    """The colours that are set, as SGR writes them."""

    foreground: str = ""
    background: str = ""

    def after(self, codes: str) -> _State:
        """Give the colours after a sequence of nothing but colours."""
        foreground, background = self
        given = codes.split(";") if codes else ["0"]
        while given:
            code = int(given[0] or 0)
            take = {"5": 3, "2": 5}[given[1]] if code in (38, 48) else 1
            words = ";".join(given[:take])
            del given[:take]
            if code in (0, 39):
                foreground = ""
            elif code == 38 or 30 <= code <= 37 or 90 <= code <= 97:
                foreground = words
            if code in (0, 49):
                background = ""
            elif code == 48 or 40 <= code <= 47 or code >= 100:
                background = words
        return _State(foreground, background)


@lru_cache(maxsize=1024)
def _style(state: _State) -> Style:
    return Style(color=_color(state.foreground), bgcolor=_color(state.background))


def _color(words: str) -> Color | None:
    if not words:
        return None
    numbers = [int(word or 0) for word in words.split(";")]
    if len(numbers) == 1:
        code = numbers[0]
        return Color.from_ansi(code % 10 + (8 if code >= 90 else 0))
    if any(number > 255 for number in numbers):
        return None
    return Color.from_ansi(numbers[2]) if numbers[1] == 5 else Color.from_rgb(*numbers[2:])


def _within(spans: Sequence[tuple[int, int, Style]], part: Slice) -> list[tuple[int, int, Style]]:
    begin = bisect_right(spans, part.start, key=lambda span: span[1])
    found = []
    for span in spans[begin:]:
        if span[0] >= part.end:
            break
        found.append(span)
    return found
