"""What keys do to the output of the job at the cursor, and the thread that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.message import Message

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.log import pager
from queuectl_tui.tui.log.reader import Answer, LogReader
from queuectl_tui.tui.screens.queue_screen import QueueScreen
from queuectl_tui.tui.widgets.log_window import LogWindow
from queuectl_tui.tui.widgets.output_pane import OutputPane


class Answered(Message):
    """Output was read."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class OutputActions(QueueScreen):
    """Follows, wraps and searches the output in view, and shows it in a pager."""

    KEYS_TITLE = "Output"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "follow", show=False, id="follow", tooltip="Follow what is printed, or stay"),
        Binding("w", "wrap", "wrap", show=False, id="wrap", tooltip="Wrap long lines, or cut them"),
        Binding("o", "pager", "pager", show=False, id="pager", tooltip="The output in $PAGER"),
        Binding("n", "match(1)", "next match", show=False, id="next_match", tooltip="The next match"),
        Binding("N", "match(-1)", "match before", show=False, id="last_match", tooltip="The match before"),
        Binding(
            "left_parenthesis", "run(-1)", "earlier run", show=False, id="earlier_run", tooltip="What it printed before"
        ),
        Binding(
            "right_parenthesis", "run(1)", "later run", show=False, id="later_run", tooltip="What it printed after that"
        ),
    ]

    def __init__(self, path: Path, tab: str) -> None:
        super().__init__(path, tab)
        self.reader = LogReader(path, lambda answer: self.post_message(Answered(answer)))

    @property
    def output(self) -> OutputPane:
        """The output in view."""
        return self.query_one(OutputPane)

    def on_mount(self) -> None:
        """Begin to read."""
        self.reader.start()

    def on_unmount(self) -> None:
        """Read no more."""
        self.reader.stop()

    def on_log_window_wanted(self, message: LogWindow.Wanted) -> None:
        """Ask for lines; a frozen view does not grow."""
        ask = message.ask
        self.reader.ask(ask._replace(live=False) if ask is not None and self.frozen else ask)

    def on_answered(self, message: Answered) -> None:
        """Show what was read."""
        self.output.view.take(message.answer)

    def action_follow(self) -> None:
        """Follow what is printed, or stay."""
        self.output.view.turn_follow()

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.output.view.turn_wrap()

    def action_match(self, step: int) -> None:
        """Go to the next match, or to the one before."""
        self.output.view.next_match(step)

    def action_run(self, step: int) -> None:
        """Show what a later run printed, or an earlier one."""
        self.output.turn_run(step)

    def action_pager(self) -> None:
        """Show the output in the pager, on the whole terminal."""
        subject = self.output.view.subject
        if subject is None or not subject.run:
            return
        # Nothing is drawn meanwhile, so nothing is read that would wait to be drawn.
        self.feed.freeze(True)
        self.reader.ask(None)
        try:
            with self.app.suspend():
                pager.show(self.path, subject.job, subject.run, colours=not self.app.no_color)
        except SuspendNotSupported:
            self.app.notify("there is no terminal for a pager here", severity="warning", markup=False)
        except (QueuectlError, OSError) as error:
            self.app.notify(line(str(error)), severity="error", markup=False)
        finally:
            self.feed.freeze(self.frozen)
            self.output.view.ask()
