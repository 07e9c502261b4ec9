"""The fields of a job: what each may hold. Every refusal names the field and what is allowed."""

from __future__ import annotations

import re

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.settings import SETTINGS
from queuectl_tui.rules.times import LATEST_MS, parse_duration

MAX_COMMAND_BYTES = 100 * 1024
#: The bounds of a priority.
LOWEST, HIGHEST = -1000, 1000
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_DELAY_S = LATEST_MS / 1000


def check_text(value: object, *, field: str) -> str:
    """Accept text without NUL and lone surrogates."""
    if not isinstance(value, str):
        raise InvalidInput(f"{field}: {kind(value)} given, text is wanted")
    if "\0" in value:
        raise InvalidInput(f"{field}: holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{field}: is not valid Unicode (a lone surrogate)") from None
    return value


def check_command(value: object, *, field: str = "command") -> str:
    """Accept a shell command: not blank, at most 100 KiB."""
    text = check_text(value, field=field)
    if not text.strip():
        raise InvalidInput(f"{field}: is empty")
    if len(text.encode()) > MAX_COMMAND_BYTES:
        raise InvalidInput(f"{field}: is {len(text.encode()):,} bytes long; at most {MAX_COMMAND_BYTES:,} (100 KiB)")
    return text


def check_id(value: object, *, field: str = "id") -> str:
    """Accept a job's id."""
    return _matching(value, ID, field, "a letter or digit, then up to 127 of letters, digits and . _ : -")


def check_queue(value: object, *, field: str = "queue") -> str:
    """Accept a queue's name."""
    return _matching(value, _NAME, field, "a letter or digit, then up to 63 of letters, digits and . _ : -")


def check_tag(value: object, *, field: str = "tag") -> str:
    """Accept a tag."""
    return check_queue(value, field=field)


def check_env_name(value: object, *, field: str = "env") -> str:
    """Accept the name of an environment variable."""
    return _matching(value, _ENV_NAME, field, "a letter or _, then letters, digits and _")


def check_priority(value: object, *, field: str = "priority") -> int:
    """Accept a priority: higher runs first."""
    return _integer(value, field, LOWEST, HIGHEST)


def check_retries(value: object, *, field: str = "max_retries") -> int:
    """Accept a number of retries."""
    setting = SETTINGS["max_retries"]
    return _integer(value, field, int(setting.low), int(setting.high))


def check_timeout(value: object, *, field: str = "timeout") -> float:
    """Accept a timeout, in seconds; 0: none."""
    return _duration(value, field, SETTINGS["job_timeout"].high, "365d")


def check_delay(value: object, *, field: str = "delay") -> float:
    """Accept a delay, in seconds."""
    return _duration(value, field, _MAX_DELAY_S, "the year 9999")


def check_backoff_base(value: object, *, field: str = "backoff_base") -> float:
    """Accept the base of the backoff."""
    setting = SETTINGS["backoff_base"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{field}: {kind(value)} given, a number is wanted")
    # Compared before it is converted: an integer of a thousand digits fits no float.
    if not setting.low <= value <= setting.high:
        raise InvalidInput(f"{field}: is out of bounds; from {setting.low:g} to {setting.high:g}")
    return float(value)


def check_on_interrupt(value: object, *, field: str = "on_interrupt") -> str:
    """Accept what becomes of a job whose worker died."""
    if value not in ("retry", "dead"):
        raise InvalidInput(f"{field}: must be retry or dead")
    return str(value)


def check_cwd(value: object, *, field: str = "cwd") -> str:
    """Accept a working directory; a relative one is meant from the enqueuer's."""
    text = check_text(value, field=field)
    if not text:
        raise InvalidInput(f"{field}: is empty")
    return text


def _integer(value: object, field: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{field}: {kind(value)} given, a whole number from {low} to {high} is wanted")
    if not low <= value <= high:
        raise InvalidInput(f"{field}: is out of bounds; from {low} to {high}")
    return value


def _duration(value: object, field: str, high: float, shown: str) -> float:
    seconds = parse_duration(value, field=field)
    if seconds > high:
        raise InvalidInput(f"{field}: is too long; at most {shown}")
    return seconds


def _matching(value: object, pattern: re.Pattern[str], field: str, allowed: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{field}: {kind(value)} given, text is wanted")
    if not pattern.fullmatch(value):
        raise InvalidInput(f"{field}: {shown(value)} is not allowed; {allowed}")
    return value


def kind(value: object) -> str:
    """Name the JSON type of a value."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def shown(value: object) -> str:
    """Give a value as ASCII, shortened, for a message."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
