"""Try it all on a throwaway queue."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.context import on_screen
from queuectl_tui.cli.reports import print_metrics, print_status
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import settings, watch
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.metrics import metrics
from queuectl_tui.store.moves.enqueue import Batch, Origin
from queuectl_tui.store.moves.readiness import next_due
from queuectl_tui.work import fleet, own, wakeup
from queuectl_tui.work.own import actor

_LONGEST_S = 28.0
#: Between two lots of new jobs while the UI is open, seconds.
_PAUSE_S = 2.5
_FLAKY = """if test -e "$QUEUECTL_JOB_ID.tried"; then echo "this time it works"
else touch "$QUEUECTL_JOB_ID.tried"; echo "not yet" >&2; exit 1; fi"""


@click.command(epilog="Example: queuectl demo")
def demo() -> None:
    """Run some thirty jobs of every kind on a throwaway queue with two workers.

    On a terminal the UI opens on it, and more jobs come as long as it is open; elsewhere the demo shows how they did.
    """
    own.leave_job()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="queuectl-demo-"))
    try:
        with _workers(folder / "queue.db", folder) as store:
            if on_screen():
                _show(folder / "queue.db", folder)
                return
            _await_idle(store)
            print_status(store)
            render.lines([""])
            print_metrics(metrics(store, since=None, now=now_ms()))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's shape
    raise KeyboardInterrupt


@contextlib.contextmanager
def _workers(path: Path, folder: Path) -> Iterator[Store]:
    """Fill a queue, and have two workers on it."""
    with open_store(path) as store:
        settings.save(store, {"backoff_base": "0.5", "kill_grace": "1s"})
    jobs = _enqueue(path, folder, _jobs())
    render.note(f"demo: {jobs} jobs and two workers on a throwaway queue …")
    fleet.start(path, count=2, queues=())
    with open_store(path) as store:
        try:
            yield store
        finally:
            fleet.stop(store, None, now=True, say=lambda text: None)  # noqa: ARG005 - nobody listens


def _show(path: Path, folder: Path) -> None:
    """Open the UI as a process of its own, and keep the queue busy until it is closed."""
    # The terminal sends ctrl-c to both; the UI's answer counts.
    signal.signal(signal.SIGINT, lambda number, frame: None)  # noqa: ARG005 - a handler's shape
    screen = subprocess.Popen([sys.executable, "-P", "-m", "queuectl_tui", "--db", str(path), "--tab", "all"])
    try:
        for round_ in itertools.count(1):
            with contextlib.suppress(subprocess.TimeoutExpired):
                screen.wait(_PAUSE_S)
                return
            _enqueue(path, folder, _more_jobs(round_))
    finally:
        screen.terminate()
        screen.wait()


def _await_idle(store: Store) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while watch.work_to_come(store.conn, ()) or next_due(store.conn) is not None:
        if time.monotonic() > deadline:
            render.note("demo: some jobs are not done yet")
            return
        time.sleep(0.1)
        sys.stderr.flush()


def _enqueue(path: Path, folder: Path, jobs: Iterator[Request]) -> int:
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with Batch(path, Origin(str(folder), env, actor()), Request(command="")) as batch:
        batch.add(jobs)
        count = batch.commit()
        wakeup.poke(batch.store, count)
    return count


def _more_jobs(round_: int) -> Iterator[Request]:
    """Give what comes later, so that there is something to watch."""
    for n in range(1, 4):
        yield Request(id=f"tick-{round_}-{n}", command=f"sleep 0.{n}; echo tick {round_}.{n}")
    work = "for i in $(seq 1 40); do echo step $i of 40; sleep 0.2; done"
    if round_ % 4 == 1:
        yield Request(id=f"work-{round_}", command=work, queue="slow", timeout_s=60.0, tags=("work",))
    if round_ % 6 == 2:
        yield Request(id=f"fail-{round_}", command="echo 'connection refused' >&2; exit 7", max_retries=1)


def _jobs() -> Iterator[Request]:
    for n in range(1, 9):
        yield Request(id=f"quick-{n}", command=f"echo quick {n}")
    for n in range(1, 5):
        yield Request(id=f"slow-{n}", command=f"sleep {n * 0.4:.1f}; echo rested", queue="slow", tags=("slow",))
    for n in range(1, 5):
        yield Request(id=f"print-{n}", command="for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done", tags=("print",))
    for n in range(1, 4):
        yield Request(id=f"flaky-{n}", command=_FLAKY, max_retries=2)
    for n, why in enumerate(("no such file", "no such file", "disk quota exceeded"), 1):
        yield Request(id=f"broken-{n}", command=f"echo '{why}' >&2; exit {n}", max_retries=1, tags=("broken",))
    yield Request(id="stuck-1", command="sleep 60", timeout_s=1.0, max_retries=0)
    yield Request(id="stuck-2", command="trap '' TERM; sleep 60", timeout_s=0.5, max_retries=0)
    yield Request(id="urgent-1", command="echo first of all", priority=100)
    yield Request(id="urgent-2", command="echo second of all", priority=99)
    yield Request(id="later-1", command="echo later", delay_s=3.0)
    yield Request(id="later-2", command="echo later still", delay_s=4.0)
    yield Request(id="gather", command="echo all printed", after=("print-1", "print-2", "print-3", "print-4"))
    yield Request(id="crash", command="kill -SEGV $$", max_retries=0)
