"""What a run was, and what came of it, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.torture.check import Found
from tests.torture.faults import Faults

_PARTS = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))


@dataclass(frozen=True)
class Plan:
    """How hard to try."""

    jobs: int = 300
    faults: int = 40
    workers: int = 8
    seed: int = 1
    longest_stop: float = 4.0
    #: The name of a broken twin to run in the program's place.
    broken: str | None = None
    #: Ask too what no fault can: see `probes`.
    probes: bool = True


@dataclass
class Result:
    """What came of it."""

    plan: Plan
    found: Found
    #: It did not come to its end: jobs that still wait are not lost.
    cut: bool = False
    jobs: int = 0
    runs: int = 0
    seconds: float = 0.0
    #: For how long there were faults.
    fault_seconds: float = 0.0
    #: Those that hit, by kind, and what workers did to themselves.
    faults: dict[str, int] = field(default_factory=dict)
    at_a_point: dict[str, int] = field(default_factory=dict)
    aimed: int = 0
    #: From the kill of a worker to the record of its interrupted run, seconds.
    latencies: list[float] = field(default_factory=list)
    reruns: int = 0

    def measure(self, jobs: Sequence[dict[str, Any]], faults: Faults, doomed: set[str]) -> None:
        """Take what the runs of all jobs tell; `doomed`: workers that were to be killed at a point of their work."""
        self.jobs, self.runs = len(jobs), sum(len(job["runs"]) for job in jobs)
        self.faults, self.at_a_point, self.aimed = dict(faults.by_kind), dict(faults.at_a_point), faults.aimed
        kills: dict[str, list[float]] = {}
        for name, at in faults.kills:
            kills.setdefault(name, []).append(at)
        for job in jobs:
            for ended in (run for run in job["runs"] if run["outcome"] == "interrupted"):
                self.reruns += 1
                if ended["worker"] in doomed:
                    self.at_a_point["kill"] = self.at_a_point.get("kill", 0) + 1
                first, last = (datetime.fromisoformat(ended[key]).timestamp() for key in ("started_at", "finished_at"))
                self.latencies += [last - at for at in kills.get(job["id"], ()) if first <= at <= last]

    def lines(self) -> list[str]:
        """Tell it as tables."""
        late = sorted(self.latencies)
        spread = ", ".join(f"{name} {late[min(len(late) - 1, int(len(late) * part))]:.2f} s" for name, part in _PARTS)
        hits = sum(self.faults.values())
        of_their_own = ", ".join(f"{count} {kind}" for kind, count in sorted(self.at_a_point.items())) or "none"
        plan = self.plan
        return [
            f"seed {plan.seed}: {self.jobs} jobs, {self.runs} runs, {plan.workers} workers, {self.seconds:.1f} s, "
            f"{self.jobs / max(self.seconds, 0.001):.1f} jobs/s",
            *([f"CUT OFF before {plan.jobs} jobs had ended and {plan.faults} faults had hit"] if self.cut else []),
            f"faults that hit: {hits}, {hits / max(self.fault_seconds, 0.001):.1f}/s, "
            f"{self.aimed * 100 // max(hits, 1)} % of them aimed at a running job",
            *(f"  {count:>6}  {kind}" for kind, count in sorted(self.faults.items())),
            f"besides, at a point of a worker's own work: {of_their_own}",
            f"re-runs by crash: {self.reruns}",
            f"rescue latency of {len(late)} aimed kills: " + (spread if late else "no rescue"),
            *(f"  {len(what):>6}  {name}" + (f"  {what[:3]}" if what else "") for name, what in self._broken()),
        ]

    def _broken(self) -> list[tuple[str, list[str]]]:
        return list(self.found.broken.items())
