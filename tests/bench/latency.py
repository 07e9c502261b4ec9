"""From the end of the input of `enqueue -` to the command's first act, with 8 workers at rest.

The call is up and waits for more of its input before the clock starts, which it does as the pipe is closed. The job's
shell rings a bell as its first act; the reader's own waking counts too, which is at our cost. The anchor is the least
that could be done: a Python that waits likewise, stores one row durably, and starts the same shell by itself. The share
up to the claim is known to the millisecond by which the queue records starts, so it is a mean, not a percentile.
"""

from __future__ import annotations

import fcntl
import sqlite3
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from tests.bench.effort import Effort
from tests.bench.measure import percentile
from tests.bench.queue import Bell, newest, queue
from tests.bench.table import Row, at_most
from tests.program import QUEUECTL, Program, seconds, wait_for

#: Calls that are brought up together, before they are used one by one.
_AT_ONCE = 10
#: The pause before each job, in which a call comes to rest and workers that ran the last one do too, seconds.
_REST_S = 0.03

_LEAST = """
import os, sqlite3, sys
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("PRAGMA synchronous = FULL")
command = sys.stdin.read().strip()
conn.execute("INSERT INTO job (command) VALUES (?)", (command,))
os.waitpid(os.posix_spawn("/bin/sh", ["/bin/sh", "-c", command], os.environ, setsid=True), 0)
"""


class Pickup(NamedTuple):
    """One job: when the input ended (by the wall clock, seconds), and how long until it acted, milliseconds."""

    ended_at: float
    ms: float


def rows(effort: Effort) -> Iterator[Row]:
    """Measure p50, p99, and how much of it lies before the claim."""
    jobs = effort.latency_jobs
    least, ours = [], []
    with queue() as program:
        bell = Bell(program.folder / "bell")
        least_db = program.folder / "least.db"
        with sqlite3.connect(least_db) as conn:
            # Once, here: of several that would switch at the same time, SQLite lets none wait.
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("CREATE TABLE job (seq INTEGER PRIMARY KEY, command TEXT NOT NULL)")
        conn.close()
        program.ok("worker", "start", "--count", "8")
        for n in range(0, jobs, _AT_ONCE):
            print(f"latency, {n} of {jobs}", file=sys.stderr, flush=True)
            count = min(_AT_ONCE, jobs - n)
            words = [sys.executable, "-I", "-S", "-c", _LEAST, str(least_db)]
            least += [pickup.ms for pickup in _pickups(program, words, bell, count)]
            ours += list(_pickups(program, [QUEUECTL, "enqueue", "-q", "-"], bell, count))
        program.ok("wait")
        claims = [seconds(job["started_at"]) for job in newest(program, jobs, bell.command)]
        bell.close()
    yield _row("pickup p50, 8 idle workers", 50, least, ours, 8)
    yield _row("pickup p99, 8 idle workers", 99, least, ours, 30)
    claimed_ms = fmean(_up_to_claim_ms(ours, claims))
    mean_ms = fmean(one.ms for one in ours)
    yield Row("  of the mean, up to the claim", f"{mean_ms:.1f} ms", f"{claimed_ms:.1f} ms", claimed_ms / mean_ms, None)


def _row(what: str, percent: int, least: Sequence[float], ours: Sequence[Pickup], budget: float) -> Row:
    ms = percentile([one.ms for one in ours], percent)
    return Row(what, f"the least: {percentile(least, percent):.1f} ms", f"{ms:.1f} ms", ms, at_most(budget, "ms"))


def _pickups(program: Program, words: list[str], bell: Bell, count: int) -> Iterator[Pickup]:
    calls = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=program.env) for _ in range(count)
    ]
    for call in calls:
        _feed(call, bell.command)
    for call in calls:
        time.sleep(_REST_S)
        assert call.stdin is not None
        at, begun = time.time(), time.monotonic_ns()
        call.stdin.close()
        bell.wait()
        yield Pickup(at, (time.monotonic_ns() - begun) / 1e6)
        assert call.wait(60) == 0


def _feed(call: subprocess.Popen[bytes], command: str) -> None:
    """Write the command, and return when the call has read it: then it is up, and waits for more."""
    assert call.stdin is not None
    pipe = call.stdin.fileno()
    call.stdin.write(f"{command}\n".encode())
    call.stdin.flush()

    def read() -> bool:
        return not any(fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))

    wait_for(read, what="a call that reads its input")


def _up_to_claim_ms(ours: Sequence[Pickup], claims: Sequence[float]) -> list[float]:
    """Give the time from the end of the input to the claim; half of the millisecond that was cut off is added."""
    ends = sorted(one.ended_at for one in ours)
    return [(claim - end) * 1e3 + 0.5 for end, claim in zip(ends, sorted(claims), strict=True)]
