"""Keeps the workers at their number and the queue filled while things go wrong."""

from __future__ import annotations

import json
import threading
import time
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from tests.program import Program
from tests.torture import load
from tests.torture.faults import Faults
from tests.torture.report import Plan

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
#: So many jobs wait at least, so many while faults outlast the jobs asked for, and so many are put in at once.
_WAITING, _FEW_WAITING, _PORTION = 300, 50, 100
#: How often to see whether a worker is gone, which costs nothing, and how often to ask the program, seconds.
_GLANCE_S, _LOOK_S = 0.1, 1.0


class Keeper:
    """What starts workers and puts jobs in, from a thread of its own."""

    def __init__(self, plan: Plan, program: Program, faults: Faults, folder: Path) -> None:
        #: Set when all is done, or when no more is to be done.
        self.over = threading.Event()
        self.failure: BaseException | None = None
        #: Ids that `enqueue` printed.
        self.acknowledged: set[str] = set()
        #: Workers that were started to be killed at a point of their work.
        self.doomed: set[str] = set()
        self._plan = plan
        self._program = program
        self._faults = faults
        self._random = Random(plan.seed)
        self._jobs = load.jobs(Random(-plan.seed), folder)
        self._put_in = 0
        self._thread = threading.Thread(target=self._keep)

    def start(self) -> None:
        """Put the first jobs in and begin."""
        self._put_in_more()
        self._thread.start()

    def rest(self) -> None:
        """Do no more, and wait for what is under way: a worker that starts later would miss that all are to stop."""
        self.over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        try:
            while not self.over.is_set() and not self._is_done():
                look_at = time.monotonic() + _LOOK_S
                self.over.wait(_GLANCE_S)
                while time.monotonic() < look_at and not self._faults.lack():
                    self.over.wait(_GLANCE_S)
        except BaseException as error:  # noqa: BLE001 - told by the run
            if not self.over.is_set():
                self.failure = error
        finally:
            self.over.set()

    def _is_done(self) -> bool:
        self._start_workers()
        told = self._look("status")
        if told is None:
            return False
        jobs = told["jobs"]
        waiting = jobs["pending"] + jobs["failed"]
        all_in = self._put_in >= self._plan.jobs
        if all_in and self._faults.hits >= self._plan.faults:
            return not waiting and not jobs["processing"]
        if waiting < (_FEW_WAITING if all_in else _WAITING):
            self._put_in_more()
        return False

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
        self.acknowledged.update(done.stdout.split())
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
                self.doomed.update(json.loads(done.stdout)["done"])
