"""Start, stop and watch workers."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from queuectl_tui.cli import records, render
from queuectl_tui.cli.choosing import report
from queuectl_tui.cli.context import Place, from_terminal, json_option, pass_place
from queuectl_tui.cli.noun import Noun
from queuectl_tui.rules.errors import NoSuchJob, Refused
from queuectl_tui.rules.fields import check_queue
from queuectl_tui.rules.records import Report, Worker
from queuectl_tui.rules.safe import Cleaner
from queuectl_tui.rules.times import now_ms, parse_duration, show_duration
from queuectl_tui.store import queries
from queuectl_tui.store import workers as stored
from queuectl_tui.store.database import Store
from queuectl_tui.store.safety import open_own
from queuectl_tui.work import fleet, own, rescue, supervisor
from queuectl_tui.work.own import actor

_count = click.IntRange(1, 256)
_queues = click.option("--queue", "queues", multiple=True, metavar="Q", help="Serve only this queue (repeatable).")
_LOOK_S = 0.2


def foreground(
    place: Place, *, count: int | None, queues: Sequence[str], until_idle: bool, max_jobs: int | None
) -> int:
    """Run workers here until they are told to stop, or are idle; give the exit code."""
    served = [check_queue(queue, field="--queue") for queue in queues]
    return supervisor.supervise(place.path, count=count, queues=served, until_idle=until_idle, max_jobs=max_jobs)


@click.group(cls=Noun, epilog="Example: queuectl worker start --count 4")
def worker() -> None:
    """Start, stop and watch workers."""


@worker.command(epilog="Example: queuectl worker start --count 4 --queue video")
@click.option("--count", type=_count, default=1, metavar="N", help="So many (1; to 256).")
@_queues
@json_option
@pass_place
def start(place: Place, count: int, queues: Sequence[str], as_json: bool) -> None:
    """Start workers that outlive this terminal; returns when they are ready."""
    served = [check_queue(queue, field="--queue") for queue in queues]
    ids = fleet.start(place.path, count=count, queues=served)
    report(Report(done=tuple(ids)), "started", as_json=as_json)


@worker.command(epilog="Example: queuectl worker stop --timeout 10m")
@click.argument("workers", nargs=-1, metavar="[ID...]")
@click.option("--timeout", metavar="D", help="Wait at most so long, then stop running jobs as --now does.")
@click.option("--now", is_flag=True, help="Stop running jobs; they go back to pending.")
@json_option
@pass_place
def stop(place: Place, workers: Sequence[str], timeout: str | None, now: bool, as_json: bool) -> None:
    """Let workers (none named: all) finish what they run, and wait until they have left."""
    limit = None if timeout is None else parse_duration(timeout, field="--timeout")
    with place.store() as store:
        ids, refused = _chosen(store, workers) if workers else (None, ())
        _refuse_own(store, ids)
        result = fleet.stop(store, ids, now=now, timeout_s=limit, say=render.note)
    report(Report(done=result.done, refused=refused + result.refused), "stopped", as_json=as_json)


@worker.command(epilog="Example: queuectl worker kill wk7m2x9q")
@click.argument("workers", nargs=-1, required=True, metavar="ID...")
@json_option
@pass_place
def kill(place: Place, workers: Sequence[str], as_json: bool) -> None:
    """Kill worker processes; their jobs are rescued at once."""
    with place.store() as store:
        ids, refused = _chosen(store, workers)
        result = fleet.kill(store, ids, actor=actor())
    report(Report(done=result.done, refused=refused + result.refused), "killed", as_json=as_json)


@worker.command(epilog="Example: queuectl worker scale 8")
@click.argument("count", type=click.IntRange(0, 256), metavar="N")
@json_option
@pass_place
def scale(place: Place, count: int, as_json: bool) -> None:
    """Start or drain workers until there are N."""
    with place.store() as store:
        surplus = fleet.surplus(store, count)
        if surplus:
            _refuse_own(store, surplus)
        result = fleet.stop(store, surplus, say=render.note) if surplus else Report()
    if result.done or result.refused:
        report(result, "stopped", as_json=as_json)
        return
    started = fleet.fill(place.path, count)
    report(Report(done=tuple(started)), "started", as_json=as_json)


@worker.command("list", epilog="Example: queuectl worker list")
@json_option
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """List workers: idle, busy, stopping, stalled (stopped or stuck) or lost (dead, not yet rescued)."""
    with place.reader() as store:
        found = fleet.observe(store)
        if any(worker.state == "lost" for worker in found):
            with place.store() as writer:
                rescue.rescue(writer, actor=actor())
        if as_json:
            render.document([records.worker(worker) for worker in found])
            return
        heads = ("ID", "STATE", "PID", "HOST", "QUEUES", "JOB", "UP", "DONE", "FAILED", "MEMORY", "CPU")
        render.table(heads, map(_row, found), right=("PID", "DONE", "FAILED", "MEMORY", "CPU"))


def _row(found: Worker) -> Sequence[str]:
    return (
        found.id,
        found.state,
        str(found.pid),
        found.host,
        ",".join(found.queues) or "all",
        found.job or "",
        show_duration(max(0, now_ms() - found.started_at) // 1000),
        str(found.completed),
        str(found.failed),
        "" if found.rss_bytes is None else f"{found.rss_bytes >> 20} MiB",
        "" if found.cpu_percent is None else f"{found.cpu_percent:.1f} %",
    )


@worker.command(epilog="Example: queuectl worker logs --follow")
@click.argument("workers", nargs=-1, metavar="[ID...]")
@click.option("-f", "--follow", is_flag=True, help="Go on as it is written.")
@json_option
@pass_place
def logs(place: Place, workers: Sequence[str], follow: bool, as_json: bool) -> None:
    """Print workers' logs (none named: all, and with --follow those to come), also of those that have left."""
    with place.reader() as store:
        paths = [fleet.log_path(store, found) for found in _with_log(store, workers)]
        folder = store.folder
    if as_json:
        render.document(
            [{"id": path.stem, "lines": _read(path).decode("utf-8", "backslashreplace").splitlines()} for path in paths]
        )
        return
    tails: dict[Path, _Tail] = {}
    while True:
        tails |= {path: _Tail(path) for path in paths if path not in tails}
        for tail in tails.values():
            tail.print()
        sys.stdout.flush()
        if not follow:
            return
        time.sleep(_LOOK_S)
        if not workers:
            paths = list(folder.glob("*.log"))


