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

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.times import parse_time

#: Letters and digits that nobody mistakes for each other.
ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_ID_LENGTH = 10
_LETTERS = bytes(ord(ID_ALPHABET[byte % len(ID_ALPHABET)]) for byte in range(256))
_JSON_START = re.compile(r"\{|\[(?:[^\s]|\s+\{)")


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
    """Draw ids of 10 characters; in their order, so that many of them go through an index once."""
    letters = random(_ID_LENGTH * count).translate(_LETTERS).decode("ascii")
    return sorted([letters[at : at + _ID_LENGTH] for at in range(0, _ID_LENGTH * count, _ID_LENGTH)])


def quote(words: Sequence[str]) -> str:
    """Make one shell command of an argv."""
    return shlex.join(words)


def is_json(text: str) -> bool:
    """Tell whether a text to enqueue is meant as JSON: it begins with `{`, or with `[` that no shell test would."""
    return _JSON_START.match(text) is not None


def _hold(value: object, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"{field}: {fields.kind(value)} given, true or false is wanted")
    return value


def _tags(value: object, *, field: str) -> tuple[str, ...]:
    return tuple(fields.check_tag(item, field=f"{field}[{n}]") for n, item in enumerate(_array(value, field), 1))


def _after(value: object, *, field: str) -> tuple[str, ...]:
    return tuple(fields.check_id(item, field=f"{field}[{n}]") for n, item in enumerate(_array(value, field), 1))


def _env(value: object, *, field: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{field}: {fields.kind(value)} given, an object of texts is wanted")
    return {
        fields.check_env_name(name, field=field): fields.check_text(text, field=f"{field}.{name}")
        for name, text in value.items()
    }


#: JSON key → (field of Request, check)
_KEYS: dict[str, tuple[str, Callable[..., Any]]] = {
    "id": ("id", fields.check_id),
    "command": ("command", fields.check_command),
    "queue": ("queue", fields.check_queue),
    "priority": ("priority", fields.check_priority),
    "max_retries": ("max_retries", fields.check_retries),
    "run_at": ("run_at", parse_time),
    "delay": ("delay_s", fields.check_delay),
    "timeout": ("timeout_s", fields.check_timeout),
    "backoff_base": ("backoff_base", fields.check_backoff_base),
    "tags": ("tags", _tags),
    "cwd": ("cwd", fields.check_cwd),
    "env": ("env", _env),
    "after": ("after", _after),
    "on_interrupt": ("on_interrupt", fields.check_on_interrupt),
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
        raise InvalidInput(f'{at}{fields.kind(found)} given, a job is an object such as {{"command": "echo hi"}}')
    values: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for key, value in found.items():
        name = ALIASES.get(key, key)
        if name not in _KEYS:
            near = get_close_matches(str(key), JSON_KEYS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "known are " + ", ".join(_KEYS)
            raise InvalidInput(f"{at}unknown key {fields.shown(key)}; {hint}")
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
    return [Request(command=fields.check_command(text, field=f"{where}: command"))]


def commands_from_lines(lines: Sequence[bytes]) -> list[str] | None:
    """Read many lines at once, when all are plain commands; None when one of them needs `from_line`."""
    whole = b"\n".join(lines)
    if b"\0" in whole or len(max(lines, key=len, default=b"")) > fields.MAX_COMMAND_BYTES:
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
        raise InvalidInput(f"key {fields.shown(twice)} is given twice")
    return found


def _constant(name: str) -> NoReturn:
    raise InvalidInput(f"{name} is not a number that JSON knows")


def _named(item: object) -> str:
    name = item.get("id") if isinstance(item, dict) else None
    return f" ({name})" if isinstance(name, str) and fields.ID.fullmatch(name) else ""


def _array(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidInput(f"{field}: {fields.kind(value)} given, an array of texts is wanted")
    return value
