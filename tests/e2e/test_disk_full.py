"""A full disk: what cannot be kept is not accepted, what was accepted is not lost, and all goes on with space."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import QUEUECTL, Program, wait_for
from tests.tools import fill, small_disk


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Program]:
    """A queue on a disk of its own of 12 MiB."""
    with small_disk(tmp_path / "disk", 12) as disk:
        db = disk / "q" / "queue.db"
        program = Program(tmp_path, env={"QUEUECTL_DB": str(db)})
        program.db = db
        try:
            yield program
        finally:
            program.close()


def disk_of(program: Program) -> Path:
    return program.db.parent.parent


def line_with(worker: subprocess.Popen[bytes], word: bytes) -> bytes:
    """Read a worker's log up to a line with a word."""
    assert worker.stderr is not None
    for line in worker.stderr:
        if word in line:
            return line
    raise AssertionError(f"{word!r} was never said")


@pytest.mark.parametrize("room_kib", [0, 600])
def test_nothing_is_accepted_that_cannot_be_kept(cramped: Program, room_kib: int) -> None:
    """An enqueue that does not fit is exit 1 in one line, whole or untouched; what was there stays."""
    cramped.enqueue("--id", "first", "--command", "true")
    filler = fill(disk_of(cramped))
    os.truncate(filler, filler.stat().st_size - (room_kib << 10))
    done = cramped.run("enqueue", "-", stdin="echo x\n" * 20_000)
    assert (done.returncode, done.stdout) == (1, "")
    assert "full" in done.stderr
    assert done.stderr.count("\n") == 1
    filler.unlink()
    assert [job["id"] for job in cramped.json("list")] == ["first"]
    assert len(cramped.enqueue_all(["echo x"] * 500)) == 500
    cramped.ok("doctor")


@pytest.mark.parametrize("room_kib", [0, 40])
def test_acts_on_a_full_disk_are_whole_or_untouched(cramped: Program, room_kib: int) -> None:
    """Whatever a command says it did on a full disk is so afterwards, and whatever it refused is as before.

    Be there no room to open the queue, or only none to keep what is changed.
    """
    cramped.enqueue("--id", "kept", "--command", "true")
    filler = fill(disk_of(cramped))
    os.truncate(filler, filler.stat().st_size - (room_kib << 10))
    held = cramped.run("hold", "kept")
    sized = cramped.run("config", "set", "max_retries", "7")
    for done in (held, sized):
        assert done.returncode in (0, 1)
        assert done.returncode == 0 or re.search("disk is full|is it full", done.stderr), done.stderr
    filler.unlink()
    assert cramped.job("kept")["held"] is (held.returncode == 0)
    assert (cramped.ok("config", "get", "max_retries").strip() == "7") is (sized.returncode == 0)


def test_no_job_is_started_below_the_floor(cramped: Program) -> None:
    """With less space than it takes to record a run, a worker starts nothing, says so, and starts it with space."""
    cramped.enqueue("--id", "first", "--hold", "--command", "true")
    worker = cramped.start("--worker")
    line_with(worker, b"started")
    filler = fill(disk_of(cramped))
    # Room for a small commit, and less than the floor under which no job is started.
    os.truncate(filler, filler.stat().st_size - (300 << 10))
    cramped.ok("release", "first")
    line_with(worker, b"free on the disk")
    assert cramped.state("first") == "pending"
    assert [check["check"] for check in cramped.json("doctor", exit_code=1) if not check["ok"]] == ["free space"]
    filler.unlink()
    assert cramped.wait_state("first", "completed")["attempts"] == 1
    assert worker.poll() is None


@pytest.mark.parametrize("how", ["foreground", "detached"])
def test_a_result_that_cannot_be_written_is_kept(cramped: Program, how: str) -> None:
    """A run that ends on a full disk is recorded when space returns, once, with its output; its log may have gaps."""
    go = cramped.folder / "go"
    body = "while ! test -e $GO; do sleep 0.05; done; head -c 900000 /dev/zero; echo end"
    cramped.enqueue("--id", "j", "--env", f"GO={go}", "--command", body)
    worker = None
    if how == "foreground":
        worker = cramped.start("--worker")
    else:
        cramped.ok("worker", "start")
    (pid,) = wait_for(lambda: [row["pid"] for row in cramped.workers() if row["state"] == "busy"], what="a busy worker")
    filler = fill(disk_of(cramped))
    go.touch()
    if worker is not None:
        line_with(worker, b"trying again")
    else:
        wait_for(lambda: not children(pid), what="the end of the command")
    assert cramped.state("j") == "processing"
    filler.unlink()
    job = cramped.wait_state("j", "completed")
    assert (job["attempts"], len(job["runs"])) == (1, 1)
    assert cramped.output("j").endswith("end\n")
    assert [row["pid"] for row in cramped.workers()] == [pid], "the worker lived through it"


def test_who_insists_need_not_wait_for_space(cramped: Program) -> None:
    """A worker that keeps a result in memory stays when it is told to stop once, and leaves at the second word.

    Its job then counts as interrupted.
    """
    go = cramped.folder / "go"
    cramped.set("backoff_base", 0)
    cramped.enqueue(
        "--id", "j", "--env", f"GO={go}", "while ! test -e $GO; do sleep 0.05; done; head -c 900000 /dev/zero"
    )
    worker = cramped.start("--worker")
    cramped.wait_state("j", "processing")
    filler = fill(disk_of(cramped))
    go.touch()
    line_with(worker, b"trying again")
    worker.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(1)
    worker.terminate()
    worker.wait(20)
    filler.unlink()
    cramped.drain()
    assert [run["outcome"] for run in cramped.job("j")["runs"]] == ["interrupted", "completed"]


def children(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


def test_a_queue_cannot_be_made_on_a_full_disk(cramped: Program) -> None:
    """The first enqueue says that the disk is full; the next one, with space, works."""
    filler = fill(disk_of(cramped))
    done = cramped.run("enqueue", "true")
    assert (done.returncode, done.stdout) == (1, "")
    assert "space" in done.stderr or "full" in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1
    filler.unlink()
    cramped.enqueue("true")
    assert cramped.json("status")["jobs"]["pending"] == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["list"], ["status"], ["enqueue", "-q", "true"], ["config", "list", "--json"]])
def test_a_full_stdout_is_told(program: Program, words: list[str], unbuffered: str) -> None:
    """What cannot be printed is exit 1 and one line that says it of stdout, not of the queue."""
    program.enqueue("true")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [QUEUECTL, *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=program.env | {"PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
    assert done.returncode == 1
    assert "stdout: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_stderr_takes_no_result_away(program: Program) -> None:
    """Narration that nobody can read does not turn what was done into a failure."""
    with open("/dev/full", "wb") as full:
        for words in (["enqueue", "-q", "true"], ["status"], ["--worker", "--until-idle"]):
            assert subprocess.run([QUEUECTL, *words], stderr=full, env=program.env, check=False).returncode == 0, words
    assert program.json("status")["jobs"]["completed"] == 1
