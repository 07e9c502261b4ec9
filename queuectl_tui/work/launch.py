"""Start one shell command: in a session, a directory and an environment of its own, by way of posix_spawn.

`subprocess` would do; its `preexec_fn` and its threads are not needed, and its cost per start is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
from typing import NamedTuple

#: The descriptor by which a run's processes hold the run's file: high, since scripts use 3 to 9 and 200.
RUN_FD = min(250, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1)
#: A job begins with the default of each signal, whatever its worker or that one's parent ignores.
_DEFAULTS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
#: What keeps a machine from starting any process for a while: no more processes, memory or open files.
PASSING = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})


class NotYetError(Exception):
    """Say why no command can be started at the moment."""


class Task(NamedTuple):
    """What to run and within which limits; `env` is all of the job's environment."""

    command: str
    shell: str
    cwd: str
    env: dict[str, str]
    #: The value of QUEUECTL_RUN, by which the run's processes are found again.
    marker: str
    timeout_s: float
    grace_s: float
    output_limit: int
    umask: int


def seal() -> None:
    """Keep what this process inherited (a pipe of an SSH line, a lock of a script) from the commands that it starts."""
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names only
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.set_inheritable(int(name), False)


def launch(task: Task, lock_fd: int) -> tuple[int, int, int]:
    """Start the command; give its pid and the ends of its pipes. Raises OSError with the path that is to blame."""
    pipes: list[int] = []
    try:
        pipes += os.pipe()
        pipes += os.pipe()
        os.chdir(task.cwd)
        os.umask(task.umask)
        pid = os.posix_spawn(
            task.shell,
            [task.shell, "-c", task.command],
            task.env,
            file_actions=[
                # Opened there and then: a descriptor that is kept may be closed, and its number be another file's.
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, pipes[1], 1),
                (os.POSIX_SPAWN_DUP2, pipes[3], 2),
                (os.POSIX_SPAWN_DUP2, lock_fd, RUN_FD),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=_DEFAULTS,
        )
    except BaseException:
        for fd in pipes[::2]:
            os.close(fd)
        raise
    finally:
        os.umask(0o077)
        os.chdir("/")
        for fd in pipes[1::2]:
            os.close(fd)
    os.set_blocking(pipes[0], False)
    os.set_blocking(pipes[2], False)
    return pid, pipes[0], pipes[2]


def blamed(error: OSError, task: Task) -> str:
    """Say why a command could not be started."""
    if error.filename == task.cwd:
        return f"cannot enter {task.cwd}: {error.strerror}"
    if error.filename == task.shell:
        return f"cannot start {task.shell}: {error.strerror}"
    return f"cannot start: {error.strerror}"
