"""The pen that draws: colours are sent only where the next text has others. Pure.

Textual sends them anew with each piece of text, and takes them back after it: over a slow line that is most of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_COLOURS = re.compile(r"\x1b\[([0-9;]*)m")
#: What only goes somewhere: it is the same with any colours.
_MOVES = re.compile(r"(?:\x1b\[[0-9;]*H|\r\n)+")
#: What is seen of a blank beside its background: underlined, reverse, struck out, twice underlined, overlined.
_SEEN_ON_BLANKS = frozenset(("4", "7", "9", "21", "53"))


class _Look(NamedTuple):
    """How text looks: SGR codes of its foreground, its background and whatever else there is (ECMA-48, 8.3.117)."""

    front: str = ""
    ground: str = ""
    rest: frozenset[str] = frozenset()


_PLAIN = _Look()


def thin(text: str) -> str:
    """Give what draws the same with less; both begin and end with no colours set."""
    parts: list[str] = []
    now = wanted = _PLAIN
    at = 0
    for found in _COLOURS.finditer(text):
        if found.start() > at:
            now = _draw(parts, text[at : found.start()], now, wanted)
        wanted = _after(wanted, found[1])
        at = found.end()
    if at < len(text):
        now = _draw(parts, text[at:], now, wanted)
    parts.append(_change(now, _PLAIN))
    return "".join(parts)


def _draw(parts: list[str], text: str, now: _Look, wanted: _Look) -> _Look:
    """Add a piece that is drawn as wanted, and give how the pen is then."""
    if not (now == wanted or _MOVES.fullmatch(text) or (text.isspace() and _alike_on_blanks(now, wanted))):
        parts.append(_change(now, wanted))
        now = wanted
    parts.append(text)
    return now


def _alike_on_blanks(one: _Look, other: _Look) -> bool:
    return one.ground == other.ground and not (one.rest | other.rest) & _SEEN_ON_BLANKS


@lru_cache(1024)
def _after(look: _Look, codes: str) -> _Look:
    """Apply what one sequence says."""
    left = codes.split(";")
    while left:
        code = left.pop(0)
        if code in ("", "0"):
            look = _PLAIN
        elif code in ("38", "48"):
            length = {"5": 2, "2": 4}.get(left[0] if left else "", len(left))
            colour = ";".join((code, *left[:length]))
            del left[:length]
            look = look._replace(front=colour) if code == "38" else look._replace(ground=colour)
        elif code.isdecimal() and 30 <= int(code) % 60 <= 37:
            look = look._replace(front=code)
        elif code.isdecimal() and 40 <= int(code) % 60 <= 47:
            look = look._replace(ground=code)
        else:
            look = look._replace(rest=look.rest | {code})
    return look


@lru_cache(4096)
def _change(now: _Look, wanted: _Look) -> str:
    """Give the sequence from one look to another."""
    if now == wanted:
        return ""
    if wanted == _PLAIN:
        return "\x1b[0m"
    codes = []
    if now.rest - wanted.rest:
        # What ends each of them is not the same everywhere.
        codes, now = ["0"], _PLAIN
    codes += sorted(wanted.rest - now.rest)
    if now.front != wanted.front:
        codes.append(wanted.front or "39")
    if now.ground != wanted.ground:
        codes.append(wanted.ground or "49")
    return f"\x1b[{';'.join(codes)}m"
