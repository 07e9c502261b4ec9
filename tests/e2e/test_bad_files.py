"""A file that cannot serve as a queue is refused with the reason, and nothing is made worse."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.program import QUEUECTL, Program, wait_for
from tests.tools import NOBODY, as_nobody, need_root

READING = (["status"], ["list"], ["show", "x"], ["metrics"], ["worker", "list"], ["config", "list"])
ACTING = (
    ["enqueue", "true"],
    ["retry", "x"],
    ["clear", "--yes"],
    ["worker", "start"],
    ["config", "set", "shell", "/bin/sh"],
)


def all_refuse(program: Program, said: str, *, reading: bool = True) -> None:
    """Every command says what is wrong with the file, in words, and exits 1."""
    for words in (*(READING if reading else ()), *ACTING):
        done = program.run(*words)
        assert done.returncode == 1, (words, done)
        assert said in done.stderr, (words, done.stderr)
        assert str(program.db) in done.stderr


def test_foreign_files(program: Program) -> None:
    """Another program's database, text, and noise are refused and left as they are."""
    program.db.parent.mkdir(mode=0o700)
    conn = sqlite3.connect(program.db)
    conn.execute("CREATE TABLE theirs (x)")
    conn.close()
    for content in (program.db.read_bytes(), b"just some text\n" * 100, os.urandom(8192)):
        program.db.write_bytes(content)
        program.db.chmod(0o600)
        all_refuse(program, "another program" if content.startswith(b"SQLite") else "not a queue")
        assert program.db.read_bytes() == content
        assert program.run("doctor").returncode == 1


def test_a_newer_file(program: Program) -> None:
    """A file of a newer schema that this program must not use is refused."""
    program.enqueue("true")
    conn = sqlite3.connect(program.db, isolation_level=None)
    conn.execute("INSERT INTO schema_change VALUES (999, 999, '9.9', 0)")
    conn.execute("PRAGMA user_version = 999")
    conn.close()
    all_refuse(program, "newer queuectl")


