"""One run: load the queue, let things go wrong, wait until all is done, and check."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from tests.program import QUEUECTL, Program
from tests.torture import check, load, probes
from tests.torture.faults import Faults
from tests.torture.ledger import Ledger

_SLOW = "after_claim=sleep:0.06,after_spawn=sleep:0.05,before_finish=sleep:0.05,before_rescue_write=sleep:0.1"
#: How workers are started, and how often: as they are, slowed at the critical points so that faults hit them, or to
#: stop or be killed at such a point.
_WAYS = {
    "": 6,
    _SLOW: 6,
    "after_claim=stop": 3,
    "before_finish=stop": 1,
    "after_claim=kill": 1,
    "after_spawn=kill": 1,
    "before_finish=kill": 1,
    "before_rescue_write=kill": 1,
}
#: So many jobs wait at most, and so many are put in at once.
_WAITING, _PORTION = 300, 100
#: From one fault to the next, seconds.
_PAUSES_S = (0.25, 0.5)
_LOOK_S = 0.5


@dataclass(frozen=True)
class Plan:
    """How hard to try."""

    jobs: int = 300
    faults: int = 40
    workers: int = 6
    seed: int = 1
    longest_stop: float = 2.0
    #: The name of a broken twin to run in the program's place.
    broken: str | None = None
    #: Ask too what no fault can: see `probes`.
    probes: bool = True


@dataclass
class Result:
    """What came of it."""

    plan: Plan
    found: check.Found
    jobs: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    aimed: int = 0
    #: From the kill of a worker to the record of its interrupted run, seconds.
    latencies: list[float] = field(default_factory=list)
    reruns: int = 0

    def lines(self) -> list[str]:
        """Tell it as tables."""
        late = sorted(self.latencies)
        spread = ", ".join(f"{name} {late[min(len(late) - 1, int(len(late) * part))]:.2f} s" for name, part in _PARTS)
        struck = sum(self.faults.values())
        return [
            f"seed {self.plan.seed}: {self.jobs} jobs, {struck} faults, {self.plan.workers} workers, "
            f"{self.seconds:.1f} s, {self.jobs / max(self.seconds, 0.001):.1f} jobs/s, "
            f"{struck / max(self.seconds, 0.001):.1f} faults/s",
            *(f"  {count:>6}  {kind}" for kind, count in sorted(self.faults.items())),
            f"aimed at a running job: {self.aimed}; re-runs by crash: {self.reruns}",
            f"rescue latency of {len(late)} aimed kills: " + (spread if late else "no rescue"),
            *(f"  {len(what):>6}  {name}" + (f"  {what[:3]}" if what else "") for name, what in self._broken()),
        ]

    def _broken(self) -> list[tuple[str, list[str]]]:
        return list(self.found.broken.items())


_PARTS = (("p50", 0.5), ("p99", 0.99), ("max", 1.0))


class Twin(Program):
    """The program, or a broken twin of it."""

    def __init__(self, folder: Path, broken: str | None) -> None:
        super().__init__(folder)
        self.words = [QUEUECTL] if broken is None else [sys.executable, "-m", "tests.torture.broken", broken]
        self.env["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)


def run(plan: Plan) -> Result:
    """Torture one fresh queue."""
    found = check.Found()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        program = Twin(Path(name), plan.broken)
        try:
            for key, value in (("backoff_base", "0"), ("kill_grace", "0.3s"), ("output_limit", "64KiB")):
                program.set(key, value)
            if plan.probes:
                probes.probe_fence(found, program)
                probes.probe_fleet(found, program)
            return _Run(plan, program, found).go()
        finally:
            program.close()
            for pid in check.holders(Path(name)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class _Run:
    def __init__(self, plan: Plan, program: Program, found: check.Found) -> None:
        self._plan = plan
        self._program = program
        self._found = found
        self._folder = program.folder / "ledger"
        (self._folder / "locks").mkdir(parents=True)
        self._random = Random(plan.seed)
        self._jobs = load.jobs(Random(-plan.seed), self._folder)
        self._put_in = 0
        self._ledger = Ledger(self._folder / "ledger")
        self._faults = Faults(program, Random(plan.seed << 8), self._ledger, plan.longest_stop)
        self._acknowledged: set[str] = set()
        self._struck = 0
        self._over = threading.Event()
        self._failure: BaseException | None = None
        #: Workers that were started to be killed at a point of their work.
        self._doomed: set[str] = set()

    def go(self) -> Result:
        self._put_in_more()
        keeper = threading.Thread(target=self._keep)
        keeper.start()
        begun = time.monotonic()
        patience_s = 90 + self._plan.faults + self._plan.jobs / 4
        try:
            due = begun
            while not self._over.is_set() and time.monotonic() - begun < patience_s:
                if self._struck < self._plan.faults:
                    self._faults.strike()
                    self._struck += 1
                # What has overlapped has failed: nothing more needs to be found.
                if any(line.word == "overlap" for line in self._ledger.lines):
                    break
                due = max(due + self._random.uniform(*_PAUSES_S), time.monotonic())
                self._over.wait(due - time.monotonic())
        finally:
            self._over.set()
            keeper.join()
            seconds = time.monotonic() - begun
            self._faults.finish()
        if self._failure is not None:
            raise self._failure
        self._program.run("worker", "stop", "--timeout", "20", timeout=120)
        return self._result(seconds)

    def _keep(self) -> None:
        """Keep the workers at their number and the queue filled, until there is nothing left to do."""
        try:
            while not self._over.is_set():
                self._start_workers()
                jobs = self._look("status")
                waiting = jobs["jobs"]["pending"] + jobs["jobs"]["failed"] if jobs else _WAITING
                all_in = self._put_in >= self._plan.jobs
                if self._struck >= self._plan.faults and all_in:
                    if jobs and not waiting and not jobs["jobs"]["processing"]:
                        return
                elif waiting < _WAITING:
                    self._put_in_more()
                self._over.wait(_LOOK_S)
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            self._failure = error
        finally:
            self._over.set()

    def _look(self, *words: str) -> Any:
        """Give what a command says in JSON; None when the queue is locked for too long."""
        done = self._program.run(*words, "--json", timeout=120)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def _put_in_more(self) -> None:
        lines = "\n".join(json.dumps(job) for job in islice(self._jobs, _PORTION))
        while True:
            done = self._program.run("enqueue", "-q", "-", stdin=lines, timeout=120)
            if done.returncode == 0:
                break
            assert "is locked by" in done.stderr, done.stderr
        self._acknowledged.update(done.stdout.split())
        self._put_in += _PORTION

    def _start_workers(self) -> None:
        """Start workers in the place of those that are gone."""
        there = self._look("worker", "list")
        if there is None:
            return
        self._faults.roster = [worker["pid"] for worker in there if worker["state"] != "lost"]
        staying = [worker for worker in there if worker["state"] not in ("lost", "stopping")]
        missing = self._plan.workers - len(staying)
        if missing > 0:
            (way,) = self._random.choices(list(_WAYS), list(_WAYS.values()))
            count = missing if way in ("", _SLOW) else 1
            env = {"QUEUECTL_FAILPOINTS": way} if way else {}
            done = self._program.run("worker", "start", "--count", str(count), "--json", env=env)
            if way.endswith("kill") and done.returncode == 0:
                self._doomed.update(json.loads(done.stdout)["done"])

    def _result(self, seconds: float) -> Result:
        ids = self._program.ok("list", "-q", "--limit", "0", timeout=600)
        shown = self._program.json("show", "-", stdin=ids, timeout=600)
        jobs: list[dict[str, Any]] = shown if isinstance(shown, list) else [shown]
        check.check_ledger(self._found, self._ledger.refresh(), jobs, frozenset(self._faults.canceled))
        check.check_acknowledged(self._found, self._acknowledged | self._faults.acknowledged, jobs)
        time.sleep(1.2)  # the daemons of the load end by themselves after a second
        check.check_processes(self._found, self._folder, self._program.db)
        check.check_doctor(self._found, self._program.json("doctor", exit_code=None, timeout=600))
        faults = self._faults
        result = Result(self._plan, self._found, len(jobs), seconds, dict(faults.by_kind), faults.aimed)
        kills: dict[str, list[float]] = {}
        for name, at in faults.kills:
            kills.setdefault(name, []).append(at)
        at_a_point = 0
        for job in jobs:
            for ended in (run for run in job["runs"] if run["outcome"] == "interrupted"):
                result.reruns += 1
                at_a_point += ended["worker"] in self._doomed
                first, last = (datetime.fromisoformat(ended[key]).timestamp() for key in ("started_at", "finished_at"))
                result.latencies += [last - at for at in kills.get(job["id"], ()) if first <= at <= last]
        if at_a_point:
            result.faults["kill at a point"] = at_a_point
        return result
