"""Open the output of a run in the UI: 100 MB, and one line of 1 MB, beside 1 KB.

The cursor goes down a list on which each such job follows one that printed nothing, so that each is opened anew. CPU
is that of the UI's process from the key until it is at rest again; the time is from the key until the last line is on
the screen, read by a terminal emulator, which has its part in it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.store import output
from tests.bench.effort import Effort
from tests.bench.measure import cpu_s, ratio
from tests.bench.queue import queue
from tests.bench.table import Row, at_most
from tests.program import Program
from tests.tui.screen import Screen

#: The screen is at rest when nothing came for so long, seconds.
_REST_S = 0.4
_LINE = "2026-01-01 12:00:00 INFO frame %09d fps 31 q 28.0 size 18432kB time 00:00:48.16\n"


class Opened(NamedTuple):
    """What it took to show an output, seconds."""

    cpu: float
    wall: float


def rows(effort: Effort) -> Iterator[Row]:
    """Measure them in turn."""
    sizes = {"small": 1000, "large": effort.output_bytes, "line": effort.output_bytes // 100}
    taken: dict[str, list[Opened]] = {name: [] for name in sizes}
    with queue() as program:
        program.enqueue("--id", "below", ":")
        for name, size in sizes.items():
            _printed(program, name, size)
        with Screen(program, "--tab", "completed", columns=100, rows=40) as screen:
            screen.shows("small", "large", "line")
            for _ in range(2 * effort.rounds + 1):
                screen.keys("g")
                screen.shows("It printed nothing.")
                for name in reversed(sizes):
                    taken[name].append(_open(screen, name))
                    screen.keys("j")
                    screen.shows("It printed nothing.")
    for name, what in (
        ("large", f"{effort.output_bytes / 1e6:g} MB"),
        ("line", f"a line of {sizes['line'] / 1e6:g} MB"),
    ):
        # The first round warms up.
        ours, theirs = taken[name][1:], taken["small"][1:]
        for kind, budget in (("cpu", at_most(1.5)), ("wall", None)):
            mine, anchor = ([getattr(one, kind) for one in side] for side in (ours, theirs))
            yield Row(
                f"open the output of {what}, {'CPU' if kind == 'cpu' else 'to the last line'}",
                f"1 KB: {median(anchor) * 1000:.1f} ms",
                f"{median(mine) * 1000:.1f} ms",
                ratio(mine, anchor),
                budget,
            )


def _open(screen: Screen, name: str) -> Opened:
    """Go down to a job, and wait until the end of its output is on the screen."""
    _rest(screen)
    before, begun = cpu_s([screen.pid]), time.monotonic()
    screen.keys("j")
    screen.shows(f"the end of {name}")
    wall = time.monotonic() - begun
    _rest(screen)
    return Opened(cpu_s([screen.pid]) - before, wall)


def _rest(screen: Screen) -> None:
    """Wait until nothing comes for a while."""
    before = -1
    while before != len(screen.seen):
        before = len(screen.seen)
        screen.watch(_REST_S)


def _printed(program: Program, name: str, size: int) -> None:
    """Give the queue a job that has printed so many bytes, and above it one that has printed nothing."""
    program.enqueue_all([{"id": name, "command": ":"}, {"id": f"before-{name}", "command": ":"}])
    program.drain()
    conn = sqlite3.connect(program.db, timeout=60)
    (seq,) = conn.execute("SELECT seq FROM job WHERE id = ?", (name,)).fetchone()
    with conn:
        at = 0
        for data in _text(name, size):
            output.insert(conn, seq, 1, [Chunk("stdout", at, data)])
            at += len(data)
        conn.execute("UPDATE run SET output_bytes = ? WHERE job = ?", (at, seq))
    conn.close()


def _text(name: str, size: int) -> Iterator[bytes]:
    end = f"the end of {name}\n".encode()
    if name == "line":
        yield b"x" * (size - len(end)) + b" " + end
        return
    lines = 10_000
    for first in range(0, size // len(_LINE % 0), lines):
        last = min(first + lines, size // len(_LINE % 0))
        yield "".join(_LINE % n for n in range(first, last)).encode()
    yield end
