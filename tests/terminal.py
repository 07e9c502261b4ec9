"""Run the installed program on a pseudo-terminal, as a person does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.program import Program


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """One command, the leader of a session on a terminal of its own; a context manager that ends it."""

    def __init__(
        self,
        program: Program,
        *args: str | Path,
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        self.resize(columns, rows)
        #: Every byte that the terminal was sent so far.
        self.seen = b""
        self._child = subprocess.Popen(
            [*program.words, *map(str, args)],
            stdin=slave,
            stdout=slave,
            stderr=stderr or slave,
            env=program.env | {"TERM": "xterm-256color", "COLUMNS": "", "LINES": ""} | dict(env or {}),
            cwd=program.folder,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - only takes the terminal before exec; tests have no threads
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait(10)
        self.hang_up()

    @property
    def pid(self) -> int:
        """The process of the command."""
        return self._child.pid

    @property
    def settings(self) -> list[Any]:
        """How the terminal treats what goes through it."""
        return termios.tcgetattr(self._master)

    def hang_up(self) -> None:
        """Close the terminal, as a line does that drops."""
        master, self._master = self._master, -1
        if master >= 0:
            os.close(master)

    @property
    def text(self) -> str:
        """What was seen so far, with plain line ends."""
        return self.seen.decode("utf-8", "replace").replace("\r\n", "\n")

    def send(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def wait_for(self, text: str, *, timeout_s: float = 20.0) -> str:
        """Read until the text was seen; gives all that was seen so far."""
        deadline = time.monotonic() + timeout_s
        while text not in self.text:
            if not self._read(max(0.0, deadline - time.monotonic())):
                raise AssertionError(f"{text!r} not seen; only {self.text!r}")
        return self.text

    def signal(self, number: signal.Signals) -> None:
        """Send the command a signal."""
        self._child.send_signal(number)

    def wait(self, timeout_s: float) -> int:
        """Wait for the end without reading, and give the exit code."""
        return self._child.wait(timeout_s)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self, *, timeout_s: float = 20.0) -> int:
        """Read to the end and give the exit code."""
        deadline = time.monotonic() + timeout_s
        while self._read(max(0.0, deadline - time.monotonic())):
            pass
        return self._child.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, timeout_s: float) -> bool:
        """Read what is there; False at the end of the program's output or of the time."""
        if not select.select([self._master], [], [], timeout_s)[0]:
            return False
        data = b""
        with contextlib.suppress(OSError):  # EIO: the last process has let go of the terminal
            data = os.read(self._master, 65536)
        self.seen += data
        return bool(data)
