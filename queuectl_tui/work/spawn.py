"""Fork a worker from a warm process: imports done, no connection open."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import traceback
from pathlib import Path

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.store.trouble import guarded
from queuectl_tui.work.worker import Orders, Worker

_HIGHEST_FD = 1 << 12
_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def fork_worker(
    path: Path, orders: Orders, *, report: int | None = None, detach: bool = False, close: int | None = None
) -> int:
    """Start a worker process and give its pid; it writes `ID ready`, or why it cannot work, to `report`.

    Detached, it has a session of its own, and its log for stdio; else it shares the terminal, in its own process group.
    It closes the descriptor `close`, and lets the signals in that its parent may have kept out. When who waits for its
    report is gone before it is registered, it leaves: nobody would know of it.
    """
    gc.collect()
    gc.freeze()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if close is not None:
            os.close(close)
        code = _live(path, orders, report, detach, parent)
    except BaseException:  # noqa: BLE001 - the edge of a process: what is not caught here is lost
        traceback.print_exc()
    finally:
        os._exit(code)


def _live(path: Path, orders: Orders, report: int | None, detach: bool, parent: int) -> int:
    untold = report

    def ready() -> bool:
        nonlocal untold
        if untold is not None and os.getppid() != parent:
            return False
        _tell(untold, f"{orders.id} ready")
        # Its number may be that of another file from now on.
        untold = None
        return True

    try:
        with guarded(path):
            if detach:
                _detach({fd for fd in (report, orders.lifeline) if fd is not None})
            else:
                os.setpgid(0, 0)
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            worker = Worker(path, orders)
            if detach:
                worker.log.take_stdio()
            return worker.run(on_ready=ready)
    except QueuectlError as error:
        _tell(untold, f"{orders.id}: {error}")
        return 1


def _tell(report: int | None, text: str) -> None:
    if report is not None:
        with contextlib.suppress(OSError):
            os.write(report, text.replace("\n", " ").encode("utf-8", "backslashreplace") + b"\n")
            os.close(report)


def _detach(keep: set[int]) -> None:
    """Leave the session and the files of the starter, but for some."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    _close_inherited(keep)


def _close_inherited(keep: set[int]) -> None:
    """Close what the starter had open: a pipe of an SSH line must not be held by a worker."""
    low = 3
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, _HIGHEST_FD)
