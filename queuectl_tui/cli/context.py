"""What every command needs: the place of the queue, and who acts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.store.database import Store, open_reader, open_store, resolve

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


class Place:
    """Where the queue is: `--db`, or QUEUECTL_DB, or the user's data directory."""

    def __init__(self, db: str | None, default: Callable[[], str]) -> None:
        self._db = db
        self._default = default

    @property
    def path(self) -> Path:
        """The queue's file."""
        text = self._db if self._db is not None else os.environ.get("QUEUECTL_DB")
        if text is None:
            folder = self._default()
            if not os.path.isabs(folder):  # noqa: PTH117 - text as platformdirs gives it
                raise InvalidInput("there is no home directory for the queue; give --db PATH or set QUEUECTL_DB")
            return Path(os.path.realpath(folder)) / "queue.db"
        return resolve(text)

    def store(self) -> Store:
        """Open the queue to act on it."""
        return open_store(self.path)

    def reader(self) -> Store:
        """Open the queue to read it; nothing is created."""
        return open_reader(self.path)


pass_place = click.make_pass_decorator(Place)


def from_terminal() -> bool:
    """Tell whether a person sits there: both stdin and stdout are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def on_screen() -> bool:
    """Tell whether the terminal UI can be opened here."""
    return from_terminal() and os.environ.get("TERM", "dumb") != "dumb"


class View(NamedTuple):
    """What the terminal UI is to show: a command that returns it has it opened."""

    path: Path
    tab: str | None = None
    job: str | None = None
    mouse: bool = True
    ascii_only: bool = False
    #: The folders for what the person has set, and for what the UI leaves behind; None where there is no home.
    config: Path | None = None
    state: Path | None = None
