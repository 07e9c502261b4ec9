"""What keys do to jobs: each act works on the ids seen when the key was pressed, in the states seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job, Report
from queuectl_tui.rules.states import legal
from queuectl_tui.store.moves.edit import Edit
from queuectl_tui.tui import acts
from queuectl_tui.tui.acts import ACTS, Act
from queuectl_tui.tui.doing import Doing
from queuectl_tui.tui.hit import Hit, of_one
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import LISTS
from queuectl_tui.tui.screens import question
from queuectl_tui.tui.screens.confirm import Confirm
from queuectl_tui.tui.screens.edit import EditForm
from queuectl_tui.tui.screens.enqueue import EnqueueForm
from queuectl_tui.tui.screens.navigation import Navigation

#: How often the foot shows how far a long act is, seconds.
_PROGRESS_S = 0.25


class JobActions(Navigation):
    """Acts on the job at the cursor, or on the marked ones."""

    KEYS_TITLE = "Jobs: the marked ones, or the one at the cursor"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "act('retry')", "retry", id="retry", tooltip="Run again: failed now, others with a new budget"),
        Binding("e", "edit", "edit", id="edit", tooltip="Edit; what failed or is dead runs again"),
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
        Binding(
            "exclamation_mark",
            "report",
            "refused",
            show=False,
            id="report",
            tooltip="What the last act refused, and why",
        ),
    ]

    def __init__(self, path: Path, tab: str) -> None:
        super().__init__(path, tab)
        #: Lists whose jobs are being marked, and the acts that were asked for meanwhile.
        self._marking = 0
        self._behind_marking: list[Callable[[], None]] = []
        #: A command that was typed, and is not enqueued yet.
        self._draft = ""

    def legal(self, move: str) -> bool:
        """Tell whether the marked jobs, or the one at the cursor, may make a move."""
        if not self.lists_jobs:
            return False
        job = self.pinned or self.jobs.job
        return any(legal(move, state) for state in self.jobs.stand.states or ([job.state] if job else []))

    def act_on(self, move: str, then: Callable[[Hit], None]) -> None:
        """Go on with what a key hits: the marked jobs that are still as they were marked, or the one at the cursor."""
        table = self.jobs
        if self._marking:
            # What was typed behind the key that marks everything means what that marks.
            self._behind_marking.append(partial(self.act_on, move, then))
            return
        marks, listing = dict(table.stand.marks), table.stand.listing
        if marks and move == "edit":
            self.read(lambda: acts.marked_alike(self.path, listing, marks), then)
        elif marks:
            self.read(lambda: acts.marked(self.path, move, listing, marks), then)
        elif (job := self.pinned or table.target) is not None:
            if legal(move, job.state):
                then(of_one(job))
        elif table.slipped:
            still = f"{named(self.app, 'freeze')} holds the list still."
            self.say(f"Not done: the job at the cursor had just left. {still}", "warning")
        elif table.reading:
            self.say("Not done: the list was still being read.", "warning")

    def action_act(self, name: str) -> None:
        """Do something to the chosen jobs, after asking where it cannot be put right."""
        self.act_on(ACTS[name].move, partial(self._ask, ACTS[name]))

    def action_hold(self) -> None:
        """Hold the chosen jobs; release them when all of them are held."""
        self.act_on("hold", lambda hit: self._ask(ACTS["release" if hit.held else "hold"], hit))

    def action_delete_all(self) -> None:
        """Delete every job of the list."""
        listing = self.jobs.stand.listing
        self.read(lambda: acts.listed(self.path, "delete", listing), partial(self._ask, ACTS["delete"]))

    def action_mark_all(self) -> None:
        """Mark every job of the list."""
        stand = self.jobs.stand
        listing = stand.listing
        self._marking += 1

        def found() -> dict[str, str]:
            try:
                return acts.states(self.path, listing)
            except Exception:
                self.call_later(marked, None)
                raise

        def marked(marks: dict[str, str] | None) -> None:
            self._marking -= 1
            behind, self._behind_marking = self._behind_marking, []
            if marks is not None:
                # They may come when another list is open.
                self.jobs.mark(stand, marks)
                if stand is self.jobs.stand:
                    for act in behind:
                        act()

        self.read(found, marked)

    def action_priority(self, by: int) -> None:
        """Put the chosen jobs before others, or behind them."""
        self.action_act("sooner" if by > 0 else "later")

    def action_edit(self) -> None:
        """Edit the chosen jobs; those that failed or are dead run again."""
        self.act_on("edit", self._edit)

    def _edit(self, hit: Hit) -> None:
        if not self._goes_on("Edit", hit):
            return
        form = EditForm(hit)

        def done(wanted: Edit | None) -> None:
            if wanted is None:
                return
            given = wanted != Edit()
            words = " and ".join(word for word, true in (("edited", given), ("retried", form.again)) if true)
            doing = Doing(words, hit.states, verb="Edit")
            self.jobs.forget(hit.states)
            self.perform(lambda: acts.edit(self.path, hit.states, wanted, doing.go_on), doing)
            if doing.long:
                self.show_progress()

        self.app.push_screen(form, done)

    def action_enqueue(self) -> None:
        """Ask for a job, enqueue it, and show it where new jobs are listed; a command that is left comes back."""
        form = EnqueueForm(self.settings, self._draft)

        def done(request: Request | None) -> None:
            self._draft = form.typed
            if request is not None:
                doing = Doing("enqueued", then=partial(self._show_new, form.typed))
                self.perform(lambda: acts.enqueue(self.path, request), doing)
            elif form.typed:
                self.say(f"Nothing was enqueued; {named(self.app, 'enqueue')} brings the command back.")

        self.app.push_screen(form, done)

    def action_copy(self, what: str) -> None:
        """Copy the command or the id of the job at the cursor to the clipboard of the terminal."""
        if (job := self.pinned or self.jobs.target) is not None:
            self.copy(job.command if what == "command" else job.id, what)

    def go_to(self, text: str) -> None:
        """Show the job of that id, or of a beginning that only one has, in the list of its state."""

        def found(job: Job) -> None:
            if LISTS.get(self.tab) not in (None, job.state) or not self.lists_jobs:
                self.action_tab(job.state)
            self.jobs.go_to(job)

        self.read(lambda: acts.find(self.path, text), found)

    def step_back(self) -> bool:
        """Stop the last long act, or go one step back."""
        if (doing := self.long_act) is not None:
            doing.stopped = True
            return True
        return super().step_back()

    @property
    def long_act(self) -> Doing | None:
        """The last of the acts under way that take their time, and were not told to stop."""
        return next((doing for doing in reversed(self.doing) if doing.long and not doing.stopped), None)

    def _show_new(self, typed: str, report: Report) -> None:
        """Go to a new job, if it is of the list in view; its command is no draft any more."""
        listing = self.jobs.stand.listing
        if self._draft == typed:
            self._draft = ""

        def found(job: Job | None) -> None:
            if job is not None and listing == self.jobs.stand.listing:
                self.jobs.go_to(job)

        if self.lists_jobs:
            self.read(lambda: acts.in_list(self.path, listing, report.done[0]), found)

    def _ask(self, act: Act, hit: Hit) -> None:
        asks = not act.slight and question.needed(act.move, hit, final=act.final)
        if not self._goes_on(act.verb, hit, asks=asks, slight=act.slight):
            return
        if not asks:
            self._go(act, hit)
            return
        title = question.title(act.verb, hit)
        lines = question.lines(act.move, hit, self.now, self.settings.kill_grace)
        self.app.push_screen(
            Confirm(title, question.named(hit), lines, act=act.verb),
            lambda yes: self._go(act, hit) if yes else None,
        )

    def _goes_on(self, verb: str, hit: Hit, *, asks: bool = True, slight: bool = False) -> bool:
        """Tell whether there is anything to do, to jobs that nothing is being done to, and a person to be asked."""
        self.jobs.forget(hit.left)
        if not hit.states:
            self.say(" ".join([f"Nothing to {verb.lower()}.", *question.left(hit)]), "warning")
            return False
        if len(hit.states) == 1 and self.under_way(hit.first[0]) and not slight:
            # Pressed twice: what was asked for is being done.
            return False
        if asks and self.app.screen is not self:
            # Collecting took a while, and the person is elsewhere by now: what is typed there must not answer.
            self.say(f"{verb}: not asked, since you went on. Press the key again.", "warning")
            return False
        return True

    def _go(self, act: Act, hit: Hit) -> None:
        doing = Doing(act.done, hit.states, verb=act.verb)
        if not act.slight:
            self.jobs.forget(hit.states)
        self.perform(lambda: acts.on_jobs(self.path, act, hit.states, doing.go_on), doing)
        if doing.long:
            self.show_progress()

    def show_progress(self) -> None:
        """Show at the foot how far long acts are, until they are over."""
        self.show_keys()
        if self.long_act is not None:
            self.set_timer(_PROGRESS_S, self.show_progress)
