"""The application: one screen over a queue, its themes, and what holds wherever one is."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from rich.console import RenderableType
from textual.binding import Binding, BindingType

from queuectl_tui.tui import keymap
from queuectl_tui.tui.appearance import Appearance
from queuectl_tui.tui.crash import crashed
from queuectl_tui.tui.key_list import display, groups
from queuectl_tui.tui.key_order import OrderedKeys
from queuectl_tui.tui.room import Room
from queuectl_tui.tui.screens.help import Help
from queuectl_tui.tui.screens.main import MainScreen
from queuectl_tui.tui.screens.palette import Choice, Palette
from queuectl_tui.tui.screens.queue_screen import QueueScreen
from queuectl_tui.tui.surroundings import lacks_unicode
from queuectl_tui.tui.terminal.driver import TerminalDriver
from queuectl_tui.tui.widgets.job_table import JobTable

#: Acts under way when the person leaves have so long to be done, seconds.
_FINISH_S = 3.0
#: So many things that were said are shown at once.
_SAID_AT_ONCE = 3


class QueuectlApp(Room, OrderedKeys, Appearance):
    """The terminal UI of one queue. It owns nothing: to close it changes nothing."""

    TITLE = "queuectl"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "keys", id="help", tooltip="All keys of where you are"),
        Binding(
            "colon,ctrl+p",
            "palette",
            "palette",
            show=False,
            id="palette",
            tooltip="An act by name, a job by id",
        ),
        Binding("q", "quit", "quit", id="quit", tooltip="One step back, and quit from the top"),
        Binding(
            "ctrl+c",
            "exit",
            "leave",
            show=False,
            priority=True,
            id="leave_at_once",
            tooltip="Leave at once, from anywhere",
        ),
        Binding(
            "ctrl+z",
            "suspend_process",
            "suspend",
            show=False,
            priority=True,
            id="suspend",
            tooltip="Back to the shell; fg goes on",
        ),
    ]

    def __init__(
        self,
        path: Path,
        *,
        tab: str | None = None,
        job: str | None = None,
        ascii_only: bool = False,
        keys: Mapping[str, str] | None = None,
        config: Path | None = None,
    ) -> None:
        super().__init__(driver_class=TerminalDriver, config=config, ascii_only=ascii_only)
        #: What ended the UI, if it failed.
        self.failure: BaseException | None = None
        self._path = path
        self._tab = tab or "pending"
        self._job = job
        #: Keys that the person has given to acts, by their ids.
        self.own_keys: Mapping[str, str] = keys or {}

    def on_mount(self) -> None:
        """Take the person's own keys."""
        self.set_keymap(self.own_keys)

    def get_default_screen(self) -> MainScreen:
        """Give the screen that is there from the start: another one before it would be drawn, too."""
        return MainScreen(self._path, tab=self._tab, job=self._job, ascii_only=self._ascii)

    def get_key_display(self, binding: Binding) -> str:
        """Name a key as people do, with ASCII alone."""
        return binding.key_display or display(binding.key)

    @property
    def unsettled(self) -> bool:
        """The list in which one moves still reads the rows that the cursor goes to."""
        return isinstance(self.focused, JobTable) and self.focused.moving

    async def action_quit(self) -> None:
        """Go one step back, and leave from the top."""
        if not (isinstance(self.screen, QueueScreen) and self.screen.step_back()):
            self.exit()

    def action_help(self) -> None:
        """Show the keys of where one is."""
        self.push_screen(Help(groups(self.screen)))

    def action_palette(self) -> None:
        """Find an act by its name, or go to a job by its id."""

        def chosen(choice: Choice | None) -> None:
            if choice is None:
                return
            if choice.key is not None:
                self.call_later(self.run_action, choice.key.action, choice.key.node)
            elif choice.job is not None and isinstance(self.screen, QueueScreen):
                self.screen.go_to(choice.job)

        # What is done to jobs comes first, as in help.
        found = [key for group in groups(self.screen) for key in group.keys]
        self.push_screen(Palette(found, ascii_only=self._ascii), chosen)

    def action_exit(self) -> None:
        """Leave at once."""
        self.exit()

    def action_suspend_process(self) -> None:
        """Stop until the shell goes on with this process."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.stop_process()

    def _refresh_notifications(self) -> None:
        """Show what was said, the newest few."""
        for old in list(self._notifications)[:-_SAID_AT_ONCE]:
            self._unnotify(old, refresh=False)
        super()._refresh_notifications()

    def fail(self, error: BaseException) -> None:
        """End because of an error that nobody expected, wherever it was; what fails while it ends counts no more."""
        if self.failure is None and not self._exit and isinstance(error, Exception):
            self.failure = error
            super()._handle_exception(error)
        else:
            self._close_messages_no_wait()

    def _handle_exception(self, error: Exception) -> None:
        self.fail(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End, and leave it to `run` to tell why: Textual would show the values of variables."""
        del renderables
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the shape of the mouse pointer to the terminal."""


def run(
    path: Path, tab: str | None, job: str | None, mouse: bool, ascii_only: bool, config: Path | None, state: Path | None
) -> int:
    """Open the UI on a queue, and stay until the person leaves or a signal ends it; give the exit code."""
    app = QueuectlApp(
        path,
        tab=tab,
        job=job,
        ascii_only=ascii_only or lacks_unicode(os.environ),
        keys=keymap.load(config),
        config=config,
    )
    loop = asyncio.new_event_loop()
    acts = ThreadPoolExecutor()
    loop.set_default_executor(acts)
    threading.excepthook = lambda args: loop.call_soon_threadsafe(app.fail, args.exc_value or RuntimeError("a thread"))
    # A loop of our own: asyncio.run would wait for every thread, however long it takes.
    app.run(mouse=mouse, loop=loop)
    if app.failure is not None:
        raise crashed(app.failure, state)
    if not app.return_code:
        # What was asked for just before is done; what takes its time goes on without us, or is not begun.
        ending = threading.Thread(target=acts.shutdown, daemon=True)
        ending.start()
        ending.join(_FINISH_S)
    return app.return_code or 0
