"""A clock that steps a day forth or back, under the workers or under the commands, loses nothing."""

from __future__ import annotations

import time

import pytest

from tests.e2e.clock import Clock
from tests.program import Program, seconds, wait_for

FORTH, BACK = 1, -1


@pytest.fixture
def clock(program: Program) -> Clock:
    return Clock(program.folder)


def test_a_clock_that_steps_under_the_workers(program: Program, clock: Clock) -> None:
    """A day forth and back again: each job runs once, its duration is the real one, and no worker is taken for dead."""
    worker = program.start("--worker", "--count", "2", env=clock.env)
    program.enqueue("--id", "before", "--no-env", "--command", f"{program.gate}; sleep 0.5")
    program.wait_state("before", "processing")
    clock.step(FORTH)
    program.enqueue("--id", "between", "--no-env", "--command", "true")
    between = program.wait_state("between", "completed")
    assert seconds(between["started_at"]) > time.time() + 80_000, "the workers do go by this clock"
    clock.step(BACK)
    program.open_gate()
    job = program.wait_state("before", "completed")
    assert (job["attempts"], len(job["runs"])) == (1, 1)
    assert 500 <= job["runs"][0]["duration_ms"] < 60_000
    program.enqueue("--id", "after", "--no-env", "--delay", "0", "--command", "true")
    clock.step(0)
    assert program.wait_state("after", "completed")["attempts"] == 1
    # A beat of another day looks stale until the next one.
    wait_for(lambda: {row["state"] for row in program.workers()} == {"idle"}, what="workers that are well")
    assert worker.poll() is None


def test_a_timeout_is_kept_by_the_monotonic_clock(program: Program, clock: Clock) -> None:
    """A step of a day neither ends a job before its time nor lets it run beyond."""
    program.start("--worker", env=clock.env)
    limits = ("--no-env", "--timeout", "2", "--max-retries", "0")
    for job, step in (("forth", FORTH), ("back", BACK)):
        clock.step(0)
        program.enqueue("--id", job, *limits, "--command", "sleep 30")
        program.wait_state(job, "processing")
        clock.step(step)
        (run,) = program.wait_state(job, "dead")["runs"]
        assert run["outcome"] == "timeout"
        assert 2000 <= run["duration_ms"] < 20_000


def test_a_clock_that_steps_under_the_commands(program: Program, clock: Clock) -> None:
    """First come is first served whatever the clock said, and nothing is lost or counted below zero."""
    note = program.folder / "note"
    for job, step in (("a", 0), ("b", FORTH), ("c", BACK), ("d", 0)):
        clock.step(step)
        program.ok("enqueue", "--id", job, "--no-env", "--command", f"echo {job} >> {note}", env=clock.env)
    for step in (FORTH, BACK, 0):
        clock.step(step)
        assert program.json("status", env=clock.env)["jobs"]["pending"] == 4
        for words in (["list"], ["show", "b"], ["metrics"], ["worker", "list"]):
            program.ok(*words, env=clock.env)
    clock.step(BACK)
    program.run("--worker", "--until-idle", env=clock.env, exit_code=0)
    assert note.read_text().split() == ["a", "b", "c", "d"]
    for step in (FORTH, BACK):
        clock.step(step)
        metrics = program.json("metrics", env=clock.env)
        assert metrics["success_rate"] == 1.0
        assert min(*metrics["wait_ms"].values(), *metrics["run_ms"].values(), metrics["throughput_per_s"]) >= 0
        program.ok("metrics", "--since", "1h", env=clock.env)
    assert all(job["duration_ms"] >= 0 for job in program.json("list"))


def test_doctor_tells_of_a_clock_that_went_back(program: Program, clock: Clock) -> None:
    """A queue that was changed in the future is told, with exit 1; a clock that is right is not."""
    program.enqueue("true")
    program.ok("doctor", env=clock.env)
    clock.step(BACK)
    found = program.json("doctor", exit_code=1, env=clock.env)
    assert [check["check"] for check in found if not check["ok"]] == ["clock"]


def test_a_retry_that_the_clock_has_moved_away_can_be_had_now(program: Program, clock: Clock) -> None:
    """A retry due tomorrow by a clock that was wrong stays where it is seen, and `retry` runs it now."""
    clock.step(FORTH)
    program.enqueue("--id", "j", "--no-env", "--max-retries", "1", "--command", "false")
    program.run("--worker", "--until-idle", "--max-jobs", "1", env=clock.env, exit_code=0)
    assert program.job("j")["state"] == "failed"
    program.ok("retry", "j")
    program.drain()
    job = program.job("j")
    assert (job["state"], job["reason"], job["attempts"]) == ("dead", "exhausted", 2)
