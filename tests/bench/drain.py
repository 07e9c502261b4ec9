"""Drain no-op jobs, everything on, beside `xargs` with the same commands.

The workers are up and have come to rest before the jobs are let go: all jobs are put into a paused queue, which is
then resumed. Ours is timed from the start of the first job to the finish of the last, as the queue has recorded them;
a last job rings a bell, so that nobody asks meanwhile. xargs is timed as a whole process: it is C, and its start does
not count among thousands of jobs. CPU is that of the workers and all that they ran, between the same two moments; of
xargs, likewise, all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.effort import Effort
from tests.bench.measure import Cost, cost, cpu_with_children_s, in_turn
from tests.bench.queue import Bell, newest, queue, span_s, worker_pids
from tests.bench.table import Row, at_least, at_most
from tests.program import Program

_NOOP = "true"
#: Workers → what their rate must be of that of xargs.
_BUDGETS = {1: 0.70, 2: 0.85, 8: 0.70}
_CPU_BUDGET = 1.5


def rows(effort: Effort) -> Iterator[Row]:
    """Measure 1, 2 and 8 workers: the rate, and the CPU of a job."""
    for workers, budget in _BUDGETS.items():
        yield from _beside_xargs(workers, effort.drain_jobs, effort.rounds, budget)


def _beside_xargs(workers: int, jobs: int, rounds: int, budget: float) -> Iterator[Row]:
    at_once = min(workers, 2)
    with queue() as program:
        lines = program.folder / "lines"
        lines.write_text(f"{_NOOP}\n" * jobs)
        program.ok("worker", "start", "--count", str(workers))
        drain = Drain(program, jobs)
        who = f"{workers} worker" + "s" * (workers > 1)
        theirs, ours = in_turn(
            rounds,
            lambda: cost(["xargs", f"-P{at_once}", "-n1", "sh", "-c"], env=program.env, stdin=lines),
            drain.once,
            name=f"drain, {who}",
        )
        drain.close()
    anchor = f"xargs -P{at_once}"
    rates = [jobs / median(one.wall for one in side) for side in (ours, theirs)]
    yield Row(
        f"drain, {who}", f"{anchor}: {rates[1]:.0f}/s", f"{rates[0]:.0f}/s", rates[0] / rates[1], at_least(budget)
    )
    cpu = [median(one.cpu for one in side) / jobs * 1e6 for side in (ours, theirs)]
    yield Row(
        f"CPU per job, {who}",
        f"{anchor}: {cpu[1]:.0f} µs",
        f"{cpu[0]:.0f} µs",
        cpu[0] / cpu[1],
        at_most(_CPU_BUDGET),
    )


class Drain:
    """No-op jobs through a queue whose workers are already up."""

    def __init__(self, program: Program, jobs: int) -> None:
        self._program = program
        self._jobs = jobs
        self._bell = Bell(Path(program.folder) / "bell")
        self._pids = worker_pids(program)

    def once(self) -> Cost:
        """Let all jobs go at once, and give what they took."""
        program = self._program
        program.ok("queue", "pause", "default")
        program.ok("enqueue", "-q", "-", stdin=f"{_NOOP}\n" * self._jobs + self._bell.command + "\n")
        before = cpu_with_children_s(self._pids)
        program.ok("queue", "resume", "default")
        self._bell.wait()
        program.ok("wait")
        cpu = cpu_with_children_s(self._pids) - before
        return Cost(span_s(newest(program, self._jobs, _NOOP)), cpu)

    def close(self) -> None:
        """Let go of the bell."""
        self._bell.close()
