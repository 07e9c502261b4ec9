"""What another user, or chance, put in the way is not trusted; nothing of a worker leaks into jobs or crash output."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import Program, alive, wait_for
from tests.tools import NOBODY, need_root


@pytest.fixture
def shared() -> Iterator[Program]:
    """A queue in a sticky folder that everybody may write, as the temp folder is."""
    need_root()
    with tempfile.TemporaryDirectory(prefix="queuectl-test-") as name:
        program = Program(Path(name))
        program.folder.chmod(0o1777)
        program.db = program.folder / "queue.db"
        program.env["QUEUECTL_DB"] = str(program.db)
        yield program
        program.close()


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("how", ["owned", "open", "link"])
def test_a_companion_that_was_planted(shared: Program, suffix: str, how: str) -> None:
    """What SQLite reads beside the file becomes the queue's: another's, an open one and a link are refused by name."""
    planted = shared.db.with_name(shared.db.name + suffix)
    target = shared.folder / "target"
    if how == "link":
        target.write_text("precious")
        planted.symlink_to(target)
    else:
        planted.touch(mode=0o600)
    if how == "owned":
        os.chown(planted, NOBODY, NOBODY)
    elif how == "open":
        planted.chmod(0o666)
    for words in (("enqueue", "true"), ("worker", "start")):
        shared.refuse(*words, exit_code=1, says=["not safe to use", str(planted)])
    assert not target.exists() or target.read_text() == "precious"
    planted.unlink()
    shared.enqueue("true")


def test_a_run_folder_of_another_user(shared: Program) -> None:
    """Not even root uses a run folder that another user planted beside root's own queue."""
    folder = shared.db.with_name("queue.db.d")
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    shared.refuse("enqueue", "true", exit_code=1, says=[str(folder), f"uid {NOBODY}"])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["turn.lock"])
def test_a_link_in_the_run_folder_is_not_followed(program: Program, name: str) -> None:
    """A link in the place of a file of the run folder makes nothing elsewhere."""
    program.ok("enqueue", "true")
    link = program.db.with_name("queue.db.d") / name
    link.unlink(missing_ok=True)
    link.symlink_to(program.folder / "elsewhere")
    program.refuse("enqueue", "true", exit_code=1, says=[str(link)])
    assert not (program.folder / "elsewhere").exists()


@pytest.mark.parametrize("tmpdir", ["/nonexistent", "/proc", "unwritable\n"])
def test_a_temp_folder_that_does_not_serve(program: Program, tmpdir: str) -> None:
    """A large input is taken in wherever TMPDIR points."""
    lines = "true\n" * 30_000
    assert len(program.ok("enqueue", "-q", "-", stdin=lines, env={"TMPDIR": tmpdir}).split()) == 30_000


def test_what_is_spooled_has_no_name(program: Program) -> None:
    """What waits for the end of a large input can be opened by nobody else, and is gone with the call."""
    folder = program.folder / "tmp"
    folder.mkdir()
    call = program.start("enqueue", "-", stdin=subprocess.PIPE, env={"TMPDIR": str(folder)})
    assert call.stdin is not None
    call.stdin.write((b"echo " + b"x" * 1000 + b"\n") * 30_000)
    call.stdin.flush()

    def spools() -> list[Path]:
        found = []
        for link in Path(f"/proc/{call.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found += [link] * str(link.readlink()).startswith(str(folder))
        return found

    (spool,) = wait_for(spools, what="the spool")
    assert (spool.stat().st_nlink, stat.S_IMODE(spool.stat().st_mode)) == (0, 0o600)
    assert list(folder.iterdir()) == []


def test_nothing_of_the_worker_reaches_a_job(program: Program) -> None:
    """Without a captured environment a job has what the README names of its worker's, and its own QUEUECTL_*."""
    program.enqueue("--id", "j", "--no-env", "--env", "MINE=1", "--command", "env -0")
    program.run(
        "--worker", "--until-idle", exit_code=0, env={"AWS_SECRET": "s3cret", "LD_LIBRARY_PATH": "/x", "TZ": "UTC"}
    )
    names = {item.partition("=")[0] for item in program.output("j").split("\0") if item}
    own = {"QUEUECTL_JOB_ID", "QUEUECTL_ATTEMPT", "QUEUECTL_RUN", "QUEUECTL_DB"}
    from_worker = {"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"}
    from_shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    assert own | {"MINE", "TZ", "PATH"} <= names <= own | {"MINE"} | from_worker | from_shell


#: Fails inside of a function that has a secret in its hands.
_FAIL = """
import {module} as module
def failing(*args, **options):
    password = "hunt" + "er2"
    raise {error}
module.{name} = failing
"""


@pytest.mark.parametrize("error", ["ZeroDivisionError('oops')", "RecursionError()"])
def test_no_values_in_crash_output(program: Program, error: str) -> None:
    """Should the program fail, it says so in a line without values; a worker's log tells where, and no value either."""
    job = program.enqueue("true")
    words = program.words
    program.patch(_FAIL.format(module="queuectl_tui.store.queries", name="counts", error=error))
    done = program.run("status", exit_code=1)
    assert "internal error" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr
    program.patch(_FAIL.format(module="queuectl_tui.store.moves.claim", name="take_turn", error=error))
    program.run("worker", "start")
    folder = program.db.with_name("queue.db.d")
    told = wait_for(lambda: [path for path in folder.glob("*.log") if "Error" in path.read_text()], what="the log")
    assert "hunter2" not in told[0].read_text()
    program.words = words
    program.drain()
    assert program.state(job) == "completed"


@pytest.fixture
def bystander() -> Iterator[Callable[[], int]]:
    """Starts a process that is none of the queue's, and gives its pid."""
    with contextlib.ExitStack() as stack:

        def start() -> int:
            process = stack.enter_context(subprocess.Popen(["sleep", "600"], start_new_session=True, env={}))
            stack.callback(process.kill)
            return process.pid

        yield start


@pytest.mark.parametrize("whose", ["worker", "leader"])
def test_a_pid_that_is_another_process_now(program: Program, bystander: Callable[[], int], whose: str) -> None:
    """A reused pid is not signalled, be it the worker's or that of a run's first process; the job is rescued."""
    program.set("backoff_base", 0)
    program.ok("worker", "start")
    program.enqueue("--id", "j", "--command", "test $QUEUECTL_ATTEMPT = 2 || sleep 600")
    program.wait_state("j", "processing")
    (worker,) = program.workers()
    folder = program.db.with_name("queue.db.d")
    told = folder / f"{worker['id']}.run1"
    wait_for(lambda: len(told.read_text().split()) == 4, what="the leader in the run's file")
    os.kill(worker["pid"], signal.SIGKILL)
    wait_for(lambda: not alive(worker["pid"]), what="the worker's end")
    innocent = bystander()
    if whose == "worker":
        conn = sqlite3.connect(program.db, isolation_level=None, timeout=10)
        conn.execute("UPDATE worker SET pid = ?", (innocent,))
        conn.close()
    else:
        first, second = told.read_text().splitlines()
        leader, start = second.split()
        told.write_text(f"{first}\n{f'{innocent} {start}'.ljust(47)}\n")
        os.killpg(int(leader), signal.SIGKILL)
    program.run("worker", "kill", worker["id"])
    assert alive(innocent)
    program.drain()
    assert [run["outcome"] for run in program.job("j")["runs"]] == ["interrupted", "completed"]
    assert alive(innocent)
