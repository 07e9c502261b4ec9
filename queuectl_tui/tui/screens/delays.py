"""What the settings make of a job that always fails, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queuectl_tui.rules.retry import delay_s
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui import format as show

#: So many delays are written out.
_WRITTEN = 5


def preview(values: Mapping[str, Any]) -> str:
    """Say when a job that always fails is tried again: `retries after 2s, 4s, 8s, then dead`."""
    retries = values["max_retries"]
    if not retries:
        return "no retries: a job that fails is dead"
    base, cap, jitter = values["backoff_base"], values["backoff_max"], values["backoff_jitter"]
    delays = [delay_s(n, base=base, cap=cap, jitter=0, random=lambda: 0.5) for n in range(1, retries + 1)]
    written = [_words(delay) for delay in delays]
    if retries > _WRITTEN:
        written = [*written[: _WRITTEN - 1], f"… {written[-1]}"]
    count = f" ({retries:,} of them)" if retries > _WRITTEN else ""
    share = f", each ±{100 * jitter:.3g}%" if jitter else ""
    total = f" · {_words(sum(delays))} in all" if retries > 1 else ""
    return f"retries after {', '.join(written)}{count}{share}, then dead{total}"


def _words(seconds: float) -> str:
    """Write a delay as short as it can be said: `0.25s`, `90s`, `8m32s`, `10m`."""
    seconds = round(seconds, 3)
    exact = seconds < 120 or seconds % 3600 == 0 or (seconds % 60 == 0 and seconds < 3600)
    return show_duration(seconds) if exact else show.elapsed(seconds * 1000)
