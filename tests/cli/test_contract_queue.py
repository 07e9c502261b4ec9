"""Queues: pause, resume, and how many of one run at once."""

from __future__ import annotations

from tests.cli.contract import QUEUE
from tests.cli.covers import covers
from tests.program import Program, seconds


@covers(
    "queue list --json",
    "queue list",
    "queue pause --all --json",
    "queue pause",
    "queue resume --all --json",
    "queue resume",
)
@covers("waiting paused", "json:queue name paused limit pending")
def test_pause(program: Program) -> None:
    """A paused queue's jobs are not run and keep no worker that stays until idle; resumed, they are."""
    for name in ("a", "b", "c"):
        program.enqueue("--id", name, "--queue", f"queue-{name}", "true")
    assert program.json("queue", "pause", "queue-a")["done"] == ["queue-a"]
    listed = {queue["name"]: queue for queue in program.json("queue", "list")}
    assert all(set(queue) == QUEUE for queue in listed.values())
    assert {name: (queue["paused"], queue["limit"], queue["pending"]) for name, queue in listed.items()} == {
        "queue-a": (True, 0, 1),
        "queue-b": (False, 0, 1),
        "queue-c": (False, 0, 1),
    }
    assert "queue-a" in program.ok("queue", "list")
    assert "paused" in program.ok("queue", "list")
    assert program.jobs()["a"]["waiting"] == "paused"
    assert "paused queue queue-a" in program.ok("list")
    program.drain("--queue", "queue-a", "--queue", "queue-b")
    assert [program.state(name) for name in ("a", "b", "c")] == ["pending", "completed", "pending"]
    assert set(program.json("queue", "pause", "--all")["done"]) >= {"queue-a", "queue-c"}
    program.drain()
    assert program.state("c") == "pending"
    program.ok("queue", "resume", "queue-c")
    program.drain()
    assert [program.state(name) for name in ("a", "b", "c")] == ["pending", "completed", "completed"]
    assert "queue-a" in program.json("queue", "resume", "--all")["done"]
    program.drain()
    assert program.state("a") == "completed"
    program.refuse("queue", "pause")
    program.refuse("queue", "pause", "a/b", says=["a/b"])


def test_an_idle_worker_sees_the_resume(program: Program) -> None:
    """A worker at rest runs what is resumed, without a restart."""
    program.ok("queue", "pause", "q")
    program.start("--worker")
    job = program.enqueue("--queue", "q", "true")
    program.ok("queue", "resume", "q")
    program.wait_state(job, "completed", timeout_s=8)


@covers("queue limit --json", "queue limit", "waiting limit", "json:queue limit processing", "state processing")
def test_limit(program: Program) -> None:
    """At most `limit` jobs of a queue run at once; 0 lifts the limit."""
    assert program.json("queue", "limit", "q", "2")["done"] == ["q"]
    jobs = [{"command": "sleep 0.4", "queue": "q", "priority": 5} for _ in range(5)]
    program.enqueue_all([*jobs, {"id": "other", "command": "sleep 0.1"}])
    program.start("--worker", "--count", "4")
    program.wait_state("other", "completed")
    seen = program.jobs()
    limited = [job for job in seen.values() if job["queue"] == "q" and job["state"] == "pending"]
    running = [job for job in seen.values() if job["state"] == "processing"]
    assert len(running) <= 2
    if len(running) == 2:
        assert {job["waiting"] for job in limited} <= {"limit"}
    program.ok("wait", "--timeout", "20")
    spans = [
        (seconds(job["started_at"]), seconds(job["finished_at"]))
        for job in program.jobs().values()
        if job["queue"] == "q"
    ]
    at_once = [sum(begin <= moment < end for begin, end in spans) for moment, _ in spans]
    assert max(at_once) == 2, at_once
    program.ok("queue", "limit", "q", "0")
    # Each ends when all four have begun.
    met = f"cd {program.folder}; touch met.$QUEUECTL_JOB_ID; until [ $(ls met.* | wc -l) = 4 ]; do sleep 0.02; done"
    program.enqueue_all([{"command": met, "queue": "q"} for _ in range(4)])
    program.ok("wait", "--timeout", "20")
    for bad in ("-1", "many"):
        program.refuse("queue", "limit", "q", bad)
    program.refuse("queue", "limit", "q")


@covers("waiting limit")
def test_why_limited(program: Program) -> None:
    """A job that its queue's limit keeps waiting says so."""
    program.ok("queue", "limit", "q", "1")
    program.enqueue_all([{"id": n, "command": "sleep 60", "queue": "q"} for n in ("one", "two")])
    program.start("--worker", "--count", "2")
    program.wait_state("one", "processing")
    assert program.jobs()["two"]["waiting"] == "limit"
    assert "limit 1/1" in program.ok("list")
    queue = program.json("status")["queues"][0]
    assert (queue["name"], queue["limit"], queue["processing"], queue["pending"]) == ("q", 1, 1, 1)
