"""What becomes of running jobs when workers are killed or stopped."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.program import Program, alive, seconds, wait_for


def started(file: Path) -> int:
    """Wait for the pid that a job wrote, and give it."""
    text = wait_for(lambda: file.exists() and file.read_text().endswith("\n") and file.read_text(), what=f"{file.name}")
    return int(str(text).split()[-1])


def crash(program: Program, rounds: int) -> None:
    """Kill the worker of a running job, again and again: its sleep is gone and its job rescued within 3 s."""
    program.set("backoff_base", 0)
    program.ok("worker", "start", "--count", "2")
    for n in range(rounds):
        file = program.folder / f"pid{n}"
        job_id = f"j{n}"
        program.enqueue("--id", job_id, "--command", f"sleep 30 & echo $! > {file}; wait")
        pid = started(file)
        owner = program.job(job_id)["worker"]
        victim = next(worker["pid"] for worker in program.workers() if worker["id"] == owner)
        killed = time.time()
        os.kill(victim, signal.SIGKILL)
        file.unlink()
        assert started(file) != pid
        assert not alive(pid), "what the first run left was ended before the second began"
        first, second = program.job(job_id)["runs"]
        assert (first["outcome"], first["attempt"], first["worker"]) == ("interrupted", 1, owner)
        assert seconds(first["finished_at"]) - killed < 3
        assert (second["attempt"], second["outcome"]) == (2, "running")
        assert second["worker"] != owner
        program.ok("cancel", job_id)
        program.ok("worker", "start")
        assert owner not in [worker["id"] for worker in program.workers()]


def test_a_killed_worker(program: Program) -> None:
    """A killed worker's processes are ended and its job is run again by another, the attempt counted."""
    crash(program, 3)


@pytest.mark.slow
def test_twenty_killed_workers(program: Program) -> None:
    """Twenty crashes, twenty rescues."""
    crash(program, 20)


def test_every_worker_killed(program: Program) -> None:
    """With every worker killed nothing is rescued until the next `worker start`, which does it."""
    file = program.folder / "pid"
    program.set("backoff_base", 0)
    program.ok("worker", "start", "--count", "3")
    program.enqueue("--id", "j", "--max-retries", "1", "--command", f"echo $$ > {file}; sleep 30")
    first = started(file)
    for worker in program.workers():
        os.kill(worker["pid"], signal.SIGKILL)
    time.sleep(1.2)  # a worker that survived would have rescued it by now
    for look in ("status", "list", "show j", "history j", "logs j", "metrics"):
        program.ok(*look.split())
    assert program.state("j") == "processing", "a look changes nothing"
    file.unlink()
    program.ok("worker", "start")
    assert not alive(first)
    second = started(file)
    assert second != first
    job = program.job("j")
    assert [run["outcome"] for run in job["runs"]] == ["interrupted", "running"]
    assert len(program.workers()) == 1


def stop_and_continue(program: Program, stopped_s: float) -> None:
    """Stop a worker in the middle of a job for a while: nobody takes the job; it completes once."""
    note = program.folder / "note"
    program.ok("worker", "start", "--count", "2")
    program.enqueue("--id", "j", "--command", f"echo start >> {note}; {program.gate}; echo end >> {note}")
    owner = program.wait_state("j", "processing")["worker"]
    pid = next(worker["pid"] for worker in program.workers() if worker["id"] == owner)
    os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + stopped_s
    while time.monotonic() < until:
        program.ok("worker", "list")
        job = program.job("j")
        assert (job["state"], job["worker"], job["attempts"]) == ("processing", owner, 1)
        time.sleep(min(1.0, stopped_s / 4))
    program.open_gate()
    other = program.enqueue("true")
    assert program.wait_state(other, "completed")["worker"] != owner
    os.kill(pid, signal.SIGCONT)
    job = program.wait_state("j", "completed")
    assert (job["attempts"], len(job["runs"]), note.read_text()) == (1, 1, "start\nend\n")


def test_a_stopped_worker(program: Program) -> None:
    """A stopped worker's job is not taken from it; when it goes on, the job completes once."""
    stop_and_continue(program, 4)


@pytest.mark.slow
def test_a_worker_stopped_for_a_minute(program: Program) -> None:
    """Nor after a minute."""
    stop_and_continue(program, 60)


def test_all_is_kept(program: Program) -> None:
    """Killed in the middle of everything, a queue has every accepted job, and finishes them."""
    ids = program.ok("enqueue", "-q", "-", stdin="sleep 0.1\n" * 200).split()
    program.set("backoff_base", 0)
    program.ok("worker", "start", "--count", "3")
    for _ in range(2):
        wait_for(lambda: program.json("status")["workers"]["busy"], what="a busy worker")
        for worker in program.workers():
            os.kill(worker["pid"], signal.SIGKILL)
        program.ok("worker", "start", "--count", "3")
    program.run("wait", "--timeout", "60", exit_code=0, timeout=70)
    jobs = program.jobs()
    assert set(jobs) == set(ids)
    assert {job["state"] for job in jobs.values()} == {"completed"}
    assert program.json("doctor")
