"""Values as people read them, pure: ages, durations, sizes, exit codes, and text cut to its cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from signal import Signals

from rich.cells import cell_len

from queuectl_tui.rules.records import Job
from queuectl_tui.rules.safe import line

#: From nothing to a full cell.
_BARS, _ASCII_BARS = " ▁▂▃▄▅▆▇█", " .:-=+*%#"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def age(then: int | None, now: int) -> str:
    """Say coarsely how long ago a time was: `now` under a minute, then `3m`, `2h`, `5d`."""
    if then is None:
        return ""
    seconds = max(0, now - then) // 1000
    if seconds < _MINUTE:
        return "now"
    return _coarse(seconds)


def until(then: int | None, now: int) -> str:
    """Say how long it is until a time: by the second within two minutes, then coarsely."""
    if then is None:
        return ""
    seconds = -((now - then) // 1000)
    if seconds <= 0:
        return "now"
    return f"{seconds}s" if seconds < 2 * _MINUTE else _coarse(seconds)


def clock(ms: int | None) -> str:
    """Write a time as this machine's clock shows it, to the second."""
    return "" if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def elapsed(ms: float | None) -> str:
    """Say how long something took: `210ms`, `42s`, `6m12s`, `2h05m`, `3d04h`."""
    if ms is None:
        return ""
    seconds = max(0.0, ms / 1000)
    whole = int(seconds)
    if seconds < _MINUTE:
        return f"{ms:.0f}ms" if seconds < 1 else f"{seconds:.1f}s" if seconds < 10 else f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d{whole % _DAY // _HOUR:02}h"


def size(count: float | None) -> str:
    """Write a number of bytes in binary units: `512 B`, `2.1 GiB`."""
    if count is None:
        return ""
    if count < 1024:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        count /= 1024
        if count < 1024:
            return f"{count:.1f} {unit}" if count < 100 else f"{count:.0f} {unit}"
    return f"{count / 1024:.1f} TiB"


def ending(job: Job) -> str:
    """Say how the last run ended: its exit code, or the name of its signal."""
    if job.signal is not None:
        return signal_name(job.signal)
    return "" if job.exit_code is None else str(job.exit_code)


def signal_name(number: int) -> str:
    """Name a signal without SIG, as `kill` does."""
    try:
        return Signals(number).name.removeprefix("SIG")
    except ValueError:
        return f"sig {number}"


def fit(text: str, cells: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """Cut or fill text to exactly so many cells; whatever it holds is made safe."""
    text = line(text)
    taken = cell_len(text)
    if taken > cells:
        text, taken = _cut(text, cells, ellipsis)
    pad = " " * (cells - taken)
    return pad + text if right else text + pad


def _cut(text: str, cells: int, ellipsis: str) -> tuple[str, int]:
    if cells <= 0:
        return "", 0
    if text.isascii():
        return text[: cells - 1] + ellipsis, cells
    kept, taken = [], 0
    for char in text:
        wide = cell_len(char)
        if taken + wide > cells - 1:
            break
        kept.append(char)
        taken += wide
    return "".join(kept) + ellipsis, taken + 1


def bars(values: Sequence[int], *, rows: int = 1, ascii_only: bool = False) -> list[str]:
    """Draw values as bars from a common floor, in lines from the top down; whatever is not zero is seen."""
    marks = _ASCII_BARS if ascii_only else _BARS
    steps = len(marks) - 1
    most = max(values, default=0) or 1
    heights = [-(-value * rows * steps // most) for value in values]
    lines = []
    for row in range(rows - 1, -1, -1):
        floor = 1 if row == 0 else 0
        lines.append("".join(marks[max(floor, min(steps, height - row * steps))] for height in heights))
    return lines


def _coarse(seconds: int) -> str:
    for length, unit in ((_DAY, "d"), (_HOUR, "h")):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds // _MINUTE}m"
