"""`worker stop` and `worker kill`."""

from __future__ import annotations

import os
import signal
import time

from tests.cli.covers import covers
from tests.program import Program, alive, wait_for


def busy(program: Program, *args: str, **job: object) -> tuple[str, int]:
    """Start a worker that runs `the-job`; its id and pid."""
    (worker,) = program.json("worker", "start", *args)["done"]
    program.enqueue_all([{"id": "the-job", **job}])
    program.wait_state("the-job", "processing")
    return worker, next(row["pid"] for row in program.workers() if row["id"] == worker)


@covers("worker stop --json", "worker stop", "workerstate stopping")
def test_stop_drains(program: Program) -> None:
    """`worker stop` waits for the running job and says for which; a second stop changes nothing."""
    worker, pid = busy(program, command=program.gate)
    (other,) = program.json("worker", "start")["done"]
    stop = program.start("worker", "stop", worker, "--json")
    assert stop.stderr is not None
    assert b"the-job" in stop.stderr.readline(), "it says for what it waits"

    def stopping() -> bool:
        return {row["id"]: row["state"] for row in program.workers()} == {worker: "stopping", other: "idle"}

    wait_for(stopping, what="a worker that is stopping")
    second = program.start("worker", "stop", worker)
    assert second.stderr is not None
    assert b"the-job" in second.stderr.readline()
    program.open_gate()
    for process in (stop, second):
        out, _ = process.communicate(timeout=20)
        assert (process.returncode, worker.encode() in out) == (0, True)
    assert not alive(pid)
    job = program.job("the-job")
    assert (job["state"], job["attempts"], len(job["runs"])) == ("completed", 1, 1)
    assert [row["id"] for row in program.workers()] == [other]
    assert program.json("worker", "stop")["done"] == [other]
    assert program.workers() == []
    assert program.json("worker", "stop") == {"done": [], "refused": []}
    assert program.json("worker", "stop", "nobody", exit_code=1)["refused"][0]["id"] == "nobody"


@covers("worker stop --now --json", "outcome handed_back", "move hand_back", "state pending", "json:job attempts")
def test_stop_now(program: Program) -> None:
    """`--now` stops the running job, which goes back to pending, the attempt not counted."""
    pidfile = program.folder / "pid"
    worker, pid = busy(program, command=f"echo $$ > {pidfile}; sleep 60", max_retries=0)
    wait_for(lambda: pidfile.exists() and pidfile.read_text().strip(), what="the job's pid")
    begun = time.monotonic()
    assert program.json("worker", "stop", "--now") == {"done": [worker], "refused": []}
    assert time.monotonic() - begun < 20
    assert not alive(pid)
    assert not alive(int(pidfile.read_text()))
    job = program.job("the-job")
    assert (job["state"], job["attempts"]) == ("pending", 0)
    assert [(run["run"], run["outcome"]) for run in job["runs"]] == [(1, "handed_back")]
    assert program.json("history", "the-job")[-1]["move"] == "hand_back"


@covers("worker stop --timeout", "outcome handed_back")
def test_stop_with_a_time(program: Program) -> None:
    """`--timeout D` waits so long for the running job, then acts as `--now`."""
    _, pid = busy(program, command="sleep 60")
    begun = time.monotonic()
    program.run("worker", "stop", "--timeout", "1", exit_code=0)
    assert 0.9 < time.monotonic() - begun < 20
    assert not alive(pid)
    job = program.job("the-job")
    assert (job["state"], job["attempts"], job["runs"][0]["outcome"]) == ("pending", 0, "handed_back")
    program.ok("edit", "the-job", "--command", program.gate)
    program.json("worker", "start")
    program.wait_state("the-job", "processing")
    stop = program.start("worker", "stop", "--timeout", "20")
    assert stop.stderr is not None
    assert b"the-job" in stop.stderr.readline()
    program.open_gate()
    assert stop.wait(20) == 0
    assert program.state("the-job") == "completed"


@covers("worker kill --json", "worker kill", "outcome interrupted", "move rescue")
def test_kill(program: Program) -> None:
    """`worker kill` ends a worker, stopped or not, and rescues its job at once: the attempt counts."""
    pidfile = program.folder / "pid"
    worker, pid = busy(program, command=f"echo $$ > {pidfile}; sleep 60")
    wait_for(lambda: pidfile.exists() and pidfile.read_text().strip(), what="the job's pid")
    (other,) = program.json("worker", "start", "--queue", "other")["done"]
    os.kill(pid, signal.SIGSTOP)
    report = program.json("worker", "kill", worker, "nobody", exit_code=1)
    assert report["done"] == [worker]
    assert report["refused"][0]["id"] == "nobody"
    assert not alive(pid)
    assert not alive(int(pidfile.read_text()))
    job = program.job("the-job")
    assert (job["state"], job["attempts"]) == ("failed", 1)
    assert [run["outcome"] for run in job["runs"]] == ["interrupted"]
    assert program.json("history", "the-job")[-1]["move"] == "rescue"
    assert [row["id"] for row in program.workers()] == [other]
    program.refuse("worker", "kill")


def test_stop_of_a_stopped_worker(program: Program) -> None:
    """`worker stop --now` works on a worker that was stopped by a signal."""
    _, pid = busy(program, command="sleep 60")
    os.kill(pid, signal.SIGSTOP)
    program.run("worker", "stop", "--now", exit_code=0, timeout=20)
    assert not alive(pid)
    assert program.state("the-job") == "pending"


def test_cancel_through_a_stopped_job(program: Program) -> None:
    """A job that stopped itself is canceled like any other."""
    pidfile = program.folder / "pid"
    busy(program, command=f"echo $$ > {pidfile}; kill -STOP $$; sleep 60")
    wait_for(lambda: pidfile.exists() and pidfile.read_text().strip(), what="the job's pid")
    program.run("cancel", "the-job", exit_code=0, timeout=20)
    assert not alive(int(pidfile.read_text()))
    assert program.job("the-job")["reason"] == "canceled"
