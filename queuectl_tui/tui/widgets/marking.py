"""Marks on the jobs of a list: they belong to the list they were made in, and to the state they were seen in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from queuectl_tui.rules.records import Job
from queuectl_tui.store.lists import Listing
from queuectl_tui.store.pages import Row
from queuectl_tui.tui.widgets.scrollable import Scrollable


@dataclass(slots=True)
class Stand:
    """How one list was left: its order, its cursor, on which line of the view that was, and its marks."""

    listing: Listing
    cursor: Row | None = None
    line: int = 0
    #: The marked ids, each with the state that it was seen in; and these states: a million marks are not asked each.
    marks: dict[str, str] = field(default_factory=dict)
    states: frozenset[str] = frozenset()
    #: The filter as it was typed.
    filter_text: str = ""


class Marking(Scrollable):
    """A list whose jobs can be marked."""

    KEYS_TITLE = "Marks"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", id="mark", tooltip="Mark this job, or unmark it, and go to the next"),
        Binding("shift+down", "extend(1)", "extend", show=False, id="extend_down", tooltip="Mark, going down"),
        Binding("shift+up", "extend(-1)", "extend up", show=False, id="extend_up", tooltip="Mark, going up"),
        Binding("backslash", "unmark", "clear marks", show=False, id="unmark", tooltip="Clear all marks of this list"),
    ]

    class Marked(Message):
        """The marks are others."""

    @property
    def stand(self) -> Stand:
        """How the list in view is held."""
        raise NotImplementedError

    @property
    def job(self) -> Job | None:
        """The job at the cursor."""
        raise NotImplementedError

    @property
    def target(self) -> Job | None:
        """The job that a key acts on."""
        raise NotImplementedError

    def action_move(self, rows: int) -> None:
        """Go so many rows down, or up."""
        raise NotImplementedError

    def refresh_cursor(self) -> None:
        """Draw the row at the cursor again."""
        raise NotImplementedError

    def mark(self, stand: Stand, marks: dict[str, str]) -> None:
        """Mark jobs of a list, in view or not, each with the state that it is seen in."""
        stand.marks.update(marks)
        stand.states = frozenset(stand.marks.values())
        self._show_marks()

    def forget(self, ids: Iterable[str]) -> None:
        """Take the marks off jobs that something is done to."""
        for job_id in ids:
            self.stand.marks.pop(job_id, None)
        self._show_marks()

    def action_mark(self) -> None:
        """Mark or unmark the job at the cursor."""
        job = self.target
        if job is None:
            return
        marks = self.stand.marks
        if marks.pop(job.id, None) is None:
            marks[job.id] = job.state
        self.refresh_cursor()
        self._changed()
        self.action_move(1)

    def action_extend(self, rows: int) -> None:
        """Mark the job at the cursor and the next one."""
        job = self.target
        if job is None:
            return
        self.stand.marks[job.id] = job.state
        self.refresh_cursor()
        self.action_move(rows)
        if (here := self.job) is not None:
            self.stand.marks[here.id] = here.state
        self.refresh_cursor()
        self._changed()

    def action_unmark(self) -> None:
        """Clear the marks of this list."""
        self.stand.marks.clear()
        self._show_marks()

    def _show_marks(self) -> None:
        self.refresh_changed()
        self._changed()

    def _changed(self) -> None:
        self.stand.states = frozenset(self.stand.marks.values())
        self.post_message(self.Marked())
