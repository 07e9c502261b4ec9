"""What people do to jobs: retry, cancel, delete, edit, clear, prune."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.cli.covers import covers
from tests.program import Program, alive, seconds, wait_for
from tests.terminal import Terminal


@covers(
    "retry --json",
    "retry",
    "move retry",
    "json:report done refused id why",
    "json:job attempts",
    "json:run run attempt",
)
def test_retry(program: Program) -> None:
    """`retry` makes a failed job due now, and gives a dead or completed one a fresh budget; what was is kept."""
    flag = program.folder / "flag"
    program.enqueue_all(
        [
            {"id": "failed", "command": f"test -e {flag}", "backoff_base": 1000},
            {"id": "dead", "command": f"test -e {flag}", "max_retries": 1, "backoff_base": 0},
            {"id": "done", "command": "true"},
            {"id": "held", "command": "true", "hold": True},
        ]
    )
    program.run("--worker", "--max-jobs", "4", exit_code=0)
    report = program.json("retry", "failed", "dead", "done", "held", "ghost", exit_code=1)
    assert report["done"] == ["failed", "dead", "done"]
    assert [item["id"] for item in report["refused"]] == ["held", "ghost"]
    assert "pending" in report["refused"][0]["why"]
    assert "no such job" in report["refused"][1]["why"]
    jobs = program.jobs()
    assert {name: (job["state"], job["attempts"]) for name, job in jobs.items()} == {
        "failed": ("failed", 1),
        "dead": ("pending", 0),
        "done": ("pending", 0),
        "held": ("pending", 0),
    }
    assert jobs["failed"]["waiting"] == "no worker"
    assert jobs["dead"]["reason"] is None
    program.run("--worker", "--max-jobs", "4", exit_code=0)
    dead = program.job("dead")
    assert [(run["run"], run["attempt"]) for run in dead["runs"]] == [(1, 1), (2, 2), (3, 1), (4, 2)]
    assert dead["state"] == "dead", "the fresh budget is as large as the first"
    assert (program.state("done"), len(program.job("done")["runs"])) == ("completed", 2)
    flag.touch()
    program.ok("retry", "dead", "failed")
    program.drain()
    assert {program.state(name) for name in ("dead", "failed")} == {"completed"}
    assert "retry" in [change["move"] for change in program.json("history", "dead")]


@covers("cancel", "cancel --json", "reason canceled", "outcome canceled", "move cancel", "setting kill_grace")
def test_cancel(program: Program) -> None:
    """`cancel` buries what waits, and stops what runs: TERM, then KILL after the grace; it ends when all is gone."""
    program.set("kill_grace", "1s")
    pids = program.folder / "pids"
    note = program.folder / "note"
    program.enqueue_all(
        [
            {"id": "polite", "command": f"trap 'echo bye > {note}; exit 0' TERM; sleep 60 & echo $! >> {pids}; wait"},
            {
                "id": "stubborn",
                "command": f"trap '' TERM; sleep 61 & echo $! >> {pids}; echo $$ >> {pids}; wait; sleep 62",
            },
            {"id": "failed", "command": "exit 1", "backoff_base": 1000},
            {"id": "completed", "command": "true"},
        ]
    )
    program.start("--worker", "--count", "3")
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 3, what="the jobs' start")
    program.wait_state("completed", "completed")
    program.wait_state("failed", "failed")
    program.enqueue("--id", "pending", "--hold", "true")
    begun = time.monotonic()
    report = program.json("cancel", "pending", "failed", "polite", "stubborn", "completed", exit_code=1)
    took = time.monotonic() - begun
    assert set(report["done"]) == {"pending", "failed", "polite", "stubborn"}
    assert [item["id"] for item in report["refused"]] == ["completed"]
    assert not [pid for pid in map(int, pids.read_text().split()) if alive(pid)]
    assert 1.0 <= took < 5.0, "KILL comes after the grace that was set"
    assert note.read_text() == "bye\n"
    jobs = program.jobs()
    for name in ("pending", "failed", "polite", "stubborn"):
        assert (jobs[name]["state"], jobs[name]["reason"]) == ("dead", "canceled"), name
        assert program.json("history", name)[-1]["to"] == "dead"
    assert [run["outcome"] for run in program.job("stubborn")["runs"]] == ["canceled"]
    assert program.json("cancel", "polite", exit_code=1)["done"] == []


@covers("delete", "delete --json", "exit 1")
def test_delete(program: Program) -> None:
    """`delete` removes a job with its runs and output; not one that is processing, nor one that others wait for."""
    program.enqueue_all(
        [
            {"id": "gone", "command": "echo hi"},
            {"id": "held", "command": "true", "hold": True},
            {"id": "runs", "command": "sleep 60", "priority": -1},
            {"id": "needed", "command": "true", "run_at": "2030-01-01T00:00:00Z"},
            {"id": "waits", "command": "true", "after": ["needed"]},
        ]
    )
    program.start("--worker")
    program.wait_state("runs", "processing")
    report = program.json("delete", "gone", "held", "runs", "needed", exit_code=1)
    assert report["done"] == ["gone", "held"]
    why = {item["id"]: item["why"] for item in report["refused"]}
    assert "processing" in why["runs"]
    assert "waits" in why["needed"]
    assert set(program.jobs()) == {"runs", "needed", "waits"}
    assert program.run("show", "gone").returncode == 1
    assert program.run("job", "output", "gone").returncode == 1
    program.enqueue("--id", "gone", "true")
    assert program.job("gone")["runs"] == []


@covers(
    "edit --command --priority --max-retries --retries --timeout --queue --run-at --at --json",
    "edit",
    "move edit",
    "json:job updated_at",
)
def test_edit(program: Program) -> None:
    """`edit` changes what it is told of a job that does not run, and nothing else."""
    program.enqueue("--id", "a", "--priority", "1", "--tag", "x", "--cwd", "/", "--max-retries", "0", "false")
    program.drain()
    assert program.state("a") == "dead"
    program.enqueue("--id", "done", "true")
    edits = {
        "--command": ("command", "echo edited", "echo edited"),
        "--priority": ("priority", "9", 9),
        "--max-retries": ("max_retries", "8", 8),
        "--retries": ("max_retries", "7", 7),
        "--timeout": ("timeout_s", "2m", 120),
        "--queue": ("queue", "video", "video"),
        "--at": ("run_at", "2032-01-01T00:00:00Z", seconds("2032-01-01T00:00:00Z")),
        "--run-at": ("run_at", "2031-01-01T00:00:00Z", seconds("2031-01-01T00:00:00Z")),
    }
    for flag, (key, value, wanted) in edits.items():
        job = program.jobs()["a"]
        assert program.json("edit", "a", flag, value)["done"] == ["a"]
        changed = program.jobs()["a"]
        now = seconds(changed[key]) if key == "run_at" else changed[key]
        assert now == wanted, flag
        others = set(job) - {key, "updated_at", "due_at", "waiting"}
        assert {k: changed[k] for k in others} == {k: job[k] for k in others}, flag
        assert seconds(changed["updated_at"]) > seconds(job["updated_at"])
    assert seconds(program.jobs()["a"]["due_at"]) == seconds("2031-01-01T00:00:00Z")
    program.ok("retry", "a")
    program.ok("edit", "a", "done", "--run-at", "2031-01-01T00:00:00Z")
    program.drain()
    assert {program.state(name) for name in ("a", "done")} == {"pending"}
    program.ok("edit", "a", "done", "--run-at", "2001-01-01T00:00:00Z")
    program.drain()
    assert (program.state("a"), program.output("a")) == ("completed", "edited\n")
    assert "edit" in [change["move"] for change in program.json("history", "a")]
    assert "completed" in program.json("edit", "a", "--priority", "1", exit_code=1)["refused"][0]["why"]
    program.refuse("edit", "done", "--priority", "1001", says=["priority"])
    program.refuse("edit", "done")


@covers("clear --yes --json", "clear", "json:report deleted", "exit 1")
def test_clear(program: Program) -> None:
    """`clear` asks on stderr with the count and reads one line; no, or no answer, is exit 1 and nothing is gone."""
    assert program.json("clear", "--yes") == {"deleted": 0}
    program.run("clear", exit_code=0)
    runs: dict[str, object] = {"id": "runs", "command": "sleep 60"}
    waiting: list[dict[str, object]] = [{"command": "true", "hold": True}] * 4
    program.enqueue_all([runs, *waiting])
    program.start("--worker")
    program.wait_state("runs", "processing")
    for answer in ("", "n\n", "\n"):
        said = program.run("clear", stdin=answer, exit_code=1)
        assert "4" in said.stderr
        assert said.stdout == ""
    assert len(program.jobs()) == 5
    said = program.run("clear", stdin="y\nn\n", exit_code=0)
    assert "4" in said.stderr + said.stdout
    assert list(program.jobs()) == ["runs"]
    program.enqueue_all(waiting[:3])
    assert program.json("clear", "--yes") == {"deleted": 3}
    assert list(program.jobs()) == ["runs"]
    assert program.json("status")["jobs"]["pending"] == 0
    program.ok("cancel", "runs")
    program.ok("clear", "--yes")
    assert program.jobs() == {}


@covers("prune --older-than --state --json", "prune", "json:report deleted")
def test_prune(program: Program) -> None:
    """`prune` deletes completed jobs, or those of the states named, that ended longer ago than it is told."""
    program.enqueue("--id", "old", "true")
    program.enqueue("--id", "dead", "--max-retries", "0", "false")
    program.enqueue("--id", "held", "--hold", "true")
    program.drain()
    program.enqueue("--id", "young", "true")
    program.drain()
    program.age("old", "dead", "held", by_s=3600)
    assert program.json("prune", "--older-than", "2h") == {"deleted": 0}
    assert program.json("prune", "--older-than", "59m") == {"deleted": 1}
    assert set(program.jobs()) == {"dead", "held", "young"}
    assert program.json("prune", "--older-than", "59m", "--state", "dead") == {"deleted": 1}
    assert set(program.jobs()) == {"held", "young"}
    program.refuse("prune", says=["older-than"])
    program.refuse("prune", "--older-than", "soon", says=["older"])
    program.refuse("prune", "--older-than", "1", "--state", "odd", says=["odd"])


@pytest.mark.parametrize("word", ["retry", "cancel", "hold", "release", "delete", "edit"])
def test_reports_in_words(program: Program, word: str) -> None:
    """Without --json each act says what it did and, on stderr, what it refused and why."""
    program.enqueue_all([{"id": "job", "command": "true", "hold": word != "hold"}])
    if word == "retry":
        program.ok("cancel", "job")
    flags = ["--priority", "3"] if word == "edit" else []
    said = program.run(word, "job", "ghost", *flags, exit_code=1)
    assert "job" in said.stdout
    assert "ghost" in said.stderr
    assert "no such job" in said.stderr
    program.refuse(word, *flags, says=["JOB"])


def test_ctrl_c_in_a_question(program: Program) -> None:
    """A question on a terminal waits for its line; ctrl-c is no."""
    program.enqueue("--hold", "true")
    with Terminal(program, "clear") as terminal:
        terminal.wait_for("1")
        terminal.send("\x03")
        assert terminal.end() in (1, 128 + signal.SIGINT)
    assert len(program.jobs()) == 1
    with Terminal(program, "clear") as terminal:
        terminal.wait_for("1")
        terminal.send("y\r")
        assert terminal.end() == 0
    assert program.jobs() == {}
    assert Path(program.db).exists()
