"""The one screen that is always there: head, tabs, the list in view, the job at its cursor, and the keys."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.widgets import Input

from queuectl_tui.tui import acts
from queuectl_tui.tui.acts import ACTS
from queuectl_tui.tui.columns import Moment
from queuectl_tui.tui.key_list import keys
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import Snapshot
from queuectl_tui.tui.screens.filtering import Filtering
from queuectl_tui.tui.screens.job_actions import JobActions
from queuectl_tui.tui.screens.output_actions import OutputActions
from queuectl_tui.tui.screens.queue_screen import Updated
from queuectl_tui.tui.screens.settings import Changes, SettingsForm
from queuectl_tui.tui.screens.worker_actions import WorkerActions
from queuectl_tui.tui.widgets.detail import DetailPane
from queuectl_tui.tui.widgets.filter_bar import TYPING, FilterBar
from queuectl_tui.tui.widgets.job_table import JobTable
from queuectl_tui.tui.widgets.log_view import LogView
from queuectl_tui.tui.widgets.metrics_pane import MetricsPane
from queuectl_tui.tui.widgets.one_line import Head, Hint, Keys, Tabs
from queuectl_tui.tui.widgets.parts import Panes, Parts
from queuectl_tui.tui.widgets.workers_pane import WorkersPane

#: From this width on, the detail stands beside the list.
WIDE = 170
#: Below this height the detail is not shown; from the other one on there is room for air.
LOW, TALL = 16, 30
#: An empty frame is not shown before so long, seconds.
_EMPTY_S = 0.25
#: Ages turn by the minute, and are looked at this often, seconds.
_COARSE_S = 10.0
#: The keys at the foot by their ids, the most wanted first; others come before these.
_HINTS = (
    *("retry", "edit", "cancel", "delete", "hold", "mark", "filter", "open", "enqueue", "start_worker"),
    *("drain_worker", "pause", "settings", "quit", "help"),
)
#: Acts that mean nothing where no jobs are listed.
_OF_JOBS = {
    *("act", "edit", "hold", "priority", "filter", "delete_all", "mark_all"),
    *("sort", "reverse", "open", "pane", "copy", "follow", "wrap", "pager", "match", "run"),
}


class MainScreen(JobActions, WorkerActions, Filtering, OutputActions):
    """Shows one tab at a time; it learns of the queue from the feed alone."""

    KEYS_TITLE = "View"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("comma", "settings", "settings", id="settings", tooltip="Retries, backoff, limits of all queues"),
    ]

    def __init__(self, path: Path, *, tab: str = "pending", job: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(path, tab)
        self._job = job
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """Hold all parts."""
        # Before there are any, or they would all be styled anew.
        self._fit(*self.app.size)
        yield Head(_short_path(self.path), ascii_only=self._ascii)
        yield Tabs(ascii_only=self._ascii)
        with Panes(initial="jobs-pane", id="tab-body"):
            with Parts(id="jobs-pane"):
                with Parts(id="jobs-list"):
                    yield FilterBar()
                    yield JobTable(ascii_only=self._ascii, id="jobs")
                yield DetailPane(ascii_only=self._ascii)
            yield WorkersPane(ascii_only=self._ascii)
            yield MetricsPane(ascii_only=self._ascii)
        yield Keys(id="keys")

    def on_mount(self) -> None:
        """Begin to follow the queue."""
        self.feed.start()
        self._seconds = self.set_interval(1.0, self._tick, pause=True)
        self.set_interval(_COARSE_S, self._tick)
        # The frame alone is not worth a painting of its own, unless there is nothing else for long.
        self.set_timer(_EMPTY_S, self.draw_from_now_on)
        self.action_tab(self.tab)
        if self._job is not None:
            self.go_to(self._job)

    def on_unmount(self) -> None:
        """Follow it no more."""
        self.feed.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow only keys that mean something to what is in view: None makes them dim."""
        if not self.lists_jobs and (action in _OF_JOBS or (action == "pause" and self.tab != "workers")):
            return False
        return self.can(action, parameters) or None

    def can(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Tell whether a key does something to what is at the cursor."""
        jobs = {
            "act": lambda: self.legal(ACTS[str(parameters[0])].move),
            "hold": lambda: self.legal("hold"),
            "priority": lambda: self.legal("edit"),
            "edit": lambda: self.legal("edit"),
            "delete_all": lambda: self.jobs.stand.listing.state != "processing",
            "copy": lambda: (self.pinned or self.jobs.job) is not None,
            "open": lambda: self.whole or self.jobs.job is not None,
            "report": lambda: self.last is not None and bool(self.last[1].refused),
        }
        if action in jobs:
            return jobs[action]()
        return self.can_with_workers(action)

    # What comes in

    def on_job_table_wanted(self, message: JobTable.Wanted) -> None:
        """Ask the feed for rows."""
        if not self.lists_jobs:
            return
        self.wanted = self.wanted._replace(
            tab=self.tab,
            listing=message.listing,
            anchor=message.anchor,
            before=message.rows,
            after=message.rows,
            serial=message.serial,
            urgent=message.serial if message.at_once else self.wanted.urgent,
        )
        self.feed.want(self.wanted, at_once=message.at_once)

    def on_job_table_moved(self, message: JobTable.Moved) -> None:
        """Follow the cursor with the detail."""
        if not (self.whole and message.by_itself):
            self.want_detail(message.job, at_once=not message.by_itself)
            if message.by_itself:
                # Beside another row it would be taken for that job's.
                self.query_one(DetailPane).show(None)
            else:
                self.draw_with_the_next_look()
        self._keep_time()
        self.show_keys()

    def on_marking_marked(self) -> None:
        """Show what can be done to the marked jobs, and how many they are."""
        self.tell_matches()
        self.show_keys()

    def on_updated(self, message: Updated) -> None:
        """Show what has changed; behind a dialog it waits, or each change would draw the dialog anew."""
        self.snapshot = message.snapshot
        self.draw_now()
        if self.app.screen is self:
            self._show(message.snapshot)
        elif isinstance(form := self.app.screen, SettingsForm):
            form.meanwhile(message.snapshot.settings)
        self.rescue_if_lost()

    def on_screen_resume(self) -> None:
        """Show what has changed behind a dialog."""
        if self.snapshot is not None:
            self._show(self.snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        self.query_one(Head).show(snapshot)
        self.query_one(Tabs).show(self.tab, snapshot)
        if self.lists_jobs:
            self.tell_empty()
            self.jobs.show(snapshot.window, self._moment())
            self.tell_matches()
        self._keep_time()
        if self.lists_jobs:
            self._show_detail(snapshot)
        elif self.tab == "workers":
            self.query_one(WorkersPane).show(snapshot)
        elif snapshot.figures is not None:
            self.query_one(MetricsPane).show(snapshot.counts, snapshot.figures)
        self.show_keys()
        if snapshot.window is not None or snapshot.trouble is not None or not self.lists_jobs:
            self.draw_from_now_on()

    def _show_detail(self, snapshot: Snapshot) -> None:
        """Show the job at the cursor, or the one that has the whole screen, unless what is known is of another."""
        job = snapshot.detail.job if snapshot.detail is not None else None
        if job is not None and job.id == self.wanted.detail:
            self.query_one(DetailPane).show(snapshot.detail, snapshot.usage)
        elif self.whole and snapshot.detail is not None and job is None:
            self.step_out()
        elif self.jobs.job is None:
            self.query_one(DetailPane).show(None)

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        """Open the tab that was clicked."""
        self.action_tab(message.name)

    def on_resize(self, event: Resize) -> None:
        """Lay the parts out for the size."""
        self._fit(*event.size)
        if self.snapshot is not None:
            self.on_updated(Updated(self.snapshot))
        if self.app.screen is not self:
            self.call_after_refresh(self.app.screen.refresh)

    def _fit(self, width: int, height: int) -> None:
        self.set_class(width >= WIDE, "wide")
        self.set_class(height < LOW, "low")
        self.set_class(height >= TALL, "tall")

    def _tick(self) -> None:
        """Let times go on."""
        if self.snapshot is not None and not self.frozen and self.app.screen is self:
            self.jobs.tick(self._moment())
            self._keep_time()

    def _keep_time(self) -> None:
        """Look at the clock every second only while it is seen to go on."""
        if self.lists_jobs and self.jobs.restless:
            self._seconds.resume()
        else:
            self._seconds.pause()

    def _moment(self) -> Moment:
        usage = self.snapshot.usage if self.snapshot is not None else {}
        return Moment(self.now, usage)

    def on_descendant_focus(self) -> None:
        """Show the keys of the part that has the focus."""
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys that matter here, and how many jobs are marked unless the filter's line says so."""
        table = self.jobs
        marks = len(table.stand.marks) if self.lists_jobs and not self.filter_bar.display else 0
        searching = self.snapshot is not None and self.snapshot.searching
        progress = self.long_act.progress(named(self.app, "back")) if self.long_act is not None else ""
        # What they are made from: to ask each of them whether it is legal takes longer than a step of the cursor.
        job = self.pinned or table.job
        at_cursor = job and job.state, table.stand.states, self.last and self.last[0], self.with_workers
        if self.query_one(Keys).knows(self.tab, self.focused, searching, self.frozen, progress, marks, at_cursor):
            return
        notes = (
            progress,
            self._reading if searching else "",
            f"frozen: {named(self.app, 'freeze')} goes on" if self.frozen else "",
            f"{marks:,} marked" if marks else "",
        )
        note = " · ".join(note for note in notes if note)
        self.query_one(Keys).show(self.hints(), f"{note} " if note else "")

    @property
    def _reading(self) -> str:
        """What takes so long."""
        return "sorting…" if self.lists_jobs and self.jobs.stand.listing.sort is not None else "reading…"

    def hints(self) -> Sequence[Hint]:
        """Give the keys that matter here, those that are not legal for the job at the cursor marked so."""
        wanted = self.focused.HINTS if isinstance(self.focused, LogView) else ()
        shown = {key.id: key for key in keys(self) if key.shown or key.id in wanted}
        typing = isinstance(self.focused, Input)
        ordered = [name for name in _HINTS if name in shown and not typing]
        first = [name for name in shown if name not in _HINTS]
        found = [Hint(shown[name].keys[0], shown[name].label, shown[name].legal) for name in (*first, *ordered)]
        return [*found, *TYPING] if typing and self.filter_bar.has_focus_within else found

    # What goes out

    def action_settings(self) -> None:
        """Show the settings of the queue, and save what is changed."""
        if self.snapshot is None:
            return

        def save(changes: Changes) -> None:
            def saved(others: Mapping[str, str] | None) -> None:
                if not form.is_current:
                    return
                if others is None:
                    form.dismiss(None)
                    self.say(f"saved: {', '.join(changes[0])}")
                else:
                    form.meanwhile(others)
                    form.submit()

            self.read(lambda: acts.save_settings(self.path, *changes), saved)

        form = SettingsForm(self.snapshot.settings, save)
        self.app.push_screen(form)


def _short_path(path: Path) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises without a home
    text = str(path)
    return f"~{text[len(home) :]}" if text.startswith(f"{home}/") else text
