"""A line of output is drawn safely, in its colours, and fits its cells."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style

from queuectl_tui.rules.safe import block, decode
from queuectl_tui.tui.log.text import Shown, Slice

_HARM = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_BASE = Style(bold=True)
_SEQUENCES = ["\x1b[31m", "\x1b[1;44m", "\x1b[38;5;300m", "\x1b[48;2;1;2;3m", "\x1b[0m", "\x1b]0;x\x07", "\x1b[2J"]
_CHARS = [
    "a",
    "b\t",
    "\t",
    "日",
    "é",
    "e\u0301",
    "\u0301",
    "😀",
    "\u202e",
    "\x00",
    "\x1b",
    "\ufe0f",
    "한",
    "ᄀ",
    "\x9b31m",
]
hostile = st.lists(st.sampled_from([*_SEQUENCES, *_CHARS]), max_size=30).map("".join)
lines = st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | hostile.map(str.encode)


def drawn(shown: Shown, part: Slice) -> str:
    return "".join(segment.text for segment in shown.segments(part, _BASE, ()))


@given(lines, st.integers(1, 20), st.integers(0, 70), st.booleans())
def test_nothing_harmful_is_drawn_and_all_fits(data: bytes, width: int, left: int, ascii_only: bool) -> None:
    """No control reaches a segment, whatever the bytes; a slice has at most its cells, and a window exactly its own."""
    data = data.replace(b"\n", b"")
    shown = Shown(data, ascii_only=ascii_only)
    assert not _HARM.search(shown.text)
    assert shown.text.isascii() or not ascii_only
    window = shown.window(left, width)
    text = drawn(shown, window)
    assert not _HARM.search(text)
    assert cell_len(text) <= width
    assert cell_len(text) >= min(width, shown.cells - left) - 1
    wrapped = shown.wrapped(max(2, width))
    assert "".join(drawn(shown, part) for part in wrapped) == shown.text
    assert all(cell_len(drawn(shown, part)) <= max(2, width) for part in wrapped)


@given(lines)
def test_the_text_is_that_of_the_safe_block(data: bytes) -> None:
    """Colours taken out and tabs put in, it is what the command line would print."""
    data = data.replace(b"\n", b"").replace(b"\t", b"")
    assert Shown(data).text == block(decode(data))


@pytest.mark.parametrize(
    ("data", "width", "slices"),
    [
        ("abcdef", 4, ["abcd", "ef"]),
        ("日本語", 4, ["日本", "語"]),
        ("a日本", 4, ["a日", "本"]),
        ("ae\u0301b", 2, ["ae\u0301", "b"]),
        ("", 4, [""]),
        ("日", 1, ["日"]),
    ],
)
def test_wrapping(data: str, width: int, slices: list[str]) -> None:
    """Wide characters are not cut apart, and marks stay with their character."""
    shown = Shown(data.encode())
    assert [shown.text[part.start : part.end] for part in shown.wrapped(width)] == slices or not data


def test_a_window_of_wide_characters() -> None:
    """Where an edge halves a wide character, its half in view is blank."""
    shown = Shown("日本語e\u0301x".encode())
    assert [drawn(shown, shown.window(left, 4)) for left in range(4)] == ["日本", " 本", "本語", " 語e\u0301"]
    assert drawn(shown, shown.window(7, 4)) == "x"
    assert drawn(shown, shown.window(50, 4)) == ""


def test_tabs_stand_at_every_eighth_column() -> None:
    """A tab goes on to the next multiple of eight cells, after wide characters too; colours move along."""
    assert Shown("a\tb\t日\tc".encode()).text == "a       b       日      c"
    shown = Shown(b"a\t\x1b[31mred\x1b[0m")
    assert shown.spans == [(8, 11, Style(color=Color.from_ansi(1)))]


def test_colours_are_kept_as_styles() -> None:
    """16, 256 and true colours are drawn, a reset ends them, bold and the rest of a sequence goes."""
    shown = Shown(b"\x1b[1;31ma\x1b[92;44mb\x1b[39mc\x1b[0md\x1b[38;5;208me\x1b[48;2;1;2;3mf\x1b[mg\x1b[38;5;300mh")
    segments = list(shown.segments(Slice(0, len(shown.text)), _BASE, ()))
    colours = [(s.text, s.style.color, s.style.bgcolor) for s in segments if s.style]
    assert colours == [
        ("a", Color.from_ansi(1), None),
        ("b", Color.from_ansi(10), Color.from_ansi(4)),
        ("c", None, Color.from_ansi(4)),
        ("d", None, None),
        ("e", Color.from_ansi(208), None),
        ("f", Color.from_ansi(208), Color.from_rgb(1, 2, 3)),
        ("g", None, None),
        ("h", None, None),
    ]
    assert all(s.style and s.style.bold for s in segments)


def test_marks_lie_over_colours() -> None:
    """What was searched for is marked, whatever colour it has, and the rest stays as it is."""
    mark = Style(reverse=True)
    shown = Shown(b"ab\x1b[31mcdef")
    segments = list(shown.segments(Slice(1, 6), Style(), [(0, 3, mark), (4, 5, mark)]))
    assert [(s.text, bool(s.style and s.style.reverse)) for s in segments] == [
        ("b", True),
        ("c", True),
        ("d", False),
        ("e", True),
        ("f", False),
    ]
