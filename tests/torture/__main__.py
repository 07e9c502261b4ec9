"""`python -m tests.torture [--jobs N] [--faults N] [--seed S]… [--workers W] [--quick] [--broken NAME]`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from tests.torture.broken import TWINS
from tests.torture.harness import Plan, run


def main() -> int:
    """Run it on each seed; 0 only when every invariant is 0 on all."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--faults", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seed", type=int, action="append", dest="seeds")
    parser.add_argument("--quick", action="store_true", help="300 jobs and 40 faults, about a minute")
    parser.add_argument("--broken", choices=sorted(TWINS), help="a broken twin in the program's place")
    given = parser.parse_args()
    plan = Plan() if given.quick else Plan(given.jobs, given.faults, given.workers, longest_stop=10.0)
    good = True
    for seed in given.seeds or [1]:
        result = run(replace(plan, seed=seed, broken=given.broken))
        print("\n".join(result.lines()), flush=True)
        print("all invariants 0" if result.found.ok else "BROKEN", flush=True)
        good &= result.found.ok
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
