"""One shell command in a session of its own: start it, pump what it prints, and end it with all that is left of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from queuectl_tui.rules.records import Chunk
from queuectl_tui.work import tree
from queuectl_tui.work.capture import Capture
from queuectl_tui.work.launch import Task, blamed, launch

#: Output goes to the store at most this often, seconds.
STORE_S = 0.5
#: What is asked of the run is looked at this often, even when nobody pokes, seconds.
LOOK_S = 1.0
#: How long what a finished command left in its pipes is read, when somebody goes on writing, seconds.
_DRAIN_S = 0.5
#: `setsid x &` may not have left the group yet when the command ends: it is given this time, seconds.
_LEAVING_S = 0.03
#: When the memory of a running job is first looked at, and then how often, seconds.
_SAMPLE_FIRST_S, _SAMPLE_S = 0.05, 1.0
_READ = 64 * 1024
_LARGE_PIPE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended; `outcome` as in `rules.states.OUTCOMES`, or `fenced`."""

    outcome: str
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    duration_ms: int = 0
    cpu_ms: int | None = None
    max_rss_kib: int | None = None
    output_bytes: int = 0
    dropped_bytes: int = 0
    #: What was printed and not yet stored.
    rest: Sequence[Chunk] = ()
    #: Of each stream, where what is kept of its tail begins.
    windows: Mapping[str, int] = field(default_factory=dict)


class Attention(Protocol):
    """Who may ask the run to end."""

    #: Readable when there is something to look at.
    fd: int

    def look(self) -> str | None:
        """Say why the run must end now: `canceled`, `handed_back` or `fenced`; None: it may go on."""


StoreOutput = Callable[[Capture, Sequence[Chunk]], None]


def run(
    task: Task,
    *,
    lock_fd: int,
    lock: Path,
    attention: Attention,
    store_output: StoreOutput,
    on_spawn: Callable[[int], None],
    on_lasting: Callable[[int, float], None],
) -> Outcome:
    """Run a command to its end, with nothing of its group (or, when it was stopped, of its tree) left.

    `on_spawn` is told the pid at once; `on_lasting` that and its start (as `tree.started`) when the command still runs
    after a moment: the kernel lets nobody look at a process that has just begun without a wait of half a millisecond.
    """
    begun = time.monotonic()
    own_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        pid, out, err = launch(task, lock_fd)
    except OSError as error:
        return Outcome("unrunnable", error=blamed(error, task), duration_ms=_ms(begun))
    except ValueError as error:
        return Outcome("unrunnable", error=f"cannot start: {error}", duration_ms=_ms(begun))
    on_spawn(pid)
    trace = tree.Trace(pid, None, task.marker, lock)
    running = _Running(task, trace, out, err, attention, store_output, on_lasting)
    try:
        return running.finish(begun, own_peak)
    finally:
        running.close()


