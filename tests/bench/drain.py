"""Drain no-op jobs, everything on, beside `xargs` with the same commands.

Ours is timed from the start of the first job to the end of the last one, as the queue has recorded them, so that
Python's start does not count; xargs as a whole process. CPU is that of the whole tree, start included, less that of the
same workers on an empty queue.
"""

from __future__ import annotations

import sqlite3

from tests.bench.queue import Cost, cost, queue
from tests.bench.table import Row, interleaved
from tests.program import QUEUECTL, Program

_BUDGETS = {1: 0.70, 2: 0.85, 8: 0.70}


def xargs(jobs: int, at_once: int) -> Cost:
    """Run the commands by xargs."""
    lines = b"true\n" * jobs
    return cost(["xargs", f"-P{at_once}", "-n1", "sh", "-c"], stdin=lines)


def _drain(program: Program, workers: int) -> Cost:
    words = [QUEUECTL, "--worker", "--until-idle"] + (["--count", str(workers)] if workers > 1 else [])
    return cost(words, env=program.env)


def ours(jobs: int, workers: int) -> Cost:
    """Run them by the queue."""
    with queue() as program:
        program.ok("status")
        program.ok("config", "set", "poll_interval", "1s")
        idle = _drain(program, workers)
        program.ok("enqueue", "-q", "-", stdin="true\n" * jobs)
        whole = _drain(program, workers)
        conn = sqlite3.connect(program.db)
        first, last, done = conn.execute(
            "SELECT min(started_at), max(finished_at), count(*) FROM job WHERE state = 'completed'"
        ).fetchone()
        conn.close()
        assert done == jobs
        return Cost((last - first) / 1000, whole.cpu - idle.cpu)


def rows(*, jobs: int, rounds: int) -> list[Row]:
    """Measure 1, 2 and 8 workers, and the CPU of a job."""
    found = []
    for workers, budget in _BUDGETS.items():
        at_once = min(workers, 2)
        costs: dict[str, list[float]] = {"xargs": [], "ours": []}

        def by_xargs(at_once: int = at_once, taken: list[float] = costs["xargs"]) -> float:
            one = xargs(jobs, at_once)
            taken.append(one.cpu)
            return jobs / one.wall

        def by_us(workers: int = workers, taken: list[float] = costs["ours"]) -> float:
            one = ours(jobs, workers)
            taken.append(one.cpu)
            return jobs / one.wall

        theirs, mine = interleaved(rounds, by_xargs, by_us)
        name = f"drain {jobs} no-op jobs, {workers} worker{'s' * (workers > 1)}"
        found.append(
            Row(name, f"xargs -P{at_once}: {theirs:.0f}/s", f"{mine:.0f}/s", mine / theirs, budget, at_least=True)
        )
        if workers == 2:
            (a, b) = (sorted(costs[name])[rounds // 2] / jobs * 1e6 for name in ("xargs", "ours"))
            found.append(Row("CPU per job, 2 workers", f"xargs: {a:.0f} us", f"{b:.0f} us", b / a, 1.5))
    return found
