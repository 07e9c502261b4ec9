"""A file that cannot serve as a queue is refused with the reason, and nothing is made worse."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from queuectl_tui.rules.errors import DatabaseMissing
from queuectl_tui.store.database import open_store
from tests.program import Program, wait_for

READING = (["status"], ["list"], ["show", "x"], ["metrics"], ["worker", "list"], ["config", "list"])
ACTING = (
    ["enqueue", "true"],
    ["retry", "x"],
    ["clear", "--yes"],
    ["worker", "start"],
    ["config", "set", "shell", "/bin/sh"],
)


def all_refuse(program: Program, said: str, *, every: bool = True) -> None:
    """Every command (or one of each kind) says what is wrong with the file, in words, and exits 1."""
    for words in (*READING, *ACTING) if every else (READING[0], ACTING[0]):
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
    theirs = program.db.read_bytes()
    for content in (theirs, b"just some text\n" * 100, Random(3).randbytes(8192)):
        program.db.write_bytes(content)
        program.db.chmod(0o600)
        all_refuse(program, "another program" if content is theirs else "not a queue", every=content is theirs)
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


def told_of_damage(program: Program) -> None:
    """`doctor` says what is damaged, in its document; no command prints half a result or a traceback."""
    found = {check["check"]: check for check in program.json("doctor", exit_code=1)}
    assert found["integrity"]["ok"] is False
    assert "doctor --salvage" in found["integrity"]["detail"]
    assert "says more" not in program.run("doctor").stdout, "here is what it says"
    for words in [*READING, *ACTING]:
        done = program.run(*words)
        assert done.returncode in (0, 1), (words, done)
        assert "internal error" not in done.stderr, (words, done.stderr)
        if done.returncode:
            assert str(program.db) in done.stderr or "no such job" in done.stderr, (words, done.stderr)


@pytest.fixture
def large(program: Program) -> bytes:
    """The bytes of a queue with enough jobs for several pages of everything."""
    program.ok("enqueue", "-q", "-", stdin="true\n" * 3000)
    return program.db.read_bytes()


@pytest.mark.parametrize("part", ["middle", "end", "schema", "zeros", "truncated"])
def test_a_damaged_file(program: Program, large: bytes, part: str) -> None:
    """Wherever the file is damaged: in its pages, its schema, cut off."""
    content = bytearray(large)
    half = len(content) // 2
    if part == "middle":
        for at in range(8192, len(content), 3001):
            content[at] ^= 0xFF
    elif part == "end":
        content[half:] = Random(1).randbytes(len(content) - half)
    elif part == "schema":
        at = content.index(b"CREATE TABLE setting")
        content[at + 12] = 0xDF
    elif part == "zeros":
        content[4096 : half // 4096 * 4096] = bytes(half // 4096 * 4096 - 4096)
    else:
        del content[len(content) // 3 :]
    program.db.write_bytes(content)
    told_of_damage(program)


def test_a_worker_meets_a_damaged_file(program: Program, large: bytes) -> None:
    """It says what it cannot read, and can always be stopped; one that is to end when idle ends with 1."""
    content = bytearray(large)
    content[8192:] = Random(2).randbytes(len(content) - 8192)
    program.db.write_bytes(content)
    assert "is damaged" in program.run("--worker", "--until-idle", exit_code=1).stderr
    worker = program.start("--worker")
    assert worker.stderr is not None
    while line := worker.stderr.readline():
        if b"is damaged" in line:
            break
    assert b"is damaged" in line
    worker.terminate()
    worker.wait(20)


@pytest.mark.parametrize("words", [[], ["--until-idle"]])
def test_a_file_is_damaged_under_a_worker(program: Program, large: bytes, words: list[str]) -> None:
    """A result that a damaged file cannot take is told, and is no reason to stay when the worker is told to stop.

    One that is to end when the queue is idle does not wait for that: it ends with 1.
    """
    program.enqueue("--id", "j", "--priority", "9", "--command", program.gate)
    worker = program.start("--worker", *words)
    program.wait_state("j", "processing")
    with program.db.open("r+b") as file:
        file.seek(8192)
        file.write(Random(4).randbytes(len(large) - 8192))
    program.open_gate()
    assert worker.stderr is not None
    while line := worker.stderr.readline():
        if b"is damaged" in line:
            break
    assert b"is damaged" in line
    if not words:
        worker.terminate()
    assert worker.wait(20) == len(words)


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
    assert 3 < time.monotonic() - begun < 20
    other.wait()
    other.stdout.close()  # type: ignore[union-attr]  # it is a pipe
    program.wait_state(job, "completed")


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


def test_the_file_goes_while_a_supervisor_runs(program: Program) -> None:
    """A supervisor whose queue is deleted ends with its workers, says so, and does not make another."""
    program.enqueue("--id", "long", "--command", "sleep 60")
    fleet = program.start("--worker", "--count", "2")
    program.wait_state("long", "processing")
    program.db.unlink()
    _, said = fleet.communicate(timeout=30)
    assert (fleet.returncode, b"was deleted or replaced" in said, b"Traceback" in said) == (1, True, False), said
    assert not program.db.exists()


def has_open(pid: int, path: Path) -> bool:
    """Tell whether a process has a file open."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if link.readlink() == path:
                return True
    return False


@pytest.mark.parametrize("how", [pytest.param("deleted", marks=pytest.mark.slow), "replaced"])
def test_the_file_goes_while_commands_wait(program: Program, how: str) -> None:
    """A command that waits for a job, or for workers, says that its queue went, instead of waiting for ever."""
    program.set("kill_grace", 60)
    program.enqueue("--id", "held", "--hold", "true")
    program.enqueue("--id", "runs", "--queue", "q", "trap '' TERM; while :; do sleep 0.1; done")
    program.start("--worker", "--queue", "q")
    program.wait_state("runs", "processing")
    run = program.start("run", "true")
    assert run.stderr is not None
    assert b"no worker runs" in run.stderr.readline()
    waiting = ("wait", "wait runs", "logs runs -f", "logs held -f", "cancel runs", "worker stop")
    calls = [run, *(program.start(*words.split()) for words in waiting)]
    wait_for(lambda: all(has_open(call.pid, program.db) for call in calls), what="the calls")
    if how == "replaced":
        shutil.copy(program.db, program.folder / "copy.db")
        (program.folder / "copy.db").replace(program.db)
    else:
        program.db.unlink()
    for call in calls:
        _, said = call.communicate(timeout=20)
        assert (call.returncode, b"was deleted or replaced" in said) == (1, True), (call.args, said)


def test_a_missing_file_is_an_empty_queue_to_readers(program: Program) -> None:
    """Commands that only read show nothing and make nothing; a job asked for is not there."""
    for words in READING:
        done = program.run(*words)
        assert done.returncode == (1 if words[0] == "show" else 0), (words, done)
    program.ok("doctor")
    assert program.json("status")["jobs"] == dict.fromkeys(("pending", "processing", "completed", "failed", "dead"), 0)
    assert not program.db.parent.exists()


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


def test_a_file_that_goes_is_no_full_disk(tmp_path: Path) -> None:
    """What SQLite reports of a file that was deleted meanwhile is told as that."""
    store = open_store(tmp_path / "queue.db")
    store.path.unlink()
    error = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(DatabaseMissing):
        store.__exit__(type(error), error, None)