class _Running:
    """A command that runs: its pipes, its deadlines, and whoever may ask it to end."""

    def __init__(
        self,
        task: Task,
        trace: tree.Trace,
        out: int,
        err: int,
        attention: Attention,
        store_output: StoreOutput,
        on_lasting: Callable[[int, float], None],
    ) -> None:
        assert trace.leader is not None
        self._task = task
        self._trace = trace
        self._pid = trace.leader
        self._attention = attention
        self._store_output = store_output
        self._on_lasting: Callable[[int, float], None] | None = on_lasting
        self._capture = Capture(task.output_limit)
        self._pipes = {out: "stdout", err: "stderr"}
        self._sizes = {out: _READ, err: _READ}
        self._poll = select.poll()
        for fd in (out, err, attention.fd):
            self._poll.register(fd, select.POLLIN)
        self._pidfd = _open_pidfd(self._pid)
        if self._pidfd is not None:
            self._poll.register(self._pidfd, select.POLLIN)
        now = time.monotonic()
        self._deadline = now + task.timeout_s if task.timeout_s else None
        self._next_look = now + LOOK_S
        self._next_sample = now + _SAMPLE_FIRST_S
        self._waits_since: float | None = None
        #: The most memory that was seen; at least what it began with.
        self._sampled_kib: int | None = None
        self._ending = False

    def finish(self, begun: float, own_peak: int) -> Outcome:
        """Wait for the end, clean up, and say how it was."""
        reason = self._watch()
        if reason is not None:
            self._stop(0.0 if reason == "fenced" else self._task.grace_s)
        _, status, usage = os.wait4(self._pid, 0)
        duration = _ms(begun)
        self._drain()
        if reason is None:
            self._end_group()
        code = os.waitstatus_to_exitcode(status)
        return Outcome(
            outcome=reason or ("completed" if code == 0 else "failed"),
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            error=self._error(reason, code),
            duration_ms=duration,
            cpu_ms=round((usage.ru_utime + usage.ru_stime) * 1000),
            max_rss_kib=self._peak_kib(usage, own_peak),
            output_bytes=self._capture.total_bytes,
            dropped_bytes=self._capture.dropped_bytes,
            rest=self._capture.take(),
            windows=self._capture.windows,
        )

    def _peak_kib(self, usage: resource.struct_rusage, own_peak: int) -> int:
        """Give the peak memory of the command, in KiB.

        Its kernel figure begins with its worker's own (vfork), so below that it says nothing: then the most that was
        seen of it counts, or the memory that it touched for the first time.
        """
        if usage.ru_maxrss > own_peak + 64:
            return usage.ru_maxrss
        touched = usage.ru_minflt * resource.getpagesize() >> 10
        return max(self._sampled_kib or 0, min(touched, usage.ru_maxrss))

    def close(self) -> None:
        """Let go of the pipes."""
        for fd in self._pipes:
            os.close(fd)
        if self._pidfd is not None:
            os.close(self._pidfd)

    def _error(self, reason: str | None, code: int) -> str | None:
        if reason == "timeout":
            return f"timed out after {self._task.timeout_s:g} s"
        if reason is not None:
            return reason.replace("_", " ")
        if code == 0:
            return None
        said = self._capture.last_line()
        if code < 0:
            return said or f"killed by signal {_signal_name(-code)}"
        return said

    def _watch(self) -> str | None:
        """Pump until the command has ended (None), or must end for a reason."""
        while True:
            ended, reason = self._tick(None)
            if ended or reason is not None:
                return None if ended else reason
            if self._deadline is not None and time.monotonic() >= self._deadline:
                return "timeout"

    def _tick(self, at_most_s: float | None) -> tuple[bool, str | None]:
        """Wait for something to happen, and do what is to be done; tell of the command's end, or why it must end."""
        ended, poked = False, False
        for fd, _ in self._poll.poll(self._wait_ms(at_most_s)):
            if fd == self._pidfd:
                ended = True
            elif fd in self._pipes:
                self._read(fd)
            else:
                poked = True
        if self._pidfd is None and not self._ending:
            ended = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        if ended:
            return True, None
        now = time.monotonic()
        if now >= self._next_sample:
            self._next_sample = now + _SAMPLE_S
            self._look_at_process()
        if self._waits_since is not None and (now >= self._waits_since + STORE_S or self._capture.full):
            self._waits_since = None
            self._store_output(self._capture, self._capture.take())
        if poked or now >= self._next_look:
            self._next_look = now + LOOK_S
            return False, self._attention.look()
        return False, None

    def _look_at_process(self) -> None:
        """Tell the start of a command that lasts, once, and see how large it is."""
        self._sampled_kib = _peak_kib(self._pid) or self._sampled_kib
        if self._on_lasting is not None and (started := tree.started(self._pid)) is not None:
            self._on_lasting(self._pid, started)
            self._on_lasting = None

    def _wait_ms(self, at_most_s: float | None) -> float:
        now = time.monotonic()
        until = min(self._next_look, self._next_sample)
        if self._deadline is not None:
            until = min(until, self._deadline)
        if self._waits_since is not None:
            until = min(until, self._waits_since + STORE_S)
        if at_most_s is not None:
            until = min(until, now + at_most_s)
        if self._pidfd is None:
            until = min(until, now + 0.02)
        return max(0.0, until - now) * 1000 + 0.5

    def _read(self, fd: int) -> bool:
        """Read once of a pipe; tell whether there may be more."""
        size = self._sizes[fd]
        try:
            data = os.read(fd, size)
        except BlockingIOError:
            return False
        if not data:
            self._poll.unregister(fd)
            self._pipes.pop(fd)
            os.close(fd)
            return False
        self._capture.add(self._pipes[fd], data)
        if self._waits_since is None:
            self._waits_since = time.monotonic()
        if len(data) == size == _READ:
            self._sizes[fd] = _LARGE_PIPE
            with contextlib.suppress(OSError, AttributeError):
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _LARGE_PIPE)
        return True

    def _drain(self) -> None:
        """Read what is left in the pipes; a daemon that goes on writing is not waited for."""
        deadline = time.monotonic() + _DRAIN_S
        for fd in list(self._pipes):
            while self._read(fd) and time.monotonic() < deadline:
                pass

    def _stop(self, grace_s: float) -> None:
        """End the whole tree of a command that must end: TERM, CONT, the grace, KILL."""
        self._end(lambda: tree.find(self._trace), grace_s)

    def _end_group(self) -> None:
        """End what a command that ended by itself left in its group; what has left the session stays."""
        try:
            os.killpg(self._pid, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        leaving = time.monotonic() + _LEAVING_S
        while found := self._left_in_group():
            if time.monotonic() >= leaving:
                break
            time.sleep(0.003)
        if found:
            self._deadline = None
            self._end(self._left_in_group, self._task.grace_s)
            self._drain()

    def _left_in_group(self) -> list[tree.Member]:
        return tree.find(self._trace, group_only=True)

    def _end(self, find: Callable[[], list[tree.Member]], grace_s: float) -> None:
        """End what `find` finds, pumping meanwhile: a process that blocks on a full pipe could not end."""
        found = find()
        # What belongs to another user (sudo) is out of reach, and is not waited for.
        beyond = set(tree.signal_all(found, signal.SIGTERM))
        tree.signal_all(found, signal.SIGCONT)
        self._deadline = None
        kill_at = time.monotonic() + grace_s
        pause = 0.002
        while found := [member for member in find() if member not in beyond]:
            if time.monotonic() >= kill_at:
                beyond.update(tree.signal_all(found, signal.SIGKILL))
            if self._pump(pause) == "fenced":
                kill_at = 0.0
            pause = min(pause * 1.5, 0.1)

    def _pump(self, seconds: float) -> str | None:
        """Pump for that long; the command's own end is no news here."""
        if self._pidfd is not None:
            self._poll.unregister(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        self._ending = True
        until = time.monotonic() + seconds
        reason = None
        while reason is None and (left := until - time.monotonic()) > 0:
            _, reason = self._tick(left)
        return reason


def _open_pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _peak_kib(pid: int) -> int | None:
    """Read the peak memory of a running process (Linux only)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
