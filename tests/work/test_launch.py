"""How a command is started."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.work.launch import Task, launch

#: Bits of the two signals that the C library keeps for its threads, and lets nobody touch.
LIBRARYS_OWN = 0b11 << 31


def task(cwd: Path, command: str, shell: str = "/bin/sh") -> Task:
    return Task(command, shell, str(cwd), {"PATH": os.environ["PATH"]}, "marker", 0.0, 0.3, 1 << 20, 0o022)


@pytest.fixture(autouse=True)
def _place() -> Iterator[None]:
    """Whoever starts commands stands in `/`, with its own umask."""
    cwd, umask = Path.cwd(), os.umask(0o022)
    yield
    os.chdir(cwd)
    os.umask(umask)


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough


@pytest.fixture
def lock_fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    yield fd
    os.close(fd)


def test_every_signal_has_its_default(tmp_path: Path, lock_fd: int) -> None:
    """Whatever the worker ignores, be it a real-time signal, its commands do not."""
    ignored = (signal.SIGHUP, signal.SIGPIPE, signal.SIGRTMIN + 1)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        pid, out, err = launch(task(tmp_path, "grep SigIgn /proc/self/status"), lock_fd)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    os.waitpid(pid, 0)
    assert int(os.read(out, 100).split()[-1], 16) & ~LIBRARYS_OWN == 0
    os.close(out)
    os.close(err)


@pytest.mark.parametrize("wrong", ["cwd", "shell", "second pipe"])
def test_what_cannot_be_started_leaves_nothing(
    tmp_path: Path, lock_fd: int, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Whichever step fails, no descriptor is left open, and the process stands where it stood."""
    pipe, calls = os.pipe, iter([True, False])

    def second_fails() -> tuple[int, int]:
        if wrong == "second pipe" and not next(calls):
            raise OSError(errno.EMFILE, "Too many open files")
        return pipe()

    monkeypatch.setattr(os, "pipe", second_fails)
    os.chdir("/")
    before = descriptors()
    with pytest.raises(OSError, match="Too many" if wrong == "second pipe" else "No such file"):
        launch(
            task(
                tmp_path / "gone" if wrong == "cwd" else tmp_path,
                "true",
                "/nowhere/sh" if wrong == "shell" else "/bin/sh",
            ),
            lock_fd,
        )
    assert descriptors() == before
    assert Path.cwd() == Path("/")


def test_it_begins_in_its_directory(tmp_path: Path, lock_fd: int) -> None:
    """The command has its directory and umask, the starter its own."""
    pid, out, err = launch(task(tmp_path, "pwd; umask"), lock_fd)
    os.waitpid(pid, 0)
    assert os.read(out, 1000).decode().split() == [str(tmp_path), "0022"]
    assert Path.cwd() == Path("/")
    assert os.umask(0o077) == 0o077
    os.close(out)
    os.close(err)
