"""What each setting does, to workers that were running before it was set: no restart is needed."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.covers import covers
from tests.program import Program, seconds, wait_for
from tests.terminal import Terminal


@pytest.fixture
def running(program: Program) -> Iterator[Program]:
    """A queue with four workers at rest that were there before anything is set."""
    workers = program.start("--worker", "--count", "4")
    wait_for(lambda: len(program.workers()) == 4, what="four workers")
    yield program
    workers.terminate()


def delays(program: Program, names: list[str]) -> list[float]:
    """Wait until jobs failed, and give the seconds from their end until they are due again."""
    return [delay(program.wait_state(name, "failed")) for name in names]


def delay(job: dict[str, Any]) -> float:
    return seconds(job["due_at"]) - seconds(job["finished_at"])


@covers("setting backoff_base backoff_max backoff_jitter max_retries default_max_retries permanent_exit_codes")
@covers("reason permanent exhausted", "json:job due_at max_retries backoff_base")
def test_failing(running: Program) -> None:
    """Retries, their delay, its bound and jitter, and final codes are as set; what a job was given wins."""
    fails = {"command": "exit 1", "max_retries": 9}

    def failing(prefix: str, count: int = 1) -> list[str]:
        return running.enqueue_all([{"id": f"{prefix}{n}", **fails} for n in range(count)])

    job = running.wait_state(*failing("default"), "failed")
    assert delay(job) == pytest.approx(2 ** job["attempts"], abs=0.01)
    running.set("backoff_base", 500)
    own = running.enqueue_all([{"id": "own", **fails, "backoff_base": 40}])
    assert delays(running, [*failing("base"), *own]) == pytest.approx([500, 40], abs=0.01)
    running.set("backoff_jitter", 0.5)
    jittered = delays(running, failing("jitter", 8))
    assert all(249.9 < delay < 750.1 for delay in jittered), jittered
    assert max(abs(delay - 500) for delay in jittered) > 5, jittered
    running.ok("config", "unset", "backoff_jitter")
    running.set("backoff_max", "100s")
    assert delays(running, failing("bound")) == pytest.approx([100], abs=0.01)
    running.set("permanent_exit_codes", "2,64-66")
    codes = {f"code{code}": code for code in (1, 2, 3, 63, 64, 65, 66, 67)}
    running.enqueue_all([{"id": name, "command": f"exit {code}"} for name, code in codes.items()])
    seen = {name: running.wait_state(name, "failed", "dead") for name in codes}
    permanent = {codes[name] for name, job in seen.items() if job["state"] == "dead"}
    assert permanent == {2, 64, 65, 66}
    assert {(job["reason"], job["attempts"]) for job in seen.values() if job["state"] == "dead"} == {("permanent", 1)}
    running.set("max_retries", 0)
    running.enqueue("--id", "spent", "exit 1")
    assert running.wait_state("spent", "dead", "failed")["reason"] == "exhausted"
    running.set("default-max-retries", 1)
    running.set("backoff_base", 0)
    running.enqueue("--id", "two", "exit 1")
    assert running.wait_state("two", "dead")["attempts"] == 2


@covers("setting job_timeout kill_grace", "outcome timeout")
def test_timeout_and_grace(running: Program) -> None:
    """A run without a timeout of its own has `job_timeout`; what ignores TERM is killed after `kill_grace`."""
    running.set("max_retries", 0)
    running.set("job_timeout", 1)
    running.set("kill_grace", 1)
    running.enqueue_all(
        [
            {"id": "slow", "command": "sleep 60"},
            {"id": "own", "command": "sleep 1.6", "timeout": 30},
            {"id": "stubborn", "command": "trap '' TERM; sleep 60 & wait; sleep 60"},
            {"id": "polite", "command": "trap 'sleep 0.5; echo bye; exit 0' TERM; sleep 60 & wait"},
        ]
    )
    jobs = {name: running.wait_state(name, "dead", "completed") for name in ("slow", "own", "stubborn", "polite")}
    assert jobs["own"]["state"] == "completed"
    assert jobs["slow"]["runs"][0]["outcome"] == "timeout"
    assert jobs["slow"]["timeout_s"] == 1
    assert (jobs["slow"]["duration_ms"] > 950, jobs["slow"]["signal"]) == (True, signal.SIGTERM)
    assert jobs["stubborn"]["runs"][0]["outcome"] == "timeout"
    assert (1950 < jobs["stubborn"]["duration_ms"] < 5900, jobs["stubborn"]["signal"]) == (True, signal.SIGKILL)
    assert running.output("polite") == "bye\n"
    assert jobs["polite"]["state"] == "dead", "in time or not, its time had run out"


@covers("setting output_limit", "json:run dropped_bytes output_bytes", "json:job output_bytes")
def test_output_limit(running: Program) -> None:
    """Of each stream of a run the first quarter and the last three are kept; the cut is counted and shown."""
    lines = "".join(f"{n:07d}\n" for n in range(2000))
    running.enqueue("--id", "whole", "--command", "seq -f %07g 0 1999")
    running.wait_state("whole", "completed")
    assert running.output("whole") == lines
    running.set("output_limit", 800)
    running.enqueue("--id", "cut", "--command", "seq -f %07g 0 1999; seq -f %07g 0 1999 >&2; echo end >&2")
    job = running.wait_state("cut", "completed")
    kept = running.ok("job", "output", "cut", "--stdout")
    assert kept == lines[:200] + lines[-600:]
    assert "15,200" in running.run("job", "output", "cut", "--stdout").stderr
    with Terminal(running, "job", "output", "cut", "--stdout") as terminal:
        assert terminal.end() == 0
        before, note, after = terminal.text.partition("15,200")
        assert note
        assert before.startswith(lines[:200])
        assert after.endswith(lines[-600:])
    (run,) = job["runs"]
    assert run["output_bytes"] == 32_004
    assert run["dropped_bytes"] == 32_004 - 1600
    assert running.ok("job", "output", "cut", "--stderr").endswith("0001999\nend\n")
    running.set("output_limit", 0)
    running.enqueue("--id", "none", "--command", "echo hi")
    assert running.wait_state("none", "completed")["runs"][0]["dropped_bytes"] == 3


@covers("setting retain_completed")
def test_retain_completed(running: Program) -> None:
    """Completed jobs are deleted when they are older than `retain_completed`; nothing else is."""
    running.set("max_retries", 0)
    running.enqueue_all([{"id": "done", "command": "true"}, {"id": "dead", "command": "false"}])
    running.wait_state("done", "completed")
    running.wait_state("dead", "dead")
    running.set("retain_completed", 1)
    wait_for(lambda: "done" not in running.jobs(), what="the pruning of what is completed")
    running.set("retain_completed", "1h")
    running.enqueue("--id", "young", "true")
    running.wait_state("young", "completed")
    time.sleep(1.2)  # one look of the workers at rest
    assert set(running.jobs()) == {"dead", "young"}


@covers("setting shell")
def test_shell(running: Program) -> None:
    """Commands are run by the shell that is set."""
    shell = running.folder / "my shell"
    shell.write_text('#!/bin/sh\nprintf "%s|" mine "$@"\n')
    shell.chmod(0o755)
    running.enqueue("--id", "sh", "--command", "echo $0")
    running.wait_state("sh", "completed")
    assert running.output("sh") == "/bin/sh\n"
    running.set("shell", shell)
    running.enqueue("--id", "mine", "--command", "echo 'a  b'; exit")
    running.wait_state("mine", "completed")
    assert running.output("mine") == "mine|-c|echo 'a  b'; exit|"


@covers("setting poll_interval worker_poll_interval")
def test_poll_interval(program: Program) -> None:
    """A wake-up that is lost costs an idle worker `poll_interval`, and no more."""
    program.unhurried()
    for interval, key in ((20, "poll_interval"), (0.1, "worker-poll-interval")):
        program.set(key, interval)
        worker = program.start("--worker")
        wait_for(program.workers, what="a worker")
        for path in program.db.parent.rglob("*"):
            if path.is_fifo():
                path.unlink()
        time.sleep(0.5)  # let it come to rest
        job = program.enqueue("true")
        if interval < 1:
            program.wait_state(job, "completed")
        else:
            time.sleep(2)  # gives one that goes by the default the time to find it
            assert program.state(job) == "pending"
        worker.kill()
        worker.wait()
        program.ok("worker", "list")
