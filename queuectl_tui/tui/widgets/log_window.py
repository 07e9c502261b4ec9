"""The lines about a view of output: asked for when few are left, and taken as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from textual.events import Hide, Resize, Show
from textual.message import Message

from queuectl_tui.tui.log.lines import Around, Extract
from queuectl_tui.tui.log.reader import Answer, Ask
from queuectl_tui.tui.log.search import Hit
from queuectl_tui.tui.log.stretches import Place
from queuectl_tui.tui.widgets.log_canvas import LogCanvas

#: What was shown of another run stays this long, so that the view is not drawn twice, seconds.
_SLOW_S = 0.15
#: At least so many lines are held on either side of the view.
_HELD = 50


class Subject(NamedTuple):
    """The run whose output is shown; `hint` is said when there is none."""

    job: int
    run: int
    live: bool
    hint: str


class LogWindow(LogCanvas):
    """A window on the output of a run, which follows its end or stays where one has gone."""

    @dataclass
    class Wanted(Message, bubble=False):
        """Lines are wanted; None: nothing is in view."""

        ask: Ask | None

    class Changed(Message):
        """What is said about the view has changed."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(ascii_only=ascii_only, id=id)
        self.follow = False
        #: The run that is shown.
        self.subject: Subject | None = None
        self._loaded = self._in_view = False
        self._around = Around(end=True)
        self._serial = 0
        #: The question whose answer the view goes to; answers to older ones come too late.
        self._jump: int | None = None
        self._going: Hit | None = None
        self._told: tuple[object, ...] = ()
        #: How far one wants to go beyond the lines that are held.
        self._rows_to_go = 0

    @property
    def wrap(self) -> bool:
        """Long lines go on in the next row."""
        return self.page.wrap

    @property
    def top(self) -> Place | None:
        """The line at the top, if it is of the run that is shown."""
        return self.page.top if self._loaded else None

    @property
    def hint(self) -> str:
        """What is said when there is nothing to show."""
        subject = self.subject
        return subject.hint if subject is not None and (self._loaded or not subject.run) else ""

    def open(self, subject: Subject | None) -> None:
        """Show another run from its end, or the same as it goes on."""
        old, self.subject = self.subject, subject
        if subject == old:
            return
        if subject is not None and old is not None and not subject.run and not old.run and subject.hint == old.hint:
            # There is no output either way, and the same is said.
            return
        if subject is None or old is None or subject[:2] != old[:2]:
            self._loaded = False
            self.finding.begin("", None)
            self.follow = subject is not None and subject.live
            self.go(Around(end=True))
            if subject is None or not subject.run:
                self._clear()
            else:
                self.set_timer(_SLOW_S, self._clear_if_slow)
        elif self.follow and not subject.live:
            self.follow = False
            self.go(Around(end=True))
        else:
            self.ask()
        self.tell()

    def _clear(self) -> None:
        """Show nothing of the run before."""
        self.page.left = 0
        self.page.take(Extract(), jump=True)
        self.paint()

    def _clear_if_slow(self) -> None:
        if not self._loaded:
            self._clear()

    def take(self, answer: Answer) -> None:
        """Show lines that were asked for, and what was found."""
        ask = answer.ask
        if self.subject is None or (ask.job, ask.run) != self.subject[:2]:
            return
        if self._jump is not None and ask.serial < self._jump:
            return
        jumps = self._jump is not None
        if not (jumps or self.follow or ask.around == self._around or self.page.on(answer.extract)):
            # One has gone on meanwhile, to lines that are held still.
            if ask.serial == self._serial:
                self.ask()
            return
        if not self._loaded:
            self.page.left = 0
        self.page.take(answer.extract, jump=jumps)
        if self.follow or (jumps and self._around.end):
            self.page.to_end()
        self._jump, self._loaded = None, True
        if self._going is not None and self.page.show(self._going, jumped=True):
            self._going = None
        if (hit := self.finding.take(ask.sought, answer.hits)) is not None:
            self.go_to(hit)
        if self._rows_to_go:
            self.move(0)
        self.paint()
        self.tell()

    def ask(self) -> None:
        """Ask for the lines about the view, as they are now."""
        subject = self.subject
        if not self._in_view or subject is None or not subject.run:
            self.to_screen(self.Wanted(None))
            return
        self._serial += 1
        held = max(2 * self.page.height, _HELD)
        before, after = (held, 1) if self._around.end else (held, held)
        ask = Ask(subject.job, subject.run, self._around, before, after, subject.live, self.finding.sought)
        self.to_screen(self.Wanted(ask._replace(serial=self._serial, least=self.page.least)))

    def on_show(self, event: Show) -> None:
        """Read what is in view now."""
        del event
        self._in_view = True
        self.ask()

    def on_hide(self, event: Hide) -> None:
        """Read no more."""
        del event
        self._in_view = False
        self.ask()

    def on_resize(self, event: Resize) -> None:
        """Divide the lines anew, and ask for as many as the view needs."""
        del event
        self.fit()
        self.ask()

    def tell(self) -> None:
        """Say so when what is said about the view has changed."""
        told = (self.follow, self.wrap, self.finding.words)
        if told != self._told:
            self._told = told
            self.post_message(self.Changed())

    def move(self, rows: int) -> None:
        """Go so many rows down, or up; further when the lines come."""
        rows += self._rows_to_go
        self._rows_to_go = rows if self._jump is not None else self.page.move(rows)
        if self._jump is None:
            self.moved(rows < 0)

    def go_to(self, hit: Hit) -> None:
        """Go to a match, and stay there."""
        self.follow = False
        if self.page.show(hit):
            self.moved(True)
        else:
            self._going = hit
            self.go(Around(hit.place))

    def stay(self) -> None:
        """Follow no more."""
        self.follow = False
        self._around = Around(self.page.top)
        self.ask()
        self.tell()

    def go(self, around: Around) -> None:
        """Ask for lines elsewhere, and go there when they come."""
        self._around = around
        self._jump, self._rows_to_go = self._serial + 1, 0
        self.ask()

    def moved(self, leaves: bool) -> None:
        """Follow no more when one goes up; ask for lines when few are left."""
        if self.follow and leaves and not self.page.at_end:
            self.follow = False
            self.tell()
        self._around = Around(end=True) if self.follow else Around(self.page.top)
        if self.page.short:
            self.ask()
        self.paint()
