"""Start one shell command: in a session, a directory and an environment of its own, by way of posix_spawn.

`subprocess` would do; its `preexec_fn` and its threads are not needed, and its cost per start is.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from dataclasses import dataclass

#: The descriptor by which a run's processes hold the run's file: high, since scripts use 3 to 9 and 200.
RUN_FD = min(250, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1)
#: What a worker or its parent may ignore: a job begins with the defaults.
_DEFAULTS = [
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGPIPE,
    signal.SIGALRM,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGCHLD,
    signal.SIGCONT,
    signal.SIGTSTP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGXFSZ,
    signal.SIGXCPU,
    signal.SIGWINCH,
]


@dataclass(frozen=True, slots=True)
class Task:
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
    os.chdir(task.cwd)
    pipes = (*os.pipe(), *os.pipe())
    os.umask(task.umask)
    try:
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
        os.close(pipes[0])
        os.close(pipes[2])
        raise
    finally:
        os.umask(0o077)
        os.chdir("/")
        os.close(pipes[1])
        os.close(pipes[3])
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
