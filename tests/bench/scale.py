"""Drain the same jobs from a large queue and from a small one: whether claim and finish mind what else is there.

Two workers are started on jobs that are there already and end after that many runs; the rate is taken from the first
start to the last finish as the queue has recorded them. The jobs have priority 1, so that they go before retries.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from statistics import median

from tests.bench.effort import Effort
from tests.bench.measure import cost, in_turn, ratio
from tests.bench.populate import all_due, failed, far_future, past
from tests.bench.queue import newest, queue, span_s
from tests.bench.table import Row, at_least
from tests.program import QUEUECTL, Program

_NOOP = ":"
_SMALL = 1000


def rows(effort: Effort) -> Iterator[Row]:
    """Measure a long past, a far future, and a herd of retries."""
    jobs, rounds = effort.scale_jobs, effort.rounds
    yield _beside_small(
        f"drain after {effort.history:,} jobs", lambda large: past(large, effort.history), jobs, rounds, 0.9
    )
    yield _beside_small(
        f"drain, {effort.far_jobs:,} due next year", lambda large: far_future(large, effort.far_jobs), jobs, rounds, 0.9
    )
    yield _beside_small(
        f"drain, {effort.retries:,} retries due at once",
        lambda large: failed(large, effort.retries),
        jobs,
        rounds,
        0.6,
        before=all_due,
    )


def _beside_small(
    what: str,
    populate: Callable[[Program], None],
    jobs: int,
    rounds: int,
    budget: float,
    *,
    before: Callable[[Program], None] = lambda _: None,
) -> Row:
    with queue() as small, queue() as large:
        past(small, _SMALL)
        print(f"{what}: filling the queue", file=sys.stderr, flush=True)
        populate(large)

        def of_large() -> float:
            before(large)
            return _rate(large, jobs)

        theirs, ours = in_turn(rounds, lambda: _rate(small, jobs), of_large, name=what)
    return Row(
        what,
        f"after {_SMALL:,} jobs: {median(theirs):.0f}/s",
        f"{median(ours):.0f}/s",
        ratio(ours, theirs),
        at_least(budget),
    )


def _rate(program: Program, jobs: int) -> float:
    program.ok("enqueue", "-q", "--priority", "1", "-", stdin=f"{_NOOP}\n" * jobs)
    cost([QUEUECTL, "--worker", "--count", "2", "--max-jobs", str(jobs)], env=program.env)
    return jobs / span_s(newest(program, jobs, _NOOP))
