"""The processes of a run: found by group, marker and run file, and signalled only after a second look.

Linux reads /proc; elsewhere psutil serves, and open files are looked at only where it can.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

_PROC = Path("/proc/self/stat").exists()
_PIDFD = hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal")
#: Starts are counted by this clock, which goes on while the machine sleeps, in ticks (proc(5), starttime).
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_TICKS = os.sysconf("SC_CLK_TCK")
_agrees: list[bool] = []
#: What is still there so long after its KILL cannot be ended (another user's, or asleep in the kernel), seconds.
UNKILLABLE_S = 10.0
#: The first and the longest pause between two looks at processes that are being ended, seconds.
_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.1


#: No tree of processes that is looked at is deeper.
_DEEPEST = 100


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
    lock: Path | str | None


class _Stat(NamedTuple):
    state: str
    parent: int
    group: int
    session: int
    started: float

    @property
    def lives(self) -> bool:
        """It has not ended."""
        return self.state not in "ZX"


def started(pid: int) -> float | None:
    """Give when a process started; None when it is gone or a zombie."""
    stat = _stat(pid)
    return stat.started if stat is not None and stat.lives else None


def moment() -> int:
    """Give the time as the starts of processes are counted, for `begun`."""
    return time.clock_gettime_ns(_CLOCK) * _TICKS // 1_000_000_000


def begun(pid: int, before: int) -> float | None:
    """Give when a child that was started just now, after `before`, did start; None when only a look at it can tell.

    The kernel makes who looks at a process that has just begun wait for up to half a millisecond; both clocks tell the
    same, except when a tick fell between. Whether they agree is seen at the first child.
    """
    after = moment()
    if not _agrees:
        stat = _stat(pid)
        _agrees.append(stat is not None and before <= stat.started <= after)
        return None if stat is None else stat.started
    return float(before) if _agrees[0] and before == after else None


def running(member: Member) -> bool:
    """Tell whether it is still that process, and no zombie."""
    return started(member.pid) == member.started


def state(member: Member) -> str | None:
    """Give the letter of its state (proc(5); T: stopped); None when it is gone, a zombie, or another one."""
    stat = _stat(member.pid)
    return stat.state if stat is not None and stat.lives and stat.started == member.started else None


def find(trace: Trace, *, group_only: bool = False) -> list[Member]:
    """Find every process of a run that still lives; with `group_only`, those of the leader's group.

    A process is of the run when its group or session is the leader's, its environment holds the marker, or it holds
    the run's file. This process and those above it are never found: a job may well run this program.
    """
    found = list(_look(trace, group_only))
    if not found:
        return found
    own = set(_ancestry(os.getpid()))
    return [member for member in found if member.pid not in own]


def families(leaders: Sequence[Member]) -> dict[int, list[int]]:
    """Find in one look what descends from each leader that still lives, or sits in its session; itself included."""
    stats = {pid: stat for pid in _pids() if (stat := _stat(pid)) is not None and stat.lives}
    found: dict[int, list[int]] = {
        pid: [] for pid, started in leaders if pid in stats and stats[pid].started == started
    }
    for pid, stat in stats.items():
        above: int | None = pid
        for _ in range(_DEEPEST):
            if above is None or above in found:
                break
            above = stats[above].parent if above in stats else None
        owner = stat.session if stat.session in found else above
        if owner in found:
            found[owner].append(pid)
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


def end(
    trace: Trace,
    *,
    grace_s: float,
    group_only: bool = False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], bool | None] = time.sleep,
) -> list[Member]:
    """End every process of a run: TERM and CONT, the grace, KILL; give those that could not be ended.

    Only who is there at first is told TERM: what is started later may be what cleans up. `sleep` may do other work; it
    says True when the grace is called off.
    """
    kill_at = clock() + grace_s
    give_up_at = kill_at + UNKILLABLE_S
    told = killing = False
    pause = _PAUSE_S
    # Twice: a process may fork unseen and end between the list of pids and the look at it.
    while found := find(trace, group_only=group_only) or find(trace, group_only=group_only):
        now = clock()
        if now >= give_up_at:
            return found
        if not told:
            _tell(trace, found, signal.SIGTERM)
            _tell(trace, found, signal.SIGCONT)
            told = True
        elif now >= kill_at:
            _tell(trace, found, signal.SIGKILL)
            pause = pause if killing else _PAUSE_S
            killing = True
        if sleep(pause if now >= kill_at else min(pause, kill_at - now)):
            kill_at, give_up_at = min(kill_at, now), min(give_up_at, now + UNKILLABLE_S)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
    return []


def peak_kib(pid: int) -> int | None:
    """Read the peak memory of a running process (Linux only)."""
    text = _read(f"/proc/{pid}/status")
    _, found, rest = text.partition(b"VmHWM:")
    return int(rest.split(maxsplit=1)[0]) if found else None


def _look(trace: Trace, group_only: bool) -> Iterator[Member]:
    grouped = trace.leader is not None and not _reused(trace)
    marker = None if group_only else f"QUEUECTL_RUN={trace.marker}".encode()
    lock = None if group_only or trace.lock is None else _File.of(trace.lock)
    # All of a run come from its leader: who is older is not looked at any further.
    since = trace.started or 0.0
    for pid in _pids():
        stat = _stat(pid)
        if stat is None or not stat.lives or stat.started < since:
            continue
        if (grouped and (trace.leader == stat.group or (not group_only and trace.leader == stat.session))) or (
            marker is not None and (_has_marker(pid, marker) or (lock is not None and lock.held_by(pid)))
        ):
            yield Member(pid, stat.started)


def _ancestry(pid: int) -> Iterator[int]:
    while pid:
        yield pid
        stat = _stat(pid)
        pid = stat.parent if stat is not None else 0


def _tell(trace: Trace, members: Sequence[Member], number: int) -> None:
    """Signal members: those of the leader's group at once, or a shell would go on to its next command."""
    alone = []
    in_group = False
    for member in members:
        if trace.leader is not None and _group(member.pid) == trace.leader:
            in_group = True
        else:
            alone.append(member)
    if in_group and trace.leader is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(trace.leader, number)
    signal_all(alone, number)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def _signal(member: Member, number: int) -> None:
    if _PIDFD:
        fd = os.pidfd_open(member.pid)
        try:
            # The descriptor names the process that has the pid now; only then is its start looked at.
            if running(member):
                signal.pidfd_send_signal(fd, number)
        finally:
            os.close(fd)
    elif running(member):
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
    text = _read(f"/proc/{pid}/stat")
    # The name stands in parentheses and may hold anything; fields are counted after it (proc(5)).
    fields = text[text.rfind(b")") + 2 :].split(maxsplit=20)
    if len(fields) < 20:
        return None
    return _Stat(fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3]), float(fields[19]))


