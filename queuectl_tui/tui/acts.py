"""What the UI does to the queue, away from the screen: each act opens the store for itself and reports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from queuectl_tui.rules.environment import captured
from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job, Report
from queuectl_tui.store import pages, queries, queues, settings, workers
from queuectl_tui.store.database import Store, guarded, open_reader, open_store
from queuectl_tui.store.moves import acts
from queuectl_tui.store.moves.acts import GoOn
from queuectl_tui.store.moves.enqueue import Batch, Origin
from queuectl_tui.store.pages import Listing
from queuectl_tui.work import fleet, rescue, wakeup
from queuectl_tui.work.own import actor

#: How long workers may take to start, seconds.
_START_S = 60.0


class Act(NamedTuple):
    """Something that is done to jobs: the move of `rules.states`, what it is called, and what was done after it."""

    move: str
    verb: str
    done: str
    perform: Callable[[Store, Sequence[str], GoOn], Report]
    #: It cannot be put right, so it asks even for one job.
    final: bool = False


def _retry(store: Store, ids: Sequence[str], go_on: GoOn = acts.always) -> Report:
    report = acts.retry(store, ids, actor=actor(), go_on=go_on)
    wakeup.poke(store, len(report.done))
    return report


def _cancel(store: Store, ids: Sequence[str], go_on: GoOn) -> Report:
    report = acts.cancel(store, ids, actor=actor(), go_on=go_on)
    wakeup.nudge(store, {job.worker for job in queries.by_ids(store, report.stopping) if job.worker})
    return report


def _hold(store: Store, ids: Sequence[str], go_on: GoOn) -> Report:
    return acts.hold(store, ids, actor=actor(), go_on=go_on)


def _release(store: Store, ids: Sequence[str], go_on: GoOn) -> Report:
    report = acts.release(store, ids, actor=actor(), go_on=go_on)
    wakeup.poke(store, len(report.done))
    return report


def _delete(store: Store, ids: Sequence[str], go_on: GoOn) -> Report:
    return acts.delete(store, ids, actor=actor(), go_on=go_on)


ACTS = {
    act.move: act
    for act in (
        Act("retry", "Retry", "retried", _retry),
        Act("cancel", "Cancel", "canceled", _cancel),
        Act("hold", "Hold", "held", _hold),
        Act("release", "Release", "released", _release),
        Act("delete", "Delete", "deleted", _delete, final=True),
    )
}


def on_jobs(path: Path, act: Act, listing: Listing, ids: Sequence[str], go_on: GoOn) -> Report:
    """Do something to those jobs of a list that are still of it; the others are refused."""
    with guarded(path), open_store(path) as store:
        still = pages.among(store, listing, ids)
        gone = set(ids) - set(still)
        report = act.perform(store, still, go_on)
        left = tuple((name, "it is not in this list any more") for name in ids if name in gone)
        return Report(report.done, (*report.refused, *left), report.stopping)


def still_listed(path: Path, listing: Listing, ids: Sequence[str]) -> list[str]:
    """Give those of the ids whose jobs are still of a list."""
    with guarded(path), open_reader(path) as store:
        return pages.among(store, listing, ids)


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


def change_priority(path: Path, ids: Sequence[str], by: int) -> Report:
    """Put jobs before others, or behind them."""
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    with guarded(path), open_store(path) as store:
        for job in queries.by_ids(store, ids):
            priority = max(-1000, min(1000, job.priority + by))
            report = acts.edit(store, [job.id], Request(command="", priority=priority), actor=actor())
            done += report.done
            refused += report.refused
    return Report(tuple(done), tuple(refused))


def enqueue(path: Path, request: Request) -> Report:
    """Enqueue a job, with this process's environment as the command line does."""
    here = request.cwd or os.path.expanduser("~")  # noqa: PTH111 - Path.home raises without a home
    with Batch(path, Origin(here, captured(os.environ), actor()), Request(command="")) as batch:
        batch.add([request])
        batch.commit()
        wakeup.poke(batch.store)
        return Report(done=tuple(batch.ids()))


def save_settings(path: Path, changes: Mapping[str, str | None], seen: Mapping[str, str]) -> None:
    """Change settings of the queue, if nobody has changed them since they were seen."""
    with guarded(path), open_store(path) as store:
        settings.save(store, changes, seen=seen)
        wakeup.nudge(store, [row.id for row in workers.all_(store)])


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
