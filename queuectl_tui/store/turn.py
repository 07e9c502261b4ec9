"""Writers take turns by a lock of their own: SQLite's own waiting starved one writer of eight.

The kernel hands the lock on in the order asked, and whoever waits costs nothing meanwhile. It is waited for a short
while only: behind a stopped holder the lock never comes, and SQLite's own lock is what keeps writers apart.
"""

from __future__ import annotations

import fcntl
import signal
import time
from types import FrameType

#: The longest that a writer waits for its turn, seconds.
FAIRNESS_S = 0.25


def take(fd: int) -> bool:
    """Wait for the turn, and tell whether it came."""
    if _try(fd):
        return True
    alarm = _Alarm()
    try:
        handler = signal.signal(signal.SIGALRM, alarm.ring)
    except ValueError:
        # Only the main thread may have handlers.
        return _poll(fd)
    timer = signal.setitimer(signal.ITIMER_REAL, FAIRNESS_S)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        alarm.late = True
    except _LateError:
        # It may have rung just after the lock came, which is then given again.
        return _try(fd)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
    return True


def give_back(fd: int) -> None:
    """Let the next one have the turn."""
    fcntl.flock(fd, fcntl.LOCK_UN)


class _LateError(Exception):
    """The turn did not come in time."""


class _Alarm:
    """Ends a wait, once; nothing that comes after it."""

    def __init__(self) -> None:
        self.late = False

    def ring(self, number: int, frame: FrameType | None) -> None:
        """Raise _LateError."""
        del number, frame
        if not self.late:
            self.late = True
            raise _LateError


def _try(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _poll(fd: int) -> bool:
    pause, waited = 0.0002, 0.0
    while waited < FAIRNESS_S:
        time.sleep(pause)
        waited += pause
        if _try(fd):
            return True
        pause = min(pause * 1.5, 0.004)
    return False
