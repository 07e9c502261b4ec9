"""A throwaway queue of the installed program, driven from outside."""

from __future__ import annotations

import contextlib
import os
import select
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.program import Program, seconds

#: A signal that does not come within this time, seconds, never will.
_PATIENCE_S = 300


@contextlib.contextmanager
def queue() -> Iterator[Program]:
    """Give a fresh queue; nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="queuectl-bench-") as name:
        program = Program(Path(name))
        program.env = plain(program.env)
        try:
            yield program
        finally:
            program.close()


def plain(env: Mapping[str, str]) -> dict[str, str]:
    """Give an environment as a user has it: what makes Python slower (no bytecode, no buffer) is a developer's.

    `sh` is in the first folder that is looked into, or else a search that fails would count against xargs.
    """
    kept = {name: value for name, value in env.items() if not name.startswith("PYTHON")}
    return kept | {"PATH": os.defpath}


def worker_pids(program: Program) -> list[int]:
    """Give the processes of the queue's workers."""
    return [worker["pid"] for worker in program.workers()]


class Bell:
    """A FIFO that a job's shell rings by itself (`echo >FIFO`): its reader waits without using the machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        # Open for both, so that it is never at its end between two rings.
        self._fd = os.open(path, os.O_RDWR)

    @property
    def command(self) -> str:
        """The job that rings."""
        return f"echo >{self.path}"

    def wait(self) -> None:
        """Return when it rings."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        assert poll.poll(_PATIENCE_S * 1000), f"no job rang within {_PATIENCE_S} s"
        os.read(self._fd, 1)

    def close(self) -> None:
        """Let go of the FIFO."""
        os.close(self._fd)


def newest(program: Program, count: int, command: str) -> list[dict[str, Any]]:
    """Give the last `count` jobs of this command; all must be completed."""
    listed = program.json("list", "--state", "completed", "--limit", str(count + 1))
    jobs = [job for job in listed if job["command"] == command][:count]
    assert len(jobs) == count, f"{len(jobs)} of {count} jobs are completed"
    return jobs


def span_s(jobs: list[dict[str, Any]]) -> float:
    """Give the time from the first start to the last finish."""
    return max(seconds(job["finished_at"]) for job in jobs) - min(seconds(job["started_at"]) for job in jobs)
