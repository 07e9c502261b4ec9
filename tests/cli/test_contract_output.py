"""`job output`: what runs printed, raw to a pipe, harmless on a terminal, live while they print."""

from __future__ import annotations

import subprocess
import time

import pytest

from tests.cli.covers import covers
from tests.program import QUEUECTL, Program, wait_for
from tests.terminal import Terminal


@covers("job output", "job output --stdout --stderr --run", "logs", "logs --stdout --stderr --run")
@pytest.mark.parametrize("command", [["job", "output"], ["logs"]])
def test_streams_and_runs(lived: Program, command: list[str]) -> None:
    """Both streams of the last run by default; one stream or another run when asked; `logs` is the same."""
    assert lived.ok(*command, "good-job") == "out\nerr\n"
    assert lived.ok(*command, "good-job", "--stdout") == "out\n"
    assert lived.ok(*command, "good-job", "--stderr") == "err\n"
    assert lived.ok(*command, "bad") == "run 2\nfirst\noops\n"
    assert lived.ok(*command, "bad", "--run", "1") == "run 1\nfirst\noops\n"
    assert lived.ok(*command, "bad", "--run", "1", "--stdout") == "run 1\n"
    assert lived.ok(*command, "later") == ""
    assert lived.run(*command, "bad", "--run", "3", exit_code=1).stdout == ""
    assert lived.run(*command, "nobody", exit_code=1).stdout == ""


@covers("job output")
def test_raw_or_safe(program: Program) -> None:
    """To a pipe go the very bytes, to a terminal nothing that could control it."""
    program.enqueue("--id", "a", "--command", r"printf 'caf\351 \033]52;c;aGk=\007 \033[31mred\033[0m \002 ok\n'")
    program.drain()
    raw = subprocess.run([QUEUECTL, "job", "output", "a"], env=program.env, capture_output=True, check=True).stdout
    assert raw == b"caf\xe9 \x1b]52;c;aGk=\x07 \x1b[31mred\x1b[0m \x02 ok\n"
    with Terminal(program, "job", "output", "a") as terminal:
        assert terminal.end() == 0
        assert b"\x1b]" not in terminal.seen
        assert b"\x02" not in terminal.seen
        assert b"\x07" not in terminal.seen
        assert "red" in terminal.text
        assert "ok" in terminal.text


@covers("job output --follow", "logs -f", "outcome running", "state processing")
def test_follow(program: Program) -> None:
    """`--follow` prints what a running job prints as it comes, and ends with it."""
    program.enqueue("--id", "a", "--command", f"echo one; {program.gate}; echo two; echo three >&2; exit 5")
    program.set("max_retries", 0)
    program.start("--worker")
    program.wait_state("a", "processing")
    followers = [
        program.start("job", "output", "a", "--follow"),
        program.start("logs", "-f", "--stdout", "a"),
    ]
    first = followers[0].stdout
    assert first is not None
    assert first.readline() == b"one\n"
    job = program.job("a")
    assert (job["state"], [run["outcome"] for run in job["runs"]]) == ("processing", ["running"])
    program.open_gate()
    rest, _ = followers[0].communicate(timeout=20)
    assert sorted(rest.splitlines()) == [b"three", b"two"]
    assert followers[1].communicate(timeout=20)[0] == b"one\ntwo\n"
    assert program.state("a") == "dead"


@covers("job output -f", "logs --follow")
def test_follow_from_the_start(program: Program) -> None:
    """`--follow` of a job that has not started waits for it; of one that ended, it prints all and ends."""
    program.enqueue("--id", "a", "--command", "echo hi")
    early = program.start("job", "output", "-f", "a")
    time.sleep(0.3)  # gives a wrong program the time to end early; a right one waits
    assert early.poll() is None
    program.drain()
    assert early.communicate(timeout=20)[0] == b"hi\n"
    assert program.ok("logs", "--follow", "a") == "hi\n"


def test_live_output(program: Program) -> None:
    """What a run prints can be read while it runs."""
    program.enqueue("--id", "a", "--command", "echo begun; sleep 60")
    program.start("--worker")
    wait_for(lambda: program.output("a") == "begun\n", what="live output")
    assert program.state("a") == "processing"
