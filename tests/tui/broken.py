"""The program with something broken in it: `python -m tests.tui.broken HOW [ARGUMENT]…`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from textual.strip import Strip

from queuectl_tui.__main__ import main
from queuectl_tui.tui.doing import Doing
from queuectl_tui.tui.screens.main import MainScreen


def _at_freeze(act: Callable[[MainScreen], object]) -> None:
    """Have something happen in the place of what `u` does."""
    MainScreen.action_freeze = act  # type: ignore[assignment, method-assign]  # it is to be broken


def _noise(screen: MainScreen) -> None:
    """Write where nothing should be written, as a library may."""
    os.write(2, b"noise of a library")
    sys.stderr.write("noise of Python")
    screen.app.notify("made noise")


def _crash(screen: MainScreen) -> None:
    """Fail while a local variable holds a secret."""
    secret = "s3cret" + str(screen.size.width)
    raise RuntimeError(f"of {len(secret)} letters \x1b]0;title\x07")


def _crash_thread(screen: MainScreen) -> None:
    def run() -> None:
        _crash(screen)

    threading.Thread(target=run).start()


def _crash_drawing(screen: MainScreen) -> None:
    def render_line(y: int) -> Strip:
        _crash(screen)
        return Strip.blank(y)

    screen.jobs.render_line = render_line  # type: ignore[method-assign]  # it is to fail
    screen.jobs.refresh()


def _hang(screen: MainScreen) -> None:
    """Have an act never end."""
    screen.perform(threading.Event().wait, Doing("never"))
    screen.app.notify("hangs")


HOW = {
    "noise": _noise,
    "crash": _crash,
    "crash-thread": _crash_thread,
    "crash-drawing": _crash_drawing,
    "hang": _hang,
}


if __name__ == "__main__":
    how = sys.argv.pop(1)
    _at_freeze(HOW[how])
    main()
