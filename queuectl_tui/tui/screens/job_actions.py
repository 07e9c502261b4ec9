"""What keys do to jobs: each act works on the ids seen when the key was pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job, Report
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.states import legal
from queuectl_tui.tui import acts
from queuectl_tui.tui import format as show
from queuectl_tui.tui.acts import ACTS
from queuectl_tui.tui.look import LISTS
from queuectl_tui.tui.screens.confirm import Confirm
from queuectl_tui.tui.screens.edit import EditForm
from queuectl_tui.tui.screens.progress import Progress
from queuectl_tui.tui.screens.queue_screen import QueueScreen
from queuectl_tui.tui.widgets.job_table import JobTable

T = TypeVar("T")

#: From so many jobs on an act shows how far it is.
_LONG = 500
_SHOWN = 3


class JobActions(QueueScreen):
    """Acts on the job at the cursor, or on the marked ones."""

    KEYS_TITLE = "Jobs: the marked ones, or the one at the cursor"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "act('retry')", "retry", id="retry", tooltip="Run again: failed now, others with a new budget"),
        Binding("e", "edit", "edit", id="edit", tooltip="Edit the job; a failed or dead one runs again"),
        Binding("x", "act('cancel')", "cancel", id="cancel", tooltip="Cancel; a running one is ended, then killed"),
        Binding("d", "act('delete')", "delete", id="delete", tooltip="Delete the job with its runs and output; asks"),
        Binding("D", "delete_all", "delete all", show=False, id="delete_all", tooltip="Delete all listed; asks"),
        Binding("h", "hold", "hold", id="hold", tooltip="Keep from starting, or let it start again"),
        Binding("greater_than_sign", "priority(1)", "sooner", show=False, id="priority_up", tooltip="Priority up"),
        Binding("less_than_sign", "priority(-1)", "later", show=False, id="priority_down", tooltip="Priority down"),
        Binding("asterisk", "mark_all", "mark all", show=False, id="mark_all", tooltip="Mark everything listed"),
        Binding("y", "copy('command')", "copy command", show=False, id="copy_command", tooltip="Copy the command"),
        Binding("c", "copy('id')", "copy id", show=False, id="copy_id", tooltip="Copy the id"),
    ]

    @property
    def jobs(self) -> JobTable:
        """The list of jobs."""
        return self.query_one(JobTable)

    def legal(self, move: str) -> bool:
        """Tell whether the marked jobs, or the one at the cursor, may make a move."""
        if not self.lists_jobs:
            return False
        states = self.jobs.stand.marks.values() or ([self.jobs.job.state] if self.jobs.job else [])
        return any(legal(move, state) for state in states)

    @property
    def lists_jobs(self) -> bool:
        """A list of jobs is open."""
        raise NotImplementedError

    def chosen(self) -> list[str]:
        """Give the ids that a key acts on: the marked ones, or the job at the cursor."""
        marks = self.jobs.stand.marks
        if marks:
            return list(marks)
        return [job.id] if (job := self.jobs.target) is not None else []

    def action_act(self, move: str) -> None:
        """Do something to the chosen jobs, after asking where it cannot be put right."""
        ids = self.chosen()
        if ids:
            self._ask(move, ids)

    def action_hold(self) -> None:
        """Hold the chosen jobs; release them when the one at the cursor is held."""
        ids, job = self.chosen(), self.jobs.job
        if ids and job is not None:
            self._ask("release" if job.held else "hold", ids)

    def action_delete_all(self) -> None:
        """Delete every job of the list."""
        self._collect(partial(self._ask, "delete"))

    def action_mark_all(self) -> None:
        """Mark every job of the list."""
        self._collect(self._mark)

    def action_priority(self, by: int) -> None:
        """Put the job at the cursor before others, or behind them."""
        if (job := self.jobs.target) is not None:
            self.perform(lambda: acts.change_priority(self.path, job.id, by), "changed")

    def action_edit(self) -> None:
        """Edit the job at the cursor; one that failed or is dead runs again."""
        job = self.jobs.target
        if job is None:
            return
        again = job.state in ("failed", "dead")

        def done(changes: Request | None) -> None:
            if changes is not None:
                words = "edited and retried" if again else "edited"
                self.perform(lambda: acts.edit(self.path, [job.id], changes, retry=again), words)

        self.app.push_screen(EditForm(job, retry=again), done)

    def action_copy(self, what: str) -> None:
        """Copy the command or the id of the job at the cursor to the clipboard of the terminal."""
        if (job := self.jobs.job) is not None:
            self.copy(job.command if what == "command" else job.id, what)

    def _collect(self, then: Callable[[Sequence[str]], None]) -> None:
        """Read the ids of the whole list in a thread, and go on with them."""
        listing = self.jobs.stand.listing
        self._read(lambda: acts.listed(self.path, listing), then)

    def _read(self, read: Callable[[], T], then: Callable[[T], None]) -> None:
        """Read something in a thread, and go on with it here."""

        def run() -> None:
            try:
                found = read()
            except (QueuectlError, OSError) as wrong:
                self.app.call_from_thread(self.app.notify, line(str(wrong)), severity="error", markup=False)
                return
            self.app.call_from_thread(then, found)

        self.run_worker(run, thread=True, group="acts")

    def go_to(self, text: str) -> None:
        """Show the job of that id, or of a beginning that only one has, in the list of its state."""

        def found(job: Job) -> None:
            if LISTS.get(self.tab) not in (None, job.state) or not self.lists_jobs:
                self.action_tab(job.state)
            self.jobs.go_to(job)

        self._read(lambda: acts.find(self.path, text), found)

    def action_tab(self, name: str) -> None:
        """Open a tab."""
        raise NotImplementedError

    def _mark(self, ids: Sequence[str]) -> None:
        state = self.jobs.stand.listing.state
        self.jobs.mark(dict.fromkeys(ids, state or ""))

    def _ask(self, move: str, ids: Sequence[str]) -> None:
        act = ACTS[move]
        running = [job for job in self.jobs.in_view if job.id in ids and job.state == "processing"]
        if len(ids) == 1 and not act.final and not (move == "cancel" and running):
            self._go(move, ids)
            return
        title = f"{act.verb} {len(ids):,} jobs?" if len(ids) > 1 else f"{act.verb} this job?"
        named = [job for job in self.jobs.in_view if job.id in set(ids)]
        self.app.push_screen(
            Confirm(title, _lines(move, ids, named, self.now), act=act.verb),
            lambda yes: self._go(move, ids) if yes else None,
        )

    def _go(self, move: str, ids: Sequence[str]) -> None:
        act = ACTS[move]
        progress: Progress | None = None
        if len(ids) > _LONG:
            progress = Progress(f"{act.verb} {len(ids):,} jobs", len(ids))
            self.app.push_screen(progress)

        def step(behind: int) -> bool:
            if progress is None:
                return True
            self.app.call_from_thread(progress.advance, behind)
            return not progress.stop_requested

        def perform() -> Report:
            try:
                return acts.on_jobs(self.path, act, ids, step)
            finally:
                if progress is not None:
                    self.app.call_from_thread(progress.finish)

        self.jobs.forget(ids)
        self.perform(perform, act.done)


def _lines(move: str, ids: Sequence[str], named: Sequence[Job], now: int) -> list[str]:
    lines = [f"{job.id}  {line(job.command[:200])}" for job in named[:_SHOWN]]
    if len(ids) > len(lines):
        lines.append(f"… and {len(ids) - len(lines):,} more")
    if move == "delete":
        lines += ["", "Their runs and their output go with them. This cannot be undone."]
    running = [job for job in named if job.state == "processing" and job.started_at is not None]
    if move == "cancel" and running:
        longest = max(now - (job.started_at or now) for job in running)
        lines += ["", f"Running for {show.elapsed(longest)}: it is told to end (TERM), and killed after the grace."]
    return lines
