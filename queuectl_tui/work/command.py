"""One shell command in a session of its own: start it, pump what it prints, and end it with all that is left of it."""

from __future__ import annotations

import math
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.work import tree
from queuectl_tui.work.capture import Capture
from queuectl_tui.work.launch import PASSING, NotYetError, Task, blamed, launch
from queuectl_tui.work.pump import Pump, StoreOutput

#: What is asked of the run is looked at this often, even when nobody pokes, seconds.
LOOK_S = 1.0
#: `setsid x &` may not have left the group yet when the command ends: it is given this time, seconds.
_LEAVING_S = 0.05
#: `setsid x &` is looked for this often meanwhile, and an end that nothing tells of (no pidfd), seconds.
_GLANCE_S = 0.004
_NO_PIDFD_S = 0.02
#: A running command is first looked at after this time, then each time somebody asks whether it may go on, seconds.
_LASTING_S = 0.05
#: `ru_maxrss` counts KiB, but on macOS bytes.
_RSS_UNITS = 1024 if sys.platform == "darwin" else 1
#: The kernel's figures of memory are rough (it counts in batches for each CPU), KiB.
_ROUGHLY_KIB = 64


class Outcome(NamedTuple):
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
    windows: Mapping[str, int] = MappingProxyType({})


class Attention(Protocol):
    """Who may ask the run to end."""

    #: Readable when there is something to look at.
    fd: int

    def look(self) -> str | None:
        """Say why the run must end now: `canceled`, `handed_back` or `fenced`; None: it may go on."""


def run(
    task: Task,
    *,
    lock_fd: int,
    lock: str,
    attention: Attention,
    store_output: StoreOutput,
    on_spawn: Callable[[int], object],
    on_lasting: Callable[[int, float], object],
) -> Outcome:
    """Run a command to its end, with nothing of its group (or, when it was stopped, of its tree) left.

    `on_spawn` is told the pid at once; `on_lasting` that and its start (as `tree.started`) as soon as this is known,
    which is nearly always at once too, and at the latest when the command still runs after a moment. What they raise
    ends the command and comes out of here. Raises NotYetError when the machine can start no process now.
    """
    begun = time.monotonic()
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        # So it may come from whoever started the worker, and the kernel would forget how children ended.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    before = tree.moment()
    try:
        pid, out, err = launch(task, lock_fd)
    except OSError as error:
        if error.errno in PASSING:
            raise NotYetError(blamed(error, task)) from error
        return Outcome("unrunnable", error=blamed(error, task), duration_ms=_ms(time.monotonic() - begun))
    except ValueError as error:
        return Outcome("unrunnable", error=f"cannot start: {error}", duration_ms=_ms(time.monotonic() - begun))
    # After the start: what this process grew until then is in the child's figure too.
    own_peak = _peak(resource.getrusage(resource.RUSAGE_SELF))
    trace = tree.Trace(pid, tree.begun(pid, before), task.marker, lock)
    running = _Running(task, trace, Pump(out, err, Capture(task.output_limit), store_output), attention, on_lasting)
    try:
        on_spawn(pid)
        return running.finish(begun, own_peak)
    except BaseException:
        running.abandon()
        raise
    finally:
        running.close()


