"""The call without a command: what the terminal UI is to show."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_dir, user_state_dir

from queuectl_tui.cli.context import Place, View, on_screen
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.store import queries


def view(place: Place, *, tab: str | None, job: str | None, mouse: bool, ascii_only: bool) -> View:
    """Ask for the terminal UI: on a terminal only, and for a job that is there."""
    if not on_screen():
        raise InvalidInput("no terminal for the UI here; try `queuectl status`, `queuectl list` or `queuectl --help`")
    # Opened before the screen is: what makes a queue unusable is a line, not a picture.
    with place.reader() as store:
        if job is not None:
            job = queries.find(store, job, beginnings=True)
    config, state = _folder(user_config_dir("queuectl")), _folder(user_state_dir("queuectl"))
    return View(place.path, tab, job, mouse, ascii_only, config, state)


def _folder(text: str) -> Path | None:
    """Give a folder as platformdirs says it, unless there is no home."""
    path = Path(text)
    return path if path.is_absolute() else None
