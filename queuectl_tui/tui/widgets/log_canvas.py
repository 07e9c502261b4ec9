"""The drawing of output: only rows that look different are drawn again."""

from __future__ import annotations

import math

from textual.geometry import Region
from textual.strip import Strip

from queuectl_tui.tui.log.finding import Finding
from queuectl_tui.tui.log.page import Page, Row
from queuectl_tui.tui.widgets.log_lines import BAR, GUTTER, KINDS, LogLines
from queuectl_tui.tui.widgets.scrollable import Scrollable


class LogCanvas(Scrollable):
    """Draws a page of output, and a scrollbar by its share of the whole."""

    COMPONENT_CLASSES = KINDS

    def __init__(self, *, ascii_only: bool, id: str | None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.page = Page(ascii_only=ascii_only)
        self.finding = Finding()
        self._lines = LogLines(self, ascii_only=ascii_only)
        self._state: tuple[object, ...] = ()
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
        old = self._looks()
        self._rows = self.page.rows()
        share = self.page.share
        self._thumbs = [self._thumb(y, *share) for y in range(self.size.height)]
        state = (self.page.left, self.page.wrap, self.finding.state, self.size, "" if self._rows else self.hint)
        if state != self._state:
            self._state = state
            self.refresh()
            return
        for y, (before, now) in enumerate(zip(old, self._looks(), strict=False)):
            if before != now:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw a row, or what is said when there is none."""
        thumb = self._thumbs[y] if y < len(self._thumbs) else None
        if y < len(self._rows):
            return self._lines.row(self._rows[y], self.page, self.finding, thumb)
        return self._lines.text(self.hint if y == 0 else "", thumb)

    def _looks(self) -> list[object]:
        """Give what decides how each row of the view looks."""
        here = self.finding.here
        rows = self._rows
        return [
            (
                thumb,
                (row.line.look, row.part, here is not None and here.place == row.line.place)
                if (row := rows[y] if y < len(rows) else None)
                else None,
            )
            for y, thumb in enumerate(self._thumbs)
        ]

    def _thumb(self, y: int, begin: float, end: float) -> bool | None:
        """Tell whether the scrollbar's thumb is on a row of the view; None: all is in view."""
        if begin <= 0 and end >= 1:
            return None
        height = self.page.height
        first = min(height - 1, int(begin * height))
        return first <= y < max(first + 1, math.ceil(end * height))
