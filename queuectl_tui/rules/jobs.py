"""The request to enqueue a job: read from JSON, from lines and from flags, and checked before anything is stored."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.settings import SETTINGS
from queuectl_tui.rules.times import LATEST_MS, parse_duration, parse_time

#: Letters and digits that nobody mistakes for each other.
ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
MAX_COMMAND_BYTES = 100 * 1024
_ID_LENGTH = 10
_LETTERS = bytes(ord(ID_ALPHABET[byte % len(ID_ALPHABET)]) for byte in range(256))
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_JSON_START = re.compile(r"\{|\[(?:[^\s]|\s+\{)")
_MAX_DELAY_S = LATEST_MS / 1000


@dataclass(frozen=True, slots=True)
class Request:
    """A job as it was asked for; None: not given. Times are ms since the epoch, UTC."""

    command: str
    id: str | None = None
    queue: str | None = None
    priority: int | None = None
    max_retries: int | None = None
    run_at: int | None = None
    delay_s: float | None = None
    timeout_s: float | None = None
    backoff_base: float | None = None
    tags: tuple[str, ...] | None = None
    cwd: str | None = None
    env: dict[str, str] | None = None
    after: tuple[str, ...] | None = None
    on_interrupt: str | None = None
    hold: bool | None = None


def new_ids(count: int, random: Callable[[int], bytes] = os.urandom) -> list[str]:
    """Draw ids of 10 characters."""
    letters = random(_ID_LENGTH * count).translate(_LETTERS).decode("ascii")
    return [letters[at : at + _ID_LENGTH] for at in range(0, _ID_LENGTH * count, _ID_LENGTH)]


def quote(words: Sequence[str]) -> str:
    """Make one shell command of an argv."""
    return shlex.join(words)


def is_json(text: str) -> bool:
    """Tell whether a text to enqueue is meant as JSON: it begins with `{`, or with `[` that no shell test would."""
    return _JSON_START.match(text) is not None


def check_text(value: object, *, field: str) -> str:
    """Accept text without NUL and lone surrogates."""
    if not isinstance(value, str):
        raise InvalidInput(f"{field}: {_kind(value)} given, text is wanted")
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
    return _matching(value, _ID, field, "a letter or digit, then up to 127 of letters, digits and . _ : -")


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
    return _integer(value, field, -1000, 1000)


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
        raise InvalidInput(f"{field}: {_kind(value)} given, a number is wanted")
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


def _hold(value: object, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"{field}: {_kind(value)} given, true or false is wanted")
    return value


def _tags(value: object, *, field: str) -> tuple[str, ...]:
    return tuple(check_tag(item, field=f"{field}[{n}]") for n, item in enumerate(_array(value, field), 1))


def _after(value: object, *, field: str) -> tuple[str, ...]:
    return tuple(check_id(item, field=f"{field}[{n}]") for n, item in enumerate(_array(value, field), 1))


def _env(value: object, *, field: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{field}: {_kind(value)} given, an object of texts is wanted")
    return {
        check_env_name(name, field=field): check_text(text, field=f"{field}.{name}") for name, text in value.items()
    }


#: JSON key → (field of Request, check)
_KEYS: dict[str, tuple[str, Callable[..., Any]]] = {
    "id": ("id", check_id),
    "command": ("command", check_command),
    "queue": ("queue", check_queue),
    "priority": ("priority", check_priority),
    "max_retries": ("max_retries", check_retries),
    "run_at": ("run_at", parse_time),
    "delay": ("delay_s", check_delay),
    "timeout": ("timeout_s", check_timeout),
    "backoff_base": ("backoff_base", check_backoff_base),
    "tags": ("tags", _tags),
    "cwd": ("cwd", check_cwd),
    "env": ("env", _env),
    "after": ("after", _after),
    "on_interrupt": ("on_interrupt", check_on_interrupt),
    "hold": ("hold", _hold),
}
#: Other words for a key.
ALIASES = {"retries": "max_retries", "at": "run_at", "available_at": "run_at", "next_run_at": "run_at"}
#: Every key that a job in JSON may have.
JSON_KEYS = (*_KEYS, *ALIASES)


def from_object(found: object, *, where: str = "") -> Request:
    """Check a decoded JSON object. Raises InvalidInput that names the field, the place and what is allowed."""
    at = f"{where}: " if where else ""
    if not isinstance(found, dict):
        raise InvalidInput(f'{at}{_kind(found)} given, a job is an object such as {{"command": "echo hi"}}')
    values: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for key, value in found.items():
        name = ALIASES.get(key, key)
        if name not in _KEYS:
            near = get_close_matches(str(key), JSON_KEYS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "known are " + ", ".join(_KEYS)
            raise InvalidInput(f"{at}unknown key {_shown(key)}; {hint}")
        if value is None:
            continue
        if name in spelled:
            raise InvalidInput(f"{at}{spelled[name]} and {key} mean the same; give one")
        spelled[name] = key
        field, check = _KEYS[name]
        values[field] = check(value, field=at + key)
    if "command" not in values:
        raise InvalidInput(f"{at}command: is missing")
    if "run_at" in values and "delay_s" in values:
        raise InvalidInput(f"{at}run_at and delay exclude each other; give one")
    return Request(**values)


def from_text(text: str, *, where: str = "") -> list[Request]:
    """Read JSON: one job, or an array of them. Raises InvalidInput that says where, and which of an array."""
    at = f"{where}: " if where else ""
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"{at}broken JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except InvalidInput as error:
        raise InvalidInput(f"{at}{error}") from None
    except RecursionError:
        raise InvalidInput(f"{at}broken JSON: nested too deeply") from None
    except ValueError:
        raise InvalidInput(f"{at}broken JSON: a number has too many digits") from None
    if not isinstance(found, list):
        return [from_object(found, where=where)]
    return [from_object(item, where=f"{at}job {n}{_named(item)}") for n, item in enumerate(found, 1)]


def from_line(line: bytes, number: int) -> list[Request] | None:
    """Read one line of input, without its newline: JSON or a command; None when it is blank."""
    where = f"line {number}"
    try:
        text = line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{where}: is not UTF-8 (byte {error.start + 1})") from None
    if not text.strip():
        return None
    if is_json(text):
        return from_text(text, where=where)
    return [Request(command=check_command(text, field=f"{where}: command"))]


def commands_from_lines(lines: Sequence[bytes]) -> list[str] | None:
    """Read many lines at once, when all are plain commands; None when one of them needs `from_line`."""
    whole = b"\n".join(lines)
    if b"\0" in whole or len(max(lines, key=len, default=b"")) > MAX_COMMAND_BYTES:
        return None
    try:
        texts = whole.replace(b"\r\n", b"\n").removesuffix(b"\r").decode().split("\n")
    except UnicodeDecodeError:
        return None
    commands = [text for text in texts if text and not text.isspace()]
    if any(text[0] in "{[" for text in commands):
        return None
    return commands


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for n, (name, _) in enumerate(pairs) if name in dict(pairs[:n]))
        raise InvalidInput(f"key {_shown(twice)} is given twice")
    return found


def _constant(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is not a number that JSON knows")


def _named(item: object) -> str:
    name = item.get("id") if isinstance(item, dict) else None
    return f" ({name})" if isinstance(name, str) and _ID.fullmatch(name) else ""


def _array(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidInput(f"{field}: {_kind(value)} given, an array of texts is wanted")
    return value


def _integer(value: object, field: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{field}: {_kind(value)} given, a whole number from {low} to {high} is wanted")
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
        raise InvalidInput(f"{field}: {_kind(value)} given, text is wanted")
    if not pattern.fullmatch(value):
        raise InvalidInput(f"{field}: {_shown(value)} is not allowed; {allowed}")
    return value


def _kind(value: object) -> str:
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
