"""What stands in the place of the program's own files: it is not followed, not written, not waited for, and told."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.program import Program, processes_of, wait_for
from tests.terminal import Terminal

#: Names the next worker, so that a test knows what its files will be called.
NAMED = "import queuectl_tui.work.fleet as fleet; fleet.new_worker_id = lambda: 'wplanted'"
WAYS = ("link", "hard link", "pipe")


def plant(path: Path, how: str, target: Path) -> None:
    """Put a link to a file, or a pipe that nobody writes to, in the place of another."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.unlink(missing_ok=True)
    if how == "link":
        path.symlink_to(target)
    elif how == "hard link":
        path.hardlink_to(target)
    else:
        os.mkfifo(path, 0o600)


@pytest.fixture
def precious(program: Program) -> Path:
    """A file of the user's, and a queue."""
    program.enqueue("--id", "j", "true")
    path = program.folder / "precious"
    path.write_text("precious")
    return path


@pytest.mark.parametrize(
    "name",
    ["wplanted.lock", *(pytest.param(name, marks=pytest.mark.slow) for name in ("turn.lock", "wplanted.log"))],
)
def test_no_worker_starts_over_what_was_planted(program: Program, precious: Path, name: str) -> None:
    """A worker whose lock, log or turn is a link, another file's name or a pipe does not start, and names it."""
    path = program.db.with_name("queue.db.d") / name
    program.patch(NAMED)
    for how in WAYS:
        plant(path, how, precious)
        program.refuse("worker", "start", exit_code=1, says=[f"{path}: is no plain file of its own"], timeout=20)
        assert precious.read_text() == "precious"
    path.unlink()
    program.ok("worker", "start")
    program.wait_state("j", "completed")


@pytest.mark.slow
def test_pokes_go_into_a_pipe_only(program: Program, precious: Path) -> None:
    """A worker whose pipe for pokes is a file does not start; one that is put there later is not written to."""
    path = program.db.with_name("queue.db.d") / "wplanted.wake"
    program.patch(NAMED)
    for how in WAYS[:2]:
        plant(path, how, precious)
        program.refuse("worker", "start", exit_code=1, says=[str(path)], timeout=20)
    path.unlink()
    program.ok("worker", "start")
    program.wait_state("j", "completed")
    plant(path, "hard link", precious)
    program.wait_state(program.enqueue("true"), "completed")
    program.ok("worker", "stop")
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("how", [WAYS[0], *(pytest.param(how, marks=pytest.mark.slow) for how in WAYS[1:])])
def test_no_job_runs_with_a_planted_file(program: Program, precious: Path, how: str) -> None:
    """A job whose run's file is a link, another file's name or a pipe waits, uncharged, until that is gone."""
    path = program.db.with_name("queue.db.d") / "wplanted.run1"
    program.patch(NAMED)
    plant(path, how, precious)
    program.ok("worker", "start")
    said = f"{path}: is no plain file of its own"
    wait_for(lambda: said in program.ok("worker", "logs"), what="a word about it")
    path.unlink()
    assert program.wait_state("j", "completed")["attempts"] == 1
    assert precious.read_text() == "precious"


def test_a_pipe_in_the_place_of_a_living_workers_files(program: Program) -> None:
    """No command hangs on it: those that look at workers say what stands there; the worker stops loudly."""
    folder = program.db.with_name("queue.db.d")
    worker = program.start("--worker")
    (row,) = wait_for(program.workers, what="the worker")
    plant(folder / f"{row['id']}.log", "pipe", folder)
    program.refuse("worker", "logs", exit_code=1, says=["is no plain file"], timeout=20)
    plant(folder / f"{row['id']}.lock", "pipe", folder)
    for words in (["worker", "list"], ["worker", "stop"], ["worker", "start"]):
        program.refuse(*words, exit_code=1, says=[f"{row['id']}.lock: is no plain file"], timeout=20)
    _, said = worker.communicate(timeout=20)
    assert (worker.returncode, b"was deleted or replaced" in said) == (1, True), said
    (folder / f"{row['id']}.lock").unlink()
    assert program.ok("worker", "stop") == f"stopped {row['id']}\n"


