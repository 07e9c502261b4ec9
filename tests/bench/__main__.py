"""`python -m tests.bench [drain] [enqueue] [latency] [idle] [scale] [ui] [--quick | --smoke]`.

Prints one table: what was measured, its anchor, ours, the ratio, the budget, and whether it holds. Both sides are
measured in turn, in one run, and their medians compared; nothing here fails a build.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator

from tests.bench import drain, enqueue, idle, latency, scale, ui
from tests.bench.effort import FULL, QUICK, SMOKE, Effort
from tests.bench.table import Row, show

_BENCHES: dict[str, Callable[[Effort], Iterator[Row]]] = {
    "drain": drain.rows,
    "enqueue": enqueue.rows,
    "latency": latency.rows,
    "idle": idle.rows,
    "scale": scale.rows,
    "ui": ui.rows,
}


def main() -> int:
    """Measure what is named (nothing: all), and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure how fast and how small.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_BENCHES) + " (default: all)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_const", const=QUICK, dest="effort", help="under two minutes")
    how.add_argument("--smoke", action="store_const", const=SMOKE, dest="effort", help="to see that it works")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in _BENCHES]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(_BENCHES)}")
    begun = time.monotonic()
    rows = [row for name in given.names or _BENCHES for row in _BENCHES[name](given.effort or FULL)]
    print(show(rows))
    print(f"measured in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
