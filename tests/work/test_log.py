"""A worker's log: one line per event, in a file of bounded size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from queuectl_tui.work import log
from tests.program import Program


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "ROTATE_AT", 2000)


def test_it_is_rotated(tmp_path: Path) -> None:
    """Before the file grows beyond its bound it becomes `.1`, in the place of the one before, and a new one begins."""
    path = tmp_path / "w.log"
    write = log.Log(path, "w", echo=False)
    for n in range(200):
        write(f"event {n}")
        assert path.stat().st_size <= 2000
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["w.log", "w.log.1"]
    old, new = ((tmp_path / name).read_text().splitlines() for name in ("w.log.1", "w.log"))
    numbers = [int(line.split()[-1]) for line in old + new]
    assert numbers == list(range(numbers[0], 200))
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_what_a_process_prints_goes_to_the_new_file(tmp_path: Path) -> None:
    """Standard output and error follow the log when it is rotated."""
    path = tmp_path / "w.log"
    pid = os.fork()
    if pid == 0:
        write = log.Log(path, "w", echo=False)
        write.take_stdio()
        for n in range(100):
            write(f"event {n}")
        os.write(1, b"out\n")
        os.write(2, b"err\n")
        os._exit(0)
    os.waitpid(pid, 0)
    assert path.read_text().splitlines()[-2:] == ["out", "err"]


def test_one_event_is_one_line(tmp_path: Path) -> None:
    """Whatever is told, it is one line, and nothing in it acts on a terminal."""
    path = tmp_path / "w.log"
    log.Log(path, "w", echo=False)("a\nb\x1b[31m\udcff")
    assert path.read_text().count("\n") == 1
    assert "\x1b" not in path.read_text()


def test_a_standing_trouble_is_told_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each kind of trouble a word at once, and then one each time that the pause is over."""
    path = tmp_path / "w.log"
    write = log.Log(path, "w", echo=False)
    for _ in range(5):
        write.standing("disk", "full")
        write.standing("lock", "held")
    assert len(path.read_text().splitlines()) == 2
    monkeypatch.setattr(log, "QUIET_S", 0.0)
    write._quiet_until.clear()
    write.standing("disk", "full")
    write.standing("disk", "full")
    assert len(path.read_text().splitlines()) == 4


def test_the_log_is_followed_over_its_rotation(program: Program) -> None:
    """`worker logs --follow` goes on with the new file, and leaves nothing out."""
    program.patch("import queuectl_tui.work.log as log; log.ROTATE_AT = 4000")
    (worker,) = program.json("worker", "start")["done"]
    follower = program.start("worker", "logs", "--follow")
    assert follower.stdout is not None
    assert b"started" in follower.stdout.readline()
    # So many that it is rotated once.
    ids = program.enqueue_all(["true"] * 60)
    seen: set[str] = set()
    while not seen.issuperset(ids):
        line = follower.stdout.readline().decode()
        assert line
        seen.update(word for word in line.split() if word in ids)
    assert (program.db.with_name("queue.db.d") / f"{worker}.log.1").exists()
