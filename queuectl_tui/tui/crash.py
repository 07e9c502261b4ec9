"""What is left of a UI that failed: a line for the person, and a file for who mends it, both without variables."""

from __future__ import annotations

import contextlib
import tempfile
import traceback
from pathlib import Path

from queuectl_tui import __version__
from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.safe import block

_LONGEST = 200


class Crashed(QueuectlError):
    """Say that the UI failed and where its traceback is; queue and workers go on."""


def crashed(error: BaseException, folder: Path | None) -> Crashed:
    """Keep the traceback of an error in the folder (0600; None: in that for temporary files), and tell of it."""
    # Textual wraps what fails in a thread of its own.
    error = getattr(error, "error", None) or error
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    what = f"{type(error).__name__}: {error}"
    if len(what) > _LONGEST:
        what = what[: _LONGEST - 1] + "…"
    path = _keep(block("".join([f"queuectl {__version__}\n", *traceback.format_exception(error)])), folder)
    more = f"; its traceback is in {path}" if path is not None else ""
    return Crashed(f"the terminal UI failed: {what}{where}; queue and workers go on. Please report it{more}")


def _keep(text: str, folder: Path | None) -> Path | None:
    """Write the file in the place of the last one; None when that cannot be done."""
    with contextlib.suppress(OSError):
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd, made = tempfile.mkstemp(prefix="ui-crash-", suffix=".log", dir=folder)
        with open(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        if folder is None:
            return Path(made)
        path = folder / "ui-crash.log"
        return Path(made).replace(path)
    return None
