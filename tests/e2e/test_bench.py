"""The benchmarks run, and their table says what was measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.table import Row, interleaved, percentile


def test_a_row_says_by_how_much_it_is_over() -> None:
    """A ratio is held against its budget in the right direction."""
    assert Row("a", "", "", 0.9, 0.7, at_least=True).verdict == "ok"
    assert Row("a", "", "", 0.5, 0.75, at_least=True).verdict == "over by 50%"
    assert Row("a", "", "", 1.2, 1.5).verdict == "ok"
    assert Row("a", "", "", 3.0, 1.5).verdict == "over by 100%"


def test_measures_alternate_and_medians_are_taken() -> None:
    """A B A B, and the median of each."""
    order: list[str] = []
    values = iter([1, 10, 5, 50, 3, 30])

    def measure(name: str) -> float:
        order.append(name)
        return next(values)

    assert interleaved(3, lambda: measure("a"), lambda: measure("b")) == [3, 30]
    assert order == ["a", "b"] * 3


def test_percentiles_are_nearest_rank() -> None:
    """p50 of ten is the fifth, p99 the last."""
    assert percentile(list(range(1, 11)), 0.5) == 5
    assert percentile(list(range(1, 11)), 0.99) == 10


def test_all_of_it_runs() -> None:
    """Every benchmark runs from end to end, and fills its rows."""
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--smoke"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2 + 10, done.stdout
    assert "SQLite" in lines[0]
