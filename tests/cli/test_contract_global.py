"""The program itself: its names, its version, which file it takes and which it refuses, and who may read it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time

from queuectl_tui import __version__
from tests.cli.covers import covers
from tests.program import QUEUECTL, QUEUECTL_WORD, Program, wait_for
from tests.terminal import Terminal


@covers("queuectl --version")
def test_one_program(program: Program) -> None:
    """`queuectl`, `queuectl-tui` and `python -m queuectl_tui` are the same program."""
    for words in ([QUEUECTL], [f"{QUEUECTL}-tui"], [sys.executable, "-m", "queuectl_tui"]):
        said = subprocess.run([*words, "--version"], env=program.env, capture_output=True, text=True, check=True)
        assert __version__ in said.stdout
        assert said.stderr == ""
        told = subprocess.run([*words, "enqueue", "-q", "true"], env=program.env, capture_output=True, check=True)
        assert told.stdout.strip().decode() in program.jobs()


@covers("queuectl --db")
def test_which_file(program: Program) -> None:
    """--db is over QUEUECTL_DB, a path or a URL; without both it is `queue.db` in the user's data directory."""
    mine, other = program.folder / "mine" / "a.db", program.folder / "other" / "b.db"
    program.ok("--db", mine, "enqueue", "--id", "mine", "true")
    assert mine.exists()
    assert not program.db.exists()
    assert [job["id"] for job in program.json("--db", f"sqlite:///{mine}", "list")] == ["mine"]
    program.ok("enqueue", "--id", "other", "true", env={"QUEUECTL_DB": f"sqlite:///{other}"})
    assert other.exists()
    assert not program.db.exists()
    program.ok("--db", "relative.db", "enqueue", "--id", "relative", "true")
    assert (program.folder / "relative.db").exists()
    env = {key: value for key, value in program.env.items() if key != "QUEUECTL_DB"}
    subprocess.run([QUEUECTL, "enqueue", "true"], env=env, check=True, capture_output=True)
    assert (program.home / ".local/share/queuectl/queue.db").exists()
    program.refuse("--db", "oracle://x/y", "list", says=["oracle"])


def test_private(program: Program) -> None:
    """The file and all beside it are the user's alone, whatever the umask."""
    mask = os.umask(0)
    try:
        program.enqueue("echo hi")
        program.json("worker", "start")
    finally:
        os.umask(mask)
    wait_for(lambda: program.json("status")["jobs"]["completed"] == 1, what="the job")
    assert stat.S_IMODE(program.db.parent.stat().st_mode) == 0o700
    files = [path for path in program.db.parent.rglob("*") if path.exists()]
    assert len(files) > 3
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@covers("exit 1")
def test_files_that_cannot_serve(program: Program) -> None:
    """A file that is foreign, damaged, a folder, or open to others is refused with exit 1 and the reason, untouched."""
    folder = program.db.parent
    folder.mkdir(mode=0o700)
    foreign, text, broken, empty = (folder / name for name in ("foreign.db", "text.db", "broken.db", "dir.db"))
    with sqlite3.connect(foreign) as conn:
        conn.execute("CREATE TABLE job (x)")
    conn.close()
    text.write_text("hello, this is no database at all\n" * 200)
    empty.mkdir()
    program.ok("enqueue", "-", stdin="echo hi\n" * 500)
    subprocess.run([QUEUECTL, "backup", broken], env=program.env, check=True, capture_output=True)
    data = bytearray(broken.read_bytes())
    data[8192:] = os.urandom(len(data) - 8192)
    broken.write_bytes(data)
    for path in (foreign, text, empty, broken):
        path.chmod(0o700 if path.is_dir() else 0o600)
        before = None if path.is_dir() else path.read_bytes()
        for words in (["enqueue", "true"], ["list"], ["retry", "x"], ["worker", "start"], ["status"]):
            if path == broken and words == ["status"]:
                continue  # may be answered by what is whole
            done = program.run("--db", path, *words)
            assert done.returncode == 1, (path, words, done)
            assert str(path) in done.stderr, (path, words, done.stderr)
        assert before is None or path == broken or path.read_bytes() == before
    program.db.chmod(0o622)
    program.refuse("enqueue", "true", exit_code=1, says=["chmod"])
    program.db.chmod(0o600)
    folder.chmod(0o777)
    program.refuse("enqueue", "true", exit_code=1, says=[str(folder)])
    folder.chmod(0o700)
    program.enqueue("true")


@covers("exit 1")
def test_a_locked_file(program: Program) -> None:
    """Behind a lock that is not let go, a command that acts gives up, names who holds it, and changed nothing."""
    program.enqueue("--id", "a", "true")
    conn = sqlite3.connect(program.db, isolation_level=None)
    try:
        conn.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        acts = [program.start("enqueue", "true"), program.start("cancel", "a", "--json")]
        assert program.json("status")["jobs"]["pending"] == 1
        for act in acts:
            _, said = act.communicate(timeout=40)
            assert act.returncode == 1
            assert b"Traceback" not in said
            assert f"locked by process {os.getpid()}".encode() in said
        assert 5 < time.monotonic() - begun < 30
    finally:
        conn.close()
    assert {job["state"] for job in program.jobs().values()} == {"pending"}
    assert len(program.jobs()) == 1


def test_without_a_terminal(program: Program) -> None:
    """Alone, without a terminal or on a dumb one, it is exit 2 and one line that says what to run."""
    said = program.refuse(says=["queuectl"])
    assert len(said.strip().splitlines()) == 1
    with Terminal(program, env={"TERM": "dumb"}) as terminal:
        assert terminal.end() == 2
        assert len(terminal.text.strip().splitlines()) == 1
        assert b"\x1b" not in terminal.seen
    assert not program.db.exists()


def test_full_pipe(program: Program) -> None:
    """Who stops reading, as `head` does, ends the program without a complaint."""
    program.ok("enqueue", "-", stdin="true\n" * 20_000)
    words = f"{QUEUECTL_WORD} list --limit 0"
    said = subprocess.run(
        ["/bin/sh", "-c", f"{words} | head -n 2; {words} -q --json | head -c 9"],
        env=program.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.stdout.startswith("ID ")
    assert said.stderr == ""


def test_hostile_names(program: Program) -> None:
    """What a job is called or prints is made harmless on a terminal, everywhere."""
    hostile = "echo \x1b]0;owned\x07 \x1b[2J \u202e gpj.exe"
    program.enqueue("--id", "a", "--max-retries", "0", "--command", hostile + "; printf '\\033]0;x\\007' >&2; exit 1")
    program.drain()
    for words in (["list"], ["show", "a"], ["dlq", "list"], ["job", "output", "a"], ["history", "a"], ["status"]):
        with Terminal(program, *words) as terminal:
            assert terminal.end() == 0
            for evil in ("\x1b]", "\x1b[2J", "\u202e", "\x07"):
                assert evil.encode() not in terminal.seen, (words, evil)
