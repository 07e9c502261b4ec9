"""A worker's log: one line per event, in a file of its own beside the database, rotated at 10 MiB."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Collection
from pathlib import Path

from queuectl_tui.rules.safe import line
from queuectl_tui.store.safety import open_own

ROTATE_AT = 10 * 1024 * 1024
#: A trouble that stands is told this often, seconds.
QUIET_S = 10.0
#: So many logs of workers that have left are kept.
KEPT = 50


def forget_old(folder: Path, living: Collection[str]) -> None:
    """Remove the oldest logs of workers that have left."""
    with contextlib.suppress(OSError):
        logs = [path for path in folder.glob("*.log*") if path.name.split(".")[0] not in living]
        logs.sort(key=lambda path: path.stat().st_mtime)
        for path in logs[:-KEPT]:
            path.unlink(missing_ok=True)


class Log:
    """Append lines to a file and, in the foreground, to stderr. Never raises: a full disk must not stop a worker."""

    def __init__(self, path: Path, name: str, *, echo: bool) -> None:
        self.path = path
        self._name = name
        self._echo = echo
        self._stdio = False
        self._second, self._stamp = -1, ""
        self._quiet_until: dict[str, float] = {}
        self._fd = self._open()
        self._size = os.fstat(self._fd).st_size

    def __call__(self, text: str) -> None:
        """Write one event."""
        data = f"{self._now()} {self._name} {line(text)}\n".encode("utf-8", "backslashreplace")
        try:
            if self._size + len(data) > ROTATE_AT:
                self._rotate()
            self._size += os.write(self._fd, data)
        except OSError:
            pass
        if self._echo:
            try:
                sys.stderr.write(data.decode())
                sys.stderr.flush()
            except (OSError, ValueError):
                self._echo = False

    def standing(self, kind: str, text: str) -> None:
        """Write of a trouble of some kind that stands, but not each time that it is met."""
        clock = time.monotonic()
        if clock >= self._quiet_until.get(kind, 0.0):
            self._quiet_until[kind] = clock + QUIET_S
            self(text)

    def _now(self) -> str:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(second))
        return self._stamp

    def take_stdio(self) -> None:
        """Send what the process prints by itself (a crash) to the log too."""
        self._stdio = True
        os.dup2(self._fd, 1)
        os.dup2(self._fd, 2)

    def _open(self) -> int:
        return open_own(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def _rotate(self) -> None:
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        fd = self._open()
        os.dup2(fd, self._fd, inheritable=False)
        os.close(fd)
        if self._stdio:
            self.take_stdio()
        self._size = 0
