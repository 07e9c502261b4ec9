"""What a command prints, read from its pipes as it comes and handed to the store now and then."""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import select
import time
from collections.abc import Callable, Sequence

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.work.capture import Capture

#: Output goes to the store at most this often, seconds.
STORE_S = 0.5
#: How long what a finished command left in its pipes is read, when somebody goes on writing, seconds.
_DRAIN_S = 0.5
_READ = 64 * 1024
_LARGE_PIPE = 1024 * 1024

#: Stores what is given, and may look at the whole; what cannot be stored is its own affair.
StoreOutput = Callable[[Capture, Sequence[Chunk]], None]


class Pump:
    """What a command prints, on its way from its pipes to the store."""

    def __init__(self, out: int, err: int, capture: Capture, store_output: StoreOutput) -> None:
        self.capture = capture
        self.poll = select.poll()
        self._store_output = store_output
        self._names = {out: "stdout", err: "stderr"}
        self._sizes = {out: _READ, err: _READ}
        for fd in self._names:
            self.poll.register(fd, select.POLLIN)
        #: When what waits is to be stored.
        self.due = math.inf

    def read(self, fd: int) -> bool:
        """Read once of a pipe; tell whether there may be more."""
        size = self._sizes[fd]
        try:
            data = os.read(fd, size)
        except BlockingIOError:
            return False
        if not data:
            self.end(fd)
            return False
        self.capture.add(self._names[fd], data)
        if self.due == math.inf:
            self.due = time.monotonic() + STORE_S
        if len(data) == size == _READ:
            with contextlib.suppress(OSError, AttributeError):
                # Refused to who has many pipes already; the smaller one does too.
                self._sizes[fd] = fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _LARGE_PIPE)
        return True

    def end(self, fd: int) -> None:
        """Let go of a pipe that nobody writes to any more."""
        self.poll.unregister(fd)
        del self._names[fd]
        os.close(fd)

    def drain(self) -> None:
        """Read what is left in the pipes; a daemon that goes on writing is not waited for."""
        until = time.monotonic() + _DRAIN_S
        for fd in list(self._names):
            while self.read(fd) and (now := time.monotonic()) < until:
                self.store(now)

    def store(self, now: float) -> None:
        """Store what waits, when its time has come or when there is much of it."""
        if now >= self.due or (self.due != math.inf and self.capture.full):
            self.due = math.inf
            self._store_output(self.capture, self.capture.take())

    def close(self) -> None:
        """Let go of the pipes."""
        for fd in self._names:
            os.close(fd)
