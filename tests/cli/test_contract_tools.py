"""`demo`, `backup`, `completion`, `systemd-unit`."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time

import pytest

from tests.cli.covers import covers
from tests.program import QUEUECTL, Program, wait_for


@covers("demo")
def test_demo(program: Program) -> None:
    """`demo` runs a queue of its own until idle, prints status and metrics, ends 0 within 30 s and leaves nothing."""
    temp = program.folder / "tmp"
    temp.mkdir()
    begun = time.monotonic()
    said = program.ok("demo", env={"TMPDIR": str(temp)}, timeout=60)
    assert time.monotonic() - begun < 40
    assert "Success rate" in said
    assert "dead" in said
    assert "completed" in said
    assert list(temp.iterdir()) == []
    assert not program.db.exists()

    def marked() -> list[str]:
        pids = os.listdir("/proc")  # noqa: PTH208 - names are enough
        return [pid for pid in pids if pid.isdigit() and str(temp).encode() in _environ(pid)]

    # A worker that has left the queue still has to end.
    wait_for(lambda: not marked(), what="the end of every process")


def _environ(pid: str) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""


@covers("backup")
def test_backup(program: Program) -> None:
    """`backup FILE` writes a whole copy while the queue is in use, the user's alone; it is a queue itself.

    The copy has none of the queue's workers: their jobs are taken back there, and go on undisturbed here.
    """
    program.enqueue("--id", "a", "--command", "echo hi")
    program.drain()
    program.ok("enqueue", "-", stdin=f"{program.gate}\n" * 200)
    program.start("--worker", "--count", "2")
    wait_for(lambda: program.json("status")["jobs"]["processing"] == 2, what="two running jobs")
    running = list(program.jobs("--state", "processing"))
    copy = program.folder / "copy.db"
    program.ok("backup", copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert program.ok("--db", copy, "job", "output", "a") == "hi\n"
    jobs = program.json("--db", copy, "status")["jobs"]
    assert sum(jobs.values()) == 201
    checks = program.json("--db", copy, "doctor", exit_code=1)
    assert [check["check"] for check in checks if not check["ok"]] == ["workers"]
    assert program.json("--db", copy, "status")["jobs"]["processing"] == 0
    assert list(program.jobs("--state", "processing")) == running
    program.open_gate()
    program.ok("wait", *running, "--timeout", "20")
    assert [len(program.job(job)["runs"]) for job in running] == [1, 1]
    program.refuse("backup")
    assert program.run("backup", program.folder / "nowhere" / "x.db").returncode in (1, 2)


@covers("completion")
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(program: Program, shell: str) -> None:
    """`completion` prints a script for the shell that completes commands and flags."""
    script = program.ok("completion", shell)
    assert "queuectl" in script
    program.refuse("completion", "csh", says=["csh"])
    if shell != "bash":
        return
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    for words, wanted in {
        "queuectl enq": "enqueue",
        "queuectl worker st": "start",
        "queuectl list --st": "--state",
    }.items():
        typed = words.split()
        ask = (
            f"{script}\nCOMP_WORDS=({words}) COMP_CWORD={len(typed) - 1}\n"
            f'$(complete -p queuectl | sed "s/.*-F \\([^ ]*\\).*/\\1/") queuectl {typed[-1]} {typed[-2]}\n'
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        path = f"{os.path.dirname(QUEUECTL)}:{program.env['PATH']}"  # noqa: PTH120 - text for PATH
        done = subprocess.run(
            ["bash", "-c", ask], env=program.env | {"PATH": path}, capture_output=True, text=True, check=False
        )
        assert wanted in done.stdout.split(), (words, done)


@covers("systemd-unit", "systemd-unit --count --queue")
def test_systemd_unit(program: Program) -> None:
    """`systemd-unit` prints a user unit that runs workers and lets them finish."""
    unit = program.ok("systemd-unit")
    for line in ("KillMode=mixed", "OOMPolicy=continue", "TimeoutStopSec=infinity", "Restart=on-failure"):
        assert line in unit.splitlines()
    (start,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert "--worker" in start
    assert start.startswith(("ExecStart=/", 'ExecStart="/'))
    assert str(program.db) in unit
    other = program.ok("systemd-unit", "--count", "3", "--queue", "a", "--queue", "b")
    (start,) = [line for line in other.splitlines() if line.startswith("ExecStart=")]
    assert "--count 3" in start
    assert "--queue a --queue b" in start
    if shutil.which("systemd-analyze"):
        path = program.folder / "queuectl.service"
        path.write_text(unit)
        subprocess.run(
            ["systemd-analyze", "verify", "--user", str(path)],
            check=True,
            timeout=30,
            env=program.env | {"XDG_RUNTIME_DIR": str(program.folder)},
        )
