"""Jobs that misbehave, and workers in places of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.program import Program, alive, wait_for
from tests.tools import need


def test_a_cwd_that_is_gone(program: Program) -> None:
    """The attempt fails as unrunnable and says so; when the directory is back, the retry runs."""
    place = program.folder / "place"
    program.enqueue("--id", "j", "--cwd", str(place), "--backoff-base", "0", "--command", "pwd", "--max-retries", "0")
    program.drain()
    job = program.job("j")
    assert (job["state"], job["runs"][0]["outcome"]) == ("dead", "unrunnable")
    assert f"cannot enter {place}" in job["error"]
    place.mkdir()
    program.ok("retry", "j")
    program.drain()
    assert program.ok("job", "output", "j") == f"{place}\n"


@pytest.mark.parametrize("kind", ["detached", "alone", "supervised"])
def test_a_job_has_no_file_of_its_worker(program: Program, kind: str) -> None:
    """Its stdin is /dev/null and it holds nothing but its own run's file: what it reads or writes is not the queue."""
    program.enqueue("--id", "j", "--command", "ls -l /proc/$$/fd; cat; echo x >&0")
    if kind == "detached":
        program.ok("worker", "start", "--count", "2")
    else:
        program.drain(*(["--count", "2"] if kind == "supervised" else []))
    program.wait_state("j", "completed")
    assert "SQLite format" not in program.output("j"), "its stdin is the queue"
    lines = [line.rsplit(" ", 3) for line in program.output("j").splitlines() if " -> " in line]
    held = {int(fd): target for _, fd, _, target in lines}
    assert held.pop(0) == "/dev/null"
    assert held.pop(1).startswith("pipe:")
    assert held.pop(2).startswith("pipe:")
    assert all(".run" in target or fd == 10 for fd, target in held.items()), held
    assert len(program.output("j").splitlines()) <= 6, "nothing came from its stdin"
    program.ok("doctor")


def flood(program: Program, mb: int) -> None:
    """A job that prints so much is pumped to its end, with the right count and a worker that does not grow."""
    program.ok("worker", "start")
    program.enqueue("--id", "warm", "--command", "head -c 20000000 /dev/zero")
    program.wait_state("warm", "completed")
    before = program.workers()[0]["rss_bytes"]
    program.enqueue("--id", "flood", "--command", f"head -c {mb}000000 /dev/zero")
    job = program.wait_state("flood", "completed", timeout_s=60 + mb / 50)
    (run,) = job["runs"]
    assert run["output_bytes"] == mb * 1_000_000
    assert run["output_bytes"] - run["dropped_bytes"] == 1 << 20
    assert program.workers()[0]["rss_bytes"] < before + (24 << 20)


def test_a_gigabyte_of_output(program: Program) -> None:
    """A gigabyte leaves a megabyte."""
    flood(program, 1000)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_gigabytes_of_output(program: Program) -> None:
    """Ten gigabytes leave a megabyte."""
    flood(program, 10_000)


def test_jobs_that_misbehave(program: Program) -> None:
    """Each ends in its own way, none hangs a worker or leaves a process behind."""
    program.ok("config", "set", "kill_grace", "0.5s")
    common = ("--max-retries", "0", "--timeout", "2")
    program.enqueue("--id", "closes", *common, "--command", "exec >&- 2>&-; sleep 0.3; exit 4")
    program.enqueue(
        "--id",
        "daemon",
        *common,
        "--command",
        f"setsid sleep 60 & echo $! > {program.folder}/daemon; echo hi; sleep 0.2",
    )
    program.enqueue("--id", "ignores", *common, "--command", "trap '' TERM; while :; do sleep 0.1; done")
    program.enqueue("--id", "stops", *common, "--command", "kill -STOP $$")
    program.enqueue("--id", "signal", *common, "--command", "kill -ABRT $$")
    begun = time.monotonic()
    program.drain("--count", "3")
    assert time.monotonic() - begun < 50
    jobs = {name: program.job(name) for name in ("closes", "daemon", "ignores", "stops", "signal")}
    assert jobs["closes"]["exit_code"] == 4
    assert jobs["daemon"]["state"] == "completed"
    assert program.ok("job", "output", "daemon") == "hi\n"
    assert alive(int((program.folder / "daemon").read_text())), "what left the session on purpose is left alone"
    assert [jobs[name]["runs"][0]["outcome"] for name in ("ignores", "stops")] == ["timeout", "timeout"]
    assert jobs["signal"]["signal"] == 6


def test_a_worker_started_twice(program: Program) -> None:
    """Each start makes workers of their own, which share the queue and no job."""
    first = program.json("worker", "start")["done"]
    second = program.json("worker", "start")["done"]
    assert first != second
    program.ok("enqueue", "-q", "-", stdin=f"echo x >> {program.folder}/lines\n" * 50)
    program.ok("wait", "--timeout", "30")
    assert (program.folder / "lines").read_text() == "x\n" * 50


def in_another_namespace(*words: str) -> list[str]:
    """Give the words that run a program where it sees no process from outside."""
    unshare = need("unshare")
    apart = [unshare, "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs unshare --pid")
    return [*apart, *words]


def test_two_namespaces_on_one_queue(program: Program) -> None:
    """A worker in another pid namespace is alive as long as it holds its lock, whatever its pid is here."""
    program.enqueue("--id", "j", "--command", "sleep 2")
    words = in_another_namespace(*program.words, "--worker")
    with subprocess.Popen(words, env=program.env, stderr=subprocess.DEVNULL) as other:
        try:
            program.wait_state("j", "processing")
            program.ok("worker", "start")
            job = program.wait_state("j", "completed")
            assert (job["attempts"], len(job["runs"])) == (1, 1)
        finally:
            other.kill()
    wait_for(lambda: len(program.workers()) == 1, what="the end of the other worker's row")


def test_what_cannot_be_seen_is_not_taken(program: Program) -> None:
    """Where a worker's pid is nobody's it lives; dead, its job waits for what holds the run's lock, seen or not."""
    here = program.words
    there = in_another_namespace(*here)
    program.set("backoff_base", 0)
    program.enqueue("--id", "j", "--command", "echo $$ > pid; exec sleep 600")
    program.ok("worker", "start")
    child = int(wait_for(lambda: _text(program.folder / "pid"), what="its pid"))
    (worker,) = program.workers()
    program.words = there
    assert [(row["state"], row["job"]) for row in program.workers()] == [("busy", "j")]
    os.kill(worker["pid"], signal.SIGKILL)
    assert [row["state"] for row in program.workers()] == ["lost"]
    assert program.state("j") == "processing"
    assert "cannot be seen from here" in program.ok("show", "j")
    assert alive(child)
    program.words = here
    program.ok("worker", "list")
    assert not alive(child)
    assert [run["outcome"] for run in program.job("j")["runs"]] == ["interrupted"]


def _text(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""
