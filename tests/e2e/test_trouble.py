"""Troubles that pass: a worker lives through them, and no job pays for them."""

from __future__ import annotations

import signal
from pathlib import Path

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
