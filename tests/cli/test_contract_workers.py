"""`worker start`, `list`, `logs`, `scale`: detached workers and how they are seen."""

from __future__ import annotations

import os
import signal

from tests.cli.contract import WORKER
from tests.cli.covers import covers
from tests.program import Program, alive, seconds, wait_for


@covers("worker start --count --queue --json", "worker start", "worker list --json", "worker list")
@covers("json:worker id pid host state queues job started_at heartbeat_at completed failed rss_bytes cpu_percent")
@covers("workerstate idle busy", "json:status workers active busy", "json:job worker")
def test_start_and_list(program: Program) -> None:
    """`worker start` gives detached workers once they are registered; `worker list` tells what each does."""
    (one,) = program.json("worker", "start")["done"]
    two = program.json("worker", "start", "--count", "2", "--queue", "a", "--queue", "b")["done"]
    workers = {worker["id"]: worker for worker in program.workers()}
    assert set(workers) == {one, *two}
    for worker in workers.values():
        assert set(worker) == WORKER
        assert (worker["state"], worker["job"], worker["host"]) == ("idle", None, os.uname().nodename)
        assert alive(worker["pid"])
        assert os.getsid(worker["pid"]) != os.getsid(0)
        assert abs(seconds(worker["heartbeat_at"]) - seconds(worker["started_at"])) < 10
        assert 1_000_000 < worker["rss_bytes"] < 200_000_000
        assert worker["cpu_percent"] >= 0
        assert (worker["completed"], worker["failed"]) == (0, 0)
    assert workers[one]["queues"] == []
    assert workers[two[0]]["queues"] == workers[two[1]]["queues"] == ["a", "b"]
    assert program.json("status")["workers"] == {"active": 3, "busy": 0}
    program.enqueue_all(
        [
            {"id": "c", "command": "sleep 60", "queue": "c"},
            {"id": "a", "command": "true", "queue": "a"},
            {"id": "b", "command": "exit 1", "queue": "b", "max_retries": 0},
        ]
    )
    program.ok("wait", "a", "--timeout", "20")
    program.wait_state("b", "dead")
    program.wait_state("c", "processing")
    workers = {worker["id"]: worker for worker in program.workers()}
    assert (workers[one]["state"], workers[one]["job"]) == ("busy", "c")
    assert sum(worker["completed"] for worker in workers.values()) == 1
    assert sum(worker["failed"] for worker in workers.values()) == 1
    assert program.job("a")["worker"] in two
    assert program.job("b")["worker"] in two
    assert program.json("status")["workers"] == {"active": 3, "busy": 1}
    said = program.ok("worker", "list")
    assert all(name in said for name in (one, *two, "busy", "idle", "c"))
    for bad in ("0", "257", "many"):
        program.refuse("worker", "start", "--count", bad, says=["count"])
    program.refuse("worker", "start", "--queue", "a/b", says=["a/b"])


@covers("worker logs --follow -f", "worker logs")
def test_logs(program: Program) -> None:
    """Each worker has a log of its own; `worker logs` shows one or all, and follows, also whoever comes later."""
    one, two = sorted(program.json("worker", "start", "--count", "2")["done"])
    program.enqueue("--id", "first", "true")
    ran = program.wait_state("first", "completed")["worker"]
    other = two if ran == one else one
    assert "first" in program.ok("worker", "logs", ran)
    assert "first" not in program.ok("worker", "logs", other)
    both = program.ok("worker", "logs")
    assert one in both
    assert two in both
    followers = [program.start("worker", "logs", "--follow"), program.start("worker", "logs", "-f", ran, other)]
    program.enqueue("--id", "second", "true")
    program.wait_state("second", "completed")
    for follower in followers:
        assert follower.stdout is not None
        seen = b""
        while b"second" not in seen:
            line = follower.stdout.readline()
            assert line, seen
            seen += line
        assert follower.poll() is None
    (late,) = program.json("worker", "start")["done"]
    heard = followers[0].stdout
    assert heard is not None
    wait_for(lambda: late.encode() in heard.readline(), what="the log of a worker that came later")
    assert program.run("worker", "logs", "nobody", exit_code=1).stdout == ""


