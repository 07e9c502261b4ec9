"""One run: load the queue, let things go wrong, wait until all is done, and check."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from tests.program import QUEUECTL, Program
from tests.torture import check, load
from tests.torture.faults import Faults

#: Slows the critical points of half of the workers, so that faults hit them.
_FAILPOINTS = "after_claim=sleep:0.06,after_spawn=sleep:0.05,before_finish=sleep:0.05,before_rescue_write=sleep:0.1"


@dataclass(frozen=True)
class Plan:
    """How hard to try."""

    jobs: int = 300
    faults: int = 40
    workers: int = 6
    seed: int = 1
    longest_stop: float = 2.0
    #: From one fault to the next, seconds.
    pause: float = 0.15
    #: The name of a broken twin to run in the program's place.
    broken: str | None = None


@dataclass
class Result:
    """What came of it."""

    plan: Plan
    found: check.Found
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    #: From the kill of a worker to the record of its interrupted run, seconds.
    latencies: list[float] = field(default_factory=list)
    reruns: int = 0

    def lines(self) -> list[str]:
        """Tell it as a table."""
        late = sorted(self.latencies)
        spread = ", ".join(f"{name} {late[min(len(late) - 1, int(len(late) * part))]:.2f} s" for name, part in _PARTS)
        return [
            f"seed {self.plan.seed}: {self.plan.jobs} jobs, {sum(self.faults.values())} faults, {self.seconds:.1f} s, "
            f"{self.plan.jobs / max(self.seconds, 0.001):.1f} jobs/s",
            "faults: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.faults.items())),
            f"re-runs by crash: {self.reruns}; rescue latency: " + (spread if late else "no rescue"),
            *(f"{name}: {len(what)}" + (f"  {what[:3]}" if what else "") for name, what in self.found.broken.items()),
        ]


_PARTS = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))


class Twin(Program):
    """The program, or a broken twin of it."""

    def __init__(self, folder: Path, broken: str | None) -> None:
        super().__init__(folder)
        self.words = [QUEUECTL] if broken is None else [sys.executable, "-m", "tests.torture.broken", broken]
        self.env["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)


def run(plan: Plan) -> Result:
    """Torture one fresh queue."""
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        program = Twin(Path(name), plan.broken)
        try:
            return _Run(plan, program).go()
        finally:
            program.close()


class _Run:
    def __init__(self, plan: Plan, program: Program) -> None:
        self._plan = plan
        self._program = program
        self._folder = program.folder / "ledger"
        (self._folder / "locks").mkdir(parents=True)
        self._random = Random(plan.seed)
        ledger = self._folder / "ledger"
        self._faults = Faults(program, self._random, ledger, plan.longest_stop)
        self._acknowledged: set[str] = set()
        self._failpoints = False

    def go(self) -> Result:
        for key, value in (("backoff_base", "0"), ("kill_grace", "0.3s"), ("output_limit", "64KiB")):
            self._program.ok("config", "set", key, value)
        lines = "\n".join(json.dumps(job) for job in load.jobs(self._random, self._plan.jobs, self._folder))
        self._acknowledged.update(self._program.ok("enqueue", "-q", "-", stdin=lines).split())
        begun = time.monotonic()
        done = 0
        while done < self._plan.faults or not self._idle():
            self._fill()
            if done < self._plan.faults:
                self._faults.strike()
                done += 1
            time.sleep(self._plan.pause)
            if time.monotonic() - begun > 60 + self._plan.faults + self._plan.jobs:
                break
        seconds = time.monotonic() - begun
        self._faults.finish()
        self._program.run("worker", "stop", "--timeout", "20", timeout=90)
        return self._result(seconds)

    def _idle(self) -> bool:
        jobs = self._program.json("status")["jobs"]
        return not (jobs["pending"] or jobs["processing"] or jobs["failed"])

    def _fill(self) -> None:
        """Start workers in the place of those that are gone; half of them slowed at the critical points."""
        there = [worker for worker in self._program.workers() if worker["state"] not in ("lost", "stopping")]
        missing = self._plan.workers - len(there)
        if missing > 0:
            self._failpoints = not self._failpoints
            env = {"QUEUECTL_FAILPOINTS": _FAILPOINTS} if self._failpoints else {}
            self._program.run("worker", "start", "--count", str(missing), env=env)

    def _result(self, seconds: float) -> Result:
        ids = self._program.ok("list", "-q", "--limit", "0")
        shown = self._program.json("show", "-", stdin=ids, timeout=600)
        jobs: list[dict[str, Any]] = shown if isinstance(shown, list) else [shown]
        found = check.Found()
        check.check_ledger(found, check.read_ledger(self._folder / "ledger"), jobs)
        check.check_acknowledged(found, self._acknowledged | self._faults.acknowledged, jobs)
        time.sleep(1.2)  # the daemons of the load end by themselves after a second
        check.check_processes(found, self._folder, self._program.db)
        check.check_doctor(found, self._program.json("doctor", exit_code=None))
        result = Result(self._plan, found, seconds, dict(self._faults.by_kind))
        for job in jobs:
            for run_ in job["runs"]:
                if run_["outcome"] == "interrupted":
                    result.reruns += 1
                    ended = datetime.fromisoformat(run_["finished_at"]).timestamp()
                    result.latencies += [ended - at for worker, at in self._faults.kills if worker == run_["worker"]]
        return result
