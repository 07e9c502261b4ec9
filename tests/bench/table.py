"""Measured rows, and the one table that they make."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure beside its anchor. `at_least`: a ratio that must not be below the budget; else not above."""

    what: str
    anchor: str
    ours: str
    ratio: float
    budget: float
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Say whether the budget holds, and if not by how much."""
        if self.ratio >= self.budget if self.at_least else self.ratio <= self.budget:
            return "ok"
        off = self.budget / self.ratio - 1 if self.at_least else self.ratio / self.budget - 1
        return f"over by {off:.0%}"


def interleaved(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """Measure A B A B …, and give the median of each."""
    taken: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for n, measure in enumerate(measures):
            taken[n].append(measure())
    return [statistics.median(values) for values in taken]


def percentile(values: Sequence[float], share: float) -> float:
    """Give the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def show(rows: Sequence[Row]) -> str:
    """Write the table, under the versions that it was measured with."""
    heads = ("what", "anchor", "ours", "ratio", "budget", "")
    cells = [heads]
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        cells.append((row.what, row.anchor, row.ours, f"{row.ratio:.2f}", f"{sign} {row.budget:g}", row.verdict))
    widths = [max(len(line[n]) for line in cells) for n in range(len(heads))]
    versions = (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} "
        f"{platform.release()}, {os.cpu_count()} cpus, {os.path.basename(sys.executable)}"  # noqa: PTH119 - a name
    )
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([versions, *lines])
