"""The ledger that the jobs keep, read as it grows: who runs now, and whose child it is."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """One line: `start`, `end`, `fail` or `overlap`, of which job and run, and the process that wrote it."""

    word: str
    job: str
    run: str
    pid: int


class Ledger:
    """The file and what was read of it so far."""

    def __init__(self, path: Path) -> None:
        self.lines: list[Line] = []
        #: Two runs of one job were there at once.
        self.overlapped = False
        self._path = path
        self._read = 0
        self._begun: dict[str, Line] = {}

    def refresh(self) -> list[Line]:
        """Read what was added; give all lines."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._read)
                whole, end, _ = file.read().rpartition(b"\n")
            self._read += len(whole) + len(end)
            for text in whole.decode().splitlines():
                word, job, run, _, pid = text.split()
                line = Line(word, job, run, int(pid))
                self.lines.append(line)
                self.overlapped |= word == "overlap"
                if word == "start":
                    self._begun[run] = line
                else:
                    self._begun.pop(run, None)
        return self.lines

    def running(self) -> dict[int, Line]:
        """Give the jobs that run now, each by the pid of the worker whose child it is."""
        self.refresh()
        found: dict[int, Line] = {}
        for run, line in list(self._begun.items()):
            if f"QUEUECTL_RUN={run}".encode() not in environ(line.pid):
                del self._begun[run]
            elif (parent := _parent(line.pid)) > 1:
                found[parent] = line
        return found


def environ(pid: int) -> list[bytes]:
    """Give the environment of a process; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def state(pid: int) -> str:
    """Give the state of a process as proc(5) tells it; `X` of one that is gone."""
    fields = _stat(pid)
    return fields[0] if fields else "X"


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
