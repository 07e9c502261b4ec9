"""A short list in full: its cursor belongs to a key, not to a row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip

from queuectl_tui.tui.columns import Cell, widths
from queuectl_tui.tui.format import fit
from queuectl_tui.tui.widgets.job_lines import QUIET, ground_of
from queuectl_tui.tui.widgets.scrollable import Scrollable

_GUTTER, _GAP = 3, 2


class Field(NamedTuple):
    """A column: its title, its cells, its share of what is left over; lower ranks go first when it is narrow."""

    title: str
    width: int
    right: bool = False
    stretch: int = 0
    rank: int = 5


class SmallTable(Scrollable, can_focus=True):
    """A list of a few hundred rows at most."""

    KEYS_TITLE = "Moving"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, id="row_down", tooltip="The next row"),
        Binding("up,k", "move(-1)", "up", show=False, id="row_up", tooltip="The row above"),
        Binding("pagedown,ctrl+d", "move(10)", "page down", show=False, id="rows_down", tooltip="Ten rows down"),
        Binding("pageup,ctrl+u", "move(-10)", "page up", show=False, id="rows_up", tooltip="Ten rows up"),
        Binding("home,g", "move(-100000)", "top", show=False, id="row_top", tooltip="The first row"),
        Binding("end,G", "move(100000)", "bottom", show=False, id="row_bottom", tooltip="The last row"),
    ]

    class Moved(Message):
        """The cursor is at another row."""

    class Picked(Message):
        """A row was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, fields: Sequence[Field], *, id: str, hint: str = "", ascii_only: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._fields = fields
        self._hint = hint
        self._bar = ">" if ascii_only else "▌"
        self._rows: list[tuple[str, tuple[Cell, ...]]] = []
        self._index = self._top = 0

    @property
    def key(self) -> str | None:
        """What the row at the cursor stands for."""
        return self._rows[self._index][0] if self._rows else None

    def hint(self, text: str) -> None:
        """Say what it shows while it is empty."""
        if text != self._hint:
            self._hint = text
            self.refresh_changed()

    def show(self, rows: Sequence[tuple[str, tuple[Cell, ...]]], *, anew: bool = False) -> None:
        """Show other rows; the cursor stays with its own, or `anew` goes to the first."""
        found = list(rows)
        if found == self._rows:
            return
        key = None if anew else self.key
        self._index = 0 if anew else self._index
        self._rows = found
        keys = [name for name, _ in found]
        self._index = keys.index(key) if key in keys else max(0, min(self._index, len(keys) - 1))
        self._settle()
        self.refresh_changed()
        if self.key != key:
            if key is not None:
                self.slip()
            self.post_message(self.Moved())

    def action_move(self, rows: int) -> None:
        """Go so many rows down, or up."""
        old = self._index
        self._index = max(0, min(self._index + rows, len(self._rows) - 1))
        self._settle()
        if old != self._index:
            self.refresh_changed()
            self.post_message(self.Moved())

    def pick(self, line: int) -> None:
        """Put the cursor on a line."""
        if line > 0 and self._top + line - 1 < len(self._rows):
            self.action_move(self._top + line - 1 - self._index)
            self.post_message(self.Picked(self._rows[self._index][0]))

    def wheel(self, rows: int) -> None:
        """Go with the wheel."""
        self.action_move(rows)

    def drag(self, share: float) -> None:
        """Go to where the scrollbar was taken."""
        self.action_move(round(share * (len(self._rows) - 1)) - self._index)

    def on_resize(self, event: Resize) -> None:
        """Show as many rows as there is room for, with the one at the cursor."""
        del event
        self._settle()
        self.refresh()

    def look(self, line: int) -> Hashable:
        """Give what decides how a line is drawn: the titles, a row, or what an empty list says."""
        if line == 0:
            return None
        index = self._top + line - 1
        if index >= len(self._rows):
            return self._hint if not self._rows and line == 1 else ""
        return self._rows[index][1], index == self._index

    def draw(self, look: Hashable) -> Strip:
        """Draw a line."""
        plain = self.part_style("job-table--plain", partial=False)
        if look is None:
            style = self.part_style("job-table--title", partial=False)
            fields = zip(self._fields, self._widths(), strict=True)
            cells = [fit(field.title, width, right=field.right) for field, width in fields if width]
            text = " " * _GUTTER + (" " * _GAP).join(cells)
            return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)
        if isinstance(look, str):
            style = self.part_style("job-table--hint", partial=False)
            return Strip([Segment(" " * _GUTTER + look, style)]).adjust_cell_length(self.size.width, plain)
        assert isinstance(look, tuple)
        return self._row(*look)

    def _row(self, cells: tuple[Cell, ...], cursor: bool) -> Strip:
        name = "cursor" if self.has_focus or not self.can_focus else "blurred"
        over = self.part_style(f"job-table--{name}") if cursor else Style()
        base = self.part_style("job-table--plain", partial=False) + over
        ground = ground_of(base, over)
        bar = self.part_style("job-table--bar") + ground
        segments = [Segment((self._bar if cursor else " ").ljust(_GUTTER), bar if cursor else base)]
        for cell, field, width in zip(cells, self._fields, self._widths(), strict=True):
            if not width:
                continue
            style = base
            if cell.kind != "plain" and not (cursor and cell.kind in QUIET):
                style = self.part_style(f"job-table--{cell.kind}") + ground
            segments.append(Segment(fit(cell.text, width, right=field.right), style))
            segments.append(Segment(" " * _GAP, base))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _settle(self) -> None:
        height = max(1, self.size.height - 1)
        self._top = max(0, min(self._top, self._index, max(0, len(self._rows) - height)), self._index - height + 1)

    def _widths(self) -> list[int]:
        return widths(self._fields, max(1, self.size.width - _GUTTER - 1))
