"""What a person sees: the program in a real terminal, its bytes drawn by a terminal emulator."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyte

from tests.program import Program, wait_for
from tests.terminal import Terminal


class Screen(Terminal):
    """A terminal whose picture can be looked at; `show` waits until it shows something."""

    def __init__(self, program: Program, *args: str | Path, columns: int = 120, rows: int = 34, **options: Any) -> None:
        super().__init__(program, *args, columns=columns, rows=rows, **options)
        self._picture = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._picture)
        self._drawn = 0
        #: The picture as it was read last: to read it takes longer than to look whether anything has come since.
        self._lines: list[str] = []

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        super().resize(columns, rows)
        if hasattr(self, "_picture"):
            self._picture.resize(rows, columns)
            self._lines = []

    @property
    def lines(self) -> list[str]:
        """The picture now, line by line."""
        while self._read(0.02):
            pass
        # pyte knows neither private parameters after `>` and `<` nor `=`: terminals that do not know them skip them.
        new = re.sub(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z]", b"", self.seen[self._drawn :])
        if new or not self._lines:
            self._drawn = len(self.seen)
            self._stream.feed(new)
            self._lines = [line.rstrip() for line in self._picture.display]
        return self._lines

    @property
    def cells(self) -> list[str]:
        """The picture now, a character for each cell: the second one of a wide character is NUL."""
        lines = self.lines
        rows, columns = len(lines), self._picture.columns
        return ["".join((self._picture.buffer[y][x].data or "\0")[0] for x in range(columns)) for y in range(rows)]

    def colour(self, row: int, column: int) -> str:
        """The colour of the text of a cell as it was last drawn: six hex digits, or a name."""
        return str(self._picture.buffer[row][column].fg)

    def watch(self, seconds: float) -> None:
        """Read whatever comes for so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    @property
    def picture(self) -> str:
        """The picture now."""
        return "\n".join(self.lines)

    def shows(self, *words: str, timeout_s: float = 20.0) -> str:
        """Wait until the picture shows all the words; gives the picture."""
        return self.until(lambda text: all(word in text for word in words), what=f"{words} on the screen", s=timeout_s)

    def gone(self, words: str) -> str:
        """Wait until the picture shows some words no more; gives the picture."""
        return self.until(lambda text: words not in text, what=f"no {words!r} on the screen")

    def until(self, holds: Callable[[str], object], *, what: str, s: float = 20.0) -> str:
        """Wait until something holds for the picture; gives the picture."""
        try:
            wait_for(lambda: holds(self.picture), what=what, timeout_s=s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.picture}") from None
        return self.picture

    def keys(self, *keys: str) -> None:
        """Press keys, one by one."""
        for key in keys:
            self.send(KEYS.get(key, key))


KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "ctrl+c": "\x03",
    "ctrl+z": "\x1a",
}
