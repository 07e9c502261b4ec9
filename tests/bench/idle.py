"""Eight workers at rest: their CPU, and their memory beside that of eight that were started one by one.

Memory is the proportional share (PSS), so that what they have in common counts once. All have run some jobs before: a
worker that has just been forked has written to hardly any of the memory that it shares with its parent.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from statistics import median

from tests.bench.effort import Effort
from tests.bench.measure import cpu_s, in_turn, pss_kib, ratio
from tests.bench.queue import queue, worker_pids
from tests.bench.table import Row, at_most
from tests.program import Program

_JOBS_EACH = 50


def rows(effort: Effort) -> Iterator[Row]:
    """Measure both."""
    yield _cpu(effort)
    yield _memory(effort)


def _cpu(effort: Effort) -> Row:
    with queue() as program:
        _start(program, effort.idle_workers, calls=1)
        _live(program, effort)
        pids = worker_pids(program)
        print(f"idle, {effort.idle_s:g} s", file=sys.stderr, flush=True)
        begun, before = time.monotonic(), cpu_s(pids)
        time.sleep(effort.idle_s)
        percent = (cpu_s(pids) - before) / (time.monotonic() - begun) * 100
    return Row(
        f"idle CPU, {effort.idle_workers} workers",
        f"one core for {effort.idle_s:g} s",
        f"{percent:.2f} %",
        percent,
        at_most(0.5, "%"),
    )


def _memory(effort: Effort) -> Row:
    apart, together = in_turn(
        effort.memory_rounds,
        lambda: _pss_mib(effort, calls=effort.idle_workers),
        lambda: _pss_mib(effort, calls=1),
        name="idle memory",
    )
    return Row(
        f"idle memory, {effort.idle_workers} workers, PSS",
        f"one by one: {median(apart):.1f} MiB",
        f"{median(together):.1f} MiB",
        ratio(together, apart),
        at_most(0.5),
    )


def _pss_mib(effort: Effort, *, calls: int) -> float:
    with queue() as program:
        _start(program, effort.idle_workers, calls=calls)
        _live(program, effort)
        return pss_kib(worker_pids(program)) / 1024


def _start(program: Program, workers: int, *, calls: int) -> None:
    for _ in range(calls):
        program.ok("worker", "start", "--count", str(workers // calls))


def _live(program: Program, effort: Effort) -> None:
    """Let the workers run some jobs, and come to rest."""
    program.ok("enqueue", "-q", "-", stdin="true\n" * _JOBS_EACH * effort.idle_workers)
    program.ok("wait")
    time.sleep(effort.settle_s)
