"""The one screen that is always there: head, tabs, the list in view, the job at its cursor, and the keys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.widgets import ContentSwitcher

from queuectl_tui.tui.columns import COLUMNS, Moment
from queuectl_tui.tui.key_list import keys
from queuectl_tui.tui.look import LISTS, TABS, Want
from queuectl_tui.tui.screens.job_actions import JobActions
from queuectl_tui.tui.screens.queue_screen import Updated
from queuectl_tui.tui.screens.worker_actions import WorkerActions
from queuectl_tui.tui.widgets.detail import DetailPane
from queuectl_tui.tui.widgets.job_table import JobTable
from queuectl_tui.tui.widgets.metrics_pane import MetricsPane
from queuectl_tui.tui.widgets.one_line import Head, Hint, Keys, Tabs
from queuectl_tui.tui.widgets.workers_pane import WorkersPane

#: From this width on, the detail stands beside the list.
WIDE = 170
#: Below this height the detail is not shown; from the other one on there is room for air.
LOW, TALL = 16, 30
#: The smallest screen on which anything can be done.
LEAST = (20, 6)
#: The keys at the foot by their ids, the most wanted first; others come before these.
_HINTS = (
    *("retry", "edit", "cancel", "delete", "hold", "mark", "filter", "open", "enqueue", "start_worker"),
    *("drain_worker", "pause", "settings", "quit", "help"),
)
#: Acts that mean nothing where no jobs are listed.
_OF_JOBS = {"act", "edit", "hold", "priority", "delete_all", "mark_all", "sort", "reverse", "open", "pane", "copy"}
_EMPTY = {
    "pending": "Nothing waits. Press a to enqueue a command, or: queuectl enqueue 'make test'",
    "processing": "Nothing runs now. Press + to start a worker.",
    "completed": "Nothing is completed yet.",
    "failed": "Nothing failed that will be tried again.",
    "dead": "No dead jobs. All is well.",
    "all": "No jobs yet. Press a to enqueue one, or: queuectl enqueue 'make test'",
}


class MainScreen(JobActions, WorkerActions):
    """Shows one tab at a time; it learns of the queue from the feed alone."""

    KEYS_TITLE = "View"

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(n), f"tab('{name}')", name, show=False, id=f"tab_{name}", tooltip=f"Go to {name}")
            for n, name in enumerate(TABS)
        ),
        Binding("right_square_bracket", "next_tab(1)", "next tab", show=False, id="next_tab", tooltip="The next tab"),
        Binding(
            "left_square_bracket", "next_tab(-1)", "tab before", show=False, id="last_tab", tooltip="The tab before"
        ),
        Binding(
            "right_curly_bracket",
            "pane(1)",
            "next pane",
            show=False,
            id="next_pane",
            tooltip="Output, Attempts, Details",
        ),
        Binding("left_curly_bracket", "pane(-1)", "pane before", show=False, id="last_pane", tooltip="The pane before"),
        Binding("tab", "app.focus_next", "next part", show=False, id="next_part", tooltip="Go to the next part"),
        Binding(
            "shift+tab",
            "app.focus_previous",
            "part before",
            show=False,
            id="last_part",
            tooltip="Go to the part before",
        ),
        Binding("enter", "open", "open", id="open", tooltip="Show the job on the whole screen, or both again"),
        Binding("escape", "back", "back", show=False, id="back", tooltip="One step back"),
        Binding("s", "sort", "sort", show=False, id="sort", tooltip="Sort by the next column"),
        Binding("S", "reverse", "reverse", show=False, id="reverse", tooltip="Turn the order round"),
        Binding("u", "freeze", "freeze", show=False, id="freeze", tooltip="Freeze the view, or follow the queue again"),
    ]

    def __init__(self, path: Path, *, tab: str = "pending", job: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(path, tab)
        self._job = job
        self._ascii = ascii_only
        self._want = Want()
        self._whole = False

    def compose(self) -> ComposeResult:
        """Hold all parts."""
        yield Head(_short_path(self.path), ascii_only=self._ascii)
        yield Tabs(ascii_only=self._ascii)
        with Container(id="body"), ContentSwitcher(initial="jobs-pane", id="tab-body"):
            with Vertical(id="jobs-pane"):
                yield JobTable(ascii_only=self._ascii, id="jobs")
                yield DetailPane()
            yield WorkersPane(ascii_only=self._ascii)
            yield MetricsPane(ascii_only=self._ascii)
        yield Keys(id="keys")

    def on_mount(self) -> None:
        """Begin to follow the queue."""
        self.feed.start()
        self.set_interval(1.0, self._tick)
        self.action_tab(self.tab)
        if self._job is not None:
            self.go_to(self._job)

    def on_unmount(self) -> None:
        """Follow it no more."""
        self.feed.stop()

    @property
    def lists_jobs(self) -> bool:
        """A list of jobs is open."""
        return self.tab in LISTS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow only keys that mean something to what is in view: None makes them dim."""
        if action in _OF_JOBS and not self.lists_jobs:
            return False
        if action == "act":
            return self.legal(str(parameters[0])) or None
        if action in ("edit", "hold", "priority"):
            return self.legal("hold" if action == "hold" else "edit") or None
        return True

    # What comes in

    def on_job_table_wanted(self, message: JobTable.Wanted) -> None:
        """Ask the feed for rows."""
        if not self.lists_jobs:
            return
        self._want = replace(
            self._want,
            tab=self.tab,
            listing=message.listing,
            anchor=message.anchor,
            before=message.rows,
            after=message.rows,
            serial=message.serial,
        )
        self.feed.want(self._want, at_once=message.at_once)

    def on_job_table_moved(self, message: JobTable.Moved) -> None:
        """Follow the cursor with the detail."""
        self._want = replace(self._want, detail=message.job.id if message.job is not None else None)
        self.feed.want(self._want, at_once=True)
        self._show_keys()

    def on_job_table_marked(self) -> None:
        """Show what can be done to the marked jobs."""
        self._show_keys()

    def on_updated(self, message: Updated) -> None:
        """Show what has changed."""
        snapshot = self.snapshot = message.snapshot
        self.query_one(Head).show(snapshot)
        self.query_one(Tabs).show(self.tab, snapshot)
        if snapshot.window is not None and self.lists_jobs:
            self.jobs.show(snapshot.window)
        self.jobs.tick(self._moment())
        if self.lists_jobs:
            if snapshot.detail is not None and self.jobs.job is not None:
                self.query_one(DetailPane).show(snapshot.detail, snapshot.usage)
            elif self.jobs.job is None:
                self.query_one(DetailPane).show(None)
        elif self.tab == "workers":
            self.query_one(WorkersPane).show(snapshot)
        elif snapshot.figures is not None:
            self.query_one(MetricsPane).show(snapshot.counts, snapshot.figures)
        self.rescue_if_lost()
        self._show_keys()

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        """Open the tab that was clicked."""
        self.action_tab(message.name)

    def on_resize(self, event: Resize) -> None:
        """Lay the parts out for the size."""
        width, height = event.size
        self.set_class(width >= WIDE, "wide")
        self.set_class(height < LOW, "low")
        self.set_class(height >= TALL, "tall")
        if self.snapshot is not None:
            self.on_updated(Updated(self.snapshot))

    def _tick(self) -> None:
        """Let times go on."""
        if self.snapshot is not None and not self.frozen:
            self.jobs.tick(self._moment())

    def _moment(self) -> Moment:
        usage = self.snapshot.usage if self.snapshot is not None else {}
        return Moment(self.now, usage)

    def _show_keys(self) -> None:
        marks = len(self.jobs.stand.marks) if self.lists_jobs else 0
        note = " · ".join(
            part for part in ("frozen: u goes on" if self.frozen else "", f"{marks:,} marked" if marks else "") if part
        )
        self.query_one(Keys).show(self.hints(), f"{note} " if note else "")

    def hints(self) -> Sequence[Hint]:
        """Give the keys that matter here, those that are not legal for the job at the cursor marked so."""
        shown = {key.id: key for key in keys(self) if key.shown}
        ordered = [name for name in _HINTS if name in shown]
        first = [name for name in shown if name not in _HINTS]
        return [Hint(shown[name].keys[0], shown[name].label, shown[name].legal) for name in (*first, *ordered)]

    # What goes out

    def action_tab(self, name: str) -> None:
        """Open a tab."""
        self.tab = name
        body = self.query_one("#tab-body", ContentSwitcher)
        body.current = "jobs-pane" if name in LISTS else f"{name}-pane"
        self._want = Want(tab=name)
        if name in LISTS:
            self.jobs.hint(_EMPTY[name])
            self.jobs.open(name)
            self.jobs.focus()
        else:
            self.feed.want(self._want)
            (self.query_one("#worker-list") if name == "workers" else self.query_one(MetricsPane)).focus()
        if self.snapshot is not None:
            self.query_one(Tabs).show(name, self.snapshot)
        self._show_keys()

    def action_next_tab(self, step: int) -> None:
        """Open the next tab, or the one before."""
        self.action_tab(TABS[(TABS.index(self.tab) + step) % len(TABS)])

    def action_pane(self, step: int) -> None:
        """Show the next pane of the job, or the one before."""
        self.query_one(DetailPane).turn(step)

    def action_open(self) -> None:
        """Show the job on the whole screen."""
        self._set_whole(not self._whole)

    def action_back(self) -> None:
        """Go one step back."""
        if not self.step_back() and self.lists_jobs:
            self.jobs.focus()

    def step_back(self) -> bool:
        """Leave the full screen; tells whether there was anything to leave."""
        if self._whole:
            self._set_whole(False)
            return True
        return False

    def _set_whole(self, whole: bool) -> None:
        self._whole = whole
        self.set_class(whole, "whole")
        detail = self.query_one(DetailPane)
        (detail.query_one(f"#{detail.pane}") if whole else self.jobs).focus()

    def action_sort(self) -> None:
        """Sort by the next column."""
        listing = self.jobs.stand.listing
        keys = [None, *(column.sort for column in COLUMNS[self.tab] if column.sort)]
        self.jobs.change(replace(listing, sort=keys[(keys.index(listing.sort) + 1) % len(keys)], reverse=False))

    def action_reverse(self) -> None:
        """Turn the order round."""
        listing = self.jobs.stand.listing
        self.jobs.change(replace(listing, reverse=not listing.reverse))

    def action_freeze(self) -> None:
        """Freeze the view, or follow the queue again."""
        self.frozen = not self.frozen
        self.feed.freeze(self.frozen)
        self._show_keys()


def _short_path(path: Path) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises without a home
    text = str(path)
    return f"~{text[len(home) :]}" if text.startswith(f"{home}/") else text
