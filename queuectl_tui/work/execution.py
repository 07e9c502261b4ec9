"""One run of a claimed job: its environment, its lock, its limits, and what is asked of it meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from queuectl_tui.rules.errors import DatabaseMissing, QueuectlError
from queuectl_tui.rules.pieces import Chunk, trim
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import watch
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.claim import Claim, captured, harden
from queuectl_tui.store.moves.settle import Finish
from queuectl_tui.store.output import RunOutput
from queuectl_tui.work import command, failpoints, runfile, wakeup
from queuectl_tui.work.launch import NotYetError, Task

if TYPE_CHECKING:
    from queuectl_tui.work.capture import Capture
    from queuectl_tui.work.worker import Worker

#: After what could not be written or started (full disk, locked file), it is tried again after this time, seconds.
RETRY_S = 0.5
#: What a job has of its worker's environment when none was captured.
_PLAIN = ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER")
#: So many captured environments are kept at hand.
_KEPT = 16


class Environments:
    """The captured environments that jobs had lately: they never change, nor is a number given twice."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[int, dict[str, str]] = {}

    def get(self, number: int) -> dict[str, str]:
        """Give one of them. Raises ValueError for what the queue cannot have kept so."""
        found = self._kept.get(number)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            found = self._kept[number] = _texts(captured(self._store.conn, number))
        return found


class Execution:
    """A run from claim to finish; `command.run` asks it, while the job runs, whether it may go on."""

    def __init__(self, worker: Worker, claim: Claim) -> None:
        self._worker = worker
        self._claim = claim
        #: Readable when somebody asks something of this worker.
        self.fd = worker.wake
        self._seen = -1
        self._stored = RunOutput(worker.store, job=claim.seq, run=claim.run, worker=worker.id)
        self._head_end = claim.settings.output_limit // 4
        self._unstored: list[Chunk] = []

    def run(self) -> Finish:
        """Run the job to its end."""
        worker, claim = self._worker, self._claim
        failpoints.hit("after_claim")
        try:
            if claim.on_interrupt == "dead":
                harden(worker.store, worker.id)
            task = self._task()
            lock_fd, lock = runfile.open_locked(worker.store.folder, worker.id, claim.seq, claim.run)
        except (QueuectlError, sqlite3.Error, OSError) as error:
            return self._not_yet(error)
        except ValueError as error:
            # One row that makes no sense must not end every worker that takes it.
            worker.log(f"unrunnable {claim.id} run {claim.run}: its environment cannot be read ({error})")
            return self._finish(command.Outcome("unrunnable", error="its environment in the queue is damaged"), ())
        try:
            outcome = command.run(
                task,
                lock_fd=lock_fd,
                lock=lock,
                attention=self,
                store_output=self._store_output,
                on_spawn=self._spawned,
                on_lasting=lambda pid, started: runfile.tell_leader(lock_fd, pid, started),
            )
        except NotYetError as error:
            return self._not_yet(error)
        finally:
            os.close(lock_fd)
        how = "" if outcome.exit_code is None else f", exit {outcome.exit_code}"
        how += "" if outcome.signal is None else f", signal {outcome.signal}"
        worker.log(f"{outcome.outcome} {claim.id} run {claim.run} in {outcome.duration_ms / 1000:.3f} s{how}")
        return self._finish(outcome, self._rest(outcome))

    def _not_yet(self, error: Exception) -> Finish:
        """Give the job back after a moment: what keeps any job from starting costs this one no attempt."""
        self._worker.trouble(error)
        self._worker.pause(RETRY_S)
        return self._finish(command.Outcome("handed_back", error="could not be started yet"), ())

    def _finish(self, outcome: command.Outcome, rest: Sequence[Chunk]) -> Finish:
        worker, claim = self._worker, self._claim
        return Finish(
            seq=claim.seq,
            run=claim.run,
            worker=worker.id,
            host=worker.host,
            outcome=outcome.outcome,
            exit_code=outcome.exit_code,
            signal=outcome.signal,
            error=outcome.error,
            started_at=claim.started_at,
            finished_at=max(now_ms(), claim.started_at),
            duration_ms=outcome.duration_ms,
            cpu_ms=outcome.cpu_ms,
            max_rss_kib=outcome.max_rss_kib,
            output_bytes=outcome.output_bytes,
            dropped_bytes=outcome.dropped_bytes,
            rest=rest,
        )

    def look(self) -> str | None:
        """Say why the run must end now, if it must: `fenced`, `canceled` or `handed_back`."""
        worker = self._worker
        wakeup.drain(worker.wake)
        try:
            worker.housekeep(at_once=bool(worker.asked))
            version = watch.version(worker.store.conn)
            if version != self._seen:
                self._seen = version
                marks = watch.marks(worker.store.conn, worker.id, self._claim.seq, self._claim.run)
                if marks.fenced:
                    worker.log(f"{self._claim.id} run {self._claim.run} was taken away: ending its processes")
                    return "fenced"
                if marks.cancel:
                    return "canceled"
                if marks.stop == "now":
                    return "handed_back"
        except DatabaseMissing:
            return "fenced"
        except (QueuectlError, sqlite3.Error, OSError) as error:
            worker.trouble(error)
        return "handed_back" if worker.asked > 1 else None

    def _task(self) -> Task:
        claim = self._claim
        number = claim.environment
        env = _plain_environment() if number is None else self._worker.environments.get(number).copy()
        if claim.env is not None:
            env |= _texts(claim.env)
        env["QUEUECTL_JOB_ID"] = claim.id
        env["QUEUECTL_ATTEMPT"] = str(claim.attempt)
        marker = runfile.marker(self._worker.store, self._worker.id, claim.seq, claim.run)
        env["QUEUECTL_RUN"] = marker
        env["QUEUECTL_DB"] = str(self._worker.store.path)
        settings = claim.settings
        return Task(
            command=claim.command,
            shell=settings.shell,
            cwd=claim.cwd,
            env=env,
            marker=marker,
            timeout_s=claim.timeout_s,
            grace_s=settings.kill_grace,
            output_limit=settings.output_limit,
            umask=self._worker.umask,
        )

    def _rest(self, outcome: command.Outcome) -> Sequence[Chunk]:
        """Give what is to be stored with the end; what was stored live is cut to its limit first."""
        rest = [*self._unstored, *outcome.rest]
        if not self._stored.used:
            return rest
        self._unstored = []
        self._keep(rest, outcome.output_bytes, outcome.windows)
        return self._unstored

    @staticmethod
    def _spawned(pid: int) -> None:
        del pid  # found by its marker and its lock until it has lasted a moment
        failpoints.hit("after_spawn")

    def _store_output(self, capture: Capture, chunks: Sequence[Chunk]) -> None:
        """Store what the job printed so far; what cannot be stored now comes with the next piece, or with the end."""
        self._keep([*self._unstored, *chunks], capture.total_bytes, capture.windows)

    def _keep(self, chunks: Sequence[Chunk], total: int, windows: Mapping[str, int]) -> None:
        self._unstored = trim(chunks, windows, self._head_end)
        try:
            if self._stored.append(self._unstored, total=total, head_end=self._head_end, windows=windows):
                self._unstored = []
        except (QueuectlError, sqlite3.Error, OSError) as error:
            self._worker.trouble(error)


def _texts(document: str) -> dict[str, str]:
    found = json.loads(document)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("it is no object of texts")
    return found


def _plain_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _PLAIN if name in os.environ}
