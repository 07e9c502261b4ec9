"""What a job is given for its runs: retries, timeout, backoff, queue, tags, folder, and what a crash means."""

from __future__ import annotations

import os
import shutil
import signal
import time

from tests.cli.covers import covers
from tests.program import Program, seconds


@covers(
    "enqueue --max-retries --retries",
    "in max_retries retries",
    "json:job attempts max_retries reason exit_code",
    "state dead",
    "reason exhausted",
    "json:run attempt run outcome exit_code",
    "outcome failed",
    "move fail bury",
)
def test_retries(program: Program) -> None:
    """`max_retries` N means N+1 starts, then dead as exhausted; each name of it is the same."""
    program.set("backoff_base", 0)
    program.enqueue("--id", "none", "--max-retries", "0", "--command", "exit 7")
    program.enqueue("--id", "one", "--retries", "1", "--command", "exit 7")
    program.enqueue_all(
        [
            {"id": "two", "command": "exit 7", "max_retries": 2},
            {"id": "four", "command": "exit 7", "retries": 4},
            {"id": "default", "command": "exit 7"},
        ]
    )
    program.drain()
    wanted = {"none": 1, "one": 2, "two": 3, "four": 5, "default": 4}
    jobs = program.jobs()
    assert {name: jobs[name]["attempts"] for name in wanted} == wanted
    assert {name: jobs[name]["max_retries"] + 1 for name in wanted} == wanted
    assert {(job["state"], job["reason"], job["exit_code"]) for job in jobs.values()} == {("dead", "exhausted", 7)}
    runs = program.job("two")["runs"]
    assert [(run["run"], run["attempt"], run["outcome"], run["exit_code"]) for run in runs] == [
        (1, 1, "failed", 7),
        (2, 2, "failed", 7),
        (3, 3, "failed", 7),
    ]
    moves = [change["move"] for change in program.json("history", "two")]
    assert moves == ["enqueue", "claim", "fail", "claim", "fail", "claim", "bury"]


@covers(
    "enqueue --timeout --backoff-base",
    "in timeout backoff_base",
    "json:job timeout_s backoff_base due_at waiting",
    "outcome timeout",
    "state failed",
)
def test_timeout_and_backoff(program: Program) -> None:
    """A run over its timeout is ended and failed; the nth failure is followed by a delay of base to the n."""
    program.enqueue("--id", "slow", "--timeout", "1", "--max-retries", "0", "--command", "sleep 60")
    program.enqueue("--id", "three", "--backoff-base", "3", "--command", "exit 1")
    program.enqueue_all(
        [
            {"id": "slow2", "command": "sleep 60", "timeout": "1s", "max_retries": 0},
            {"id": "five", "command": "exit 1", "backoff_base": 5.5},
            {"id": "default", "command": "exit 1"},
            {"id": "in-time", "command": "sleep 0.5", "timeout": 30},
        ]
    )
    program.run("--worker", "--count", "2", "--max-jobs", "6", exit_code=0)
    jobs, seen = program.jobs(), time.time()
    for name in ("slow", "slow2"):
        job = jobs[name]
        assert (job["state"], job["timeout_s"], job["exit_code"]) == ("dead", 1, None)
        assert 900 <= job["duration_ms"] < 20_000
        assert program.job(name)["runs"][0]["outcome"] == "timeout"
    assert jobs["in-time"]["state"] == "completed"
    for name, base in {"three": 3, "five": 5.5, "default": 2}.items():
        job = jobs[name]
        assert (job["state"], job["backoff_base"], job["attempts"]) == ("failed", base, 1)
        assert abs(seconds(job["due_at"]) - seconds(job["finished_at"]) - base) < 0.05, name
        assert job["waiting"] == "due" or seen >= seconds(job["due_at"])


