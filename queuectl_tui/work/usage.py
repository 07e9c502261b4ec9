"""What the processes of running jobs use: CPU since the last look, and memory now."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psutil

from queuectl_tui.rules.records import Job, Usage
from queuectl_tui.store.database import Store
from queuectl_tui.work import runfile, tree


class Meter:
    """Looks at the process trees of jobs, from one look to the next."""

    def __init__(self) -> None:
        self._looked_at = 0.0
        #: CPU seconds that each process had used at the last look.
        self._used: dict[tuple[int, int], float] = {}

    def look(self, store: Store, jobs: Sequence[Job]) -> dict[int, Usage]:
        """Give what each of the running jobs uses, by seq; not of those whose processes cannot be seen from here."""
        leaders = {}
        for job in jobs:
            told = runfile.find(store.folder, job.worker, job.seq, job.run) if job.worker else None
            if told is not None and told.leader is not None and told.started is not None:
                leaders[tree.Member(told.leader, told.started)] = job.seq
        families = tree.families(list(leaders)) if leaders else {}
        now = time.monotonic()
        passed, before = now - self._looked_at, self._used
        self._looked_at, self._used = now, {}
        return {
            seq: self._sum(seq, families[leader.pid], before, passed)
            for leader, seq in leaders.items()
            if leader.pid in families
        }

    def _sum(self, seq: int, pids: Sequence[int], before: dict[tuple[int, int], float], passed: float) -> Usage:
        rss = 0
        cpu = 0.0
        for pid in pids:
            try:
                process = psutil.Process(pid)
                with process.oneshot():
                    rss += process.memory_info().rss
                    used = sum(process.cpu_times()[:2])
            except psutil.Error:
                continue
            self._used[seq, pid] = used
            cpu += max(0.0, used - before.get((seq, pid), 0.0))
        known = any(owner == seq for owner, _ in before)
        return Usage(round(cpu / passed * 100, 1) if known and passed > 0 else None, rss)
