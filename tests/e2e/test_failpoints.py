"""Processes killed or stopped at the worst points: nothing is lost, run twice at once, or taken from the living."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.program import Program, wait_for
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

#: The points of a worker's turn.
POINTS = ("after_claim", "after_spawn", "before_finish")


def at(point: str, action: str) -> dict[str, str]:
    return {"QUEUECTL_FAILPOINTS": f"{point}={action}"}


def outcomes(program: Program, job: str) -> list[str]:
    return [run["outcome"] for run in program.job(job)["runs"]]


@pytest.fixture
def note(program: Program) -> Path:
    """Where the jobs of these tests write that they began and ended; a second one at once would be seen."""
    program.set("backoff_base", 0)
    program.set("kill_grace", "0.2s")
    note = program.folder / "note"
    job = f"exec 9>lock; flock -n 9 || echo overlap >> {note}; echo begin >> {note}; sleep 0.3; echo end >> {note}"
    program.enqueue("--id", "j", "--cwd", program.folder, "--command", job)
    return note


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_a_point(program: Program, note: Path, point: str) -> None:
    """Its run is interrupted and counted, its processes are ended, and the job runs again, once, to its end."""
    assert program.start("--worker", env=at(point, "kill")).wait(20) == -signal.SIGKILL
    program.drain()
    assert outcomes(program, "j") == ["interrupted", "completed"]
    words = note.read_text().split()
    assert "overlap" not in words
    assert words[-2:] == ["begin", "end"]
    assert program.ok("doctor")


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_stopped_at_a_point(program: Program, note: Path, point: str) -> None:
    """Nobody takes the job of one that stands still, at whatever point; going on, it completes it, once."""
    program.ok("worker", "start", env=at(point, "stop"))
    (victim,) = program.workers()
    wait_for(lambda: " T " in Path(f"/proc/{victim['pid']}/stat").read_text(), what="its stop")
    program.ok("worker", "start")
    program.ok("worker", "list")
    other = program.enqueue("true")
    assert program.wait_state(other, "completed")["worker"] != victim["id"]
    assert program.state("j") == "processing"
    os.kill(victim["pid"], signal.SIGCONT)
    job = program.wait_state("j", "completed")
    assert (job["worker"], len(job["runs"])) == (victim["id"], 1)
    assert note.read_text() == "begin\nend\n"


def test_a_rescuer_killed_in_the_middle(program: Program, note: Path) -> None:
    """Who dies between the end of the old processes and the record of it leaves the rescue to the next who looks."""
    assert program.start("--worker", env=at("after_spawn", "kill")).wait(20) == -signal.SIGKILL
    done = program.run("worker", "start", env=at("before_rescue_write", "kill"))
    assert done.returncode == -signal.SIGKILL
    assert program.state("j") == "processing"
    program.drain()
    assert outcomes(program, "j") == ["interrupted", "completed"]
    assert "overlap" not in note.read_text()


@pytest.mark.parametrize("point", POINTS)
def test_a_job_that_kills_its_workers_comes_to_an_end(program: Program, point: str) -> None:
    """A supervisor replaces each worker that dies of the job, until the job's attempts are spent."""
    program.set("backoff_base", 0)
    program.enqueue("--id", "j", "--max-retries", "1", "--command", "true")
    program.start("--worker", "--count", "1", env=at(point, "kill"))
    job = program.wait_state("j", "dead", timeout_s=30)
    assert (job["reason"], job["attempts"], outcomes(program, "j")) == ("interrupted", 2, ["interrupted"] * 2)


def test_a_supervisor_killed_in_mid_job(program: Program) -> None:
    """Its workers finish what they run and leave; the job is not run again."""
    program.enqueue("--id", "j", "--command", f"{program.gate}; echo end")
    fleet = program.start("--worker", "--count", "2")
    busy = program.wait_state("j", "processing")["worker"]
    fleet.kill()
    fleet.wait()
    wait_for(lambda: "supervisor is gone" in program.ok("worker", "logs", busy), what="its notice")
    program.open_gate()
    assert program.wait_state("j", "completed")["attempts"] == 1
    wait_for(lambda: not program.workers(), what="the end of the workers")
    assert program.output("j") == "end\n"


@pytest.mark.parametrize("point", POINTS)
def test_a_supervisor_killed_at_a_point_of_its_worker(program: Program, note: Path, point: str) -> None:
    """Whatever the worker is at, it finishes its job and leaves."""
    fleet = program.start("--worker", "--count", "1", env=at(point, "sleep:1"))
    program.wait_state("j", "processing")
    fleet.kill()
    fleet.wait()
    assert program.wait_state("j", "completed")["attempts"] == 1
    wait_for(lambda: not program.workers(), what="the end of the worker")
    assert note.read_text() == "begin\nend\n"


def test_a_ui_killed_in_the_middle_of_a_rescue(program: Program, note: Path) -> None:
    """The UI is a rescuer as any other: what it did not get to write is written by the next who looks."""
    assert program.start("--worker", env=at("after_spawn", "kill")).wait(20) == -signal.SIGKILL
    with Terminal(program, env=at("before_rescue_write", "kill")) as terminal:
        assert terminal.end() == -signal.SIGKILL
    assert program.state("j") == "processing"
    program.drain()
    assert outcomes(program, "j") == ["interrupted", "completed"]
    assert "overlap" not in note.read_text()


def test_a_suspended_machine(program: Program) -> None:
    """All workers and jobs stand still for a while and go on: each job ends once, by its one run."""
    program.enqueue_all(["sleep 1.5; echo done"] * 6)
    program.ok("worker", "start", "--count", "3")
    wait_for(lambda: program.json("status")["jobs"]["processing"] == 3, what="three running jobs")
    workers = [worker["pid"] for worker in program.workers()]
    jobs = [int(pid) for worker in workers for pid in _children(worker)]
    for pid in (*workers, *jobs):
        os.kill(pid, signal.SIGSTOP)
    time.sleep(2.0)  # longer than the jobs take, and than a worker looks
    assert {row["state"] for row in program.workers()} == {"stalled"}
    assert program.json("status")["jobs"]["processing"] == 3
    for pid in (*jobs, *workers):
        os.kill(pid, signal.SIGCONT)
    program.ok("wait", "--timeout", "30")
    assert all((job["state"], job["attempts"]) == ("completed", 1) for job in program.jobs().values())


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
