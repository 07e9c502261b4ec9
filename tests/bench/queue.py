"""A throwaway queue of the installed program, for measuring."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.program import Program


class Cost(NamedTuple):
    """What a process and all that it waited for took, seconds."""

    wall: float
    cpu: float


@contextlib.contextmanager
def queue() -> Iterator[Program]:
    """Give a fresh queue; nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        program = Program(Path(name))
        try:
            yield program
        finally:
            program.close()


def cost(words: list[str], *, env: dict[str, str] | None = None, stdin: bytes | None = None) -> Cost:
    """Run a process to its end, and give what it cost."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    actions = [
        (os.POSIX_SPAWN_DUP2, reader if stdin is not None else null, 0),
        (os.POSIX_SPAWN_DUP2, null, 1),
        (os.POSIX_SPAWN_DUP2, null, 2),
    ]
    pid = os.posix_spawnp(words[0], words, os.environ if env is None else env, file_actions=actions)
    os.close(reader)
    with os.fdopen(writer, "wb") as file:
        if stdin is not None:
            file.write(stdin)
    _, status = os.waitpid(pid, 0)
    os.close(null)
    wall = time.monotonic() - begun
    assert status == 0, (words, status)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
