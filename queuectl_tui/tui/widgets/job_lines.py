"""The lines of the list of jobs: titles and rows as strips, in the styles of the widget they are drawn for."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from queuectl_tui.rules.records import Job
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui.columns import Cell, Column, Moment, widths
from queuectl_tui.tui.format import fit
from queuectl_tui.tui.widgets.scrollable import KEPT, Scrollable

#: The cursor's bar and the mark before a row, and the gap between columns, cells.
_GUTTER, _GAP = 3, 2
#: Kinds of cells that are as loud as the rest in the row at the cursor.
QUIET = ("id", "muted")


class Look(NamedTuple):
    """What a job's row shows; None for a column for which there is no room."""

    cells: tuple[Cell | None, ...]
    cursor: bool
    marked: bool
    thumb: bool | None


def ground_of(base: Style, over: Style) -> Style:
    """Give what all cells of a row share; where the row as a whole has a colour, it is that of every cell."""
    return Style(color=over.color, bgcolor=base.bgcolor, bold=base.bold, reverse=base.reverse, underline=base.underline)


class JobLines:
    """Draws lines for a widget; it knows the columns and their widths."""

    def __init__(self, widget: Scrollable, columns: tuple[Column, ...], *, ascii_only: bool) -> None:
        self._widget = widget
        self._columns = columns
        self._width = 0
        self._widths = [0] * len(columns)
        #: What rows say, by the job's seq: of which job as it was seen, and when.
        self._said: dict[int, tuple[Job, Moment, tuple[Cell | None, ...]]] = {}
        self._bar, self._mark, self._ellipsis = (">", "*", "~") if ascii_only else ("▌", "●", "…")
        self._thumb, self._track = ("#", "|") if ascii_only else ("█", "│")
        self._up, self._down = ("^", "v") if ascii_only else ("▲", "▼")

    def show(self, columns: tuple[Column, ...]) -> None:
        """Show other columns."""
        self._columns = columns
        self.lay_out(self._width)

    def lay_out(self, width: int) -> None:
        """Share out so many cells."""
        self._width = width
        self._said.clear()
        self._widths = widths(self._columns, max(1, width - _GUTTER - 2))

    def look(self, job: Job, moment: Moment, *, cursor: bool, marked: bool, thumb: bool | None) -> Look:
        """Give what decides how a job's row is drawn."""
        said = self._said.get(job.seq)
        if said is None or said[0] is not job or said[1] is not moment:
            if len(self._said) > KEPT:
                self._said.clear()
            said = self._said[job.seq] = job, moment, self._cells(job, moment)
        return Look(said[2], cursor, marked, thumb)

    def _cells(self, job: Job, moment: Moment) -> tuple[Cell | None, ...]:
        return tuple(
            [
                column.cell(job, moment) if cells else None
                for column, cells in zip(self._columns, self._widths, strict=True)
            ]
        )

    def span(self, old: Look, new: Look) -> tuple[int, int]:
        """Say from which cell on, and on how many, two looks of a row differ."""
        if old[1:] != new[1:] or len(old.cells) != len(new.cells):
            return 0, self._width
        begin, end, x = self._width, 0, _GUTTER
        for cells, before, now in zip(self._widths, old.cells, new.cells, strict=True):
            if before != now:
                begin, end = min(begin, x), x + cells
            x += cells + _GAP if cells else 0
        return begin, max(0, end - begin)

    def titles(self, listing: Listing) -> Strip:
        """Draw the line of titles, with an arrow at the column that sorts."""
        style = self._style("title")
        parts = [" " * _GUTTER]
        for column, cells in zip(self._columns, self._widths, strict=True):
            if cells:
                title = column.title
                if listing.sort is not None and listing.sort == column.sort:
                    title = f"{title[: cells - 1]}{self._down if listing.reverse else self._up}"
                parts.append(fit(title, cells, right=column.right, ellipsis=self._ellipsis) + " " * _GAP)
        return self._strip([Segment("".join(parts), style)], style)

    def row(self, look: Look) -> Strip:
        """Draw a job's row."""
        _, cursor, marked, thumb = look
        focused = self._widget.has_focus
        over = self._style("marked") if marked else Style()
        if cursor:
            over += self._style("cursor" if focused else "blurred")
        base = self._style("plain") + over
        ground = ground_of(base, over)
        segments = [
            Segment(self._bar if cursor else " ", self._style("bar") + ground if cursor else base),
            Segment(f"{self._mark} " if marked else "  ", self._style("mark") + ground),
        ]
        for column, cells, cell in zip(self._columns, self._widths, look.cells, strict=True):
            if cell is not None:
                text, kind = cell
                loud = kind == "plain" or (cursor and kind in QUIET)
                style = base if loud else self._style(kind) + ground
                text = fit(text, cells, right=column.right, ellipsis=self._ellipsis)
                segments.append(Segment(text + " " * _GAP, style))
        return self._strip(segments, base, thumb)

    def text(self, text: str) -> Strip:
        """Draw a line of our own words."""
        style = self._style("hint")
        return self._strip([Segment(" " * _GUTTER + text, style)], self._style("plain"))

    def _strip(self, segments: list[Segment], base: Style, thumb: bool | None = None) -> Strip:
        inner = self._width if thumb is None else self._width - 1
        strip = Strip(segments).adjust_cell_length(max(0, inner), base)
        if thumb is None:
            return strip
        bar = Segment(self._thumb, self._style("thumb")) if thumb else Segment(self._track, self._style("track"))
        return Strip([*strip, bar])

    def _style(self, name: str) -> Style:
        return self._widget.part_style(f"job-table--{name}", partial=name not in ("plain", "title"))
