"""One `enqueue` beside a bare Python that does nothing; 100,000 lines beside a bare executemany: whole processes."""

from __future__ import annotations

import sys

from tests.bench.queue import cost, queue
from tests.bench.table import Row, interleaved
from tests.program import QUEUECTL

_BARE = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1])
conn.execute("PRAGMA journal_mode = WAL")
conn.execute("PRAGMA synchronous = FULL")
conn.execute("CREATE TABLE IF NOT EXISTS job (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, command TEXT NOT NULL)")
import random
ids = random.sample(range(10**10), int(sys.argv[2]))
with conn:
    rows = ((f"{n:010d}", line) for n, line in zip(ids, sys.stdin))
    conn.executemany("INSERT INTO job (id, command) VALUES (?, ?)", rows)
"""


def rows(*, lines: int, rounds: int) -> list[Row]:
    """Measure one call, and a long input."""
    with queue() as program:
        program.ok("enqueue", "true")

        def bare_python() -> float:
            return cost([sys.executable, "-I", "-S", "-c", "pass"]).cpu

        def one() -> float:
            return cost([QUEUECTL, "enqueue", "true"], env=program.env).cpu

        anchor, mine = interleaved(rounds * 3, bare_python, one)
    found = [
        Row(
            "one enqueue, CPU of the process",
            f"python -I -S: {anchor * 1e3:.1f} ms",
            f"{mine * 1e3:.1f} ms",
            mine / anchor,
            8,
        )
    ]
    text = b"".join(b"echo line %d\n" % n for n in range(lines))

    def executemany() -> float:
        with queue() as program:
            path = str(program.folder / "bare.db")
            return lines / cost([sys.executable, "-c", _BARE, path, str(lines)], stdin=text).wall

    def many() -> float:
        with queue() as program:
            program.ok("config", "set", "max_retries", "3")
            return lines / cost([QUEUECTL, "enqueue", "-q", "-"], env=program.env, stdin=text).wall

    anchor, mine = interleaved(rounds, executemany, many)
    name = f"enqueue - of {lines:,} lines"
    found.append(Row(name, f"executemany: {anchor:,.0f}/s", f"{mine:,.0f}/s", mine / anchor, 0.35, at_least=True))
    return found
