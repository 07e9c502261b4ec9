"""`python -m tests.bench [drain] [enqueue] [latency] [idle] [--quick | --smoke]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests.bench import drain, enqueue, idle, latency
from tests.bench.table import Row, show

#: name → (full, quick, smoke)
_BENCHES: dict[str, tuple[Callable[[], list[Row]], Callable[[], list[Row]], Callable[[], list[Row]]]] = {
    "drain": (
        lambda: drain.rows(jobs=2000, rounds=5),
        lambda: drain.rows(jobs=2000, rounds=2),
        lambda: drain.rows(jobs=20, rounds=1),
    ),
    "enqueue": (
        lambda: enqueue.rows(lines=100_000, rounds=5),
        lambda: enqueue.rows(lines=100_000, rounds=3),
        lambda: enqueue.rows(lines=500, rounds=1),
    ),
    "latency": (lambda: latency.rows(rounds=120), lambda: latency.rows(rounds=25), lambda: latency.rows(rounds=2)),
    "idle": (lambda: idle.rows(seconds=30), lambda: idle.rows(seconds=10), lambda: idle.rows(seconds=0.5)),
}


def main() -> int:
    """Measure what is named (nothing: all), and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *_BENCHES], metavar="NAME")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="under two minutes")
    how.add_argument("--smoke", action="store_true", help="tiny numbers, to see that it works")
    given = parser.parse_args()
    pick = 2 if given.smoke else 1 if given.quick else 0
    found = [row for name in given.names or _BENCHES for row in _BENCHES[name][pick]()]
    print(show(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
