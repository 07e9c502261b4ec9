"""What a screen over a queue needs: the feed that reads it, and threads that act on it and say how it went."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from textual.events import Idle
from textual.message import Message
from textual.screen import Screen

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.records import Report
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.settings import Settings
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.trouble import translated
from queuectl_tui.tui.doing import Doing, outcome
from queuectl_tui.tui.feed import Feed
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import Snapshot
from queuectl_tui.tui.screens.told import Told

T = TypeVar("T")

#: OSC 52 goes down the line whole, and terminals cut it anyway, bytes.
_CLIPBOARD = 8000
#: How long what was said stays, seconds.
_SAID_S, _WARNED_S = 4.0, 8.0
#: Nobody sees that a key is drawn so much later, seconds.
_TOGETHER_S = 0.025


class Updated(Message, bubble=False):
    """The feed has read the queue."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Let a later look at the queue take the place of one that nobody has seen yet."""
        return isinstance(message, Updated)


class Performed(Message):
    """An act is over."""

    def __init__(self, doing: Doing, report: Report | None, error: str | None) -> None:
        super().__init__()
        self.doing = doing
        self.report = report
        self.error = error


class QueueScreen(Screen[None]):
    """A screen that shows one queue."""

    def __init__(self, path: Path, tab: str) -> None:
        super().__init__()
        self.path = path
        #: The name of the open tab.
        self.tab = tab
        #: The queue as last read; None until the first look.
        self.snapshot: Snapshot | None = None
        #: There is something to draw.
        self.ready = False
        self.frozen = False
        #: What is drawn next waits for a look at the queue, at the latest until then.
        self._late: asyncio.TimerHandle | None = None
        #: Acts under way, the oldest first.
        self.doing: list[Doing] = []
        #: What the last act came to.
        self.last: tuple[str, Report] | None = None
        self.feed = Feed(path, lambda snapshot: self.post_message(Updated(snapshot)))

    @property
    def now(self) -> int:
        """The time that is shown: it stands still while the view is frozen."""
        return self.snapshot.at if self.frozen and self.snapshot is not None else now_ms()

    def _compositor_refresh(self) -> None:
        # Behind a dialog Textual would draw everything anew, the dialog too, with each message that comes here.
        if self.ready and self.app.screen is self:
            # What is laid out anew is drawn for that, and would be once more if it was to be drawn anyway.
            whole = self.size.region in self._compositor._dirty_regions  # noqa: SLF001 - nobody else tells
            super()._compositor_refresh()
            self._repaint_required = self._repaint_required and not whole

    def draw_with_the_next_look(self) -> None:
        """Draw what has changed together with what the feed was asked for, if that comes soon: once, not twice."""
        if self._late is None:
            self._late = asyncio.get_running_loop().call_later(_TOGETHER_S, self._draw_alone)

    def draw_now(self) -> None:
        """Wait for nothing more."""
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _draw_alone(self) -> None:
        self._late = None
        self.check_idle()

    async def _on_idle(self, event: Idle) -> None:
        # Textual draws what has changed when there is nothing else to do.
        if self._late is not None:
            event.prevent_default()

    def draw_from_now_on(self) -> None:
        """Draw what there is, and from now on what changes."""
        if not self.ready:
            self.ready = True
            self.refresh()

    @property
    def settings(self) -> Settings:
        """The settings in force, as last read."""
        return Settings.from_rows(() if self.snapshot is None else self.snapshot.settings.items())

    def go_to(self, text: str) -> None:
        """Show the job of that id, or of a beginning that only one has."""
        raise NotImplementedError

    def step_back(self) -> bool:
        """Go one step back; tells whether there was one."""
        return False

    def say(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Tell something that goes away by itself; what is wrong stays longer."""
        seconds = _SAID_S if severity == "information" else _WARNED_S
        self.app.notify(line(text), severity=severity, markup=False, timeout=seconds)

    def perform(self, act: Callable[[], object], doing: Doing) -> None:
        """Do something to the queue in a thread, and say how it went."""
        self.doing.append(doing)

        def run() -> None:
            report = error = None
            try:
                found = act()
                report = found if isinstance(found, Report) else None
            except sqlite3.Error as wrong:
                error = str(translated(wrong, self.path))
            except (QueuectlError, OSError) as wrong:
                error = str(wrong)
            self.post_message(Performed(doing, report, error))
            self.feed.wake()

        self.run_worker(run, thread=True, group="acts")

    def under_way(self, job_id: str) -> bool:
        """Something is being done to a job already."""
        return any(job_id in doing.ids for doing in self.doing)

    def read(self, read: Callable[[], T], then: Callable[[T], None]) -> None:
        """Read something in a thread, and go on with it here."""

        def run() -> None:
            try:
                found = read()
            except sqlite3.Error as wrong:
                self.post_message(Performed(Doing(""), None, str(translated(wrong, self.path))))
            except (QueuectlError, OSError) as wrong:
                self.post_message(Performed(Doing(""), None, str(wrong)))
            else:
                self.call_later(then, found)

        self.run_worker(run, thread=True, group="acts")

    def on_performed(self, message: Performed) -> None:
        """Say how an act went."""
        doing, report = message.doing, message.report
        if doing in self.doing:
            self.doing.remove(doing)
        if message.error is not None:
            self.say(message.error, "error")
        elif report is None:
            self.say(doing.done)
        else:
            self.last = (outcome(doing, report), report)
            if self.last[0]:
                hint = f" ({named(self.app, 'report')} lists them)" if len(report.refused) > 1 else ""
                self.say(self.last[0] + hint, "warning" if report.refused else "information")
            if doing.then is not None:
                doing.then(report)

    def action_report(self) -> None:
        """Show what the last act did not do, and why."""
        if self.last is not None:
            self.app.push_screen(Told(*self.last))

    def copy(self, text: str, what: str) -> None:
        """Give a text to the terminal's clipboard, if it is not too long for it."""
        if len(text.encode("utf-8", "replace")) > _CLIPBOARD:
            self.say(f"the {what} is too long for the clipboard", "warning")
            return
        self.app.copy_to_clipboard(text)
        self.say(f"{what} copied")
