"""`run`: enqueue, follow, and end as the command ended."""

from __future__ import annotations

import signal
import subprocess
import time

from tests.cli.covers import covers
from tests.program import QUEUECTL, Program, in_seconds, seconds, wait_for
from tests.terminal import Terminal


@covers("run", "run --timeout --max-retries --retries", "exit 0 1")
def test_it_ends_as_the_command_ends(program: Program) -> None:
    """`run` prints what the job prints and ends with its code: 128+N for a signal, 1 for a timeout or a cancel."""
    program.set("backoff_base", 0)
    program.start("--worker", "--count", "4")
    said = program.run("run", "echo out; echo err >&2; exit 0")
    assert (said.returncode, said.stdout) == (0, "out\n")
    assert "err" in said.stderr
    assert program.run("run", "--max-retries", "0", "exit 7").returncode == 7
    assert program.run("run", "--retries", "0", "kill -15 $$").returncode == 128 + 15
    assert program.run("run", "--timeout", "1", "--max-retries", "0", "sleep 60").returncode == 1
    retried = program.run("run", "--retries", "1", "--id", "twice", "echo try $QUEUECTL_ATTEMPT; exit 9")
    assert retried.returncode == 9
    assert len(program.job("twice")["runs"]) == 2
    canceled = program.start("run", "--id", "canceled", "sleep 60")
    wait_for(lambda: "canceled" in program.jobs() and program.state("canceled") == "processing", what="the run")
    program.ok("cancel", "canceled")
    assert canceled.wait(20) == 1


@covers(
    "run --id --queue --priority --backoff-base --tag --cwd --env --no-env --on-interrupt --command --json",
    "run --timeout --max-retries",
)
def test_flags(program: Program) -> None:
    """`run` takes the flags of `enqueue`."""
    folder = program.folder / "there"
    folder.mkdir()
    program.start("--worker", "--count", "2")
    flags = {"--id": "a", "--queue": "video", "--priority": "7", "--max-retries": "5", "--timeout": "60"}
    flags |= {"--backoff-base": "3", "--cwd": str(folder), "--on-interrupt": "dead"}
    words = [word for pair in flags.items() for word in pair]
    words += ["--tag", "x", "--tag", "y", "--env", "A=1", "--env", "SECRET", "--no-env"]
    words += ["--command", "pwd; echo $A $SECRET $COLOUR."]
    said = program.run(
        "run",
        *words,
        env={"SECRET": "s", "COLOUR": "blue"},
        exit_code=0,
    )
    assert said.stdout == f"{folder}\n1 s .\n"
    job = program.job("a")
    wanted = {"queue": "video", "priority": 7, "max_retries": 5, "timeout_s": 60, "backoff_base": 3}
    wanted |= {"cwd": str(folder), "on_interrupt": "dead", "tags": ["x", "y"], "env": {"A": "1", "SECRET": "s"}}
    assert {key: job[key] for key in wanted} == wanted
    assert program.run("run", "--env", "COLOUR=red", "echo $COLOUR", env={"COLOUR": "blue"}).stdout == "red\n"
    assert program.json("run", "--id", "j", "true")["done"] == ["j"]


@covers("run --run-at --at --delay --after --hold --wait-timeout", "exit 124", "waiting after held")
def test_when(program: Program) -> None:
    """`run` of a job that waits waits with it; over its `--wait-timeout` it is 124, and the job stays."""
    program.start("--worker", "--count", "5")
    program.enqueue("--id", "first", "sleep 1.5")
    due = in_seconds(2.5)
    runs = {
        "run-at": program.start("run", "--id", "run-at", "--run-at", due, "echo hi"),
        "at": program.start("run", "--id", "at", "--at", due, "echo hi"),
        "delay": program.start("run", "--id", "delay", "--delay", "1.5s", "echo hi"),
        "after": program.start("run", "--id", "after", "--after", "first", "echo hi"),
    }
    begun = time.monotonic()
    late = program.json("run", "--id", "held", "--hold", "--wait-timeout", "1", "true", exit_code=124)
    assert (late["done"], [item["id"] for item in late["refused"]]) == ([], ["held"])
    assert 0.9 < time.monotonic() - begun < 20
    for name, process in runs.items():
        assert process.communicate(timeout=20)[0] == b"hi\n", name
        assert process.returncode == 0
    jobs = program.jobs()
    assert jobs["held"]["state"] == "pending"
    for name in ("run-at", "at"):
        assert seconds(jobs[name]["started_at"]) >= seconds(due) - 0.001
    assert seconds(jobs["delay"]["started_at"]) - seconds(jobs["delay"]["created_at"]) >= 1.49
    assert seconds(jobs["after"]["started_at"]) >= seconds(jobs["first"]["finished_at"])


@covers("exit 130", "reason canceled", "outcome canceled")
def test_ctrl_c(program: Program) -> None:
    """Ctrl-c cancels the job and ends with 130."""
    program.start("--worker")
    with Terminal(program, "run", "--id", "a", "echo begun; sleep 60") as terminal:
        terminal.wait_for("begun")
        terminal.send("\x03")
        assert terminal.end() == 130
    job = program.job("a")
    assert (job["state"], job["reason"], job["runs"][0]["outcome"]) == ("dead", "canceled", "canceled")
    process = subprocess.Popen(
        [QUEUECTL, "run", "--id", "b", "--hold", "true"], env=program.env, cwd=program.folder, stdin=subprocess.DEVNULL
    )
    wait_for(lambda: "b" in program.jobs(), what="the job")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert program.job("b")["reason"] == "canceled"


@covers("run --quiet -q")
def test_no_worker(program: Program) -> None:
    """`run` says so when no worker is there to take the job; with --quiet it does not."""
    said = program.run("run", "--wait-timeout", "0.5", "true", exit_code=124)
    assert "worker" in said.stderr
    assert said.stdout == ""
    for quiet in ("-q", "--quiet"):
        assert "worker" not in program.run("run", quiet, "--wait-timeout", "0.5", "true", exit_code=124).stderr


def test_what_is_run(program: Program) -> None:
    """What to run is read as by `enqueue`: several words and what comes after -- are an argv."""
    program.start("--worker")
    assert program.run("run", "printf", "%s.", "a b", "$HOME").stdout == "a b.$HOME."
    assert program.run("run", "--", "echo", "-q", "it's").stdout == "-q it's\n"
    program.refuse("run")
    program.refuse("run", "--nonsense", "true", says=["nonsense"])
    program.refuse("run", "--priority", "2000", "true", says=["priority"])
