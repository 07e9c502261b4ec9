"""The filter language of lists: words and `key:value` terms, all of which must hold. Pure.

ffmpeg exit:137 queue:video,sync age<6h !tag:nightly error:"no space"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from signal import Signals
from typing import NamedTuple

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import check_text
from queuectl_tui.rules.states import REASONS, STATES
from queuectl_tui.rules.times import parse_duration

_LONGEST = 1000
_OPERATORS = re.compile(r"<=|>=|<|>|=|:")
#: What looks like a key: `--preset=slow` is a word.
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]*")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([kmg]?)(i?b)?", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_EQUALS = (":", "=")
_COMPARES = (*_EQUALS, "<", "<=", ">", ">=")
_ORDERS = _COMPARES[2:]
#: Keys whose answer changes as time goes by, though nothing happens to the job.
_OF_TIME = {"age", "ended", "due", "took"}


class Key(NamedTuple):
    """What can be asked of a job: by which operators, and how a value is read."""

    name: str
    operators: tuple[str, ...]
    read: Callable[[str], str | int]
    help: str
    others: tuple[str, ...] = ()


class Term(NamedTuple):
    """One condition: of a key, or (key None) a word in id, command or error; any of the values will do."""

    key: str | None
    operator: str
    values: tuple[str | int, ...]
    negated: bool = False


class Filter(NamedTuple):
    """Conditions that must all hold."""

    terms: tuple[Term, ...]

    @property
    def ages(self) -> bool:
        """What it takes may be other jobs later, though nothing has happened to them."""
        return any(term.key in _OF_TIME for term in self.terms)


def _number(text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 12):
        raise InvalidInput("a whole number is wanted")
    return int(text)


def _exit(text: str) -> int:
    """Read an exit code, or the name of a signal as the code that a shell gives it."""
    if text.isascii() and text.isdigit():
        return _number(text)
    name = text.upper().removeprefix("SIG")
    try:
        return 128 + Signals[f"SIG{name}"]
    except KeyError:
        raise InvalidInput("an exit code, or a signal such as KILL, is wanted") from None


def _duration(text: str) -> int:
    """Read a duration, in ms."""
    try:
        return round(min(parse_duration(text), 1e13) * 1000)
    except InvalidInput:
        raise InvalidInput("a duration such as 90s, 10m, 2h, 3d is wanted") from None


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text) if text.isascii() and len(text) < 20 else None
    if match is None:
        raise InvalidInput("a size such as 4096, 10k, 2M is wanted")
    return int(float(match[1]) * _FACTORS[match[2].lower()])


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        found = [name for name in names if name.startswith(text.lower())] if text else []
        if len(found) != 1:
            raise InvalidInput(f"one of {', '.join(names)} is wanted")
        return found[0]

    return read


_TABLE = (
    Key("id", _EQUALS, str, "a part of the id"),
    Key("command", _EQUALS, str, "a part of the command", ("cmd",)),
    Key("error", _EQUALS, str, "a part of the error", ("err",)),
    Key("state", _EQUALS, _one_of(*(state.value for state in STATES)), "pending, processing, …"),
    Key("queue", _EQUALS, str, "the queue's name", ("q",)),
    Key("tag", _EQUALS, str, "a tag"),
    Key("worker", _EQUALS, str, "the worker of the last run"),
    Key("reason", _EQUALS, _one_of(*REASONS), "why it is dead"),
    Key("held", _EQUALS, _one_of("yes", "no"), "yes or no"),
    Key("prio", _COMPARES, _number, "the priority", ("priority",)),
    Key("tries", _COMPARES, _number, "attempts so far", ("try", "attempts")),
    Key("exit", _COMPARES, _exit, "the exit code; a signal by name, or 128 and its number"),
    Key("age", _ORDERS, _duration, "since it was enqueued"),
    Key("ended", _ORDERS, _duration, "since its last run ended", ("when", "finished")),
    Key("took", _ORDERS, _duration, "how long its last run took, or has taken by now"),
    Key("due", _ORDERS, _duration, "until it may start, if it waits"),
    Key("output", _COMPARES, _size, "bytes that its last run printed"),
)
#: Every key, by name.
KEYS: dict[str, Key] = {key.name: key for key in _TABLE}
_BY_NAME = {name: key for key in _TABLE for name in (key.name, *key.others)}


def parse(text: str) -> Filter | None:
    """Read a filter; None when it is blank. Raises InvalidInput that says where it is wrong, and what is allowed."""
    if len(text) > _LONGEST:
        raise InvalidInput(f"filter: is longer than {_LONGEST} characters")
    check_text(text, field="filter")
    terms: list[Term] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        term, at = _term(text, at)
        terms.append(term)
    return Filter(tuple(terms)) if terms else None


def _term(text: str, begin: int) -> tuple[Term, int]:
    at = begin
    negated = text.startswith("!", at)
    at += negated
    name = _NAME.match(text, at)
    operator = _OPERATORS.match(text, name.end()) if name else None
    if name and operator:
        key = _key(name[0], at)
        if operator[0] not in key.operators:
            raise _wrong(operator.start(), f"{key.name} takes {' '.join(key.operators)}")
        values, end = _values(text, operator.end(), key)
        return Term(key.name, operator[0], values, negated), end
    if name and name[0].lower() in _BY_NAME and text.startswith("!=", name.end()):
        raise _wrong(name.end(), f"write !{name[0]}:… for what is not so")
    word, end = _quoted(text, at, stop_at_comma=False)
    if not word:
        raise _wrong(begin, "a word is missing after !" if negated else "an empty word")
    return Term(None, ":", (word,), negated), end


def _key(name: str, at: int) -> Key:
    found = _BY_NAME.get(name.lower())
    if found is None:
        near = get_close_matches(name.lower(), _BY_NAME, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(KEYS)}; in quotes it is a word"
        raise _wrong(at, f"no key {name!r}; {hint}")
    return found


def _values(text: str, at: int, key: Key) -> tuple[tuple[str | int, ...], int]:
    values = []
    while True:
        begin = at
        value, at = _quoted(text, at, stop_at_comma=True)
        if not value:
            raise _wrong(begin, f"{key.name}: a value is missing")
        try:
            values.append(key.read(value))
        except InvalidInput as error:
            raise _wrong(begin, f"{key.name}: {error}") from None
        if not text.startswith(",", at):
            return tuple(values), at
        at += 1


def _quoted(text: str, at: int, *, stop_at_comma: bool) -> tuple[str, int]:
    """Read a word up to a blank; parts in quotes may hold anything."""
    found: list[str] = []
    while at < len(text) and not text[at].isspace() and not (stop_at_comma and text[at] == ","):
        quote = text[at]
        if quote not in "\"'":
            found.append(quote)
            at += 1
            continue
        end = text.find(quote, at + 1)
        if end < 0:
            raise _wrong(at, f"the quote {quote} is not closed")
        found.append(text[at + 1 : end])
        at = end + 1
    return "".join(found), at


def _wrong(at: int, why: str) -> InvalidInput:
    return InvalidInput(f"filter: at {at + 1}: {why}")
