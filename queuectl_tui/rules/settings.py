"""The settings of a queue: each key with its unit, default and bounds, in one table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.times import parse_duration, show_duration

_DAY_S = 86400
_MIB = 1 << 20
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)(i?b)?", re.IGNORECASE)
_CODES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")

Codes = tuple[tuple[int, int], ...]


class Setting(NamedTuple):
    """One key. `kind` is int, number, duration (seconds), bytes, codes, choice or path; bounds are inclusive."""

    key: str
    kind: str
    default: Any
    help: str
    aliases: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()


_TABLE = (
    Setting("max_retries", "int", 3, "retries after the first attempt", ("default_max_retries",), 0, 1000),
    Setting("backoff_base", "number", 2.0, "delay after the nth failure: base ^ n seconds", (), 0, 1000),
    Setting("backoff_max", "duration", 3600.0, "the longest delay between two attempts", (), 0, 30 * _DAY_S),
    Setting("backoff_jitter", "number", 0.0, "a random share of the delay, to spread retries", (), 0, 1),
    Setting("job_timeout", "duration", 0.0, "the longest an attempt may run; 0: no limit", (), 0, 365 * _DAY_S),
    Setting("kill_grace", "duration", 5.0, "from TERM to KILL when a job is stopped", (), 0, 3600),
    Setting("poll_interval", "duration", 1.0, "the longest a lost wake-up costs", ("worker_poll_interval",), 0.05, 60),
    Setting("output_limit", "bytes", _MIB, "kept of each stream of a run", (), 0, 1024 * _MIB),
    Setting("retain_completed", "duration", 0.0, "completed jobs are deleted after; 0: never", (), 0, 3650 * _DAY_S),
    Setting("permanent_exit_codes", "codes", (), "exit codes that are not retried, such as 2,64-78,127", (), 0, 255),
    Setting("capture_env", "choice", "all", "what jobs take of the enqueuer's environment", choices=("all", "none")),
    Setting("shell", "path", "/bin/sh", "an absolute path that takes -c"),
)
#: Every setting, by key, in the order in which they are shown.
SETTINGS: dict[str, Setting] = {setting.key: setting for setting in _TABLE}
_NAMES = {name: setting for setting in _TABLE for name in (setting.key, *setting.aliases)}
_UNITS = {"duration": "ms", "bytes": "bytes", "int": "retries", "codes": "exit codes"}


def resolve(text: str) -> Setting:
    """Find a setting by its key or alias, with dashes or underscores. Raises InvalidInput that names the nearest."""
    name = text.strip().lower().replace("-", "_")
    if name in _NAMES:
        return _NAMES[name]
    near = get_close_matches(name, _NAMES, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else "one of " + ", ".join(SETTINGS)
    raise InvalidInput(f"no setting {text!r}; {hint}")


def parse(setting: Setting, text: str) -> Any:
    """Read a value as people write it. Raises InvalidInput that says what is allowed."""
    value = _READ[setting.kind](setting, text.strip())
    if setting.kind in ("int", "number", "duration", "bytes") and not setting.low <= value <= setting.high:
        low, high = (show(setting, bound) for bound in (setting.low, setting.high))
        raise InvalidInput(f"{setting.key}: {text!r} is out of bounds; from {low} to {high}")
    return value


def show(setting: Setting, value: Any) -> str:
    """Write a value as people read it; `parse` gives it back exactly."""
    if setting.kind == "duration":
        return show_duration(value)
    if setting.kind == "bytes":
        return _show_bytes(int(value))
    if setting.kind == "codes":
        return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in value) or "none"
    if setting.kind == "number":
        return repr(float(value)).removesuffix(".0")
    return str(int(value)) if setting.kind == "int" else str(value)


def as_json(setting: Setting, value: Any) -> int | float | str:
    """Give a value for JSON: durations in ms, sizes in bytes, numbers as numbers, the rest as text."""
    if setting.kind == "duration":
        return int(value * 1000 + 0.5)
    if setting.kind == "number":
        return int(value) if value == int(value) else float(value)
    return int(value) if setting.kind in ("int", "bytes") else show(setting, value)


def json_unit(setting: Setting) -> str | None:
    """Name the unit of a value in JSON."""
    if setting.key == "backoff_jitter":
        return "share of the delay"
    return _UNITS.get(setting.kind)


def store(setting: Setting, value: Any) -> str:
    """Give the text that the queue keeps."""
    return show(setting, value)


def load(setting: Setting, text: str) -> Any:
    """Read the text that the queue keeps; what cannot be read is the default."""
    try:
        return parse(setting, text)
    except InvalidInput:
        return setting.default


class Settings(NamedTuple):
    """All settings in force: durations in seconds, sizes in bytes."""

    max_retries: int = SETTINGS["max_retries"].default
    backoff_base: float = SETTINGS["backoff_base"].default
    backoff_max: float = SETTINGS["backoff_max"].default
    backoff_jitter: float = SETTINGS["backoff_jitter"].default
    job_timeout: float = SETTINGS["job_timeout"].default
    kill_grace: float = SETTINGS["kill_grace"].default
    poll_interval: float = SETTINGS["poll_interval"].default
    output_limit: int = SETTINGS["output_limit"].default
    retain_completed: float = SETTINGS["retain_completed"].default
    permanent_exit_codes: Codes = SETTINGS["permanent_exit_codes"].default
    capture_env: str = SETTINGS["capture_env"].default
    shell: str = SETTINGS["shell"].default

    @staticmethod
    def from_rows(rows: Iterable[tuple[str, str]]) -> Settings:
        """Give the settings that the queue keeps: keys and texts of what was changed."""
        return _from_rows(tuple(rows))


@lru_cache(maxsize=16)
def _from_rows(rows: tuple[tuple[str, str], ...]) -> Settings:
    known = frozenset(Settings._fields)
    return Settings(**{key: load(SETTINGS[key], text) for key, text in rows if key in known})


def _read_int(setting: Setting, text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
        raise InvalidInput(f"{setting.key}: {text!r} is not a whole number")
    return int(text)


def _read_number(setting: Setting, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise InvalidInput(f"{setting.key}: {text!r} is not a finite number")
    return value


def _read_bytes(setting: Setting, text: str) -> int:
    match = _BYTES.fullmatch(text)
    if not match or len(text) > 40 or not text.isascii():
        raise InvalidInput(f"{setting.key}: {text!r} is not a size; give bytes, or 64KiB, 1MiB, 1GiB")
    factor = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[match[2].lower()]
    return int(float(match[1]) * factor)


def _read_codes(setting: Setting, text: str) -> Codes:
    text = text.replace(" ", "")
    if text.lower() in ("", "none"):
        return ()
    wrong = InvalidInput(f"{setting.key}: {text!r} is not a list of exit codes (0 to 255) such as 2,64-78,127, or none")
    if len(text) > 2000 or not text.isascii() or not _CODES.fullmatch(text):
        raise wrong
    found = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        if len(low) > 3 or len(high) > 3 or not int(low) <= int(high or low) <= setting.high:
            raise wrong
        found.append((int(low), int(high or low)))
    return tuple(found)


def _read_choice(setting: Setting, text: str) -> str:
    if text.lower() not in setting.choices:
        raise InvalidInput(f"{setting.key}: {text!r} is not one of " + ", ".join(setting.choices))
    return text.lower()


def _read_path(setting: Setting, text: str) -> str:
    if not text.startswith("/") or "\0" in text or len(text) > 4096 or not text.isprintable():
        raise InvalidInput(f"{setting.key}: {text!r} is not an absolute path")
    return text


_READ: dict[str, Callable[[Setting, str], Any]] = {
    "int": _read_int,
    "number": _read_number,
    "duration": lambda setting, text: parse_duration(text, field=setting.key),
    "bytes": _read_bytes,
    "codes": _read_codes,
    "choice": _read_choice,
    "path": _read_path,
}


def _show_bytes(value: int) -> str:
    for factor, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if value and value % factor == 0:
            return f"{value // factor}{unit}"
    return str(value)
