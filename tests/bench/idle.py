"""Eight workers at rest: their CPU, and their memory beside that of eight that were started one by one."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.bench.queue import queue
from tests.bench.table import Row
from tests.program import Program

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Give the CPU time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def pss_kib(pid: int) -> int:
    """Give a process's share of memory."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _pids(program: Program) -> list[int]:
    return [worker["pid"] for worker in program.workers()]


def rows(*, seconds: float) -> list[Row]:
    """Measure both."""
    with queue() as together, queue() as one_by_one:
        together.ok("worker", "start", "--count", "8")
        for _ in range(8):
            one_by_one.ok("worker", "start")
        apart = sum(pss_kib(pid) for pid in _pids(one_by_one))
        one_by_one.ok("worker", "stop")
        pids = _pids(together)
        time.sleep(2)
        before = sum(cpu_s(pid) for pid in pids)
        time.sleep(seconds)
        percent = (sum(cpu_s(pid) for pid in pids) - before) / seconds * 100
        shared = sum(pss_kib(pid) for pid in pids)
    return [
        Row("idle CPU of 8 workers, % of a core", f"{seconds:g} s", f"{percent:.2f} %", percent, 0.5),
        Row(
            "idle memory of 8 workers, PSS",
            f"one by one: {apart >> 10} MiB",
            f"{shared >> 10} MiB",
            shared / apart,
            0.5,
        ),
    ]
