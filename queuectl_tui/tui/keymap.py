"""The person's own keys: `keys.toml` in the config folder, checked before anything is drawn."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import ModalScreen, Screen

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.tui.key_list import display

NAME = "keys.toml"
_MODIFIERS = {"ctrl", "alt", "shift", "super", "hyper", "meta"}
_NAMED = {key.value for key in Keys if key.value.isalnum()} - {"return"} | set(KEY_NAME_REPLACEMENTS.values())


class Declared(NamedTuple):
    """A binding and the class that declares it."""

    kind: type[DOMNode]
    binding: Binding


def declared() -> list[Declared]:
    """Give the bindings of all classes of the UI that are loaded, those with an id."""
    return [
        Declared(kind, binding)
        for kind in _classes(DOMNode)
        if kind.__module__.startswith("queuectl_tui.")
        for binding in Binding.make_bindings(vars(kind).get("BINDINGS", ()))
        if binding.id is not None
    ]


def named(app: App[Any], name: str) -> str:
    """Name the first key of an act, as it is now."""
    keys = getattr(app, "own_keys", {}).get(name) or _defaults()[name]
    return display(keys.split(",")[0].strip())


@cache
def _defaults() -> dict[str, str]:
    return {found.binding.id or "": found.binding.key for found in reversed(declared())}


def load(folder: Path | None) -> dict[str, str]:
    """Give the keys of acts by their ids, as Textual takes them; none where there is no file."""
    if folder is None:
        return {}
    path = folder / NAME
    if path.is_fifo():
        raise InvalidInput(f"{path}: is a pipe, not a file")
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: cannot be read: {error}") from None
    try:
        return _checked(text)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from None


def _checked(text: str) -> dict[str, str]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(str(error)) from None
    if others := sorted(table.keys() - {"keys"}):
        raise InvalidInput(f"{_line(text, others[0])}{others[0]!r} is not known; keys stand in the table [keys]")
    given: Any = table.get("keys", {})
    if not isinstance(given, dict):
        raise InvalidInput(f'{_line(text, "keys")}[keys] is a table: retry = "r"')
    ids = {found.binding.id or "" for found in declared()}
    found = {}
    for name, value in given.items():
        where = _line(text, name)
        if name not in ids:
            near = difflib.get_close_matches(name, ids, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise InvalidInput(f"{where}no act is called {name!r}{hint}; there are: {', '.join(sorted(ids))}")
        found[name] = ",".join(_key(key, f"{where}{name}: ") for key in _listed(value, f"{where}{name}: "))
    if clash := next(_clashes(found), None):
        name, other, key = clash
        raise InvalidInput(f"{_line(text, name)}{name}: the key {key!r} is that of {other} as well, in the same place")
    return found


def _listed(value: object, where: str) -> list[str]:
    """Give one or several keys: `"r"`, `"r,ctrl+r"`, `["r", "ctrl+r"]`."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(key, str) and key.strip() for key in found):
        raise InvalidInput(f'{where}a key is wanted, or several: "r", "r,ctrl+r"; that of a comma is "comma"')
    return [str(key).strip() for key in found]


def _key(text: str, where: str) -> str:
    """Give a key by the name that Textual knows."""
    *modifiers, base = text.split("+") if len(text) > 1 else [text]
    if len(base) == 1 and not base.isalnum():
        base = _name(base)
    known = len(base) == 1 or base in _NAMED or key_to_character(base) is not None
    if not known or not set(modifiers) <= _MODIFIERS:
        raise InvalidInput(
            f"{where}{text!r} is no key; keys are r, R, 1, f5, enter, pagedown, ctrl+r, question_mark, …"
        )
    if "shift" in modifiers and len(base) == 1:
        raise InvalidInput(f"{where}{text!r} is typed as {base.upper()!r}: write that")
    return "+".join((*sorted(modifiers), base))


def _name(char: str) -> str:
    """Name a sign as Textual does: by its Unicode name."""
    name = unicodedata.name(char, "").lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _line(text: str, name: str) -> str:
    """Say on which line a name is set, as far as that can be told."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[?\s*[\"']?{re.escape(name)}[\"']?\s*[=.\]]", line):
            return f"line {number}: "
    return ""


def _clashes(keymap: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Give each pair of acts that one key would do in one place, and the key: not what shadows another by design."""
    for place in places():
        before, after = _keys(place, {}), _keys(place, keymap)
        for (name, keys), (other, others) in combinations(after.items(), 2):
            for key in sorted(keys & others):
                if key not in before[name] & before[other]:
                    yield (name, other, key) if name in keymap else (other, name, key)


def _keys(place: Iterable[Declared], keymap: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for _, binding in place:
        name = binding.id or ""
        keys = keymap[name].split(",") if name in keymap else [binding.key]
        found.setdefault(name, set()).update(keys)
    return found


def places() -> list[list[Declared]]:
    """Give what can be pressed together: in each dialog, and in each part of a screen with the screen and the app."""
    all_ = declared()
    kinds = dict.fromkeys(found.kind for found in all_)
    screens = [kind for kind in _leaves(kinds) if issubclass(kind, Screen)]
    parts = [kind for kind in _leaves(kinds) if not issubclass(kind, Screen | App)]
    found = []
    for screen in screens:
        modal = issubclass(screen, ModalScreen)
        around = [one for one in all_ if issubclass(screen, one.kind)]
        around += [one for one in all_ if issubclass(one.kind, App) and (one.binding.priority or not modal)]
        inner = [] if modal else parts
        found += [around + [one for one in all_ if issubclass(part, one.kind)] for part in inner] or [around]
    return found


def _classes(kind: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for below in kind.__subclasses__():
        yield below
        yield from _classes(below)


def _leaves(kinds: Iterable[type[DOMNode]]) -> list[type[DOMNode]]:
    """Give the classes that no other one builds on, wherever they got their keys from."""
    ours = [kind for kind in dict.fromkeys(_classes(DOMNode)) if kind.__module__.startswith("queuectl_tui.")]
    wanted = [kind for kind in ours if any(issubclass(kind, other) for other in kinds)]
    return [kind for kind in wanted if not any(other is not kind and issubclass(other, kind) for other in wanted)]