def _with_log(store: Store, words: Sequence[str]) -> list[str]:
    there = sorted(store.folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    names = [path.stem for path in there]
    if not words:
        return names
    found = []
    for word in words:
        matches = [name for name in names if name == word] or [name for name in names if name.startswith(word)]
        if len(matches) != 1:
            raise NoSuchJob(f"no log of a worker {word!r}" if not matches else f"{word!r} begins several workers' ids")
        found += matches
    return found


def _opened(path: Path) -> BinaryIO:
    return open(open_own(path, os.O_RDONLY), "rb")


def _read(path: Path) -> bytes:
    with _opened(path) as file:
        return file.read()


class _Tail:
    """The end of a log file, also when it is rotated meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cleaner = Cleaner() if sys.stdout.isatty() else None
        self._file = _opened(path)

    def print(self) -> None:
        """Print what was added."""
        self._print_rest()
        try:
            rotated = self._path.stat().st_ino != os.fstat(self._file.fileno()).st_ino
        except FileNotFoundError:
            return
        if rotated:
            self._print_rest()
            self._file.close()
            self._file = _opened(self._path)
            self._print_rest()

    def _print_rest(self) -> None:
        while data := self._file.read(1 << 16):
            if self._cleaner is None:
                sys.stdout.buffer.write(data)
            else:
                sys.stdout.write(self._cleaner.feed(data))


def _chosen(store: Store, words: Sequence[str]) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Find workers by id, on a terminal also by a unique beginning."""
    there = [row.id for row in stored.all_(store)]
    terminal = from_terminal()
    ids, refused = [], []
    for word in dict.fromkeys(words):
        matches = [name for name in there if name == word]
        if not matches and terminal and len(word) >= 3:
            matches = [name for name in there if name.startswith(word)]
            for name in matches[:1]:
                render.note(f"{word} is {name}")
        if len(matches) == 1:
            ids += matches
        else:
            refused.append((word, "begins several workers' ids" if matches else "no such worker"))
    return ids, tuple(refused)


def _refuse_own(store: Store, ids: Sequence[str] | None) -> None:
    """Refuse to wait, inside a job, for the worker that runs this very job."""
    here = own.current_job(store.path)
    if here is None:
        return
    for job in queries.by_ids(store, [here]):
        if job.state == "processing" and (ids is None or job.worker in ids):
            raise Refused(f"this is job {here} itself, run by worker {job.worker}: it cannot wait for its own end")
