"""Which job runs when: priority, arrival, run_at and delay, hold, and the jobs that a job waits for."""

from __future__ import annotations

import time

import pytest

from tests.cli.covers import covers
from tests.program import Program, in_seconds, seconds, wait_for


@covers("enqueue --priority", "in priority", "json:job priority")
def test_priority(program: Program) -> None:
    """A higher priority runs first, then first come first served; a run_at in the past is due now."""
    log = program.folder / "log"

    def says(name: str) -> str:
        return f"echo {name} >> {log}"

    program.enqueue("--command", says("second"))
    program.enqueue("--priority", "-1000", "--command", says("last"))
    program.enqueue_all(
        [
            {"command": says("third")},
            {"command": says("high"), "priority": 5},
            {"command": says("fourth"), "run_at": "1999-01-01T00:00:00Z"},
        ]
    )
    program.enqueue("--priority", "1000", "--command", says("highest"))
    listed = [job["priority"] for job in program.json("list", "--state", "pending")]
    assert listed == [1000, 5, 0, 0, 0, -1000]
    program.drain()
    assert log.read_text().split() == ["highest", "high", "second", "third", "fourth", "last"]


@covers(
    "enqueue --run-at --at --delay",
    "in run_at at available_at next_run_at delay",
    "json:job run_at due_at started_at",
    "waiting due",
)
def test_due(program: Program) -> None:
    """A job with a run_at or a delay, under each of their names, starts when that time has come and not before."""
    due = in_seconds(3.0)
    jobs = {
        f"by-{key}": {"command": "true", "id": f"by-{key}", key: due}
        for key in ("run_at", "at", "available_at", "next_run_at")
    }
    program.enqueue_all([*jobs.values(), {"command": "true", "id": "delay", "delay": 3}])
    flags = {"--run-at": due, "--at": due, "--delay": "3s"}
    for flag, value in flags.items():
        program.enqueue("--id", f"flag{flag}", flag, value, "true")
    waiting = program.jobs()
    assert len(waiting) == 8
    assert {job["waiting"] for job in waiting.values()} == {"due"}
    for name, job in waiting.items():
        if "delay" in name:
            assert abs(seconds(job["due_at"]) - seconds(job["created_at"]) - 3) < 0.01
        else:
            assert abs(seconds(job["run_at"]) - seconds(due)) < 0.001, name
            assert job["due_at"] == job["run_at"]
    program.enqueue("--id", "tomorrow", "--delay", "24h", "true")
    program.drain()
    assert program.state("tomorrow") == "pending", "a later run_at does not keep --until-idle"
    program.start("--worker")
    program.ok("wait", "--timeout", "20", *waiting)
    for job in map(program.job, waiting):
        late = seconds(job["started_at"]) - seconds(job["due_at"])
        assert 0 <= late < 2.5, (job["id"], late)


@pytest.mark.parametrize(
    ("said", "delay_s"),
    [("90s", 90), ("10m", 600), ("2h", 7200), ("3d", 259200), ("7", 7), ("0.5", 0.5)],
)
def test_durations(program: Program, said: str, delay_s: float) -> None:
    """A duration is a number of seconds, or has one of the units s, m, h and d."""
    job = program.job(program.enqueue("--delay", said, "true"))
    assert abs(seconds(job["due_at"]) - seconds(job["created_at"]) - delay_s) < 0.01


def test_times(program: Program) -> None:
    """A time is ISO 8601: with Z, with an offset, or local without."""
    said = {
        "2030-01-01T10:30:00Z": "2030-01-01T10:30:00",
        "2030-01-01T10:30:00+02:00": "2030-01-01T08:30:00",
        "2030-01-01T10:30:00": "2030-01-01T01:30:00",
        "2030-01-01 10:30": "2030-01-01T01:30:00",
        "2030-01-01": "2029-12-31T15:00:00",
    }
    ids = [program.enqueue("--run-at", text, "true", env={"TZ": "Asia/Tokyo"}) for text in said]
    jobs = program.jobs()
    for job_id, utc in zip(ids, said.values(), strict=True):
        assert seconds(jobs[job_id]["run_at"]) == seconds(utc + "Z")


@covers("enqueue --hold", "in hold", "json:job held", "release", "hold", "waiting held", "move hold release")
def test_hold(program: Program) -> None:
    """A held job is not run, and keeps no worker that stays until idle; released, it is."""
    program.enqueue("--id", "flag", "--hold", "true")
    program.enqueue_all([{"command": "true", "id": "json", "hold": True}, {"command": "true", "id": "late"}])
    program.ok("hold", "late")
    assert {(job["held"], job["waiting"]) for job in program.jobs().values()} == {(True, "held")}
    program.drain()
    assert {job["state"] for job in program.jobs().values()} == {"pending"}
    assert program.json("release", "flag", "json", "late") == {"done": ["flag", "json", "late"], "refused": []}
    program.drain()
    assert {(job["state"], job["held"]) for job in program.jobs().values()} == {("completed", False)}
    moves = [change["move"] for change in program.json("history", "late")]
    assert moves == ["enqueue", "hold", "release", "claim", "complete"]
    refused = program.json("hold", "late", exit_code=1)
    assert refused["done"] == []
    assert refused["refused"][0]["id"] == "late"
    assert "completed" in refused["refused"][0]["why"]


@covers("enqueue --after", "in after", "json:job after waiting", "waiting after")
def test_after(program: Program) -> None:
    """A job starts when all that it names are completed; one of them dead, it waits until that one is retried."""
    flag = program.folder / "flag"
    program.enqueue_all(
        [
            {"command": "sleep 0.3", "id": "a"},
            {"command": f"test -e {flag}", "id": "b", "max_retries": 0},
            {"command": "true", "id": "c", "after": ["a", "b"]},
            {"command": "true", "id": "chain", "after": ["c"]},
        ]
    )
    program.enqueue("--id", "d", "--after", "a", "--priority", "1000", "true")
    assert program.jobs()["c"]["waiting"] == "after"
    assert "after a (pending), b (pending)" in program.ok("list")
    program.drain()
    jobs = program.jobs()
    assert {name: job["state"] for name, job in jobs.items()} == {
        "a": "completed",
        "b": "dead",
        "c": "pending",
        "d": "completed",
        "chain": "pending",
    }
    assert seconds(jobs["d"]["started_at"]) >= seconds(jobs["a"]["finished_at"])
    assert (jobs["c"]["after"], jobs["c"]["waiting"]) == (["a", "b"], "after")
    said = program.ok("show", "c", "chain")
    assert "after b (dead)" in said
    assert "after c (pending)" in said
    why = program.json("delete", "b", exit_code=1)["refused"][0]["why"]
    assert "c" in why
    assert program.json("prune", "--older-than", "0.001", "--state", "dead") == {"deleted": 0}
    flag.touch()
    program.ok("retry", "b")
    program.drain()
    assert {job["state"] for job in program.jobs().values()} == {"completed"}


def test_an_idle_worker_starts_a_job_at_once(program: Program) -> None:
    """An idle worker starts a job without waiting for its poll, and a chain of jobs without a pause."""
    program.unhurried()
    program.set("poll_interval", 60)
    program.start("--worker", "--count", "2")
    wait_for(lambda: len(program.workers()) == 2, what="two workers")
    time.sleep(0.5)  # let them come to rest: a busy start would hide a lost poke
    chain: list[dict[str, object]] = [{"command": "true", "id": "j0"}]
    chain += [{"command": "true", "id": f"j{n}", "after": [f"j{n - 1}"]} for n in range(1, 10)]
    program.enqueue_all(chain)
    program.ok("wait", "--timeout", "20")