def test_a_job_that_removes_the_run_folder(program: Program) -> None:
    """Its worker, whom nobody could prove alive, ends it and stops; it runs again, never twice at once."""
    program.set("backoff_base", 0)
    folder = program.db.with_name("queue.db.d")
    once = f"if mkdir first; then rm -r {folder}; sleep 600; fi"
    program.enqueue("--id", "j", "--command", f"exec 9>lock; flock -n 9 || touch overlap; {once}")
    worker = program.start("--worker")
    _, said = worker.communicate(timeout=20)
    assert (worker.returncode, b"was deleted or replaced while its worker lived" in said) == (1, True), said
    assert program.state("j") == "processing"
    program.drain()
    assert [run["outcome"] for run in program.job("j")["runs"]] == ["interrupted", "completed"]
    assert not (program.folder / "overlap").exists()
    program.ok("doctor")


def test_a_result_is_kept_though_the_run_folder_is_gone(program: Program) -> None:
    """A worker that lost its lock records what it has finished, takes no other job, and stops."""
    folder = program.db.with_name("queue.db.d")
    program.enqueue("--id", "j", "--command", f"rm -r {folder}")
    program.enqueue("--id", "next", "--command", "true")
    worker = program.start("--worker")
    assert worker.wait(20) == 1
    assert (program.state("j"), program.state("next")) == ("completed", "pending")
    program.drain()
    assert program.state("next") == "completed"


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_pipe_in_the_place_of_the_database(program: Program, suffix: str) -> None:
    """It is refused as what it is, by readers, writers, workers and the rescue of what is left."""
    program.enqueue("true")
    path = program.db.with_name(program.db.name + suffix)
    plant(path, "pipe", path)
    for words in (["status"], ["enqueue", "true"], ["--worker"], ["doctor", "--salvage", "out.db"], ["backup", "b"]):
        done = program.run(*words, timeout=20)
        assert done.returncode == 1, done
        assert f"{path} is not a regular file" in done.stderr or f"`{path}` is a named pipe" in done.stderr, done
    assert not (program.folder / "out.db").exists()


def test_a_pipe_in_the_place_of_the_config_files(program: Program) -> None:
    """The UI says that its keys cannot be read from there; a theme is simply not remembered."""
    folder = program.home / ".config" / "queuectl"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "ui.toml")
    os.mkfifo(folder / "keys.toml")
    with Terminal(program) as terminal:
        assert "keys.toml: is a pipe" in terminal.wait_for("keys.toml")
        assert terminal.end() == 2
    (folder / "keys.toml").unlink()
    with Terminal(program) as terminal:
        terminal.wait_for("Nothing waits")


def test_a_starter_killed_before_its_workers_are_there(program: Program) -> None:
    """Workers that are registered only then leave at once: who has stopped all workers meets none that comes late."""
    job = program.enqueue("true")
    gate = program.folder / "gate"
    words = program.words
    program.patch(
        "import os, time, queuectl_tui.store.workers as workers\n"
        "register = workers.register\n"
        "def late(*args, **options):\n"
        f"    open({str(program.folder / 'there')!r}, 'a').write('x')\n"
        f"    while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
        "    register(*args, **options)\n"
        "workers.register = late\n"
    )
    starter = program.start("worker", "start", "--count", "2")
    there = program.folder / "there"
    wait_for(lambda: there.exists() and len(there.read_text()) == 2, what="both workers")
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    program.words = words
    assert program.ok("worker", "stop") == ""
    program.open_gate()
    wait_for(lambda: not processes_of(program.folder), what="their end")
    assert program.workers() == []
    assert program.job(job)["attempts"] == 0
    assert "was told of no worker" in program.ok("worker", "logs")


@pytest.mark.slow
def test_a_file_that_goes_with_its_folder(program: Program) -> None:
    """A job that removes the whole queue ends its worker loudly, and leaves nothing running."""
    program.enqueue("--command", f"rm -r {program.db.parent}; sleep 600")
    worker = program.start("--worker")
    _, said = worker.communicate(timeout=20)
    assert (worker.returncode, b"was deleted or replaced" in said) == (1, True), said
    wait_for(lambda: not processes_of(program.folder), what="the end of the job")
    shutil.rmtree(program.db.parent, ignore_errors=True)
    assert program.jobs() == {}
