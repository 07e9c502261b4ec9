"""A line of a form that takes a time, or how long from now."""

from __future__ import annotations

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.times import now_ms, parse_time
from queuectl_tui.tui import format as show
from queuectl_tui.tui.screens.form import Entry


def when_entry(text: str) -> Entry:
    """Give the line for when a job may run."""
    told = "So long from now (10m, 2h, 3d), or a time: 2030-01-01T22:00, local, or with Z or an offset"
    return Entry("run_at", "run at", read_when, text, hint="now", help=told)


def read_when(text: str) -> int:
    """Read a time, or how long from now: ms since the epoch. Raises InvalidInput."""
    text = text.strip()
    if "-" in text[1:]:
        return parse_time(text, field="run at")
    try:
        return now_ms() + round(fields.check_delay(text, field="run at") * 1000)
    except InvalidInput:
        shown = text if len(text) <= 40 else f"{text[:39]}…"
        raise InvalidInput(
            f"run at: {shown!r} is neither a time (2030-01-01T22:00) nor so long from now (10m, 2h, 3d)"
        ) from None


def told_when(due: int | None) -> str:
    """Say when a job will run, if that is not now."""
    now = now_ms()
    return f"Not before {show.clock(due)}, in {show.until(due, now)}." if due is not None and due > now else ""
