"""What a screen over a queue needs: the feed that reads it, and threads that act on it and say how it went."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from textual.message import Message
from textual.screen import Screen

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.records import Report
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import translated
from queuectl_tui.tui.feed import Feed
from queuectl_tui.tui.look import Snapshot
from queuectl_tui.tui.screens.told import Told

T = TypeVar("T")

#: OSC 52 goes down the line whole, and terminals cut it anyway, bytes.
_CLIPBOARD = 8000


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

    def __init__(self, words: str, report: Report | None, error: str | None) -> None:
        super().__init__()
        self.words = words
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
        self.frozen = False
        self.feed = Feed(path, lambda snapshot: self.post_message(Updated(snapshot)))

    @property
    def now(self) -> int:
        """The time that is shown: it stands still while the view is frozen."""
        return self.snapshot.at if self.frozen and self.snapshot is not None else now_ms()

    def _compositor_refresh(self) -> None:
        # Behind a dialog Textual would draw everything anew, the dialog too, with each message that comes here.
        if self.app.screen is self:
            super()._compositor_refresh()

    def go_to(self, text: str) -> None:
        """Show the job of that id, or of a beginning that only one has."""
        raise NotImplementedError

    def step_back(self) -> bool:
        """Go one step back; tells whether there was one."""
        return False

    def perform(self, act: Callable[[], object], words: str) -> None:
        """Do something to the queue in a thread, and say how it went."""

        def run() -> None:
            report = error = None
            try:
                found = act()
                report = found if isinstance(found, Report) else None
            except sqlite3.Error as wrong:
                error = str(translated(wrong, self.path))
            except (QueuectlError, OSError) as wrong:
                error = str(wrong)
            self.post_message(Performed(words, report, error))
            self.feed.wake()

        self.run_worker(run, thread=True, group="acts")

    def read(self, read: Callable[[], T], then: Callable[[T], None]) -> None:
        """Read something in a thread, and go on with it here."""

        def run() -> None:
            try:
                found = read()
            except (QueuectlError, OSError) as wrong:
                self.post_message(Performed("", None, str(wrong)))
                return
            self.app.call_from_thread(then, found)

        self.run_worker(run, thread=True, group="acts")

    def on_performed(self, message: Performed) -> None:
        """Say how an act went."""
        report = message.report
        if message.error is not None:
            self.app.notify(line(message.error), severity="error", markup=False)
        elif report is None:
            self.app.notify(line(message.words), markup=False)
        else:
            done = (*report.done, *report.stopping)
            if done:
                which = line(done[0]) if len(done) == 1 else f"{len(done):,} jobs"
                self.app.notify(f"{which} {message.words}", markup=False)
            if len(report.refused) == 1:
                name, why = report.refused[0]
                self.app.notify(line(f"{name}: {why}"), severity="warning", markup=False)
            elif report.refused:
                title = f"{len(done):,} {message.words}, {len(report.refused):,} refused"
                self.app.push_screen(Told(title, report.refused))

    def copy(self, text: str, what: str) -> None:
        """Give a text to the terminal's clipboard, if it is not too long for it."""
        if len(text.encode("utf-8", "replace")) > _CLIPBOARD:
            self.app.notify(f"the {what} is too long for the clipboard", severity="warning", markup=False)
            return
        self.app.copy_to_clipboard(text)
        self.app.notify(f"{what} copied", markup=False)
