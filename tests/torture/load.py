"""What the queue is loaded with: the mix of jobs, from one seed."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

#: (share, shortest, longest) of the time that a job takes, seconds
_TIMES = ((60, 0.01, 0.01), (25, 0.05, 0.05), (10, 0.3, 0.3), (5, 1.5, 3.0))
#: The share in percent of each kind that is not plain.
_KINDS = {
    "twice": 10.0,
    "always": 1.0,
    "trap": 1.0,
    "daemon": 1.0,
    "flood": 1.0,
    "timeout": 0.5,
    "scrub": 3.0,
    "child": 3.0,
}
#: Of every kind so many at least, and long ones, so that there is something to aim at.
_AT_LEAST = {
    "scrub": 16,
    "child": 10,
    "plain": 16,
    "trap": 3,
    "daemon": 3,
    "flood": 3,
    "always": 3,
    "twice": 3,
    "timeout": 2,
}
#: The kinds that take long.
_LONG = ("scrub", "child", "plain", "trap")
#: How often a kind may be tried; every other has enough for all the crashes.
_BUDGETS = {"always": 2, "twice": 30, "timeout": 1}


def jobs(random: Random, folder: Path) -> Iterator[dict[str, Any]]:
    """Give jobs without end, as JSON objects for `enqueue`."""
    script = Path(__file__).with_name("job.py")
    words = shlex.join([sys.executable, "-I", "-S", str(script), str(folder)])
    long_ones = [kind for kind, least in _AT_LEAST.items() for _ in range(least)]
    for n in count():
        if n < len(long_ones):
            kind = long_ones[n]
            seconds = random.uniform(1.0, 2.5) if kind in _LONG else 0.05
        else:
            kind = random.choices([*_KINDS, "plain"], [*_KINDS.values(), 100 - sum(_KINDS.values())])[0]
            _, low, high = random.choices(_TIMES, [share for share, *_ in _TIMES])[0]
            seconds = random.uniform(low, high)
        job: dict[str, Any] = {
            "id": f"t{n:05d}-{kind}",
            "command": f"exec {words} {kind} {seconds:.3f}",
            "max_retries": _BUDGETS.get(kind, 90),
            "priority": random.randint(-3, 3),
        }
        if kind == "timeout":
            job["timeout"] = 0.7
        yield job
