"""Troubles that pass: a worker lives through them, and no job pays for them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.program import Program, wait_for

#: Makes a function of the program raise an error the first few times that it is called.
_FAIL = """
import sqlite3
import {module} as module
real, left = module.{name}, [{times}]
def failing(*args, **options):
    if left[0]:
        left[0] -= 1
        raise {error}
    return real(*args, **options)
module.{name} = failing
"""


def fail(program: Program, module: str, name: str, error: str, *, times: int = 3) -> None:
    program.patch(_FAIL.format(module=f"queuectl_tui.{module}", name=name, error=error, times=times))


def test_a_worker_at_rest_that_cannot_read(program: Program) -> None:
    """What cannot be read for a while is told and tried again; the worker stays."""
    fail(program, "store.watch", "peek", "sqlite3.OperationalError('disk I/O error')")
    (worker,) = program.json("worker", "start")["done"]
    wait_for(lambda: "(disk I/O error); trying again" in program.ok("worker", "logs", worker), what="a word about it")
    job = program.enqueue("true")
    assert program.wait_state(job, "completed")["worker"] == worker


def test_a_job_that_cannot_be_started_yet(program: Program) -> None:
    """What keeps any job from starting costs this one no attempt, not even its only one: it is handed back."""
    fail(program, "work.execution", "harden", "OSError(28, 'No space left on device')", times=1)
    program.enqueue("--id", "j", "--on-interrupt", "dead", "--max-retries", "0", "true")
    program.drain()
    job = program.job("j")
    assert (job["state"], job["attempts"]) == ("completed", 1)
    assert [run["outcome"] for run in job["runs"]] == ["handed_back", "completed"]


@pytest.mark.parametrize("number", ["EAGAIN", "ENOMEM", "EMFILE"])
def test_a_machine_that_can_start_no_process(program: Program, number: str) -> None:
    """When processes, memory or files are short, jobs wait until that has passed; none is charged, let alone buried."""
    fail(program, "work.command", "launch", f"OSError(__import__('errno').{number}, 'short of it')", times=1)
    program.enqueue("--id", "j", "--max-retries", "0", "true")
    done = program.drain()
    assert "cannot start: short of it; trying again" in done.stderr
    job = program.job("j")
    assert (job["state"], job["attempts"]) == ("completed", 1)
    assert [run["outcome"] for run in job["runs"]] == ["handed_back", "completed"]


def test_workers_that_cannot_be_forked(program: Program) -> None:
    """Those that were started work, and the others are told; a supervisor that has started ends with nothing left."""
    program.patch(
        "import os\nfork, left = os.fork, [1]\n"
        "def one():\n    left[0] -= 1\n    if left[0] < 0: raise BlockingIOError(11, 'short of it')\n"
        "    return fork()\n"
        "os.fork = one\n"
    )
    said = program.refuse("worker", "start", "--count", "3", exit_code=1, says=["2 of 3 workers did not start"])
    assert "no process can be started: short of it" in said
    assert len(program.workers()) == 1
    program.ok("worker", "stop")
    program.refuse("--worker", "--count", "2", exit_code=1, says=["no process can be started"])
    wait_for(lambda: not program.workers(), what="the end of the one that was started")


def test_a_worker_that_cannot_be_replaced_yet(program: Program) -> None:
    """A supervisor keeps trying to fork another in the place of one that died."""
    program.set("backoff_base", 0)
    program.patch(
        "import os\nfork, calls = os.fork, []\n"
        "def some():\n    calls.append(0)\n    if len(calls) == 2: raise BlockingIOError(11, 'short of it')\n"
        "    return fork()\n"
        "os.fork = some\n"
    )
    program.enqueue("--id", "j", "--command", 'test "$QUEUECTL_ATTEMPT" = 2 || kill -9 $PPID')
    done = program.run("--worker", "--count", "1", "--until-idle", exit_code=0)
    assert "no process can be started: short of it; trying again" in done.stderr
    assert program.state("j") == "completed"


def test_a_run_file_that_cannot_be_written(program: Program) -> None:
    """A run file that could not be written is let go: the next run takes it, and the number of files does not grow."""
    fail(program, "work.runfile", "_line", "OSError(28, 'No space left on device')", times=3)
    program.enqueue("--id", "j", "sleep 60")
    worker = program.start("--worker")
    program.wait_state("j", "processing")
    folder = program.db.with_name("queue.db.d")
    wait_for(lambda: [path.name for path in _run_files(folder) if path.stat().st_size], what="the run's file")
    assert len(_run_files(folder)) == 1
    worker.send_signal(signal.SIGTERM)


def _run_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.run*"))
