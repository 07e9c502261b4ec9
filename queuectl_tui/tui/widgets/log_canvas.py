"""The drawing of output: only rows that look different are drawn again."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field

from textual.strip import Strip

from queuectl_tui.tui.log.finding import Finding
from queuectl_tui.tui.log.page import Page, Row
from queuectl_tui.tui.log.text import Slice
from queuectl_tui.tui.widgets.log_lines import BAR, GUTTER, LogLines
from queuectl_tui.tui.widgets.scrollable import Scrollable


@dataclass(frozen=True, slots=True)
class _Look:
    """How a line of the view looks, wherever in the output its row is."""

    thumb: bool | None
    text: Hashable
    number: int = 0
    part: Slice | None = None
    search: Hashable = None
    row: Row | None = field(default=None, compare=False)


class LogCanvas(Scrollable):
    """Draws a page of output, and a scrollbar by its share of the whole."""

    def __init__(self, *, ascii_only: bool, id: str | None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.page = Page(ascii_only=ascii_only)
        self.finding = Finding()
        self._lines = LogLines(self, ascii_only=ascii_only)
        self._rows: list[Row] = []
        self._thumbs: list[bool | None] = []

    @property
    def hint(self) -> str:
        """What is said when there is nothing to show."""
        raise NotImplementedError

    def fit(self) -> None:
        """Fill the size there is."""
        self.page.resize(self.size.width - GUTTER - BAR, self.size.height)
        self.paint()

    def paint(self) -> None:
        """Draw the rows again that look different."""
        self._rows = self.page.rows()
        share = self.page.share
        self._thumbs = [self._thumb(y, *share) for y in range(self.size.height)]
        self.refresh_changed()

    def look(self, line: int) -> _Look:
        """Give all that decides how a line of the view is drawn."""
        thumb = self._thumbs[line] if line < len(self._thumbs) else None
        if line >= len(self._rows):
            return _Look(thumb, self.hint if line == 0 and not self._rows else "")
        row = self._rows[line]
        part = self.page.part(row) if row.part >= 0 else None
        return _Look(thumb, row.line.look, row.part, part, self.finding.state_in(row.line.place), row)

    def draw(self, look: Hashable) -> Strip:
        """Draw a row, or what is said when there is none."""
        assert isinstance(look, _Look)
        if look.row is None:
            return self._lines.text(str(look.text), look.thumb)
        return self._lines.row(look.row, self.page, self.finding, look.thumb)

    def _thumb(self, y: int, begin: float, end: float) -> bool | None:
        """Tell whether the scrollbar's thumb is on a row of the view; None: all is in view."""
        if begin <= 0 and end >= 1:
            return None
        height = self.page.height
        first = min(height - 1, int(begin * height))
        return first <= y < max(first + 1, math.ceil(end * height))
