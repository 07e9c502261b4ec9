"""The environment in which a job runs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.covers import covers
from tests.program import QUEUECTL_WORD, Program, alive, wait_for


def environment(program: Program, job_id: str) -> dict[str, str]:
    """What `env -0` printed as a job."""
    items = program.output(job_id).split("\0")
    return dict(item.split("=", 1) for item in items if item)


@covers("enqueue --env --no-env", "in env", "json:job env", "show --env", "setting capture_env")
def test_captured(program: Program) -> None:
    """A job has the enqueuer's environment unless told otherwise, and what it was given by name, which wins."""
    mine = {"COLOUR": "blue", "SECRET": "s3cr3t\nline"}
    program.enqueue("--id", "all", "--command", "env -0", env=mine)
    program.enqueue("--id", "none", "--no-env", "--env", "ONLY=a=b", "--command", "env -0", env=mine)
    program.enqueue(
        "--id",
        "named",
        "--env",
        "COLOUR=red",
        "--env",
        "SECRET",
        "--env",
        "EMPTY=",
        "--no-env",
        "--command",
        "env -0",
        env=mine,
    )
    program.enqueue("--id", "json", '{"command":"env -0","env":{"COLOUR":"green","NEW":"1"}}', env=mine)
    program.set("capture_env", "none")
    program.enqueue("--id", "off", "--env", "NEW=2", "--command", "env -0", env=mine)
    program.run("--worker", "--until-idle", exit_code=0, env={"WORKERS_OWN": "yes"})
    seen = {name: environment(program, name) for name in ("all", "none", "named", "json", "off")}
    assert seen["all"].items() >= mine.items()
    assert "WORKERS_OWN" not in seen["all"]
    for name in ("none", "off"):
        assert not {"COLOUR", "SECRET"} & set(seen[name]), name
        assert "PATH" in seen[name]
    assert seen["none"]["ONLY"] == "a=b"
    assert seen["off"]["NEW"] == "2"
    assert [seen["named"][key] for key in ("COLOUR", "SECRET", "EMPTY")] == ["red", mine["SECRET"], ""]
    assert [seen["json"][key] for key in ("COLOUR", "SECRET", "NEW")] == ["green", mine["SECRET"], "1"]
    jobs = program.jobs()
    assert jobs["all"]["env"] == {}
    assert jobs["json"]["env"] == {"COLOUR": "green", "NEW": "1"}
    assert jobs["named"]["env"] == {"COLOUR": "red", "SECRET": mine["SECRET"], "EMPTY": ""}


def test_captured_is_shown_on_demand_only(program: Program) -> None:
    """What was captured is never shown by `list` or `show`, but by `show --env`."""
    program.enqueue("--id", "a", "true", env={"SECRET": "hunter2"})
    for args in (["list"], ["list", "--json"], ["show", "a"], ["show", "a", "--json"]):
        assert "hunter2" not in program.ok(*args)
    assert "SECRET=hunter2" in program.ok("show", "a", "--env")


def test_what_changes_by_itself_is_not_captured(program: Program) -> None:
    """What belongs to the enqueuer's terminal and shell alone is left out."""
    names = "SHLVL OLDPWD TERM TERMINFO TERM_PROGRAM SSH_AUTH_SOCK SSH_CONNECTION TMUX TMUX_PANE WINDOWID PWD _"
    program.enqueue("--id", "a", "--command", "env -0", env=dict.fromkeys(names.split(), "/mark"))
    program.start("--worker", env=dict.fromkeys(names.split(), "/worker"))
    program.wait_state("a", "completed")
    assert "/mark" not in environment(program, "a").values()


@covers("variable QUEUECTL_JOB_ID QUEUECTL_ATTEMPT QUEUECTL_RUN QUEUECTL_DB")
def test_own_variables(program: Program) -> None:
    """Each run knows its job, its attempt, a name of its own, and the queue; its stdin is /dev/null."""
    command = "env -0; printf 'STDIN=%s\\0' $(readlink /proc/self/fd/0); exit 1"
    program.enqueue("--id", "a", "--max-retries", "1", "--backoff-base", "0", "--command", command)
    program.enqueue("--id", "b", "--no-env", "--max-retries", "0", "--command", command)
    program.drain()
    runs = [
        dict(item.split("=", 1) for item in program.ok("job", "output", *args).split("\0") if item)
        for args in (["a", "--run", "1"], ["a", "--run", "2"], ["b"])
    ]
    assert [run["QUEUECTL_JOB_ID"] for run in runs] == ["a", "a", "b"]
    assert [run["QUEUECTL_ATTEMPT"] for run in runs] == ["1", "2", "1"]
    assert len({run["QUEUECTL_RUN"] for run in runs}) == 3
    assert {Path(run["QUEUECTL_DB"]).resolve() for run in runs} == {program.db.resolve()}
    assert {run["STDIN"] for run in runs} == {"/dev/null"}


def test_a_job_that_starts_workers(program: Program) -> None:
    """Workers started by a job outlive it, keep it from nothing, and have none of its QUEUECTL_* but the queue."""
    program.enqueue("--id", "a", "--command", f"{QUEUECTL_WORD} worker start --count 2 --queue other")
    program.run("--worker", "--max-jobs", "1", exit_code=0)
    assert program.state("a") == "completed"
    workers = program.workers()
    assert len(workers) == 2
    for worker in workers:
        environ = Path(f"/proc/{worker['pid']}/environ").read_bytes().split(b"\0")
        assert {item.partition(b"=")[0] for item in environ if item.startswith(b"QUEUECTL_")} <= {b"QUEUECTL_DB"}
    program.enqueue("--id", "b", "--queue", "other", "--command", "env -0")
    program.wait_state("b", "completed")
    assert environment(program, "b")["QUEUECTL_JOB_ID"] == "b"
    program.ok("worker", "stop")
    wait_for(lambda: not any(alive(worker["pid"]) for worker in workers), what="the workers' end")


def test_inside_a_job(program: Program) -> None:
    """Inside a job, `wait`, `run` and `worker stop` refuse to wait for that job."""
    for name, words in {
        "wait": "wait $QUEUECTL_JOB_ID",
        "run": "run --after $QUEUECTL_JOB_ID true",
        "chain": "enqueue --wait --after first-$QUEUECTL_JOB_ID true",
        "stop": "worker stop",
    }.items():
        program.enqueue("--id", name, "--timeout", "20", "--max-retries", "0", "--command", f"{QUEUECTL_WORD} {words}")
    program.enqueue("--id", "first-chain", "--after", "chain", "true")
    program.start("--worker", "--count", "1")
    program.run("wait", "wait", "run", "chain", "stop", timeout=40)
    jobs = program.jobs()
    for name in ("wait", "run", "chain", "stop"):
        assert (jobs[name]["exit_code"], jobs[name]["signal"]) == (1, None), (name, jobs[name])
        assert jobs[name]["duration_ms"] < 10_000
        assert name in jobs[name]["error"] or "itself" in jobs[name]["error"]
    assert [worker["state"] for worker in program.workers()] == ["idle"]
