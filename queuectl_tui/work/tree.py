"""The processes of a run: found by group, marker and run file, and signalled only after a second look.

Linux reads /proc; elsewhere psutil serves, without the look at open files.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

_PROC = Path("/proc/self/stat").exists()
_PIDFD = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")


class Member(NamedTuple):
    """A process, told from a later one of the same pid by its start (ticks since boot on Linux)."""

    pid: int
    started: float


class Trace(NamedTuple):
    """What the processes of a run can be known by.

    Without the start of the leader its pid is trusted: only while it is a child that nobody has waited for.
    """

    leader: int | None
    started: float | None
    marker: str
    lock: Path | None


class _Stat(NamedTuple):
    state: str
    group: int
    session: int
    started: float


def started(pid: int) -> float | None:
    """Give when a process started; None when it is gone or a zombie."""
    stat = _stat(pid)
    return None if stat is None or stat.state in "ZX" else stat.started


def find(trace: Trace, *, group_only: bool = False) -> list[Member]:
    """Find every process of a run that still lives; with `group_only`, those of the leader's group.

    A process is of the run when its group or session is the leader's, its environment holds the marker, or it holds
    the run's file.
    """
    grouped = trace.leader is not None and not _reused(trace)
    held = None if group_only or trace.lock is None else _identity(trace.lock)
    marker = None if group_only else f"QUEUECTL_RUN={trace.marker}".encode()
    own = {os.getpid(), os.getppid()}
    found = []
    for pid in _pids():
        if pid in own:
            continue
        stat = _stat(pid)
        if stat is None or stat.state in "ZX":
            continue
        in_group = grouped and (trace.leader == stat.group or (not group_only and trace.leader == stat.session))
        if in_group or (marker and _has_marker(pid, marker)) or (held and _holds(pid, held)):
            found.append(Member(pid, stat.started))
    return found


def signal_all(members: Sequence[Member], number: int) -> list[Member]:
    """Signal processes, each only if it is still the one that was found; give those that may not be signalled."""
    refused = []
    for member in members:
        try:
            _signal(member, number)
        except ProcessLookupError:
            continue
        except PermissionError:
            refused.append(member)
    return refused


def _signal(member: Member, number: int) -> None:
    if _PIDFD:
        fd = os.pidfd_open(member.pid)
        try:
            # The descriptor names the process that has the pid now; only then is its start looked at.
            if started(member.pid) == member.started:
                signal.pidfd_send_signal(fd, number)
        finally:
            os.close(fd)
    elif started(member.pid) == member.started:
        os.kill(member.pid, number)


def _reused(trace: Trace) -> bool:
    """Tell whether the leader's pid belongs to another process now: then none of its group is left."""
    if trace.leader is None or trace.started is None:
        return False
    stat = _stat(trace.leader)
    return stat is not None and stat.started != trace.started


def _pids() -> list[int]:
    if _PROC:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names only, and quick
    return psutil.pids()


def _stat(pid: int) -> _Stat | None:
    if not _PROC:
        return _stat_by_psutil(pid)
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(fd, 1024)
        finally:
            os.close(fd)
    except OSError:
        return None
    # The name stands in parentheses and may hold anything; fields are counted after it (proc(5)).
    fields = text[text.rfind(b")") + 2 :].split()
    if len(fields) < 20:
        return None
    return _Stat(fields[0].decode(), int(fields[2]), int(fields[3]), float(fields[19]))


def _stat_by_psutil(pid: int) -> _Stat | None:
    try:
        process = psutil.Process(pid)
        state = "Z" if process.status() == psutil.STATUS_ZOMBIE else "R"
        return _Stat(state, os.getpgid(pid), os.getsid(pid), process.create_time())
    except (psutil.Error, OSError):
        return None


def _has_marker(pid: int, marker: bytes) -> bool:
    if _PROC:
        with contextlib.suppress(OSError):
            fd = os.open(f"/proc/{pid}/environ", os.O_RDONLY | os.O_CLOEXEC)
            with os.fdopen(fd, "rb") as file:
                return marker in file.read().split(b"\0")
        return False
    name, _, value = marker.decode().partition("=")
    try:
        return psutil.Process(pid).environ().get(name) == value
    except (psutil.Error, OSError):
        return False


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino


def _holds(pid: int, held: tuple[int, int]) -> bool:
    """Tell whether a process has the file open (Linux only)."""
    if not _PROC:
        return False
    try:
        names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - names only, and quick
    except OSError:
        return False
    for name in names:
        with contextlib.suppress(OSError):
            info = os.stat(f"/proc/{pid}/fd/{name}")  # noqa: PTH116 - names only, and quick
            if (info.st_dev, info.st_ino) == held:
                return True
    return False
