"""The queue of the goldens: always the same jobs at the same moment, whoever opens it, wherever and whenever."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.rules.records import Job, Usage, Worker
from queuectl_tui.store import queues, settings, workers
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import acts
from queuectl_tui.store.moves.claim import Claim
from queuectl_tui.store.output import RunOutput
from queuectl_tui.work import fleet
from tests.store.queue import enqueue, finish, opened, turn

#: 2026-03-14 15:09:26 UTC, ms.
NOW = 1_773_500_966_000
_S, _MINUTE, _MIB = 1000, 60_000, 1 << 20
#: (id, queues served, since how many minutes, completed, failed)
_WORKERS = (
    ("w3mpakqz", (), 190, 214, 9),
    ("w7hd2fxs", (), 190, 188, 12),
    ("wb9tcv4n", ("gpu", "video"), 47, 31, 0),
    ("wq5ynr8j", (), 12, 0, 0),
    ("wz2gk6ea", ("mail",), 3, 2, 0),
)
_LOST = "wz2gk6ea"
#: What differs from one machine to another.
_SURROUNDINGS = {"TZ": "UTC0", "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
_FRAMES = "".join(f"frame={n * 31:5} fps= 31 q=28.0 size={n * 411:8}kB speed=1.24x\n" for n in range(1, 60))


class Run(NamedTuple):
    """How a run went: what it took and printed, and how it ended (None: it goes on)."""

    took_s: float
    exit_code: int | None = 0
    stdout: str = ""
    stderr: str = ""
    signal: int | None = None


class Clock:
    """Stands in for the module `time` where the program reads the time of day."""

    def __init__(self) -> None:
        self.at = NOW

    def time_ns(self) -> int:
        """Give the time it was set to."""
        return self.at * 1_000_000


class _Past:
    """Lets jobs live through what was, each run by run."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def live(self, minutes: float, command: str, runs: Sequence[Run], worker: str = "w3mpakqz", **asked: Any) -> None:
        """Enqueue a job so many minutes ago, and give it its runs, each as soon as it is due."""
        self._clock.at = NOW - round(minutes * _MINUTE)
        (job,) = enqueue(self._store.path, Request(command, **asked))
        self._clock.at += 350
        for run in runs:
            taken = turn(self._store, worker)
            if taken.claim is None and taken.next_due is not None:
                self._clock.at = taken.next_due
                taken = turn(self._store, worker)
            assert taken.claim is not None, job
            assert taken.claim.id == job, (taken.claim.id, job)
            self._end(taken.claim, worker, run)

    def _end(self, claim: Claim, worker: str, run: Run) -> None:
        parts = [Chunk(name, 0, text.encode()) for name in ("stdout", "stderr") if (text := getattr(run, name))]
        size = sum(len(part.data) for part in parts)
        if run.exit_code is None and run.signal is None:
            printed = RunOutput(self._store, job=claim.seq, run=claim.run, worker=worker)
            assert printed.append(parts, total=size, head_end=_MIB, windows={"stdout": 0, "stderr": 0})
            return
        took = round(run.took_s * 1000)
        self._clock.at = claim.started_at + took
        failed = run.exit_code != 0
        ended = finish(
            claim,
            worker,
            "failed" if failed else "completed",
            host="ant",
            exit_code=run.exit_code,
            signal=run.signal,
            error=(run.stderr.strip().splitlines() or [f"exit {run.exit_code}"])[-1] if failed else None,
            finished_at=self._clock.at,
            duration_ms=took,
            cpu_ms=took * 7 // 8,
            max_rss_kib=round(48_000 + took // 2),
            output_bytes=size,
            rest=parts,
        )
        assert turn(self._store, worker, ended, want=False).end is not None


@contextlib.contextmanager
def frozen(folder: Path) -> Iterator[Clock]:
    """Stop the clock, and hide what differs between machines; the folder is the home."""
    clock = Clock()
    hidden = ("NO_COLOR", "FORCE_COLOR", "TERM_PROGRAM")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    with contextlib.ExitStack() as stack:
        # After the environment is as it was.
        stack.callback(time.tzset)
        # Where a job is enqueued is told in its form.
        stack.enter_context(contextlib.chdir("/"))
        stack.enter_context(patch.dict(os.environ, kept | _SURROUNDINGS | {"HOME": str(folder)}, clear=True))
        time.tzset()
        stack.enter_context(patch("queuectl_tui.rules.times.time", clock))
        stack.enter_context(patch.object(fleet, "observe", _observed(fleet.observe)))
        stack.enter_context(patch("queuectl_tui.work.usage.Meter.look", _metered))
        # The lost worker stays lost.
        stack.enter_context(patch("queuectl_tui.tui.acts.rescue_jobs", lambda _: []))
        yield clock


@contextlib.contextmanager
def filled(path: Path, clock: Clock) -> Iterator[None]:
    """Fill the queue, and hold the locks of its workers."""
    with opened(path) as store, contextlib.ExitStack() as stack:
        for number, (name, served, minutes, completed, failed) in enumerate(_WORKERS):
            lock = workers.hold_lock(store, name)
            workers.note_counts(lock, completed, failed)
            os.utime(lock, (NOW / 1000, NOW / 1000))
            if name == _LOST:
                os.close(lock)
            else:
                stack.callback(os.close, lock)
            since = NOW - minutes * _MINUTE
            # No such process: what is told of it comes from `_observed`.
            workers.register(store, name, pid=4200 + number, pid_start=-1.0, host="ant", queues=served, now=since)
        settings.save(store, {"backoff_base": "4", "job_timeout": "1h"})
        _past(_Past(store, clock))
        clock.at = NOW
        _future(store)
        yield


def _past(past: _Past) -> None:
    """Let jobs complete, die, fail and run."""
    for n in range(30):
        minutes = 58 - 1.9 * n
        words = f"convert -resize 1600 /srv/in/{n:03}.tif /srv/out/{n:03}.jpg"
        past.live(minutes, words, [Run(0.4 + n % 7 * 1.3, stdout="ok\n")], "w7hd2fxs", id=f"img-{n:03}", queue="images")
    past.live(26, "make -C firmware check", [Run(94, stdout="241 passed\n")], id="tests", queue="build", tags=("ci",))
    nothing = "tar: /nowhere: Cannot stat: No such file or directory\n"
    past.live(310, "tar -czf /vault/etc.tgz /nowhere", [Run(0.2, 2, stderr=nothing)], id="backup", max_retries=0)
    down = Run(22, 255, "sending incremental file list\n", "ssh: connect to host vault port 22: timed out\n")
    past.live(131, "rsync -a /srv/out/ vault:/2026-03/", [down, down, down, down], id="mirror", queue="sync")
    killed = Run(372, None, _FRAMES, "[libx265] warning: VBV underflow at frame 1241\nKilled\n", signal=9)
    movie = "ffmpeg -i /srv/raw/a_0412.mov -c:v libx265 -preset slow -crf 26 /srv/out/a_0412.mp4"
    past.live(52, movie, [killed, killed], "wb9tcv4n", id="film-a", queue="video", max_retries=1, priority=5)
    past.live(9, "./migrate.sh tenant-118 größer 漢字", [Run(3, 64, stderr="usage: ...\n")], id="tenant", max_retries=0)
    gone = Run(2, 22, stderr="curl: (22) The requested URL returned error: 503\n")
    past.live(12, "curl -fsS https://api.example.org/ping", [gone], id="ping", queue="sync", backoff_base=900)
    # So that its third retry is due in 42 seconds.
    past.live(48.35 / 60, "curl -fsS https://api.example.org/v2/reindex", [gone] * 3, id="reindex", queue="sync")
    runs = Run(0, None, _FRAMES, "[libx265] warning: VBV underflow at frame 1241\n")
    past.live(14, movie.replace("a_0412", "b_0413"), [runs], "wb9tcv4n", id="film-b", queue="video", timeout_s=7200)
    train = "train --fold 3 --lr 3e-4 --epochs 10"
    past.live(6, train, [Run(0, None, "epoch 3/10 loss 0.41\n")], "w3mpakqz", id="fold-3", queue="gpu")
    past.live(5, train.replace("3", "4", 1), [Run(0, None)], _LOST, id="fold-4", queue="gpu")


def _future(store: Store) -> None:
    """Enqueue what waits, each kind for its own reason."""
    plain = [
        Request(f"convert -resize 1600 /srv/in/{n:03}.tif /srv/out/{n:03}.jpg", id=f"img-{n:03}", queue="images")
        for n in range(30, 70)
    ]
    enqueue(
        store.path,
        Request("make -C firmware release", id="release", queue="build", after=("mirror",), priority=9),
        Request("pg_dump app | zstd > /vault/app.zst", id="nightly", run_at=NOW + 7 * 3600 * _S),
        Request("echo 'remind me'", id="soon", run_at=NOW + 95 * _S),
        Request("rm -rf /srv/out/old", id="cleanup", hold=True),
        Request("ffmpeg -i /srv/raw/c_0414.mov /srv/out/c_0414.mp4", id="film-c", queue="video"),
        Request("train --fold 5 --lr 3e-4", id="fold-5", queue="gpu"),
        *plain,
    )
    queues.pause(store, ["video"], True)
    queues.limit(store, "gpu", 2)
    acts.cancel(store, ["img-069"], actor="me@ant")


def _observed(look: Any) -> Any:
    """Give what `fleet.observe` sees, with the processes that there would be."""

    def observe(*args: Any, **options: Any) -> tuple[Worker, ...]:
        seen: Sequence[Worker] = look(*args, **options)
        return tuple(
            worker if worker.state == "lost" else worker._replace(rss_bytes=(11 + n) * _MIB, cpu_percent=0.3 * n)
            for n, worker in enumerate(seen)
        )

    return observe


def _metered(_: object, __: Store, jobs: Sequence[Job]) -> dict[int, Usage]:
    return {job.seq: Usage(97.0 + job.seq % 5 * 60, (180 + job.seq) * _MIB) for job in jobs}
