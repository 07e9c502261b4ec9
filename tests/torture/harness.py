"""One run: load the queue, let things go wrong, wait until all is done, and check."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.program import QUEUECTL, Program
from tests.torture import check, probes
from tests.torture.faults import Faults
from tests.torture.keeper import Keeper
from tests.torture.ledger import Ledger
from tests.torture.report import Plan, Result

#: From one fault to the next, seconds.
_PAUSES_S = (0.2, 0.4)
_PROGRESS_S = 15.0

Say = Callable[[str], None]


class Twin(Program):
    """The program, or a broken twin of it."""

    def __init__(self, folder: Path, broken: str | None) -> None:
        super().__init__(folder)
        self.words = [QUEUECTL] if broken is None else [sys.executable, "-m", "tests.torture.broken", broken]
        self.env["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)


def run(plan: Plan, *, cut: threading.Event | None = None, say: Say = lambda _: None) -> Result:
    """Torture one fresh queue; once `cut` is set, end early and check what can be checked."""
    found = check.Found()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        program = Twin(Path(name), plan.broken)
        try:
            for key, value in (("backoff_base", "0"), ("kill_grace", "0.3s"), ("output_limit", "64KiB")):
                program.set(key, value)
            if plan.probes:
                probes.probe_fence(found, program)
                probes.probe_fleet(found, program)
            return _Run(plan, program, found, cut or threading.Event(), say).go()
        finally:
            program.close()
            for pid in check.holders(Path(name)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class _Run:
    def __init__(self, plan: Plan, program: Program, found: check.Found, cut: threading.Event, say: Say) -> None:
        self._plan = plan
        self._program = program
        self._cut = cut
        self._say = say
        self._folder = program.folder / "ledger"
        (self._folder / "locks").mkdir(parents=True)
        self._random = Random(plan.seed)
        self._ledger = Ledger(self._folder / "ledger")
        self._faults = Faults(program, Random(plan.seed << 8), self._ledger, plan.longest_stop)
        self._keeper = Keeper(plan, program, self._faults, self._folder)
        self._result = Result(plan, found)

    def go(self) -> Result:
        begun = time.monotonic()
        try:
            self._keeper.start()
            self._let_things_go_wrong(begun)
        finally:
            self._result.seconds = time.monotonic() - begun
            self._result.cut = self._cut.is_set() or self._ledger.overlapped
            self._keeper.rest()
            self._faults.settle()
            # Workers that stop at a point of their work must go on meanwhile.
            self._program.run("worker", "stop", "--timeout", "20", timeout=120)
            self._faults.finish()
        if self._keeper.failure is not None:
            raise self._keeper.failure
        for failure in self._faults.failures:
            raise failure
        self._check()
        return self._result

    def _let_things_go_wrong(self, begun: float) -> None:
        patience_s = 90 + self._plan.faults + self._plan.jobs / 4
        due, tell_at = begun, begun + _PROGRESS_S
        while not self._keeper.over.is_set() and not self._cut.is_set() and time.monotonic() < begun + patience_s:
            if self._faults.hits < self._plan.faults:
                self._faults.strike()
                self._result.fault_seconds = time.monotonic() - begun
            # What has overlapped has failed: nothing more needs to be found.
            self._ledger.refresh()
            if self._ledger.overlapped:
                break
            if time.monotonic() >= tell_at:
                self._say(self._progress(begun))
                tell_at += _PROGRESS_S
            due = max(due + self._random.uniform(*_PAUSES_S), time.monotonic())
            self._keeper.over.wait(due - time.monotonic())

    def _progress(self, begun: float) -> str:
        words = [line.word for line in self._ledger.lines]
        hits, seconds = self._faults.hits, self._result.fault_seconds
        return (
            f"seed {self._plan.seed}, {time.monotonic() - begun:.0f} s: {words.count('start')} runs begun, "
            f"{words.count('end')} ended well, {hits} faults hit, {hits / max(seconds, 0.001):.1f}/s"
        )

    def _check(self) -> None:
        found, program = self._result.found, self._program
        report = program.json("doctor", exit_code=None, timeout=600)
        ids = program.ok("list", "-q", "--limit", "0", timeout=600)
        shown = program.json("show", "-", stdin=ids, timeout=600)
        jobs: list[dict[str, Any]] = shown if isinstance(shown, list) else [shown]
        canceled = frozenset(self._faults.canceled)
        check.check_ledger(found, self._ledger.refresh(), jobs, canceled, cut=self._result.cut)
        check.check_acknowledged(found, self._keeper.acknowledged | self._faults.acknowledged, jobs)
        time.sleep(1.2)  # the daemons of the load end by themselves after a second
        check.check_processes(found, self._folder, program.db)
        check.check_doctor(found, report)
        self._result.measure(jobs, self._faults, self._keeper.doomed)
