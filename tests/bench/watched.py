"""A terminal program that is watched while it is used: what it sends, how soon, and what CPU it takes."""

from __future__ import annotations

import copy
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.measure import cpu_s
from tests.program import Program
from tests.terminal import Terminal

#: What is drawn for a key has come when nothing more comes for so long, seconds.
_QUIET_S = 0.15
_PATIENCE_S = 20.0
#: A lone escape may be the beginning of a sequence for so long.
_ESCAPE_S = 0.6


class Drawn(NamedTuple):
    """What a key led to."""

    #: Of all threads until nothing more came, milliseconds.
    cpu_ms: float
    sent_bytes: int


class Flow(NamedTuple):
    """What went on while nobody pressed anything."""

    cpu_percent: float
    bytes_per_s: float


class Watched(Terminal):
    """One program on a terminal of its own; words other than the program's may be given."""

    def __init__(self, program: Program, *args: str | Path, words: list[str] | None = None) -> None:
        self._begun = time.monotonic()
        program = copy.copy(program)
        program.words = words or program.words
        super().__init__(program, *args, columns=120, rows=34)

    def painted(self, mark: bytes) -> float:
        """Wait until the mark is drawn, and give the seconds since the start."""
        while mark not in self.seen:
            assert self._read(_PATIENCE_S), f"{mark!r} not drawn; only {self.seen[-2000:]!r}"
        return time.monotonic() - self._begun

    @property
    def cpu_s(self) -> float:
        """The CPU time of its threads so far, seconds."""
        return cpu_s([self.pid])

    def settle(self, quiet_s: float = _QUIET_S) -> None:
        """Read until nothing comes for so long."""
        while self._read(quiet_s):
            pass

    def go(self, key: str) -> None:
        """Press a key that may draw nothing."""
        self.send(key)
        self.settle(_ESCAPE_S if key == "\x1b" else 0.03)

    def press(self, key: str) -> Drawn:
        """Press a key, and watch until all of it is drawn."""
        self.settle()
        seen, used = len(self.seen), self.cpu_s
        self.send(key)
        assert self._read(_PATIENCE_S), f"{key!r} draws nothing"
        self.settle()
        return Drawn((self.cpu_s - used) * 1e3, len(self.seen) - seen)

    def watch(self, seconds: float) -> Flow:
        """Watch without pressing anything."""
        begun, seen, used = time.monotonic(), len(self.seen), self.cpu_s
        while (left := begun + seconds - time.monotonic()) > 0:
            self._read(left)
        passed = time.monotonic() - begun
        return Flow((self.cpu_s - used) / passed * 100, (len(self.seen) - seen) / passed)

    def watch_until(self, over: threading.Event) -> None:
        """Take what it sends until told that it is over."""
        while not over.is_set():
            self._read(0.1)
