"""Measured rows, and the one table that they make."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_HEADS = ("what", "anchor", "ours", "ratio", "budget", "")


@dataclass(frozen=True)
class Budget:
    """What must hold: a ratio to the anchor, or a figure with a unit of its own (`ms`, `%`)."""

    sign: Literal["≥", "≤"]
    bound: float
    unit: str = "x"

    def holds(self, value: float) -> bool:
        """Tell whether a figure is within the budget."""
        return value >= self.bound if self.sign == "≥" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:g} {self.unit}"


@dataclass(frozen=True)
class Row:
    """One figure beside its anchor; without a budget it is shown for what it explains."""

    what: str
    anchor: str
    ours: str
    value: float
    budget: Budget | None

    @property
    def ratio(self) -> str:
        """Write the figure; one that is no ratio stands under `ours` only."""
        return f"{self.value:.2f} x" if self.budget is None or self.budget.unit == "x" else ""

    @property
    def verdict(self) -> str:
        """Say whether the budget holds, and if not by how much of it."""
        if self.budget is None or self.budget.holds(self.value):
            return "" if self.budget is None else "ok"
        if not self.budget.bound:
            return "over"
        return f"over by {abs(self.value / self.budget.bound - 1):.0%}"


def at_least(bound: float) -> Budget:
    """Bound a ratio from below."""
    return Budget("≥", bound)


def at_most(bound: float, unit: str = "x") -> Budget:
    """Bound a ratio, or a figure with a unit, from above."""
    return Budget("≤", bound, unit)


def versions() -> str:
    """Say what it was measured with."""
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cpus"
    )


def show(rows: Sequence[Row]) -> str:
    """Write the table, under the versions that it was measured with."""
    cells = [_HEADS]
    for row in rows:
        budget = "" if row.budget is None else str(row.budget)
        cells.append((row.what, row.anchor, row.ours, row.ratio, budget, row.verdict))
    widths = [max(len(line[n]) for line in cells) for n in range(len(_HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([versions(), "", *lines])
