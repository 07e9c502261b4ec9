"""One `enqueue` beside a Python that does nothing; a long `enqueue -` beside a bare `executemany`.

One call is counted by its CPU, the whole process. The long input is timed as whole processes on both sides, their
starts included, and both read the same lines from a file: bare is what a script would do who wants nothing but rows,
an id and a command each, in one transaction of a fresh WAL database with `synchronous=FULL`.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from statistics import median

from tests.bench.effort import Effort
from tests.bench.measure import cost, in_turn, ratio
from tests.bench.queue import queue
from tests.bench.table import Row, at_least, at_most
from tests.program import QUEUECTL

_BARE = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("PRAGMA journal_mode = WAL")
conn.execute("PRAGMA synchronous = FULL")
conn.execute("CREATE TABLE job (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, command TEXT NOT NULL)")
rows = (("%010d" % n, line.rstrip("\\n")) for n, line in enumerate(sys.stdin))
conn.execute("BEGIN IMMEDIATE")
conn.executemany("INSERT INTO job (id, command) VALUES (?, ?)", rows)
conn.execute("COMMIT")
"""


def rows(effort: Effort) -> Iterator[Row]:
    """Measure one call, and a long input."""
    yield _one(effort.enqueue_calls)
    yield _many(effort.enqueue_lines, effort.rounds)


def _one(calls: int) -> Row:
    with queue() as program:
        program.ok("enqueue", "true")
        theirs, ours = in_turn(
            calls,
            lambda: cost([sys.executable, "-I", "-S", "-c", "pass"], env=program.env).cpu,
            lambda: cost([QUEUECTL, "enqueue", "true"], env=program.env).cpu,
        )
    return Row(
        "one enqueue, CPU",
        f"python -I -S: {median(theirs) * 1e3:.1f} ms",
        f"{median(ours) * 1e3:.1f} ms",
        ratio(ours, theirs),
        at_most(8),
    )


def _many(lines: int, rounds: int) -> Row:
    fresh = itertools.count()
    with queue() as program:
        text = program.folder / "lines"
        text.write_text("".join(f"echo line {n}\n" for n in range(lines)))

        def bare() -> float:
            path = program.folder / f"bare{next(fresh)}.db"
            return lines / cost([sys.executable, "-I", "-S", "-c", _BARE, path], env=program.env, stdin=text).wall

        def ours_() -> float:
            db = program.folder / f"ours{next(fresh)}" / "queue.db"
            # The file is there: what is measured is its filling, as for the bare one, whose making costs nothing.
            program.ok("--db", db, "enqueue", "-q", "true")
            return lines / cost([QUEUECTL, "--db", db, "enqueue", "-q", "-"], env=program.env, stdin=text).wall

        theirs, ours = in_turn(rounds, bare, ours_, name=f"enqueue -, {lines} lines")
    return Row(
        f"enqueue -, {lines:,} lines",
        f"executemany: {median(theirs):,.0f}/s",
        f"{median(ours):,.0f}/s",
        ratio(ours, theirs),
        at_least(0.35),
    )
