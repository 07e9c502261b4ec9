"""Take back the jobs of dead workers: prove the death, empty the old tree, then one fenced write."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator

from queuectl_tui.rules.errors import StaleClaim
from queuectl_tui.rules.records import Job, WorkerRow
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import safety, watch, workers
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import rescue as moves
from queuectl_tui.store.moves.settle import Finish
from queuectl_tui.work import failpoints, runfile, tree

#: How long one look waits for the processes of a run to end, seconds; the next look goes on.
PATIENCE_S = 1.0


def rescue(store: Store, *, actor: str, rows: tuple[WorkerRow, ...] | None = None) -> list[str]:
    """Rescue the jobs of every dead worker and take the workers off the list; give the ids of the jobs.

    A run whose processes cannot be ended stays processing, and is tried again at the next look.
    """
    rescued = []
    for row in workers.all_(store) if rows is None else rows:
        if workers.is_dead(store, row.id):
            with _proof_of_death(store, row.id) as dead:
                if dead:
                    rescued += _bury(store, row, actor)
    return rescued


@contextlib.contextmanager
def _proof_of_death(store: Store, worker: str) -> Iterator[bool]:
    """Hold the dead worker's own lock: it proves the death, and keeps other rescuers out meanwhile."""
    path = workers.file_of(store, worker, "lock")
    fd = safety.open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(fd)


def _bury(store: Store, row: WorkerRow, actor: str) -> list[str]:
    rescued = []
    for run in watch.owned(store.conn, row.id):
        if not _empty(store, row.id, run):
            continue
        failpoints.hit("before_rescue_write")
        now = now_ms()
        with contextlib.suppress(StaleClaim):
            moves.rescue(store, _interrupted(row, run, now, actor))
            rescued.append(run.id)
    if not watch.owned(store.conn, row.id):
        workers.remove(store, row.id)
        forget_files(store, row.id)
    return rescued


def _interrupted(row: WorkerRow, run: watch.Owned, now: int, actor: str) -> Finish:
    return Finish(
        seq=run.seq,
        run=run.run,
        worker=row.id,
        host=row.host,
        outcome="interrupted",
        exit_code=None,
        signal=None,
        error=f"worker {row.id} died",
        started_at=run.started_at,
        finished_at=now,
        duration_ms=max(0, now - run.started_at),
        cpu_ms=None,
        max_rss_kib=None,
        output_bytes=run.output_bytes,
        dropped_bytes=0,
        actor=actor,
    )


def _trace(store: Store, worker: str, run: watch.Owned) -> tree.Trace:
    told = runfile.find(store.folder, worker, run.seq, run.run)
    return tree.Trace(
        leader=told.leader if told else None,
        started=told.started if told else None,
        marker=runfile.marker(store, worker, run.seq, run.run),
        lock=told.path if told else None,
    )


def _empty(store: Store, worker: str, run: watch.Owned) -> bool:
    """Kill whatever is left of a dead worker's run; tell whether nothing is."""
    trace = _trace(store, worker, run)
    deadline = time.monotonic() + PATIENCE_S
    pause = 0.002
    while True:
        found = tree.find(trace)
        tree.signal_all(found, signal.SIGKILL)
        # The lock is looked at after the search: a process born meanwhile inherits it.
        if not found and (trace.lock is None or not workers.is_held(trace.lock)):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


def stuck(store: Store, job: Job) -> str | None:
    """Say which process a processing job of a dead worker waits for; None when nothing is wrong."""
    if job.state != "processing" or job.worker is None or not workers.is_dead(store, job.worker):
        return None
    for run in watch.owned(store.conn, job.worker):
        if run.id == job.id:
            trace = _trace(store, job.worker, run)
            pids = ", ".join(str(process.pid) for process in tree.find(trace))
            if pids:
                return f"worker {job.worker} is dead; process {pids} of this run cannot be ended"
            if trace.lock is not None and workers.is_held(trace.lock):
                return f"worker {job.worker} is dead; a process that cannot be seen from here holds {trace.lock}"
    return None


def forget_files(store: Store, worker: str) -> None:
    """Remove a worker's files, but its log, and any run file that a daemon still holds."""
    for path in list(runfile.of_worker(store.folder, worker)):
        if not workers.is_held(path):
            path.unlink(missing_ok=True)
    for kind in ("wake", "lock"):
        workers.file_of(store, worker, kind).unlink(missing_ok=True)
