"""The whole output in the user's pager: made safe, read as the pager takes it, and never on disk."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from queuectl_tui.rules.safe import block, decode
from queuectl_tui.store.database import open_reader
from queuectl_tui.store.trouble import guarded
from queuectl_tui.tui import format as words
from queuectl_tui.tui.log.lines import Around, Line, at_one_moment, extract

_AT_ONCE = 500


def show(path: Path, job: int, run: int, *, colours: bool = True) -> None:
    """Show what a run has printed in $PAGER (or less), and wait until the person leaves it."""
    # Ctrl-c is for the pager; ignored here it would be for its children too.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with guarded(path), open_reader(path) as store:
            pager = subprocess.Popen(
                ["/bin/sh", "-c", command()], stdin=subprocess.PIPE, env={"LESS": "-R", **os.environ}
            )
            assert pager.stdin is not None
            try:
                with pager.stdin:
                    for part in _text(store.conn, job, run, colours):
                        pager.stdin.write(part.encode("utf-8", "replace"))
            except BrokenPipeError:
                pass  # left before the end
            finally:
                pager.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def command() -> str:
    """Give the command that $PAGER names, or a pager that is there."""
    return os.environ.get("PAGER", "").strip() or ("less -R" if shutil.which("less") else "more")


def _text(conn: sqlite3.Connection, job: int, run: int, colours: bool) -> Iterator[str]:
    """Give the lines as they are seen, in parts."""
    end = ""
    for line in _lines(conn, job, run):
        if line.cut:
            yield f"{end}… {words.size(line.cut)} of {line.stream} cut here …"
            end = "\n"
        yield ("" if line.goes_on else end) + block(decode(line.data), colours=colours)
        end = "\n"
    yield end


def _lines(conn: sqlite3.Connection, job: int, run: int) -> Iterator[Line]:
    around = Around()
    while True:
        with at_one_moment(conn):
            part = extract(conn, job, run, around, 0, _AT_ONCE + 1)
        yield from part.lines if part.last else part.lines[:-1]
        if part.last:
            return
        around = Around(part.lines[-1].place)