@covers(
    "enqueue --queue --tag", "in queue tags", "json:job queue tags", "list --queue --tag", "queuectl --worker --queue"
)
def test_queue_and_tags(program: Program) -> None:
    """A queue and tags are kept and found by `list`; a worker of some queues runs no job of another."""
    program.enqueue("--id", "a", "--queue", "video", "--tag", "x", "--tag", "y:1", "true")
    program.enqueue("--id", "b", '{"command":"true","queue":"audio","tags":["x"]}')
    program.enqueue("--id", "c", "true")
    program.enqueue("--id", "d", "--queue", "mail", "true")
    jobs = program.jobs()
    assert {name: job["queue"] for name, job in jobs.items()} == {
        "a": "video",
        "b": "audio",
        "c": "default",
        "d": "mail",
    }
    assert {name: job["tags"] for name, job in jobs.items()} == {"a": ["x", "y:1"], "b": ["x"], "c": [], "d": []}
    assert list(program.jobs("--queue", "video")) == ["a"]
    assert set(program.jobs("--tag", "x")) == {"a", "b"}
    assert set(program.jobs("--tag", "y:1")) == {"a"}
    program.drain("--queue", "video", "--queue", "mail")
    assert {name for name, job in program.jobs().items() if job["state"] == "completed"} == {"a", "d"}


@covers("enqueue --cwd", "in cwd", "json:job cwd error", "outcome unrunnable")
def test_cwd(program: Program) -> None:
    """A job runs in the enqueuer's folder unless told otherwise; a folder that is gone is a failed attempt."""
    here, there, gone = (program.folder / name for name in ("here", "there", "gone"))
    for folder in (here, there, gone):
        folder.mkdir()
    program.enqueue("--id", "here", "pwd", cwd=here)
    program.enqueue("--id", "there", "--cwd", there, "pwd", cwd=here)
    program.enqueue("--id", "relative", "--cwd", "../there", "pwd", cwd=here)
    program.enqueue("--id", "json", f'{{"command":"pwd","cwd":"{there}"}}', cwd=here)
    program.enqueue("--id", "gone", "--cwd", gone, "--max-retries", "0", "pwd")
    shutil.rmtree(gone)
    jobs = program.jobs()
    assert {name: jobs[name]["cwd"] for name in ("here", "there", "json")} == {
        "here": str(here),
        "there": str(there),
        "json": str(there),
    }
    program.drain()
    assert program.output("here") == f"{here}\n"
    for name in ("there", "relative", "json"):
        assert program.output(name) == f"{there}\n", name
    job = program.job("gone")
    assert (job["state"], job["runs"][0]["outcome"]) == ("dead", "unrunnable")
    assert str(gone) in job["error"]
    assert job["error"] == job["runs"][0]["error"]


@covers(
    "enqueue --on-interrupt",
    "in on_interrupt",
    "json:job on_interrupt signal",
    "reason interrupted",
    "outcome interrupted",
    "state processing",
    "move rescue",
    "json:run worker host",
)
def test_on_interrupt(program: Program) -> None:
    """A run whose worker was killed is interrupted: it runs again, or the job is dead when `on_interrupt` says so."""
    program.enqueue("--id", "flag", "--on-interrupt", "dead", "--command", "sleep 60")
    program.enqueue("--id", "flag-retry", "--on-interrupt", "retry", "--command", "sleep 60")
    program.enqueue_all(
        [
            {"id": "json", "command": "sleep 60", "on_interrupt": "dead"},
            {"id": "default", "command": "sleep 60"},
            {"id": "spent", "command": "sleep 60", "max_retries": 0},
        ]
    )
    started = program.json("worker", "start", "--count", "5")["done"]
    for name in program.jobs():
        program.wait_state(name, "processing")
    workers = {worker["job"]: worker for worker in program.workers()}
    for worker in workers.values():
        os.kill(worker["pid"], signal.SIGKILL)
    program.json("worker", "list")
    shown = {name: program.wait_state(name, "dead", "failed", timeout_s=5) for name in workers}
    assert {name: (job["state"], job["reason"], job["on_interrupt"]) for name, job in shown.items()} == {
        "flag": ("dead", "interrupted", "dead"),
        "json": ("dead", "interrupted", "dead"),
        "flag-retry": ("failed", None, "retry"),
        "default": ("failed", None, "retry"),
        "spent": ("dead", "interrupted", "retry"),
    }
    for name, job in shown.items():
        (run,) = job["runs"]
        assert (run["outcome"], run["worker"], run["host"]) == ("interrupted", workers[name]["id"], os.uname().nodename)
        assert run["worker"] in started
        assert run["attempt"] == job["attempts"] == 1
        assert program.json("history", name)[-1]["move"] == "rescue"
    assert program.workers() == []
