"""Times and durations as people write them. Times are ms since the epoch, UTC; durations are seconds."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime, timedelta

from queuectl_tui.rules.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: 9999-12-31T23:59:59.999Z
LATEST_MS = 253_402_300_799_999
_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800, "y": 31_536_000}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|[smhdwy])")
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_TIME_HELP = "ISO 8601 such as 2030-01-01T10:30:00Z, with an offset, or local without; from 1970 to 9999"
_DURATION_HELP = "a number of seconds, or 90s, 10m, 2h, 3d"


def now_ms() -> int:
    """Give the time now."""
    return time.time_ns() // 1_000_000


def parse_time(text: object, *, field: str = "time") -> int:
    """Read an ISO 8601 time: with Z or an offset, or local without. Raises InvalidInput."""
    wrong = InvalidInput(f"{field}: {_shown(text)} is not a time; give {_TIME_HELP}")
    if not isinstance(text, str) or not text.isascii() or not re.match(r"\d{4}-", text.strip()):
        raise wrong
    try:
        # In whole numbers: a float of so many milliseconds is off by one now and then.
        found = (datetime.fromisoformat(text.strip()).astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError, OSError):
        raise wrong from None
    if not 0 <= found <= LATEST_MS:
        raise wrong
    return found


def parse_duration(value: object, *, field: str = "duration") -> float:
    """Read a duration, in seconds: a number, or text such as `90s`, `10m`, `1h30m`. Raises InvalidInput."""
    wrong = InvalidInput(f"{field}: {_shown(value)} is not a duration; give {_DURATION_HELP}")
    if isinstance(value, bool):
        raise wrong
    if isinstance(value, int | float):
        try:
            seconds = float(value)
        except OverflowError:
            raise wrong from None
    elif isinstance(value, str) and value.isascii() and len(value) <= 64:
        seconds = _from_text(value.strip().lower().replace(" ", ""))
    else:
        raise wrong
    if not math.isfinite(seconds) or seconds < 0:
        raise wrong
    return seconds


def _from_text(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    if not text or _PART.sub("", text):
        return math.nan
    return math.fsum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))


def show_time(ms: int | None) -> str | None:
    """Write a time as ISO 8601 in UTC, with milliseconds and Z."""
    if ms is None:
        return None
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def show_duration(seconds: float) -> str:
    """Write a duration in the largest unit that says it exactly: `1h`, `90s`, `0.05s`."""
    if seconds == int(seconds) and seconds:
        whole = int(seconds)
        for unit in ("d", "h", "m"):
            size = int(_UNITS_S[unit])
            if whole % size == 0:
                return f"{whole // size}{unit}"
        return f"{whole}s"
    text = f"{seconds:.9f}".rstrip("0").rstrip(".")
    return (text if seconds and float(text) == seconds else f"{seconds:.17f}".rstrip("0").rstrip(".") or "0") + "s"


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "…"
