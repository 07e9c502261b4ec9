"""Whether this process runs inside a job of the queue, and how to start workers that do not belong to that job."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

_KEPT = "QUEUECTL_DB"


def actor() -> str:
    """Name who acts: user@host."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return f"{user}@{os.uname().nodename}"


def current_job(path: Path) -> str | None:
    """Give the id of the job of this queue inside of which this process runs."""
    job = os.environ.get("QUEUECTL_JOB_ID")
    if job is None or os.path.realpath(os.environ.get(_KEPT, "")) != str(path):
        return None
    return job


def leave_job() -> None:
    """Begin this program anew without what marks it as part of a run, if it is part of one.

    A fleet that a job starts must outlive it: neither the marker in the environment, which the kernel shows as it was
    at the start of the program, nor the run's open file may stay with it.
    """
    if "QUEUECTL_RUN" not in os.environ:
        return
    env = {name: value for name, value in os.environ.items() if not name.startswith("QUEUECTL_") or name == _KEPT}
    os.closerange(3, 1 << 16)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], env)  # noqa: S606 - this very program
