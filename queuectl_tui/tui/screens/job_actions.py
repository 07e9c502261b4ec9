"""What keys do to jobs: each act works on the ids seen when the key was pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job, Report
from queuectl_tui.rules.states import legal
from queuectl_tui.tui import acts
from queuectl_tui.tui.acts import ACTS, Act
from queuectl_tui.tui.look import LISTS
from queuectl_tui.tui.screens import question
from queuectl_tui.tui.screens.confirm import Confirm
from queuectl_tui.tui.screens.edit import EditForm
from queuectl_tui.tui.screens.enqueue import EnqueueForm
from queuectl_tui.tui.screens.navigation import Navigation
from queuectl_tui.tui.screens.progress import Progress
from queuectl_tui.tui.screens.question import Hit

#: From so many jobs on an act shows how far it is.
_LONG = 500


class JobActions(Navigation):
    """Acts on the job at the cursor, or on the marked ones."""

    KEYS_TITLE = "Jobs: the marked ones, or the one at the cursor"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "act('retry')", "retry", id="retry", tooltip="Run again: failed now, others with a new budget"),
        Binding("e", "edit", "edit", id="edit", tooltip="Edit the job; a failed or dead one runs again"),
        Binding("x", "act('cancel')", "cancel", id="cancel", tooltip="Cancel; a running one is ended, then killed"),
        Binding("d", "act('delete')", "delete", id="delete", tooltip="Delete the job with its runs and output; asks"),
        Binding("D", "delete_all", "delete all", show=False, id="delete_all", tooltip="Delete all listed; asks"),
        Binding("h", "hold", "hold", id="hold", tooltip="Keep from starting, or let it start again"),
        Binding("a", "enqueue", "add", id="enqueue", tooltip="Enqueue a command"),
        Binding("greater_than_sign", "priority(1)", "sooner", show=False, id="priority_up", tooltip="Priority up"),
        Binding("less_than_sign", "priority(-1)", "later", show=False, id="priority_down", tooltip="Priority down"),
        Binding("asterisk", "mark_all", "mark all", show=False, id="mark_all", tooltip="Mark everything listed"),
        Binding("y", "copy('command')", "copy command", show=False, id="copy_command", tooltip="Copy the command"),
        Binding("c", "copy('id')", "copy id", show=False, id="copy_id", tooltip="Copy the id"),
    ]

    def legal(self, move: str) -> bool:
        """Tell whether the marked jobs, or the one at the cursor, may make a move."""
        if not self.lists_jobs:
            return False
        states = self.jobs.stand.states or ([self.jobs.job.state] if self.jobs.job else [])
        return any(legal(move, state) for state in states)

    def act_on(self, then: Callable[[Hit], None]) -> None:
        """Go on with the jobs that a key acts on: the marked ones that are still listed, or the one at the cursor."""
        table = self.jobs
        marks, listing = list(table.stand.marks), table.stand.listing
        if marks:
            self.read(
                lambda: acts.still_listed(self.path, listing, marks),
                lambda ids: then(self._hit(ids, len(marks) - len(ids))),
            )
        elif (job := table.target) is not None:
            then(self._hit([job.id]))

    def _hit(self, ids: Sequence[str], left: int = 0) -> Hit:
        wanted = set(ids)
        return Hit(ids, left, [job for job in self.jobs.in_view if job.id in wanted])

    def action_act(self, move: str) -> None:
        """Do something to the chosen jobs, after asking where it cannot be put right."""
        self.act_on(partial(self._ask, move))

    def action_hold(self) -> None:
        """Hold the chosen jobs; release them when the one at the cursor is held."""
        job = self.jobs.target
        self.act_on(partial(self._ask, "release" if job is not None and job.held else "hold"))

    def action_delete_all(self) -> None:
        """Delete every job of the list."""
        self._collect(lambda ids: self._ask("delete", self._hit(ids)))

    def action_mark_all(self) -> None:
        """Mark every job of the list."""
        state = self.jobs.stand.listing.state or ""
        self._collect(lambda ids: self.jobs.mark(dict.fromkeys(ids, state)))

    def action_priority(self, by: int) -> None:
        """Put the chosen jobs before others, or behind them."""
        self.act_on(lambda hit: self.perform(lambda: acts.change_priority(self.path, hit.ids, by), "moved"))

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

    def action_enqueue(self) -> None:
        """Ask for a job, and enqueue it."""

        def done(request: Request | None) -> None:
            if request is not None:
                self.perform(lambda: acts.enqueue(self.path, request), "enqueued")

        self.app.push_screen(EnqueueForm(), done)

    def action_copy(self, what: str) -> None:
        """Copy the command or the id of the job at the cursor to the clipboard of the terminal."""
        if (job := self.jobs.target) is not None:
            self.copy(job.command if what == "command" else job.id, what)

    def go_to(self, text: str) -> None:
        """Show the job of that id, or of a beginning that only one has, in the list of its state."""

        def found(job: Job) -> None:
            if LISTS.get(self.tab) not in (None, job.state) or not self.lists_jobs:
                self.action_tab(job.state)
            self.jobs.go_to(job)

        self.read(lambda: acts.find(self.path, text), found)

    def _collect(self, then: Callable[[Sequence[str]], None]) -> None:
        """Read the ids of the whole list in a thread, and go on with them."""
        listing = self.jobs.stand.listing
        self.read(lambda: acts.listed(self.path, listing), then)

    def _ask(self, move: str, hit: Hit) -> None:
        act = ACTS[move]
        if not hit.ids:
            if hit.left:
                self.app.notify("the marked jobs are not in this list now", severity="warning", markup=False)
            return
        if len(hit.ids) == 1 and not hit.left and not act.final and not (move == "cancel" and hit.running):
            self._go(act, hit.ids)
            return
        self.app.push_screen(
            Confirm(question.title(act.verb, hit), question.lines(move, hit, self.now), act=act.verb),
            lambda yes: self._go(act, hit.ids) if yes else None,
        )

    def _go(self, act: Act, ids: Sequence[str]) -> None:
        listing = self.jobs.stand.listing
        progress = Progress(f"{act.verb} {len(ids):,} jobs", len(ids)) if len(ids) > _LONG else None
        if progress is not None:
            self.app.push_screen(progress)

        def step(behind: int) -> bool:
            if progress is None:
                return True
            self.app.call_from_thread(progress.advance, behind)
            return not progress.stop_requested

        def perform() -> Report:
            try:
                return acts.on_jobs(self.path, act, listing, ids, step)
            finally:
                if progress is not None:
                    self.app.call_from_thread(progress.finish)

        self.jobs.forget(ids)
        self.perform(perform, act.done)
