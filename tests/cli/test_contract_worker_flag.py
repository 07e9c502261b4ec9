"""`queuectl --worker`: workers in the foreground."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest

from tests.cli.covers import covers
from tests.program import Program, alive, seconds, wait_for
from tests.terminal import Terminal


@covers("queuectl --worker --until-idle", "state failed")
def test_until_idle(program: Program) -> None:
    """`--until-idle` waits for what is ready, runs or is to be retried, and for nothing else; it ends 0."""
    assert program.drain().stdout == ""
    program.set("backoff_base", 1)
    program.enqueue_all(
        [
            {"id": "good", "command": "sleep 0.2"},
            {"id": "again", "command": "exit 1", "max_retries": 1},
            {"id": "later", "command": "true", "run_at": "2030-01-01T00:00:00Z"},
            {"id": "held", "command": "true", "hold": True},
            {"id": "waits", "command": "true", "after": ["held"]},
            {"id": "other", "command": "true", "queue": "other"},
        ]
    )
    program.ok("queue", "pause", "other")
    done = program.drain()
    states = {name: job["state"] for name, job in program.jobs().items()}
    assert states == {
        "good": "completed",
        "again": "dead",
        "later": "pending",
        "held": "pending",
        "waits": "pending",
        "other": "pending",
    }
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len([line for line in lines if "again" in line]) >= 2, "the log has a line per event"
    assert program.workers() == []


@covers("queuectl --worker --queue --until-idle")
def test_until_its_queues_are_idle(program: Program) -> None:
    """Only its own queues keep a worker that stays until idle."""
    program.enqueue("--id", "a", "--queue", "a", "--command", f"{program.gate}; sleep 0.5")
    other = program.start("--worker", "--queue", "a")
    program.wait_state("a", "processing")
    program.drain("--queue", "b")
    assert program.state("a") == "processing"
    program.open_gate()
    program.drain()
    assert program.state("a") == "completed", "a run of another worker is waited for"
    other.terminate()
    assert other.wait(20) == 0


@covers("queuectl --worker --max-jobs --count")
def test_max_jobs(program: Program) -> None:
    """`--max-jobs` counts the runs of all its workers, retries too."""
    program.set("backoff_base", 0)
    program.enqueue_all(["exit 1", *["sleep 0.05"] * 30])
    program.run("--worker", "--count", "3", "--max-jobs", "10", exit_code=0)
    assert sum(job["attempts"] for job in program.jobs().values()) == 10
    program.run("--worker", "--max-jobs", "1", exit_code=0)
    assert sum(job["attempts"] for job in program.jobs().values()) == 11
    program.refuse("--worker", "--max-jobs", "-1")
    program.refuse("--worker", "--count", "0")


@covers("queuectl --worker --count")
def test_it_supervises(program: Program) -> None:
    """With `--count` a worker that dies is replaced, one that was told to stop is not; it ends with the last."""
    supervisor = program.start("--worker", "--count", "2")
    wait_for(lambda: len(program.workers()) == 2, what="two workers")
    first, second = program.workers()
    assert {os.getpgid(first["pid"]), os.getpgid(second["pid"])}.isdisjoint({os.getpgid(supervisor.pid)})
    program.enqueue("--id", "a", "--command", program.gate)
    busy = program.wait_state("a", "processing")["worker"]
    victim = first if first["id"] == busy else second
    os.kill(victim["pid"], signal.SIGKILL)

    def replaced() -> bool:
        ids = {worker["id"] for worker in program.workers()}
        return len(ids) == 2 and victim["id"] not in ids

    wait_for(replaced, what="a worker in its place")
    program.open_gate()
    assert program.wait_state("a", "completed")["attempts"] == 2
    one, other = program.workers()
    program.ok("worker", "stop", one["id"])
    time.sleep(0.7)  # gives a wrong supervisor the time to start another
    assert [worker["id"] for worker in program.workers()] == [other["id"]]
    assert supervisor.poll() is None
    program.ok("worker", "stop")
    assert supervisor.wait(20) == 0


def test_it_supervises_whatever_was_ignored(program: Program) -> None:
    """Started with SIGCHLD ignored, it learns of a worker's death all the same."""
    program.start("--worker", "--count", "1", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    (first,) = wait_for(program.workers, what="a worker")
    os.kill(first["pid"], signal.SIGKILL)
    wait_for(lambda: [w["id"] for w in program.workers()] not in ([first["id"]], []), what="a worker in its place")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_one_signal_drains(program: Program, number: signal.Signals) -> None:
    """SIGTERM, SIGHUP or ctrl-c once: what runs is finished, nothing more is started, exit 0."""
    program.enqueue_all([{"id": name, "command": program.gate} for name in ("a", "b", "c")])
    workers = program.start("--worker", "--count", "2")
    for name in ("a", "b"):
        program.wait_state(name, "processing")
    workers.send_signal(number)
    wait_for(lambda: {w["state"] for w in program.workers()} == {"stopping"}, what="workers that drain")
    program.open_gate()
    assert workers.wait(20) == 0
    assert {name: job["state"] for name, job in program.jobs().items()} == {
        "a": "completed",
        "b": "completed",
        "c": "pending",
    }
    assert program.workers() == []


@pytest.mark.parametrize("count", ["1", "2"])
def test_two_signals_stop(program: Program, count: str) -> None:
    """The second signal stops the running jobs: they go back to pending, the attempt not counted."""
    program.enqueue_all([{"id": name, "command": "sleep 60"} for name in ("a", "b")][: int(count)])
    workers = program.start("--worker", "--count", count)
    for name in program.jobs():
        program.wait_state(name, "processing")
    workers.send_signal(signal.SIGTERM)
    wait_for(lambda: {w["state"] for w in program.workers()} == {"stopping"}, what="workers that drain")
    workers.send_signal(signal.SIGTERM)
    assert workers.wait(20) == 0
    for job in program.jobs().values():
        assert (job["state"], job["attempts"]) == ("pending", 0)
        assert program.job(job["id"])["runs"][0]["outcome"] == "handed_back"


def test_ctrl_c_counts_once(program: Program) -> None:
    """One ctrl-c on a terminal reaches each worker once: the running job is finished."""
    program.enqueue("--id", "a", "--command", program.gate)
    with Terminal(program, "--worker", "--count", "2") as terminal:
        program.wait_state("a", "processing")
        terminal.send("\x03")
        wait_for(lambda: {w["state"] for w in program.workers()} == {"stopping"}, what="workers that drain")
        program.open_gate()
        assert terminal.end() == 0
    job = program.job("a")
    assert (job["state"], job["attempts"]) == ("completed", 1)


def test_the_log(program: Program) -> None:
    """A foreground worker logs to stderr, a line per event, naming jobs; stdout is silent."""
    program.enqueue("--id", "job-a", "--command", "echo secret-output")
    program.enqueue("--id", "job-b", "--max-retries", "0", "--command", "exit 3")
    done = program.drain()
    assert done.stdout == ""
    assert re.search(r"^.*job-a.*$", done.stderr, re.M)
    assert re.search(r"^.*job-b.*3.*$", done.stderr, re.M)
    assert "secret-output" not in done.stderr


def test_a_supervisor_that_is_killed(program: Program) -> None:
    """When the supervisor is killed its workers finish what runs and end, and nothing is lost."""
    program.enqueue_all([{"id": name, "command": f"{program.gate}; sleep 0.5"} for name in ("a", "b", "c")])
    supervisor = program.start("--worker", "--count", "2")
    program.wait_state("a", "processing")
    pids = [worker["pid"] for worker in program.workers()]
    supervisor.kill()
    program.open_gate()
    wait_for(lambda: not any(map(alive, pids)), what="the end of its workers")
    program.drain()
    assert {job["state"] for job in program.jobs().values()} == {"completed"}
    job = program.job("a")
    assert job["attempts"] == 1
    assert seconds(job["finished_at"]) - seconds(job["started_at"]) >= 0.5
