"""What is done to every line just before it is drawn: without colours, and in ASCII alone."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_ASCII = {
    **dict.fromkeys("─━┄┅┈┉╌╍╴╶╸╺═▁▂▔▀▄", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏╵╷╹╻║▏▎▍▕▐▌", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋▛▜▙▟▖▗▘▝", "+"),
    **dict.fromkeys("█▓▇▆▊▋▉", "#"),
    **dict.fromkeys("▒▅▃", "="),
    **dict.fromkeys("░", "."),
    **dict.fromkeys("·•∙", "."),
    **dict.fromkeys("●✱", "*"),
    "…": "~",
    **dict.fromkeys("←◀◂", "<"),
    **dict.fromkeys("→▶▸", ">"),
    **dict.fromkeys("↑▲▴", "^"),
    **dict.fromkeys("↓▼▾", "v"),
    **dict.fromkeys("◆■", "#"),
    **dict.fromkeys("◇○□", "o"),
    "✓": "+",
    "✗": "x",
    "↻": "~",
    "↳": "\\",
    "\u00a0": " ",
}


class NoColours(LineFilter):
    """Take the colours away, and leave bold, dim, underlined and reversed."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Change the segments of a line."""
        del background
        return [Segment(text, _colourless(style), control) for text, style, control in segments]


class Ascii(LineFilter):
    """Put an ASCII character in each cell, whatever the line was made of."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Change the segments of a line."""
        del background
        return [Segment(text if text.isascii() else _plain(text), style, control) for text, style, control in segments]


@lru_cache(1024)
def _colourless(style: Style | None) -> Style | None:
    return None if style is None else style.without_color


@lru_cache(4096)
def _plain(text: str) -> str:
    return "".join(char if char.isascii() else _ASCII.get(char) or "?" * cell_len(char) for char in text)