@covers("worker scale --json", "worker scale")
def test_scale(program: Program) -> None:
    """`worker scale N` starts workers, or drains them, until there are N; a running job is finished."""
    assert len(program.json("worker", "scale", "3")["done"]) == 3
    assert len(program.workers()) == 3
    program.enqueue("--id", "a", "--command", program.gate)
    busy = program.wait_state("a", "processing")["worker"]
    assert program.json("worker", "scale", "3") == {"done": [], "refused": []}
    drained = program.json("worker", "scale", "1")["done"]
    assert len(drained) == 2
    assert busy not in drained, "the idle ones go first"
    assert [worker["id"] for worker in program.workers()] == [busy]
    last = program.start("worker", "scale", "0")
    wait_for(lambda: program.workers()[0]["state"] == "stopping", what="the last one to be drained")
    program.open_gate()
    assert last.wait(20) == 0
    assert program.workers() == []
    job = program.job("a")
    assert (job["state"], job["attempts"]) == ("completed", 1)
    for bad in ("-1", "257", "few"):
        program.refuse("worker", "scale", bad)


@covers("workerstate stalled", "exit 1")
def test_a_stopped_worker_is_stalled(program: Program) -> None:
    """A stopped worker is shown as stalled at once, and its job is not taken from it while it lives."""
    program.json("worker", "start")
    program.enqueue("--id", "a", "--command", program.gate)
    pid = next(worker["pid"] for worker in program.workers())
    program.wait_state("a", "processing")
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: program.workers()[0]["state"] == "stalled", what="a stalled worker", timeout_s=5)
    (other,) = program.json("worker", "start")["done"]
    program.enqueue("--id", "b", "true")
    assert program.wait_state("b", "completed")["worker"] == other
    assert program.state("a") == "processing"
    program.open_gate()
    os.kill(pid, signal.SIGCONT)
    job = program.wait_state("a", "completed")
    assert [run["outcome"] for run in job["runs"]] == ["completed"]


@covers("worker start", "outcome interrupted")
def test_the_next_start_rescues(program: Program) -> None:
    """When every worker is dead, the next `worker start` rescues their jobs and ends what they left running."""
    pidfile = program.folder / "pid"
    program.json("worker", "start")
    program.enqueue("--id", "a", "--command", f"echo $$ > {pidfile}; sleep 60")
    wait_for(lambda: pidfile.exists() and pidfile.read_text().strip(), what="the job's pid")
    (worker,) = program.workers()
    os.kill(worker["pid"], signal.SIGKILL)
    program.json("status")
    assert program.state("a") == "processing", "a mere look rescues nothing"
    program.json("worker", "start", "--queue", "other")
    job = program.wait_state("a", "failed", timeout_s=5)
    assert [run["outcome"] for run in job["runs"]] == ["interrupted"]
    assert not alive(int(pidfile.read_text()))
    assert [worker["queues"] for worker in program.workers()] == [["other"]]


@covers("workerstate lost", "worker list", "json:worker state job")
def test_a_dead_worker_is_lost(program: Program) -> None:
    """A dead worker is shown as lost with its job, which `worker list` then rescues; the next list is without it."""
    (lost,) = program.json("worker", "start")["done"]
    program.enqueue("--id", "a", "--command", "sleep 60")
    program.wait_state("a", "processing")
    (worker,) = program.workers()
    os.kill(worker["pid"], signal.SIGKILL)
    wait_for(lambda: not alive(worker["pid"]), what="its death")
    seen = [(row["id"], row["state"], row["job"]) for row in program.workers()]
    assert seen == [(lost, "lost", "a")]
    assert program.workers() == []
    assert program.state("a") == "failed"
