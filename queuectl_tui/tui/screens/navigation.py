"""Where one is: the tab, the pane, the order of the list, the full screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.records import Job
from queuectl_tui.tui.columns import COLUMNS
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import LISTS, TABS, Want
from queuectl_tui.tui.screens.queue_screen import QueueScreen
from queuectl_tui.tui.widgets.detail import DetailPane
from queuectl_tui.tui.widgets.job_table import JobTable
from queuectl_tui.tui.widgets.log_view import LogView
from queuectl_tui.tui.widgets.metrics_pane import MetricsPane
from queuectl_tui.tui.widgets.one_line import Tabs
from queuectl_tui.tui.widgets.parts import Panes

#: What an empty list says.
_EMPTY = {
    "pending": "Nothing waits. Press {enqueue} to enqueue a command, or: queuectl enqueue 'make test'",
    "processing": "Nothing runs now.",
    "completed": "Nothing is completed yet.",
    "failed": "Nothing failed that will be tried again.",
    "dead": "No dead jobs. All is well.",
    "all": "No jobs yet. Press {enqueue} to enqueue one, or: queuectl enqueue 'make test'",
}


class Navigation(QueueScreen):
    """Goes from one part to another."""

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

    #: What the feed is asked for.
    wanted = Want()
    #: The job has the whole screen.
    whole = False

    @property
    def jobs(self) -> JobTable:
        """The list of jobs."""
        return self.query_one(JobTable)

    @property
    def lists_jobs(self) -> bool:
        """A list of jobs is open."""
        return self.tab in LISTS

    def show_keys(self) -> None:
        """Show the keys that matter here."""
        raise NotImplementedError

    def action_tab(self, name: str) -> None:
        """Open a tab; a job that has the whole screen is left."""
        self.step_out()
        self.tab = name
        body = self.query_one("#tab-body", Panes)
        body.current = "jobs-pane" if name in LISTS else f"{name}-pane"
        self.wanted = Want(tab=name)
        if name in LISTS:
            self.tell_empty()
            self.jobs.open(name)
            if self.jobs.job is not None:
                # The list tells of its cursor only when that goes to another job than it was left at.
                self.wanted = self.wanted._replace(detail=self.jobs.job.id)
            self.jobs.focus()
        else:
            self.feed.want(self.wanted)
            (self.query_one("#worker-list") if name == "workers" else self.query_one(MetricsPane)).focus()
        if self.snapshot is not None:
            self.query_one(Tabs).show(name, self.snapshot)
        self.show_keys()
        self.draw_with_the_next_look()

    def tell_empty(self) -> None:
        """Say in an empty list what it would hold, and where to go from there."""
        told = _EMPTY[self.tab].format(enqueue=named(self.app, "enqueue"))
        if self.snapshot is not None:
            dead = self.snapshot.counts.jobs["dead"]
            if self.tab == "processing" and not any(worker.state != "lost" for worker in self.snapshot.workers):
                told += f" Press {named(self.app, 'start_worker')} to start a worker."
            elif self.tab == "pending" and dead:
                told = f"Nothing waits; {dead:,} dead: press {named(self.app, 'tab_dead')}."
        self.jobs.hint(told)

    def action_next_tab(self, step: int) -> None:
        """Open the next tab, or the one before."""
        self.action_tab(TABS[(TABS.index(self.tab) + step) % len(TABS)])

    def action_pane(self, step: int) -> None:
        """Show the next pane of the job, or the one before."""
        self.query_one(DetailPane).turn(step)

    @property
    def pinned(self) -> Job | None:
        """The job that has the whole screen and has left the list meanwhile: it stays, and keys are for it."""
        detail = self.snapshot.detail if self.snapshot is not None else None
        job = detail.job if detail is not None else None
        if not self.whole or job is None or job.id != self.wanted.detail:
            return None
        return None if self.jobs.job is not None and self.jobs.job.id == job.id else job

    def action_open(self) -> None:
        """Show the job on the whole screen."""
        self._set_whole(not self.whole)

    def action_back(self) -> None:
        """Go one step back."""
        if not self.step_back() and self.lists_jobs:
            self.jobs.focus()

    def step_back(self) -> bool:
        """Go one step back; tells whether there was anything to leave."""
        return self.step_out()

    def step_out(self) -> bool:
        """Leave the full screen; tells whether it was one."""
        whole = self.whole
        if whole:
            self._set_whole(False)
        return whole

    def _set_whole(self, whole: bool) -> None:
        self.whole = whole
        self.set_class(whole, "whole")
        detail = self.query_one(DetailPane)
        (detail.query_one(f"#{detail.pane}") if whole else self.jobs).focus()
        if not whole:
            self.want_detail(self.jobs.job)

    def want_detail(self, job: Job | None, *, at_once: bool = True) -> None:
        """Ask for all that is known of a job, or of none."""
        self.wanted = self.wanted._replace(detail=job.id if job is not None else None)
        self.feed.want(self.wanted, at_once=at_once, soon=not at_once)

    def action_sort(self) -> None:
        """Sort by the next column."""
        listing = self.jobs.stand.listing
        keys = [None, *(column.sort for column in COLUMNS[self.tab] if column.sort)]
        self.jobs.change(listing._replace(sort=keys[(keys.index(listing.sort) + 1) % len(keys)], reverse=False))

    def action_reverse(self) -> None:
        """Turn the order round."""
        listing = self.jobs.stand.listing
        self.jobs.change(listing._replace(reverse=not listing.reverse))

    def action_freeze(self) -> None:
        """Freeze the view, or follow the queue again."""
        self.frozen = not self.frozen
        self.feed.freeze(self.frozen)
        self.query_one(LogView).ask()
        self.show_keys()
