"""How things are written: lines and tables for people, one JSON document for scripts."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from queuectl_tui.rules.safe import line, width

_COLOURS = {"completed": "32", "processing": "36", "failed": "33", "dead": "31", "lost": "31", "stalled": "33"}
_GAP = "  "
#: So many rows are made before they are printed.
_AT_ONCE = 2000

T = TypeVar("T")


def document(found: object) -> None:
    """Print one JSON document, ASCII only."""
    sys.stdout.write(json.dumps(found, indent=2 if sys.stdout.isatty() else None) + "\n")


def parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Give items of any number in lists of bounded length; no list when there are none.

    What fails before the first is full has printed nothing.
    """
    left = iter(items)
    while part := list(islice(left, _AT_ONCE)):
        yield part


def array(items: Iterable[Any]) -> None:
    """Print a JSON array in bounded memory; one that breaks off is left open, so that nobody takes it for whole."""
    before = "["
    for part in parts(items):
        sys.stdout.write(before + ",\n ".join(map(json.dumps, part)))
        before = ",\n "
    sys.stdout.write("[]\n" if before == "[" else "]\n")


def lines(texts: Iterable[str]) -> None:
    """Print lines, each made safe."""
    for text in texts:
        sys.stdout.write(line(text) + "\n")


def note(text: str) -> None:
    """Say something on stderr, made safe."""
    sys.stdout.flush()
    # What cannot be said does not make undone what was done.
    with contextlib.suppress(OSError):
        sys.stderr.write("\n".join(line(part) for part in text.split("\n")) + "\n")
        sys.stderr.flush()


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = (), headless: bool = False
) -> None:
    """Print a table; on a terminal the last column is cut to its width. Cells are made safe."""
    cells = [list(heads), *([line(cell) for cell in row] for row in rows)]
    widths = [max(width(row[n]) for row in cells) for n in range(len(heads))]
    limit = terminal_width()
    for number, row in enumerate(cells[headless:], int(headless)):
        padded = []
        for n, cell in enumerate(row):
            blank = " " * (widths[n] - width(cell))
            padded.append(blank + cell if heads[n] in right else cell + blank)
        text = _GAP.join(padded).rstrip()
        if limit is not None:
            text = cut(text, limit)
        sys.stdout.write(_coloured(text, row, bold=number == 0) + "\n")


def fields(pairs: Iterable[tuple[str, str]]) -> None:
    """Print named values, one a line."""
    pairs = list(pairs)
    name_width = max((len(name) for name, _ in pairs), default=0)
    lines(f"{name:<{name_width}}{_GAP}{value}" for name, value in pairs)


def cut(text: str, cells: int) -> str:
    """Cut a safe text to so many cells."""
    if width(text) <= cells:
        return text
    while text and width(text) > cells - 1:
        text = text[: min(len(text) - 1, cells)]
    return text + "…"


def terminal_width() -> int | None:
    """Give the width of the terminal; None when stdout is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _coloured(text: str, row: Sequence[str], *, bold: bool) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    if bold:
        return f"\x1b[1m{text}\x1b[0m"
    for cell in row:
        if cell in _COLOURS:
            return re.sub(rf"(?<!\S){cell}(?!\S)", f"\x1b[{_COLOURS[cell]}m{cell}\x1b[0m", text, count=1)
    return text
