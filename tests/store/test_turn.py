"""Writers take turns."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.store import turn

_HOLDER = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(fd, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "turn.lock"
    found.touch()
    return found


@pytest.fixture
def fd(path: Path) -> Iterator[int]:
    found = os.open(path, os.O_RDWR)
    yield found
    os.close(found)


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the turn."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.communicate()


def free(path: Path) -> bool:
    other = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(other)
    return True


def in_thread(fd: int) -> bool:
    told: list[bool] = []
    thread = threading.Thread(target=lambda: told.append(turn.take(fd)))
    thread.start()
    thread.join()
    return told[0]


@pytest.mark.parametrize("take", [turn.take, in_thread], ids=["main thread", "another"])
@pytest.mark.usefixtures("holder")
def test_it_is_waited_for_a_short_while_only(fd: int, path: Path, take: object) -> None:
    """Behind a holder that does not give it back the turn does not come, and nothing is kept of the wait."""
    before, timer = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    begun = time.monotonic()
    assert callable(take)
    assert take(fd) is False
    assert turn.FAIRNESS_S * 0.9 < time.monotonic() - begun < turn.FAIRNESS_S + 5
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    assert timer[0] - 5 < left <= timer[0], "whose timer it was has it again"
    assert signal.getsignal(signal.SIGALRM) is before
    assert not free(path)


@pytest.mark.parametrize("take", [turn.take, in_thread], ids=["main thread", "another"])
def test_it_comes_when_the_holder_ends(fd: int, path: Path, holder: subprocess.Popen[str], take: object) -> None:
    """However the holder ends, the turn passes to who waits; given back, it is free."""
    timer = threading.Timer(0.05, holder.kill)
    timer.start()
    assert callable(take)
    assert take(fd) is True
    timer.join()
    assert not free(path)
    turn.give_back(fd)
    assert free(path)
