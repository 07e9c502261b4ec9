"""`python -m tests.torture [--jobs N] [--faults N] [--seed S]… [--workers W] [--quick] [--broken NAME]`.

Progress goes to stderr, the tables to stdout. SIGINT or SIGTERM ends a run early: it still checks what can be checked
and prints its tables; a second one ends it at once.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from dataclasses import replace

from tests.torture.broken import TWINS
from tests.torture.harness import run
from tests.torture.report import Plan


def main() -> int:
    """Run it on each seed; 0 only when every invariant is 0 on all, and none was cut off."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--faults", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seed", type=int, action="append", dest="seeds")
    parser.add_argument("--quick", action="store_true", help="300 jobs and 40 faults, under a minute")
    parser.add_argument("--broken", choices=sorted(TWINS), help="a broken twin in the program's place")
    given = parser.parse_args()
    plan = Plan() if given.quick else Plan(given.jobs, given.faults, given.workers, longest_stop=10.0)
    cut = _cut_on_signals()
    good = True
    for seed in given.seeds or [1]:
        result = run(replace(plan, seed=seed, broken=given.broken), cut=cut, say=_say)
        print("\n".join(result.lines()), flush=True)
        print("all invariants 0" if result.found.ok else "BROKEN", flush=True)
        good &= result.found.ok and not result.cut
        if cut.is_set():
            break
    return 0 if good else 1


def _cut_on_signals() -> threading.Event:
    cut = threading.Event()

    def end_early(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        cut.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_early)
    return cut


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
