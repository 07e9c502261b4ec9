"""The list of jobs: it holds only the rows about its cursor, and the cursor belongs to a job."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass

from textual.events import Resize
from textual.message import Message
from textual.strip import Strip

from queuectl_tui.rules.records import Job
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui.columns import COLUMNS, Moment, restless
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import LISTS, Anchor, Window
from queuectl_tui.tui.widgets.job_lines import JobLines, Look
from queuectl_tui.tui.widgets.marking import Marking, Stand
from queuectl_tui.tui.widgets.moving import Moving


class JobTable(Moving, Marking, can_focus=True):
    """A list of any length, drawn line by line; the app brings the rows that it asks for."""

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
        self._serial = 0
        self._asked = Anchor()
        self._jumping = True
        #: When the rows came that another list, order or filter has.
        self._opened_at = 0.0
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
        return None if self.slipped or self.reading else self.job

    @property
    def reading(self) -> bool:
        """What will be at the cursor is still read, or was when the key was pressed."""
        return self._jumping or self.view.to_go != 0 or not self.view.loaded or self.pressed_at < self._opened_at

    @property
    def restless(self) -> bool:
        """A row that can be seen has another text each second."""
        return any(restless(job, self._moment.now) for job in self.view.in_view)

    def open(self, name: str) -> None:
        """Show another list, as it was left."""
        self._tab = name
        self._lines.show(COLUMNS[name])
        self.view.clear()
        self._shown = None
        self._jumping = self._far = False
        self._ask(at_once=True)
        self.refresh()

    def change(self, listing: Listing) -> None:
        """Show the list in view in another order, or with another filter; the cursor stays with its job if it can."""
        cursor = self.stand.cursor
        self.stand.listing = listing
        self.jump(Anchor() if cursor is None else Anchor(cursor.job.seq))

    def go_to(self, job: Job) -> None:
        """Put the cursor on a job of the list, once its rows come."""
        self.jump_far(Anchor(job.seq), self.view.height // 3)

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
        stand, view, rows = self.stand, self.view, window.part.rows
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
                self.slip()
        if (held is None or not view.loaded) and not self.moving:
            self._opened_at = time.monotonic()
        stays_at_top = view.top == 0 and not self._jumping and view.loaded
        view.take(window, found, None if stays_at_top else stand.line)
        self._jumping = False
        self._shown = window
        self._keep()
        if (old.job if old else None) != self.job:
            self.to_screen(self.Moved(self.job, held is not None))
        self.arrived()

    def tick(self, moment: Moment) -> None:
        """Draw again the rows whose text has changed with the time."""
        self._moment = moment._replace(ascii_only=self._ascii)
        self.refresh_changed()

    # Moving

    def went(self) -> None:
        """Keep where the cursor is, and tell of it; more rows are wanted at once where few are left."""
        if self.view.rows:
            self._keep()
            self._ask(at_once=self.view.short)
            self.to_screen(self.Moved(self.job))

    def jump(self, anchor: Anchor, line: int | None = None) -> None:
        """Go elsewhere when the rows come."""
        self._jumping, self.view.to_go = True, 0
        self.stand.line = self.stand.line if line is None else line
        self._post(anchor, at_once=True)

    def _keep(self) -> None:
        """Remember where the cursor is, for when the list is opened again."""
        self.stand.cursor, self.stand.line = self.view.row, self.view.line

    def _ask(self, *, at_once: bool) -> None:
        cursor = self.stand.cursor
        if not self._jumping:
            self._asked = Anchor() if cursor is None else Anchor(cursor.job.seq, cursor.place)
        self._post(self._asked, at_once=at_once)

    def _post(self, anchor: Anchor, *, at_once: bool) -> None:
        self._serial += 1
        self._asked = anchor
        rows = max(2 * self.view.height, 20)
        self.to_screen(self.Wanted(self.stand.listing, anchor, rows, self._serial, at_once))

    # The size, the mouse, and the drawing

    def on_resize(self, event: Resize) -> None:
        """Lay the columns out anew, and ask for as many rows as the view needs."""
        del event
        self._lines.lay_out(self.size.width)
        self.view.height = max(1, self.size.height - 1)
        self.view.settle()
        self.refresh()
        self._ask(at_once=True)

    def look(self, line: int) -> Hashable:
        """Give what decides how a line is drawn: the titles, a row, or what an empty list says."""
        view = self.view
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
        self.refresh_changed([self.view.line + 1])
