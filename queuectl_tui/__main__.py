"""The door: every call of the program comes in here, and every error goes out in one line."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sqlite3
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from queuectl_tui.cli.context import View
from queuectl_tui.cli.main import cli
from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.safe import block

#: The program was ended by ctrl-c, or by a reader that went away: as a shell reports it.
_INTERRUPTED, _BROKEN_PIPE = 130, 141


def main() -> None:
    """Run one command and end with its exit code."""
    # A command is over before a full collection pays; a long one still gets its share.
    gc.set_threshold(20_000, 20, 20)
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream over a file
    code = _guarded()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _BROKEN_PIPE
    except (OSError, ValueError) as error:
        _say(f"queuectl: cannot write to stdout: {getattr(error, 'strerror', None) or error}")
        code = 1
    if code == _BROKEN_PIPE:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    # No cleanup that costs time, and nothing that could still fail on a closed stdout.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _open_closed_streams() -> None:
    """Put /dev/null in the place of a stream that was closed: no file of ours may become stdout."""
    for fd, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
        # A closed stdin stays None: to read from it is an error, not an empty input.
        if getattr(sys, name) is None and name != "stdin":
            setattr(sys, name, open(fd, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for life


def _guarded() -> int:
    """Run the command; turn what goes wrong into an exit code and a line on stderr."""
    try:
        result: Any = cli.main(standalone_mode=False, prog_name="queuectl")
        if isinstance(result, View):
            result = _load_ui()(*result)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        return _BROKEN_PIPE
    except (click.ClickException, QueuectlError, sqlite3.Error, OSError, MemoryError) as error:
        text, code = _told(error)
        _say(text)
        return code
    except Exception as error:  # noqa: BLE001 - the edge of the process: a user gets a line, never a traceback
        where = traceback.extract_tb(error.__traceback__)[-1]
        _say(f"queuectl: internal error: {error!r} ({Path(where.filename).name}:{where.lineno}); please report it")
        return 1
    return result if isinstance(result, int) else 0


def _load_ui() -> Callable[..., int]:
    """Load the UI. What is loaded stays: to look through it for rubbish, meanwhile or later, is in vain."""
    gc.disable()
    run: Callable[..., int] = import_module("queuectl_tui.tui.app").run
    gc.freeze()
    gc.enable()
    return run


def _told(error: Exception) -> tuple[str, int]:
    """Say an error in one line, and give its exit code."""
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        usage = f"{context.get_usage()}\n" if context is not None else ""
        return f"{usage}queuectl: {error.format_message()}", error.exit_code
    if isinstance(error, QueuectlError):
        return f"queuectl: {error}", error.exit_code
    if isinstance(error, sqlite3.Error):
        return f"queuectl: the database cannot be used: {error}; `queuectl doctor` says more", 1
    if isinstance(error, OSError) and error.filename:
        return f"queuectl: {error.filename}: {error.strerror}", 1
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        # The queue's own writes are SQLite's, and told as such.
        return f"queuectl: cannot write to stdout: {error.strerror}", 1
    return f"queuectl: {error or type(error).__name__}", 1


def _say(text: str) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if stream is sys.stderr:
                stream.write(block(text) + "\n")
            stream.flush()


if __name__ == "__main__":
    main()
