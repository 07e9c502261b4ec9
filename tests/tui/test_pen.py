"""Colours are sent only where they change, and the screen is the same."""

from __future__ import annotations

from typing import Any

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from queuectl_tui.tui.terminal.pen import thin

_CODES = st.sampled_from(["0", "", "1", "2", "4", "7", "31", "96", "44", "103", "38;5;188", "48;5;16", "38;2;1;2;3"])
_COLOURS = st.lists(_CODES, min_size=1, max_size=3).map(lambda codes: f"\x1b[{';'.join(codes)}m")
_PLACES = st.tuples(st.integers(1, 4), st.integers(1, 12)).map(lambda place: f"\x1b[{place[0]};{place[1]}H")
_TEXTS = st.sampled_from(["a", "  ", "  ", "job", "日", "\r\n", "\x1b[K", "\x1b[?2026h"])
_PIECES = st.lists(st.one_of(st.tuples(_COLOURS, _TEXTS).map("".join), _COLOURS, _PLACES, _TEXTS), max_size=12)


def drawn(text: str) -> list[list[Any]]:
    """Draw a text, and give every cell as it is seen: of a blank neither its colour nor its weight is."""
    screen = pyte.Screen(12, 4)
    pyte.Stream(screen).feed(text)
    rows = []
    for y in range(4):
        cells = [screen.buffer[y][x] for x in range(12)]
        rows.append(
            [
                cell._replace(fg="default", bold=False) if cell.data == " " and not cell.reverse else cell
                for cell in cells
            ]
        )
    return rows


@settings(max_examples=400)
@given(_PIECES.map("".join))
def test_the_screen_is_the_same(text: str) -> None:
    """Whatever is drawn where, in whatever colours, every cell looks the same, and no colours stay set."""
    plain = "\x1b[0m."
    assert drawn(thin(text) + ".") == drawn(text + plain)


def test_what_has_the_same_colours_is_drawn_in_one_go() -> None:
    """Colours that are taken back and set again are not sent, nor is the foreground of blanks."""
    one, other = "\x1b[1;38;5;188;48;5;16m", "\x1b[38;5;75;48;5;16m"
    assert thin(f"{one}a\x1b[0m{one}b\x1b[0m") == f"{one}ab\x1b[0m"
    assert thin(f"\x1b[2;1H{one}a\x1b[0m\r\n\x1b[3;1H{one}b\x1b[0m") == f"\x1b[2;1H{one}a\r\n\x1b[3;1Hb\x1b[0m"
    assert thin(f"{one}a\x1b[0m{other}  \x1b[0m{one}b\x1b[0m") == f"{one}a  b\x1b[0m"
    assert (
        thin("\x1b[38;5;1;48;5;16ma\x1b[0m\x1b[38;5;2;48;5;16mb\x1b[0m") == "\x1b[38;5;1;48;5;16ma\x1b[38;5;2mb\x1b[0m"
    )