class _Running:
    """A command that runs: its deadlines, whoever may ask it to end, and its end."""

    def __init__(
        self,
        task: Task,
        trace: tree.Trace,
        pump: Pump,
        attention: Attention,
        on_lasting: Callable[[int, float], object],
    ) -> None:
        assert trace.leader is not None
        self._task = task
        self._trace = trace
        self._pid = trace.leader
        self._pump = pump
        self._attention = attention
        self._on_lasting = on_lasting
        self._poll = pump.poll
        self._poll.register(attention.fd, select.POLLIN)
        self._pidfd = _open_pidfd(self._pid)
        if self._pidfd is not None:
            self._poll.register(self._pidfd, select.POLLIN)
        now = time.monotonic()
        self._deadline = now + task.timeout_s if task.timeout_s else math.inf
        self._next_look = now + LOOK_S
        self._next_sample = now + _LASTING_S
        self._sampled_kib = 0
        self._ending = False
        #: How the command ended, when, and what it used.
        self._ended: tuple[int, float, resource.struct_rusage] | None = None

    def finish(self, begun: float, own_peak: int) -> Outcome:
        """Wait for the end, clean up, and say how it was."""
        if self._trace.started is not None:
            self._on_lasting(self._pid, self._trace.started)
        reason = self._watch()
        self._ending = True
        if reason is None:
            self._end_group()
        else:
            self._end_tree(0.0 if reason == "fenced" else self._task.grace_s)
        assert self._ended is not None
        code, ended, usage = self._ended
        capture = self._pump.capture
        silent = not capture.total_bytes
        return Outcome(
            outcome=reason or ("completed" if code == 0 else "failed"),
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            error=self._error(reason, code),
            duration_ms=_ms(ended - begun),
            cpu_ms=_ms(usage.ru_utime + usage.ru_stime),
            max_rss_kib=self._peak_kib(usage, own_peak),
            output_bytes=capture.total_bytes,
            dropped_bytes=0 if silent else capture.dropped_bytes,
            rest=() if silent else capture.take(),
            windows={} if silent else capture.windows,
        )

    def abandon(self) -> None:
        """Kill a command that nobody will settle."""
        tree.end(self._trace, grace_s=0.0)
        self._reap()

    def close(self) -> None:
        """Let go of the pipes and of the process."""
        self._pump.close()
        if self._pidfd is not None:
            os.close(self._pidfd)

    def _peak_kib(self, usage: resource.struct_rusage, own_peak: int) -> int:
        """Give the peak memory of the command, in KiB.

        Its kernel figure begins with its worker's own (vfork), so below that it says nothing: then the most that was
        seen of it counts, or the memory that it touched for the first time.
        """
        peak = _peak(usage)
        if peak > own_peak + _ROUGHLY_KIB:
            return peak
        touched = usage.ru_minflt * resource.getpagesize() >> 10
        return max(self._sampled_kib, min(touched, peak))

    def _error(self, reason: str | None, code: int) -> str | None:
        if reason == "timeout":
            return f"timed out after {self._task.timeout_s:g} s"
        if reason is not None:
            return reason.replace("_", " ")
        if code == 0:
            return None
        said = self._pump.capture.last_line()
        if code < 0:
            return said or f"killed by signal {_signal_name(-code)}"
        return said

    def _watch(self) -> str | None:
        """Pump until the command has ended by itself (None), or must end for a reason.

        Who has ended before the reason could be acted on has ended by itself; but who was fenced off is not asked.
        """
        while True:
            reason = self._tick()
            if self._ended is None and reason is None and time.monotonic() >= self._deadline:
                reason = "timeout"
            if self._ended is not None or (reason not in (None, "fenced") and self._reap(os.WNOHANG)):
                return None
            if reason is not None:
                return reason

    def _tick(self, at_most_s: float = math.inf) -> str | None:
        """Wait for something to happen, and do what is to be done; say why the command must end, if it must."""
        poked = False
        for fd, event in self._poll.poll(self._wait_ms(at_most_s)):
            if fd == self._pidfd:
                self._reap()
            elif fd == self._attention.fd:
                poked = True
            elif event & select.POLLIN:
                self._pump.read(fd)
            else:
                self._pump.end(fd)
        if self._pidfd is None and self._ended is None and not self._ending:
            self._reap(os.WNOHANG)
        if self._ended is not None and not self._ending:
            return None
        now = time.monotonic()
        self._pump.store(now)
        reason = None
        if poked or now >= self._next_look:
            self._next_look = now + LOOK_S
            reason = self._attention.look()
        if now >= self._next_sample:
            self._next_sample = self._next_look
            self._sample()
        return reason

    def _wait_ms(self, at_most_s: float) -> float:
        now = time.monotonic()
        if self._pidfd is None and self._ended is None:
            at_most_s = min(at_most_s, _NO_PIDFD_S)
        until = min(self._next_look, self._next_sample, self._pump.due, now + at_most_s)
        if not self._ending:
            until = min(until, self._deadline)
        return max(0.0, until - now) * 1000

    def _sample(self) -> None:
        """See how large the command is, and tell its start, if it was not known at once."""
        if self._ended is None:
            self._sampled_kib = tree.peak_kib(self._pid) or self._sampled_kib
            if self._trace.started is None and (started := tree.started(self._pid)) is not None:
                self._trace = self._trace._replace(started=started)
                self._on_lasting(self._pid, started)

    def _reap(self, options: int = 0) -> bool:
        """Take note of the command's end; tell whether it has ended."""
        if self._ended is None:
            pid, status, usage = os.wait4(self._pid, options)
            if pid:
                self._ended = os.waitstatus_to_exitcode(status), time.monotonic(), usage
                self._forget_pidfd()
        return self._ended is not None

    def _forget_pidfd(self) -> None:
        if self._pidfd is not None:
            self._poll.unregister(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None

    def _end_tree(self, grace_s: float) -> None:
        """End all that belongs to a command that must end, and wait for it."""
        self._forget_pidfd()
        tree.end(self._trace, grace_s=grace_s, sleep=self._pump_for)
        # Another user's (sudo, in the place of the shell) cannot be ended from here: it ends when it ends.
        while not self._reap(os.WNOHANG):
            self._pump_for(_LEAVING_S)
        self._pump.drain()

    def _end_group(self) -> None:
        """End what a command that ended by itself left in its group; what has left the session stays."""
        self._pump.drain()
        try:
            os.killpg(self._pid, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            pass
        leaving = time.monotonic() + _LEAVING_S
        while tree.find(self._trace, group_only=True):
            if time.monotonic() >= leaving:
                tree.end(self._trace, grace_s=self._task.grace_s, group_only=True, sleep=self._pump_for)
                break
            self._pump_for(_GLANCE_S)
        self._pump.drain()

    def _pump_for(self, seconds: float) -> bool:
        """Pump for that long: who blocks on a full pipe could not end; tell whether the run was fenced off."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._tick(left) == "fenced":
                return True
        return False


def _open_pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _peak(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss // _RSS_UNITS


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
