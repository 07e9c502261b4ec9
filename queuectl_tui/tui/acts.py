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
from queuectl_tui.store.database import Store, open_reader, open_store
from queuectl_tui.store.lists import Listing
from queuectl_tui.store.moves import acts
from queuectl_tui.store.moves.edit import Edit, edit_and_retry, shift
from queuectl_tui.store.moves.enqueue import Batch, Origin
from queuectl_tui.store.moves.step import GoOn, States, always
from queuectl_tui.store.trouble import guarded
from queuectl_tui.tui.hit import Hit, of_many, of_marks
from queuectl_tui.work import fleet, rescue, wakeup
from queuectl_tui.work.own import actor

#: Of jobs whose commands differ so many are looked at.
_SAMPLE = 200
#: How long workers may take to start, seconds.
_START_S = 60.0


class Act(NamedTuple):
    """Something that is done to jobs: the move of `rules.states`, what it is called, and what was done after it."""

    move: str
    verb: str
    done: str
    perform: Callable[[Store, States, GoOn], Report]
    #: It cannot be put right, so it asks even for one job.
    final: bool = False
    #: The opposite key puts it right at once, so it never asks.
    slight: bool = False


def _retry(store: Store, seen: States, go_on: GoOn = always) -> Report:
    report = acts.retry(store, list(seen), actor=actor(), go_on=go_on, seen=seen)
    wakeup.poke(store, len(report.done))
    return report


def _cancel(store: Store, seen: States, go_on: GoOn) -> Report:
    report = acts.cancel(store, list(seen), actor=actor(), go_on=go_on, seen=seen)
    wakeup.nudge(store, {job.worker for job in queries.by_ids(store, report.stopping) if job.worker})
    return report


def _hold(store: Store, seen: States, go_on: GoOn) -> Report:
    return acts.hold(store, list(seen), actor=actor(), go_on=go_on, seen=seen)


def _release(store: Store, seen: States, go_on: GoOn) -> Report:
    report = acts.release(store, list(seen), actor=actor(), go_on=go_on, seen=seen)
    wakeup.poke(store, len(report.done))
    return report


def _delete(store: Store, seen: States, go_on: GoOn) -> Report:
    return acts.delete(store, list(seen), actor=actor(), go_on=go_on, seen=seen)


def _sooner(store: Store, seen: States, go_on: GoOn) -> Report:
    return shift(store, list(seen), 1, actor=actor(), go_on=go_on, seen=seen)


def _later(store: Store, seen: States, go_on: GoOn) -> Report:
    return shift(store, list(seen), -1, actor=actor(), go_on=go_on, seen=seen)


#: What keys do to jobs, by name.
ACTS = {
    "retry": Act("retry", "Retry", "retried", _retry),
    "cancel": Act("cancel", "Cancel", "canceled", _cancel),
    "hold": Act("hold", "Hold", "held", _hold),
    "release": Act("release", "Release", "released", _release),
    "delete": Act("delete", "Delete", "deleted", _delete, final=True),
    "sooner": Act("edit", "Raise", "up in priority", _sooner, slight=True),
    "later": Act("edit", "Lower", "down in priority", _later, slight=True),
}


def on_jobs(path: Path, act: Act, seen: States, go_on: GoOn) -> Report:
    """Do something to jobs; those that are in another state than they were seen in are refused."""
    with guarded(path), open_store(path) as store:
        return act.perform(store, seen, go_on)


def marked(path: Path, move: str, listing: Listing, marks: States) -> Hit:
    """Look which of the marked jobs a move hits: those that are still of the list, in the state they were marked in."""
    with guarded(path), open_reader(path) as store:
        found = pages.among(store, listing, list(marks))
        there = {job.id for job in found}
        others = [name for name in marks if name not in there] if listing.filter is not None else []
        hidden = pages.among(store, listing._replace(filter=None), others)
        return _named(store, of_marks(move, marks, found, hidden))


def marked_alike(path: Path, listing: Listing, marks: States) -> Hit:
    """Look which of the marked jobs an edit hits, and what those have in common."""
    hit = marked(path, "edit", listing, marks)
    with guarded(path), open_reader(path) as store:
        alike = pages.alike(store, list(hit.states))
        some = queries.by_ids(store, list(hit.states)[:_SAMPLE]) if alike.command is None else []
        return hit._replace(alike=alike, commands=tuple(job.command for job in some))


def listed(path: Path, move: str, listing: Listing) -> Hit:
    """Look which jobs of a whole list a move hits."""
    with guarded(path), open_reader(path) as store:
        return _named(store, of_many(move, pages.seen(store, listing)))


def states(path: Path, listing: Listing) -> dict[str, str]:
    """Give the ids of a whole list, each with its state."""
    with guarded(path), open_reader(path) as store:
        return {job.id: job.state for job in pages.seen(store, listing)}


def _named(store: Store, hit: Hit) -> Hit:
    return hit._replace(named=tuple(queries.by_ids(store, hit.first)))


def in_list(path: Path, listing: Listing, job_id: str) -> Job | None:
    """Give a job if it is of a list."""
    with guarded(path), open_reader(path) as store:
        return next(iter(queries.by_ids(store, [job.id for job in pages.among(store, listing, [job_id])])), None)


def find(path: Path, text: str) -> Job:
    """Give the job of that id, or of a beginning that only one has."""
    with guarded(path), open_reader(path) as store:
        return queries.job(store, queries.find(store, text, beginnings=True))


def edit(path: Path, seen: States, wanted: Edit, go_on: GoOn) -> Report:
    """Change jobs, if anything is wanted; those that failed or are dead are retried."""
    with guarded(path), open_store(path) as store:
        report = edit_and_retry(store, list(seen), wanted, actor=actor(), go_on=go_on, seen=seen)
        wakeup.poke(store, len(report.done))
        return report


def enqueue(path: Path, request: Request) -> Report:
    """Enqueue a job, with this process's environment as the command line does."""
    here = request.cwd or os.path.expanduser("~")  # noqa: PTH111 - Path.home raises without a home
    with Batch(path, Origin(here, captured(os.environ), actor()), Request(command="")) as batch:
        batch.add([request])
        batch.commit()
        wakeup.poke(batch.store)
        return Report(done=tuple(batch.ids()))


def save_settings(path: Path, changes: Mapping[str, str | None], seen: Mapping[str, str]) -> dict[str, str] | None:
    """Change settings of the queue; when others have changed them since they were seen, give what is kept now."""
    with guarded(path), open_store(path) as store:
        try:
            settings.save(store, changes, seen=seen)
        except Refused:
            return settings.stored(store)
        wakeup.nudge(store, [row.id for row in workers.all_(store)])
        return None


def pause(path: Path, names: Sequence[str] | None, paused: bool) -> None:
    """Pause queues (None: all), or let them go on."""
    with guarded(path), open_store(path) as store:
        queues.pause(store, names, paused)
        if not paused:
            wakeup.poke(store, 256)


def start_workers(path: Path, count: int, serve: Sequence[str] = ()) -> Report:
    """Start detached workers: by the program itself, since this process has a screen and threads."""
    words = [sys.executable, "-P", "-m", "queuectl_tui", "--db", str(path), "worker", "start", "--count", str(count)]
    for name in serve:
        words += ["--queue", name]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_START_S, check=False
    )
    if done.returncode:
        raise Refused(done.stderr.strip().removeprefix("queuectl: ") or "the workers did not start")
    return Report(done=tuple(text.removeprefix("started ") for text in done.stdout.splitlines()))


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
