"""The keys of where one is, made from the bindings: what help, palette and footer show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from textual.app import App
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.keys import format_key
from textual.screen import Screen

_NAMES = {"enter": "enter", "up": "up", "down": "down", "left": "left", "right": "right", "backspace": "backspace"}
_ORDER = ("Jobs", "Marks", "Workers", "Attempts", "Output", "View", "Moving", "Everywhere", "In ")


class Key(NamedTuple):
    """One act and the keys that do it."""

    id: str
    keys: tuple[str, ...]
    label: str
    tooltip: str
    #: What `run_action` runs, and on what.
    action: str
    node: DOMNode
    legal: bool
    shown: bool


class Group(NamedTuple):
    """Keys that belong together, under the title of the class that declares them."""

    title: str
    keys: tuple[Key, ...]


def keys(screen: Screen[Any]) -> list[Key]:
    """Give every key that can be pressed on a screen now, nearest to the focus first."""
    found: dict[str, list[ActiveBinding]] = {}
    for active in screen.active_bindings.values():
        if active.binding.id is not None:
            found.setdefault(active.binding.id, []).append(active)
    return [_key(screen.app, name, actives) for name, actives in found.items()]


def groups(screen: Screen[Any]) -> list[Group]:
    """Give the same by the classes that declare them, in the order they are declared: own keys change no places."""
    found: dict[str, list[Key]] = {}
    for key in keys(screen):
        found.setdefault(_title(key), []).append(key)
    return [Group(title, tuple(_in_order(found[title]))) for title in sorted(found, key=by_title)]


def display(key: str) -> str:
    """Name a key as people do, in ASCII."""
    return _NAMES.get(key) or format_key(key)


def by_title(title: str) -> int:
    """Put what is done to jobs first, and what holds everywhere last; the keys of a part stand before both."""
    return next((n for n, begin in enumerate(_ORDER) if title.startswith(begin)), -1)


def _key(app: App[Any], name: str, actives: Sequence[ActiveBinding]) -> Key:
    first = actives[0]
    shown = dict.fromkeys(app.get_key_display(active.binding) for active in actives)
    binding = first.binding
    return Key(
        name,
        tuple(shown),
        binding.description,
        binding.tooltip,
        binding.action,
        first.node,
        first.enabled,
        binding.show,
    )


def _in_order(keys: Sequence[Key]) -> list[Key]:
    places = {key.id: _place(key) for key in keys}
    kinds = list(dict.fromkeys(kind for kind, _ in places.values()))
    return sorted(keys, key=lambda key: (kinds.index(places[key.id][0]), places[key.id][1]))


def _place(key: Key) -> tuple[type, int]:
    """Give the nearest class that declares a key, and the place it has there."""
    for kind in type(key.node).__mro__:
        ids = [getattr(binding, "id", None) for binding in kind.__dict__.get("BINDINGS", ())]
        if key.id in ids:
            return kind, ids.index(key.id)
    return object, 0


def _title(key: Key) -> str:
    """Give the help title of the class that declares a key: the last one of the bases that has it."""
    title = ""
    for kind in type(key.node).__mro__:
        declared = kind.__dict__.get("BINDINGS", ())
        if any(getattr(binding, "id", None) == key.id for binding in declared):
            title = kind.__dict__.get("KEYS_TITLE", title)
    return title or "Everywhere"