def _stat_by_psutil(pid: int) -> _Stat | None:
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            state = {psutil.STATUS_ZOMBIE: "Z", psutil.STATUS_STOPPED: "T"}.get(process.status(), "R")
            return _Stat(state, process.ppid(), os.getpgid(pid), os.getsid(pid), process.create_time())
    except (psutil.Error, OSError):
        return None


def _has_marker(pid: int, marker: bytes) -> bool:
    if _PROC:
        return b"\0%b\0" % marker in b"\0%b\0" % _read(f"/proc/{pid}/environ")
    name, _, value = marker.decode().partition("=")
    try:
        return psutil.Process(pid).environ().get(name) == value
    except (psutil.Error, OSError):
        return False


class _File(NamedTuple):
    """A file, by which who has it open is found."""

    path: Path
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path | str) -> _File | None:
        """Look at a file; None when it is gone."""
        path = Path(path)
        try:
            info = path.stat()
        except OSError:
            return None
        return cls(path, info.st_dev, info.st_ino)

    def held_by(self, pid: int) -> bool:
        """Tell whether a process has the file open."""
        if not _PROC:
            try:
                return any(file.path == str(self.path) for file in psutil.Process(pid).open_files())
            except (psutil.Error, OSError):
                return False
        try:
            names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - names only, and quick
        except OSError:
            return False
        return any(self._is(f"/proc/{pid}/fd/{name}") for name in names)

    def _is(self, link: str) -> bool:
        """Tell whether a link of /proc leads to the file; others are not followed, since their disks may hang."""
        try:
            if self.path.name not in os.readlink(link):  # noqa: PTH115 - thousands of them
                return False
            info = os.stat(link)  # noqa: PTH116 - likewise
        except OSError:
            return False
        return (info.st_dev, info.st_ino) == (self.device, self.inode)


def _read(path: str) -> bytes:
    """Read a file of /proc whole; empty when the process is gone or not ours to look at."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    parts = []
    try:
        while part := os.read(fd, 65536):
            parts.append(part)
    except OSError:
        pass
    finally:
        os.close(fd)
    return b"".join(parts)
