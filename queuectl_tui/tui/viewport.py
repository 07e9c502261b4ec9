"""What a list holds of the queue: some rows about its cursor, and which of them are in view. Pure."""

from __future__ import annotations

from queuectl_tui.rules.records import Job
from queuectl_tui.store.pages import Row
from queuectl_tui.tui.look import Window


class Viewport:
    """Rows about a cursor; `start` of the list's `total` come before them, and the view begins `top` rows down."""

    def __init__(self) -> None:
        self.rows: tuple[Row, ...] = ()
        self.start = self.total = self.top = self.index = 0
        self.first = self.last = True
        self.height = 1
        #: Rows were brought at least once.
        self.loaded = False
        #: How many rows beyond those that are held the cursor is to go.
        self.to_go = 0

    @property
    def row(self) -> Row | None:
        """The row at the cursor."""
        return self.rows[self.index] if self.rows else None

    @property
    def line(self) -> int:
        """On which line of the view the cursor is, from 0."""
        return self.start + self.index - self.top

    @property
    def in_view(self) -> tuple[Job, ...]:
        """The jobs that can be seen."""
        begin = max(0, self.top - self.start)
        return tuple(row.job for row in self.rows[begin : begin + self.height])

    @property
    def short(self) -> bool:
        """The cursor is so near to an end of the held rows that more are needed."""
        return (self.index < self.height and not self.first) or (
            self.index >= len(self.rows) - self.height and not self.last
        )

    def clear(self) -> None:
        """Hold nothing, until rows come."""
        self.rows = ()
        self.loaded = False
        self.index = self.to_go = 0

    def index_at(self, line: int) -> int | None:
        """Give which held row is on a line of the view, from 0."""
        index = self.top - self.start + line
        return index if 0 <= line < self.height and 0 <= index < len(self.rows) else None

    def line_of(self, index: int) -> int | None:
        """Give on which line of the view a held row is, from 0."""
        line = self.start + index - self.top
        return line if 0 <= line < self.height else None

    def move(self, rows: int, scroll: int = 0) -> None:
        """Go so many rows down, or up: as far as rows are held, and on from there when others come."""
        wanted = self.index + self.to_go + rows
        self.index = max(0, min(wanted, len(self.rows) - 1))
        self.top += scroll
        self.settle()
        beyond = wanted - self.index
        ends = self.loaded and (self.last if beyond > 0 else self.first)
        self.to_go = 0 if ends else beyond

    def take(self, window: Window, index: int, line: int | None) -> None:
        """Hold other rows, the cursor at `index` of them, on a line of the view; None: the view stays at the top."""
        here = self.start + self.index if self.loaded else 0
        if window.start is not None:
            self.start = window.start
        else:
            # Not counted: the cursor stays about where it was.
            self.start = max(1, min(here - index, window.total - len(window.part.rows) - 1))
        self.rows, self.total = window.part.rows, window.total
        self.first, self.last = window.part.first, window.part.last
        self.index = index
        self.loaded = True
        position = self.start + index
        self.top = 0 if line is None and position < self.height else position - (line or 0)
        self.settle()

    def settle(self) -> None:
        """Keep the view within the list, and the cursor within the view."""
        position = self.start + self.index
        top = min(self.top, max(0, self.total - self.height), position)
        self.top = max(top, position - self.height + 1, 0)
