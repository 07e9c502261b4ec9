"""Who may touch the queue: it is its owner's alone, and what others could tamper with is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_bad_files import all_refuse
from tests.program import QUEUECTL, QUEUECTL_WORD, Program
from tests.tools import NOBODY, as_nobody, need, need_root

ACTING = (
    ["enqueue", "true"],
    ["hold", "a"],
    ["clear", "--yes"],
    ["worker", "start"],
    ["config", "set", "shell", "/bin/sh"],
)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write(program: Program, mode: int) -> None:
    """Who can write the file can run commands as you: it is refused, as sshd refuses its keys."""
    program.enqueue("true")
    program.db.chmod(mode)
    all_refuse(program, "may be written by others", every=mode == 0o602)


def test_a_folder_that_others_may_write(program: Program) -> None:
    """A folder in which others could replace the file is refused; a sticky one, like the temp folder, is not."""
    program.enqueue("true")
    program.db.parent.chmod(0o777)
    all_refuse(program, "the folder", every=False)
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
    commands = ("enqueue true", "--worker --until-idle", "worker start")
    words = f"umask {umask:03o}; " + " && ".join(f"{QUEUECTL_WORD} {command}" for command in commands)
    subprocess.run(["bash", "-c", words], env=program.env, check=True, capture_output=True)
    found = [program.db.parent, *program.db.parent.rglob("*")]
    assert len(found) > 5
    for path in found:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


@pytest.mark.parametrize("start", ["--worker --until-idle", "worker start"])
def test_a_job_has_the_umask_of_who_started_its_worker(program: Program, start: str) -> None:
    """The worker's own tight umask is not the job's."""
    program.enqueue("--id", "u", "--command", "umask")
    words = f"umask 027; {QUEUECTL_WORD} {start}"
    subprocess.run(["bash", "-c", words], env=program.env, check=True, capture_output=True)
    program.wait_state("u", "completed")
    assert program.output("u") == "0027\n"


class Theirs:
    """The queue of a user to whom permissions matter, as they do not to root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "queue.db"
        self.env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "QUEUECTL_DB": str(self.db)}

    def run(self, *words: str, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command as that user."""
        done = as_nobody(words, cwd=Path("/"), env=self.env)
        assert "Traceback" not in done.stderr, done.stderr
        assert "internal error" not in done.stderr, done.stderr
        assert done.returncode == exit_code, (words, done)
        return done

    def refused(self, *said: str, every: bool = False) -> None:
        """Acting (in every way, or one) is exit 1, in one line that says so of the right file."""
        for words in ACTING if every else ACTING[:1]:
            done = self.run(*words, exit_code=1)
            assert (done.stdout, done.stderr.count("\n")) == ("", 1), (words, done)
            for word in said:
                assert word in done.stderr, (words, done.stderr)


@pytest.fixture
def theirs() -> Iterator[Theirs]:
    """A queue with one job, of a user without rights, in a place that this user can reach."""
    need_root()
    folder = Path(tempfile.mkdtemp(prefix="queuectl-test-"))
    os.chown(folder, NOBODY, NOBODY)
    try:
        theirs = Theirs(folder)
        theirs.run("enqueue", "--id", "a", "--command", "true")
        yield theirs
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize(("owner", "said"), [(0, "belongs to root"), (1, "belongs to another user (uid 1)")])
def test_another_users_file(theirs: Theirs, owner: int, said: str) -> None:
    """A file of somebody else is refused, even one that may be read and written."""
    theirs.db.chmod(0o644)
    os.chown(theirs.db, owner, owner)
    theirs.refused(said, str(theirs.db))
    assert said in theirs.run("status", exit_code=1).stderr


def test_root_may_use_anothers_file(theirs: Theirs) -> None:
    """Root may look into a queue of another, and is told whose it is."""
    done = subprocess.run([QUEUECTL, "doctor"], env=theirs.env, capture_output=True, text=True, check=False)
    assert (done.returncode, f"uid {NOBODY}" in done.stdout) == (0, True), done


def test_a_folder_of_a_shared_group(theirs: Theirs) -> None:
    """A folder that a group may write is refused unless that group is the owner's own, of the owner's name."""
    theirs.folder.chmod(0o770)
    theirs.refused(f"the folder {theirs.folder} may be written by others")


def test_a_read_only_file(theirs: Theirs) -> None:
    """Reading serves; acting, working and `doctor` say which file is read-only; made writable again, it serves."""
    theirs.db.chmod(0o400)
    assert '"id": "a"' in theirs.run("list", "--json").stdout
    theirs.refused(f"{theirs.db} is read-only", every=True)
    assert f"{theirs.db} is read-only" in theirs.run("--worker", "--until-idle", exit_code=1).stderr
    theirs.run("doctor", exit_code=1)
    theirs.db.chmod(0o600)
    theirs.run("hold", "a")


def test_a_read_only_folder(theirs: Theirs) -> None:
    """A folder in which SQLite may not make its files is told in one line, and what is there stays."""
    theirs.folder.chmod(0o500)
    theirs.refused(str(theirs.folder))
    theirs.folder.chmod(0o700)
    theirs.run("hold", "a")


def test_a_file_system_that_is_read_only(program: Program) -> None:
    """It is told by every kind of command, and what can be read is rescued into a new queue elsewhere."""
    need_root()
    unshare = need("unshare")
    program.enqueue("--id", "a", "true")
    program.db.parent.joinpath("queue.db-shm").unlink(missing_ok=True)
    mounted = f"mount --bind {program.db.parent} {program.db.parent} && mount -o remount,ro,bind {program.db.parent}"
    if subprocess.run([unshare, "-m", "sh", "-c", mounted], capture_output=True, check=False).returncode:
        pytest.skip("needs root that may mount")
    program.words = [unshare, "-m", "sh", "-c", f'{mounted} && exec "$@"', "sh", QUEUECTL]
    for words in (["status"], ["enqueue", "true"], ["worker", "start"], ["--worker"]):
        program.refuse(*words, exit_code=1, says=[f"{program.db} is read-only"], timeout=20)
    program.ok("doctor", "--salvage", program.folder / "out.db")
    assert program.ok("--db", program.folder / "out.db", "list", "-q") == "a\n"


@pytest.mark.parametrize("fault", ["root's", "open"])
def test_a_run_folder_of_others(theirs: Theirs, fault: str) -> None:
    """A run folder that is another's, or that others may write, is refused by name."""
    runs = theirs.db.with_name("queue.db.d")
    if fault == "open":
        runs.chmod(0o777)
    else:
        os.chown(runs, 0, 0)
    theirs.refused(str(runs))


def test_no_permission_to_make_the_file(theirs: Theirs) -> None:
    """A folder in which nothing may be made, or looked at, is told in one line."""
    os.chown(theirs.folder, 0, 0)
    theirs.folder.chmod(0o711)
    theirs.env["QUEUECTL_DB"] = str(theirs.folder / "new" / "queue.db")
    theirs.refused("Permission denied")
    theirs.folder.chmod(0o700)
    theirs.refused("Permission denied")
    assert theirs.run("status", exit_code=1).stderr.count("\n") == 1
