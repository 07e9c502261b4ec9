"""The list of jobs: it holds only the rows about its cursor, and the cursor belongs to a job."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip

from queuectl_tui.rules.records import Job
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui.columns import COLUMNS, Moment, restless
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import LISTS, Anchor, Window
from queuectl_tui.tui.viewport import Viewport
from queuectl_tui.tui.widgets.job_lines import JobLines, Look
from queuectl_tui.tui.widgets.marking import Marking, Stand
from queuectl_tui.tui.widgets.scrollable import SLIPPED_S


class JobTable(Marking, can_focus=True):
    """A list of any length, drawn line by line; the app brings the rows that it asks for."""

    KEYS_TITLE = "Moving"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, id="down", tooltip="The next row"),
        Binding("up,k", "move(-1)", "up", show=False, id="up", tooltip="The row above"),
        Binding("pagedown,ctrl+d", "page(1)", "page down", show=False, id="page_down", tooltip="A page down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, id="page_up", tooltip="A page up"),
        Binding("home,g", "end(False)", "top", show=False, id="top", tooltip="The first row"),
        Binding("end,G", "end(True)", "bottom", show=False, id="bottom", tooltip="The last row"),
    ]

    @dataclass
    class Wanted(Message, bubble=False):
        """Rows are wanted, at once or with the next look at the queue."""

        listing: Listing
        anchor: Anchor
        rows: int
        serial: int
        at_once: bool

    @dataclass
    class Moved(Message, bubble=False):
        """The cursor is at another job (None: at none); `by_itself`: since the queue has changed."""

        job: Job | None
        by_itself: bool = False

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._ascii = ascii_only
        self._stands = {name: Stand(Listing(state)) for name, state in LISTS.items()}
        self._tab = "pending"
        self._view = Viewport()
        self._serial = 0
        self._asked = Anchor()
        self._jumping = True
        self._slipped_at = -1.0
        self._moment = Moment(0, ascii_only=ascii_only)
        self._lines = JobLines(self, COLUMNS[self._tab], ascii_only=ascii_only)
        self._hint = ""
        #: The part of the list that was taken last.
        self._shown: Window | None = None

    # What the app asks and tells

    @property
    def stand(self) -> Stand:
        """How the list in view is held."""
        return self._stands[self._tab]

    @property
    def job(self) -> Job | None:
        """The job at the cursor."""
        return self.stand.cursor.job if self.stand.cursor is not None else None

    @property
    def target(self) -> Job | None:
        """The job that a key acts on: none just after the cursor had to go to another one, and none unseen."""
        return None if self.slipped or not self._view.loaded else self.job

    @property
    def slipped(self) -> bool:
        """The cursor has just gone to another job, since its own left: no act that is asked for now is meant for it."""
        return time.monotonic() - self._slipped_at < SLIPPED_S

    @property
    def in_view(self) -> tuple[Job, ...]:
        """The jobs that can be seen."""
        return self._view.in_view

    @property
    def restless(self) -> bool:
        """A row that can be seen has another text each second."""
        return any(restless(job, self._moment.now) for job in self.in_view)

    def open(self, name: str) -> None:
        """Show another list, as it was left."""
        self._tab = name
        self._lines.show(COLUMNS[name])
        self._view.clear()
        self._shown = None
        self._jumping = False
        self._ask(at_once=True)
        self.refresh()

    def change(self, listing: Listing) -> None:
        """Show the list in view in another order, or with another filter; the cursor stays with its job if it can."""
        cursor = self.stand.cursor
        self.stand.listing = listing
        self._jumping = True
        self._post(Anchor() if cursor is None else Anchor(cursor.job.seq), at_once=True)

    def go_to(self, job: Job) -> None:
        """Put the cursor on a job of the list, once its rows come."""
        self._jumping = True
        self.stand.line = self._view.height // 3
        self._post(Anchor(job.seq), at_once=True)

    def hint(self, text: str) -> None:
        """Say what an empty list shows."""
        if text != self._hint:
            self._hint = text
            self.refresh()

    def show(self, window: Window | None, moment: Moment) -> None:
        """Take the rows that were asked for, or that have changed, and say in them what time it is."""
        new = window if window is not self._shown else None
        if new is not None and new.listing == self.stand.listing:
            self._take(new)
        if new is not None or moment.usage is not self._moment.usage:
            self.tick(moment)

    def _take(self, window: Window) -> None:
        stand, view, rows = self.stand, self._view, window.part.rows
        old = stand.cursor
        held = None if self._jumping else old
        found = None if held is None else next((n for n, row in enumerate(rows) if row.job.seq == held.job.seq), None)
        if found is None and window.serial != self._serial:
            # Of an older question, and of no use by now.
            self._post(self._asked, at_once=True)
            return
        if found is None:
            found = min(window.part.index, max(0, len(rows) - 1))
            if held is not None:
                self._slipped_at = time.monotonic()
        stays_at_top = view.top == 0 and not self._jumping and view.loaded
        view.take(window, found, None if stays_at_top else stand.line)
        self._jumping = False
        self._shown = window
        self._keep()
        if (old.job if old else None) != self.job:
            self.to_screen(self.Moved(self.job, held is not None))

    def tick(self, moment: Moment) -> None:
        """Draw again the rows whose text has changed with the time."""
        self._moment = moment._replace(ascii_only=self._ascii)
        self.refresh_changed()

    # Moving

    def action_move(self, rows: int) -> None:
        """Go so many rows down, or up."""
        self._go(self._view.index + rows)

    def action_page(self, pages: int) -> None:
        """Go a view down, or up."""
        self.wheel(max(1, self._view.height - 1) * pages)

    def action_end(self, last: bool) -> None:
        """Go to the last row, or to the first."""
        view = self._view
        if (view.last if last else view.first) and view.rows:
            self._go(len(view.rows) - 1 if last else 0)
            return
        self._jumping = True
        self.stand.line = view.height - 1 if last else 0
        self._post(Anchor(end=last), at_once=True)

    def _go(self, index: int, scroll: int = 0) -> None:
        """Put the cursor on a row that is held; this is told before it is drawn, which waits for what is asked then."""
        view = self._view
        if not view.rows:
            return
        old, top = view.index, view.top
        view.top += scroll
        view.go(index)
        self._keep()
        if old != view.index or view.short:
            self._ask(at_once=view.short)
            self.to_screen(self.Moved(self.job))
        if view.top != top:
            self.refresh_changed()
        elif old != view.index:
            self.refresh_changed(line + 1 for n in (old, view.index) if (line := view.line_of(n)) is not None)

    def _keep(self) -> None:
        """Remember where the cursor is, for when the list is opened again."""
        self.stand.cursor, self.stand.line = self._view.row, self._view.line

    def _ask(self, *, at_once: bool) -> None:
        cursor = self.stand.cursor
        if not self._jumping:
            self._asked = Anchor() if cursor is None else Anchor(cursor.job.seq, cursor.place)
        self._post(self._asked, at_once=at_once)

    def _post(self, anchor: Anchor, *, at_once: bool) -> None:
        self._serial += 1
        self._asked = anchor
        rows = max(2 * self._view.height, 20)
        self.to_screen(self.Wanted(self.stand.listing, anchor, rows, self._serial, at_once))

    # The size, the mouse, and the drawing

    def on_resize(self, event: Resize) -> None:
        """Lay the columns out anew, and ask for as many rows as the view needs."""
        del event
        self._lines.lay_out(self.size.width)
        self._view.height = max(1, self.size.height - 1)
        self._view.settle()
        self.refresh()
        self._ask(at_once=True)

    def pick(self, line: int) -> None:
        """Put the cursor on a line of the view."""
        if (index := self._view.index_at(line - 1)) is not None:
            self._go(index)

    def wheel(self, rows: int) -> None:
        """Go with the wheel."""
        self._go(self._view.index + rows, rows)

    def drag(self, share: float) -> None:
        """Go to where the scrollbar was taken."""
        self._jumping = True
        self._post(Anchor(position=round(share * (self._view.total - 1))), at_once=True)

    def look(self, line: int) -> Hashable:
        """Give what decides how a line is drawn: the titles, a row, or what an empty list says."""
        view = self._view
        if line == 0:
            return self.stand.listing
        index = view.index_at(line - 1)
        if index is None:
            hint = self._hint
            if self.stand.listing.filter is not None:
                hint = f"Nothing here matches the filter; {named(self.app, 'back')} clears it."
            return hint if view.loaded and not view.rows and line == 2 else ""
        job = view.rows[index].job
        thumb = self.thumb(line, view.top, view.total, view.height)
        marked = job.id in self.stand.marks
        return self._lines.look(job, self._moment, cursor=index == view.index, marked=marked, thumb=thumb)

    def draw(self, look: Hashable) -> Strip:
        """Draw a line."""
        if isinstance(look, Look):
            return self._lines.row(look)
        return self._lines.titles(look) if isinstance(look, Listing) else self._lines.text(str(look))

    def span(self, old: Hashable, new: Hashable) -> tuple[int, int]:
        """Say where a row differs from how it was drawn."""
        if isinstance(old, Look) and isinstance(new, Look):
            return self._lines.span(old, new)
        return super().span(old, new)

    def refresh_cursor(self) -> None:
        """Draw the row at the cursor again."""
        self.refresh_changed([self._view.line + 1])
