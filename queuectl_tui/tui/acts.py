"""What the UI does to the queue, away from the screen: each act opens the store for itself and reports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job, Report
from queuectl_tui.store import pages, queries, queues, settings, workers
from queuectl_tui.store.database import Store, guarded, open_reader, open_store
from queuectl_tui.store.moves import acts
from queuectl_tui.store.moves.enqueue import Batch, Origin
from queuectl_tui.store.pages import Listing
from queuectl_tui.work import fleet, rescue, wakeup
from queuectl_tui.work.own import actor

#: So many jobs are acted on between two looks at whether to go on.
_AT_ONCE = 200
#: How long workers may take to start, seconds.
_START_S = 60.0


class Act(NamedTuple):
    """Something that is done to jobs: the move of `rules.states`, what it is called, and what was done after it."""

    move: str
    verb: str
    done: str
    perform: Callable[[Store, Sequence[str]], Report]
    #: It cannot be put right, so it asks even for one job.
    final: bool = False


def _retry(store: Store, ids: Sequence[str]) -> Report:
    report = acts.retry(store, ids, actor=actor())
    wakeup.poke(store, len(report.done))
    return report


def _cancel(store: Store, ids: Sequence[str]) -> Report:
    report = acts.cancel(store, ids, actor=actor())
    wakeup.nudge(store, {job.worker for job in queries.by_ids(store, report.stopping) if job.worker})
    return report


def _release(store: Store, ids: Sequence[str]) -> Report:
    report = acts.release(store, ids, actor=actor())
    wakeup.poke(store, len(report.done))
    return report


ACTS = {
    act.move: act
    for act in (
        Act("retry", "Retry", "retried", _retry),
        Act("cancel", "Cancel", "canceled", _cancel),
        Act("hold", "Hold", "held", lambda store, ids: acts.hold(store, ids, actor=actor())),
        Act("release", "Release", "released", _release),
        Act("delete", "Delete", "deleted", lambda store, ids: acts.delete(store, ids, actor=actor()), final=True),
    )
}


def on_jobs(path: Path, act: Act, ids: Sequence[str], progress: Callable[[int], bool]) -> Report:
    """Do something to jobs, some at a time; `progress` is told how many are behind, and says whether to go on."""
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    stopping: list[str] = []
    with guarded(path), open_store(path) as store:
        for start in range(0, len(ids), _AT_ONCE):
            report = act.perform(store, ids[start : start + _AT_ONCE])
            done += report.done
            refused += report.refused
            stopping += report.stopping
            if not progress(min(start + _AT_ONCE, len(ids))):
                break
    return Report(tuple(done), tuple(refused), tuple(stopping))


def find(path: Path, text: str) -> Job:
    """Give the job of that id, or of a beginning that only one has."""
    with guarded(path), open_reader(path) as store:
        return queries.job(store, queries.find(store, text, beginnings=True))


def listed(path: Path, listing: Listing) -> list[str]:
    """Give the ids of a whole list, in its order."""
    with guarded(path), open_reader(path) as store:
        return pages.ids(store, listing)


def edit(path: Path, ids: Sequence[str], changes: Request, *, retry: bool) -> Report:
    """Change jobs, and then retry those that were changed, if so wished."""
    with guarded(path), open_store(path) as store:
        report = acts.edit(store, ids, changes, actor=actor())
        if not retry:
            wakeup.poke(store, len(report.done))
            return report
        again = _retry(store, report.done)
        return Report(again.done, report.refused + again.refused)


def change_priority(path: Path, job_id: str, by: int) -> Report:
    """Put a job before others of its queue, or behind them."""
    with guarded(path), open_store(path) as store:
        priority = max(-1000, min(1000, queries.job(store, job_id).priority + by))
        return acts.edit(store, [job_id], Request(command="", priority=priority), actor=actor())


def enqueue(path: Path, request: Request, cwd: str, env: Mapping[str, str]) -> str:
    """Enqueue a job and give its id."""
    with Batch(path, Origin(cwd, dict(env), actor()), Request(command="")) as batch:
        batch.add([request])
        batch.commit()
        wakeup.poke(batch.store)
        return next(batch.ids())


def save_settings(path: Path, changes: Mapping[str, str | None]) -> None:
    """Change settings of the queue."""
    with guarded(path), open_store(path) as store:
        settings.save(store, changes)
        wakeup.nudge(store, [row.id for row in workers.all_(store)])


def stored_settings(path: Path) -> dict[str, str]:
    """Give the settings that differ from their defaults, as they are kept."""
    with guarded(path), open_store(path) as store:
        return settings.stored(store)


def pause(path: Path, names: Sequence[str] | None, paused: bool) -> None:
    """Pause queues (None: all), or let them go on."""
    with guarded(path), open_store(path) as store:
        queues.pause(store, names, paused)
        if not paused:
            wakeup.poke(store, 256)


def start_workers(path: Path, count: int, serve: Sequence[str] = ()) -> None:
    """Start detached workers: by the program itself, since this process has a screen and threads."""
    words = [sys.executable, "-P", "-m", "queuectl_tui", "--db", str(path), "worker", "start", "--count", str(count)]
    for name in serve:
        words += ["--queue", name]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_START_S, check=False
    )
    if done.returncode:
        raise Refused(done.stderr.strip().removeprefix("queuectl: ") or "the workers did not start")


def rescue_jobs(path: Path) -> list[str]:
    """Take back the jobs of dead workers, as every worker does too; give their ids."""
    with guarded(path), open_store(path) as store:
        return rescue.rescue(store, actor=actor())


def stop_worker(path: Path, worker: str, *, now: bool) -> None:
    """Ask a worker to finish what it runs and leave; `now`: to put that back and leave. Does not wait for it."""
    with guarded(path), open_store(path) as store:
        rows = [row for row in workers.all_(store) if row.id == worker]
        if not rows:
            raise Refused(f"worker {worker} has left")
        fleet.ask(store, rows, "now" if now else "drain")


def kill_worker(path: Path, worker: str) -> Report:
    """Kill a worker's process and rescue its job."""
    with guarded(path), open_store(path) as store:
        return fleet.kill(store, [worker], actor=actor())
