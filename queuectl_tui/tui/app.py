"""The application: one screen over a queue, its themes, and what holds wherever one is."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from queuectl_tui.tui.key_list import display, groups, keys
from queuectl_tui.tui.screens.help import Help
from queuectl_tui.tui.screens.main import MainScreen
from queuectl_tui.tui.screens.palette import Choice, Palette
from queuectl_tui.tui.screens.queue_screen import QueueScreen
from queuectl_tui.tui.themes import THEMES


class QueuectlApp(App[None]):
    """The terminal UI of one queue. It owns nothing: to close it changes nothing."""

    CSS_PATH = "app.tcss"
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
        Binding("ctrl+q,ctrl+s", "nothing", "nothing", show=False, id="nothing", tooltip="Bound to nothing"),
    ]

    def __init__(self, path: Path, *, tab: str | None = None, job: str | None = None, ascii_only: bool = False) -> None:
        super().__init__()
        self._path = path
        self._tab = tab or "pending"
        self._job = job
        self._ascii = ascii_only

    def on_mount(self) -> None:
        """Show the queue, and end in order when told to."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        loop = self._loop
        if loop is not None:
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit)
        self.push_screen(MainScreen(self._path, tab=self._tab, job=self._job, ascii_only=self._ascii))

    def get_key_display(self, binding: Binding) -> str:
        """Name a key as people do, with ASCII alone."""
        return binding.key_display or display(binding.key)

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

        self.push_screen(Palette(keys(self.screen), ascii_only=self._ascii), chosen)

    def action_nothing(self) -> None:
        """Do nothing."""


def run(path: Path, tab: str | None, job: str | None, mouse: bool, ascii_only: bool) -> int:
    """Open the UI on a queue, and stay until the person leaves; give the exit code."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    app = QueuectlApp(path, tab=tab, job=job, ascii_only=ascii_only)
    app.run(mouse=mouse)
    return app.return_code or 0
