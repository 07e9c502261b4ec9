"""The rows of output as strips, in the styles of the widget they are drawn for."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from queuectl_tui.tui import format as show
from queuectl_tui.tui.log.finding import Finding
from queuectl_tui.tui.log.page import Page, Row
from queuectl_tui.tui.widgets.scrollable import Scrollable

#: The bar of stderr and the sign of a line that goes on, and the scrollbar, cells.
GUTTER, BAR = 2, 1


class LogLines:
    """Draws rows for a widget."""

    def __init__(self, widget: Scrollable, *, ascii_only: bool) -> None:
        self._widget = widget
        self._stderr, self._goes_on, self._thumb, self._track, self._dots = (
            ("!", "\\", "#", "|", "...") if ascii_only else ("▌", "↳", "█", "│", "…")
        )

    def row(self, row: Row, page: Page, finding: Finding, thumb: bool | None) -> Strip:
        """Draw a row: the stream it is of, and the part of its line."""
        line, errs = row.line, row.line.stream == "stderr"
        plain = self._style("plain")
        style = plain + self._style("stderr") if errs else plain
        sign = self._goes_on if line.goes_on and row.part == 0 else " "
        gutter = [
            Segment(self._stderr if errs else " ", plain + self._style("bar")),
            Segment(sign, plain + self._style("sign")),
        ]
        if row.part < 0:
            text = f"{self._dots} {show.size(line.cut)} cut here {self._dots}"
            return self._strip([*gutter, Segment(text[: page.width], plain + self._style("cut"))], plain, thumb)
        shown = page.shown(line)
        kinds = {found: self._style("here" if found else "match") for found in (False, True)}
        marks = [(start, end, kinds[here]) for start, end, here in finding.marks(line.place, shown.text)]
        return self._strip([*gutter, *shown.segments(page.part(row), style, marks)], plain, thumb)

    def text(self, text: str, thumb: bool | None) -> Strip:
        """Draw words of our own, or nothing."""
        plain = self._style("plain")
        return self._strip([Segment(" " * GUTTER + text, plain + self._style("hint"))], plain, thumb)

    def _strip(self, segments: list[Segment], plain: Style, thumb: bool | None) -> Strip:
        width = max(0, self._widget.size.width - BAR)
        bar = Segment(" ", plain)
        if thumb is not None:
            bar = Segment(self._thumb if thumb else self._track, plain + self._style("thumb" if thumb else "track"))
        return Strip([*Strip(segments).adjust_cell_length(width, plain), bar])

    def _style(self, name: str) -> Style:
        return self._widget.part_style(f"log-view--{name}", partial=name != "plain")