def test_a_damaged_file(program: Program) -> None:
    """Flipped bytes and a cut file: `doctor` and every command say so."""
    program.ok("enqueue", "-q", "-", stdin="true\n" * 3000)
    program.ok("status")
    whole = program.db.read_bytes()
    middle = bytearray(whole)
    for at in range(8192, len(middle), 3001):
        middle[at] ^= 0xFF
    for content in (bytes(middle), whole[: len(whole) // 3]):
        program.db.write_bytes(content)
        done = program.run("doctor", "--json")
        assert done.returncode == 1
        assert '"ok": false' in done.stdout
        for words in [*READING, *ACTING]:
            done = program.run(*words)
            assert done.returncode in (0, 1)
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write(program: Program, mode: int) -> None:
    """Who can write the file can run commands as you: it is refused, as sshd refuses its keys."""
    program.enqueue("true")
    program.db.chmod(mode)
    all_refuse(program, "may be written by others")


def test_a_folder_that_others_may_write(program: Program) -> None:
    """A folder in which others could replace the file is refused; a sticky one, like the temp folder, is not."""
    program.enqueue("true")
    program.db.parent.chmod(0o777)
    all_refuse(program, "the folder")
    program.db.parent.chmod(0o1777)
    program.ok("status")


def test_a_run_folder_that_was_planted(program: Program) -> None:
    """A link in the place of the run folder is refused."""
    program.db.parent.mkdir(mode=0o700)
    target = program.folder / "elsewhere"
    target.mkdir()
    program.db.with_name("queue.db.d").symlink_to(target)
    done = program.run("enqueue", "true")
    assert (done.returncode, "is not a folder" in done.stderr) == (1, True)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("umask", [0, 0o077])
def test_files_are_private_whatever_the_umask(program: Program, umask: int) -> None:
    """The file and all beside it are 0600, their folders 0700."""
    words = f"umask {umask:03o}; {QUEUECTL} enqueue true && {QUEUECTL} --worker --until-idle"
    subprocess.run(["bash", "-c", words], env=program.env, check=True, capture_output=True)
    subprocess.run([QUEUECTL, "worker", "start"], env=program.env, check=True, capture_output=True)
    for path in (program.db.parent, *program.db.parent.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_a_job_has_the_umask_of_who_started_its_worker(program: Program) -> None:
    """The worker's own tight umask is not the job's."""
    program.enqueue("--id", "u", "--command", "umask")
    subprocess.run(["bash", "-c", f"umask 027; {QUEUECTL} --worker --until-idle"], env=program.env, check=True)
    assert program.ok("job", "output", "u") == "0027\n"


def test_another_users_file(program: Program, tmp_path: Path) -> None:
    """An ordinary user is refused a file of another; root may use it, and is told by doctor."""
    need_root()
    program.enqueue("true")
    for path in (tmp_path, *tmp_path.parents):
        if path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    program.db.parent.chmod(0o755)
    program.db.chmod(0o644)
    done = as_nobody(["status"], cwd=Path("/"), env=program.env)
    assert (done.returncode, "belongs to" in done.stderr) == (1, True), done
    os.chown(program.db, NOBODY, NOBODY)
    assert "uid 65534" in program.ok("doctor")


def test_a_read_only_file(program: Program) -> None:
    """Reading works or says why; acting says that the file is read-only."""
    need_root()
    program.enqueue("true")
    mine = Path("/tmp") / f"queuectl-ro-{os.getpid()}"
    shutil.copytree(program.db.parent, mine)
    try:
        for path in (mine, *mine.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        (mine / "queue.db").chmod(0o400)
        env = program.env | {"QUEUECTL_DB": str(mine / "queue.db"), "HOME": "/nonexistent"}
        done = as_nobody(["enqueue", "true"], cwd=Path("/"), env=env)
        assert done.returncode == 1, done
        assert "read-only" in done.stderr or "cannot be opened" in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1
    finally:
        shutil.rmtree(mine)


def test_no_permission_to_make_the_file(program: Program) -> None:
    """A folder in which nothing may be made is told in one line."""
    need_root()
    env = program.env | {"QUEUECTL_DB": "/root/nowhere/queue.db"}
    done = as_nobody(["enqueue", "true"], cwd=Path("/"), env=env)
    assert done.returncode == 1, done
    assert "Permission denied" in done.stderr
    assert done.stderr.count("\n") == 1
    done = as_nobody(["status"], cwd=Path("/"), env=env)
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1


LOCK = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], isolation_level=None)
conn.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


def lock(program: Program, seconds: float) -> subprocess.Popen[bytes]:
    """Have another program lock the database."""
    words = [sys.executable, "-c", LOCK, str(program.db), str(seconds)]
    other = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"locked\n"
    return other


def test_a_lock_of_five_seconds_is_waited_for(program: Program) -> None:
    """Another program's lock delays a command and a worker, and loses nothing."""
    program.ok("worker", "start")
    other = lock(program, 5)
    begun = time.monotonic()
    job = program.enqueue("echo hi")
    assert 3 < time.monotonic() - begun < 10
    other.wait()
    other.stdout.close()  # type: ignore[union-attr]  # it is a pipe
    program.wait_state(job, "completed")


def test_a_lock_that_stays_is_told_with_its_holder(program: Program) -> None:
    """After ten seconds a command gives up, and names the process that holds the lock."""
    program.enqueue("true")
    other = lock(program, 60)
    try:
        done = program.run("enqueue", "true")
        assert done.returncode == 1
        assert f"locked by process {other.pid}" in done.stderr
        assert program.json("status")["jobs"]["pending"] == 1
    finally:
        other.kill()
        other.wait()
        other.stdout.close()  # type: ignore[union-attr]  # it is a pipe


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_the_file_goes_while_a_worker_runs(program: Program, how: str) -> None:
    """A worker whose queue is deleted or replaced stops loudly, and its job with it."""
    worker = program.start("--worker")
    pid_file = program.folder / "pid"
    program.enqueue("--id", "long", "--command", f"echo $$ > {pid_file}; sleep 60")
    wait_for(pid_file.exists, what="the job")
    if how == "replaced":
        shutil.copy(program.db, program.folder / "copy.db")
        (program.folder / "copy.db").replace(program.db)
    else:
        program.db.unlink()
    assert worker.wait(20) == 1
    assert worker.stderr is not None
    assert b"was deleted or replaced" in worker.stderr.read()
    pid = int(pid_file.read_text())
    wait_for(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text(), what="its end")


@pytest.mark.parametrize("name", ["with space", "ünï", "a%b?c#d", "new\nline", "it's"])
def test_any_path_serves(program: Program, name: str) -> None:
    """The queue may lie in a folder of any name."""
    env = {"QUEUECTL_DB": str(program.folder / name / "q.db")}
    program.ok("enqueue", "--id", "a", "--command", 'echo "$QUEUECTL_DB"', env=env)
    program.run("--worker", "--until-idle", env=env, exit_code=0)
    assert program.ok("job", "output", "a", env=env) == str(program.folder / name / "q.db") + "\n"
    program.ok("doctor", env=env)


def test_paths_that_are_none(program: Program) -> None:
    """An empty path, a folder, and a foreign URL are refused with a word."""
    assert "empty" in program.run("status", env={"QUEUECTL_DB": ""}, exit_code=2).stderr
    for words in (["status"], ["enqueue", "true"]):
        done = program.run("--db", program.folder, *words)
        assert (done.returncode, "not a regular file" in done.stderr) == (1, True), done
    assert "not supported" in program.run("--db", "postgresql://host/db", "status", exit_code=2).stderr
    program.ok("--db", f"sqlite:///{program.folder}/u.db", "enqueue", "true")
    assert (program.folder / "u.db").exists()


def test_a_link_to_the_file_is_the_file(program: Program) -> None:
    """Two names of one file are one queue, with one run folder."""
    program.enqueue("--id", "a", "--command", "true")
    link = program.folder / "link.db"
    link.symlink_to(program.db)
    assert program.ok("--db", link, "list", "-q").split() == ["a"]
    program.ok("--db", link, "worker", "start")
    program.wait_state("a", "completed")
    assert not link.with_name("link.db.d").exists()
