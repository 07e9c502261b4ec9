"""The benchmarks run, and their table says what was measured."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.measure import cost, in_turn, percentile, ratio
from tests.bench.table import Row, at_least, at_most, show


def test_a_row_says_by_how_much_it_is_over() -> None:
    """A figure is held against its budget in the right direction, and a bound itself still holds."""

    def verdict(value: float, bound: float, *, above: bool) -> str:
        return Row("a", "", "", value, at_least(bound) if above else at_most(bound)).verdict

    assert verdict(0.9, 0.7, above=True) == "ok"
    assert verdict(0.7, 0.7, above=True) == "ok"
    assert verdict(0.35, 0.7, above=True) == "over by 50%"
    assert verdict(1.5, 1.5, above=False) == "ok"
    assert verdict(3.0, 1.5, above=False) == "over by 100%"


def test_the_table_shows_each_figure_once() -> None:
    """A ratio stands in its column; a figure of another unit under `ours` only; a row without budget has no verdict."""
    table = show(
        [
            Row("drain", "xargs: 100/s", "80/s", 0.8, at_least(0.7)),
            Row("pickup", "the least: 2.0 ms", "9.0 ms", 9.0, at_most(8, "ms")),
            Row("of it", "", "1.0 ms", 0.5, None),
        ]
    ).splitlines()
    assert "SQLite" in table[0]
    cells = [re.split(r" {2,}", line) for line in table[2:]]
    assert cells == [
        ["what", "anchor", "ours", "ratio", "budget"],
        ["drain", "xargs: 100/s", "80/s", "0.80 x", "≥ 0.7 x", "ok"],
        ["pickup", "the least: 2.0 ms", "9.0 ms", "≤ 8 ms", "over by 12%"],
        ["of it", "1.0 ms", "0.50 x"],
    ]
    assert table[3].index("≥") == table[4].index("≤")


def test_measures_alternate() -> None:
    """Two sides are measured A B A B, so that what else the machine does meets both; medians are compared."""
    order: list[str] = []
    values = iter([10, 1, 50, 5, 30, 3])

    def measure(name: str) -> int:
        order.append(name)
        return next(values)

    ours, theirs = in_turn(3, lambda: measure("ours"), lambda: measure("theirs"))
    assert order == ["ours", "theirs"] * 3
    assert (ours, theirs) == ([10, 50, 30], [1, 5, 3])
    assert ratio(ours, theirs) == 10


def test_percentiles_are_nearest_rank() -> None:
    """p50 of ten is the fifth, p99 of ten the last, of two hundred the second but last."""
    assert percentile(range(10, 0, -1), 50) == 5
    assert percentile(range(1, 11), 99) == 10
    assert percentile(range(1, 201), 99) == 198
    assert percentile([7], 50) == 7


def test_the_cost_of_a_process_is_that_of_its_tree() -> None:
    """CPU that a child took, and time that a process slept, are told apart and both counted."""
    burn = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(10 ** 7))'], check=True)"
    burnt = cost([sys.executable, "-c", burn], env={})
    slept = cost(["/bin/sh", "-c", "sleep 0.3"], env={})
    assert burnt.cpu > 0.05
    assert slept.wall >= 0.3
    assert slept.cpu < 0.1


@pytest.mark.timeout(400)  # ten seconds, but on a machine that does much else
def test_all_of_it_runs() -> None:
    """Every benchmark runs from end to end, and fills its rows."""
    if shutil.which("xargs") is None or not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("needs xargs and Linux's /proc")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--smoke"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=390,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()[3:]
    assert len(rows) == 37, done.stdout
    assert sum(bool(re.search(r"  (ok|over by \d+%)$", row)) for row in rows) == 34, done.stdout


def test_an_unknown_benchmark_is_refused() -> None:
    """A name that is no benchmark ends with exit 2 and says which there are."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "drian"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "drain, enqueue, latency, idle, scale, ui" in done.stderr
