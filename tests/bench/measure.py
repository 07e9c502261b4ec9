"""What a process costs, and what a series of measures says."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What a process and all that it waited for took, seconds."""

    wall: float
    cpu: float


def cost(words: Sequence[str | Path], *, env: Mapping[str, str], stdin: Path | None = None) -> Cost:
    """Run a process to its end, its output thrown away, and give what it cost."""
    source = os.open(os.devnull if stdin is None else stdin, os.O_RDONLY)
    try:
        begun = time.monotonic()
        child = subprocess.Popen(
            [str(word) for word in words],
            env=dict(env),
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
    finally:
        os.close(source)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, (words, child.returncode)
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def in_turn(rounds: int, *measures: Callable[[], T], name: str = "") -> list[list[T]]:
    """Measure A B A B …, so that what else the machine does meanwhile meets both; give what each measured."""
    taken: list[list[T]] = [[] for _ in measures]
    for n in range(rounds):
        if name:
            print(f"{name}, round {n + 1} of {rounds}", file=sys.stderr, flush=True)
        for values, measure in zip(taken, measures, strict=True):
            values.append(measure())
    return taken


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Divide the medians."""
    return median(ours) / median(theirs)


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def cpu_with_children_s(pids: Sequence[int]) -> float:
    """Give the CPU time of processes and of all children that they have waited for, in ticks (proc(5), stat)."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / _TICKS


def cpu_s(pids: Sequence[int]) -> float:
    """Give the CPU time of processes alone, to the nanosecond: at rest they use less than a tick in ten seconds."""
    spent = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            # One that has ended meanwhile was short.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                spent += int((thread / "schedstat").read_text().split()[0])
    return spent / 1e9


def pss_kib(pids: Sequence[int]) -> int:
    """Give the memory of processes together: what several of them share counts once."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total
