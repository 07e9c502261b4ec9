"""What every command needs: the place of the queue, and who acts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from queuectl_tui.rules.errors import InvalidInput, QueuectlError
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


def no_command() -> None:
    """End a call without a command: the terminal UI is what it would open."""
    if not from_terminal() or os.environ.get("TERM", "dumb") == "dumb":
        raise InvalidInput("no terminal for the UI here; try `queuectl status`, `queuectl list` or `queuectl --help`")
    raise QueuectlError("the terminal UI is not built yet; try `queuectl status`, `queuectl list` or `queuectl --help`")
