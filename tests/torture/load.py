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
#: Of these so many at least, long ones, which come before all others: they are there while the faults are, and those
#: that were interrupted run again at once.
_LONG = {"scrub": (12, 2.0, 3.0), "child": (5, 1.5, 2.5), "plain": (5, 1.0, 2.5), "trap": (2, 1.0, 2.0)}
#: Of these too, not long.
_AT_LEAST = {"daemon": 3, "flood": 3, "always": 3, "twice": 3, "timeout": 2}
_FIRST = 9
#: How often a kind may be tried; every other has enough for all the crashes.
_BUDGETS = {"always": 2, "twice": 30, "timeout": 1}


def jobs(random: Random, folder: Path) -> Iterator[dict[str, Any]]:
    """Give jobs without end, as JSON objects for `enqueue`."""
    script = Path(__file__).with_name("job.py")
    words = shlex.join([sys.executable, "-I", "-S", str(script), str(folder)])
    first = [(kind, low, high, _FIRST) for kind, (least, low, high) in _LONG.items() for _ in range(least)]
    first += [(kind, 0.05, 0.05, 0) for kind, least in _AT_LEAST.items() for _ in range(least)]
    random.shuffle(first)
    for n in count():
        if n < len(first):
            kind, low, high, priority = first[n]
        else:
            kind = random.choices([*_KINDS, "plain"], [*_KINDS.values(), 100 - sum(_KINDS.values())])[0]
            _, low, high = random.choices(_TIMES, [share for share, *_ in _TIMES])[0]
            priority = random.randint(-3, 3)
        job: dict[str, Any] = {
            "id": f"t{n:05d}-{kind}",
            "command": f"exec {words} {kind} {random.uniform(low, high):.3f}",
            "max_retries": _BUDGETS.get(kind, 90),
            "priority": priority,
        }
        if kind == "timeout":
            job["timeout"] = 0.7
        yield job
