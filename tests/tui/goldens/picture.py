"""Pictures of the screen in every theme, as text: the lines, where each style begins in them, and what the styles are.

Of each line there stand the columns at which another style begins, each with the name of the style; lines in a row that
have the same stand together. Below them are the styles, each as it is in every theme.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from string import ascii_lowercase, digits
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

_ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")
_RULE = "-" * 20
_COLUMN = 36


class Shot(NamedTuple):
    """The screen in one theme: its lines, and of each line the style of every cell."""

    lines: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]


def shoot(strips: Iterable[Iterable[Segment]]) -> Shot:
    """Take what the screen shows."""
    lines, styles = [], []
    for strip in strips:
        segments = [segment for segment in strip if segment.text and not segment.control]
        lines.append("".join(segment.text for segment in segments).rstrip())
        styles.append(tuple(_style(segment.style) for segment in segments for _ in range(segment.cell_length)))
    return Shot(tuple(lines), tuple(styles))


@cache
def _style(style: Style | None) -> str:
    style = style or Style.null()
    words = [name for name in _ATTRIBUTES if getattr(style, name)]
    ink, ground = (
        "default" if colour is None else colour.triplet.hex if colour.triplet else colour.name
        for colour in (style.color, style.bgcolor)
    )
    return " ".join((*words, ink, "on", ground))


def write(themes: Sequence[str], shots: Sequence[Shot]) -> str:
    """Write the same screen in some themes."""
    lines = shots[0].lines
    assert all(shot.lines == lines for shot in shots), "a theme changes colours alone"
    names: dict[tuple[str, ...], str] = {}
    rows = []
    for styles in zip(*(shot.styles for shot in shots), strict=True):
        cells = [names.setdefault(cell, _name(len(names))) for cell in zip(*styles, strict=True)]
        rows.append(" ".join(f"{column}{name}" for column, name in _begins(cells)) + f" {len(cells)}")
    runs = []
    numbers = iter(range(len(rows)))
    for row, same in groupby(rows):
        taken = [next(numbers) for _ in same]
        runs.append(f"{taken[0]}-{taken[-1]}: {row}" if taken[1:] else f"{taken[0]}: {row}")
    legend = [_columns(name, looks) for looks, name in names.items()]
    return "\n".join([*lines, _RULE, *runs, _RULE, _columns("", themes), *legend]) + "\n"


def read(text: str) -> dict[str, Shot]:
    """Give the screens by their themes."""
    picture, runs, legend = (part.split("\n") for part in text.rstrip("\n").rsplit(f"\n{_RULE}\n", 2))
    (_, *themes), *rows = ([cell.strip() for cell in row.split("|")] for row in legend)
    looks = {name: found for name, *found in rows}
    cells: list[list[str]] = []
    for run in runs:
        numbers, _, row = run.partition(": ")
        first, _, last = numbers.partition("-")
        cells += [list(_cells(row.split()))] * (int(last or first) - int(first) + 1)
    return {
        theme: Shot(tuple(picture), tuple(tuple(looks[name][n] for name in line) for line in cells))
        for n, theme in enumerate(themes)
    }


def differences(old: Shot, new: Shot) -> list[str]:
    """Tell line by line what has become of a screen: both lines, and where the style is another one."""
    told = []
    height = max(len(old.lines), len(new.lines))
    for n in range(height):
        before, after = (shot.lines[n] if n < len(shot.lines) else None for shot in (old, new))
        if before != after:
            told += [f"line {n}", f"  - {before}", f"  + {after}"]
        found = (shot.styles[n] if n < len(shot.styles) else () for shot in (old, new))
        changes = list(_changes(*found))
        if changes and before == after:
            told += [f"line {n}", f"    {after}"]
        told += changes
    return told


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Tell where the style of cells is another one."""
    width = max(len(old), len(new))
    pairs = zip(*([*cells, *["nothing"] * (width - len(cells))] for cells in (old, new)), strict=True)
    for pair, same in groupby(enumerate(pairs), key=lambda item: item[1]):
        columns = [column for column, _ in same]
        if pair[0] != pair[1]:
            yield f"    columns {columns[0]}-{columns[-1]}: {pair[0]} -> {pair[1]}"


def _begins(cells: Sequence[str]) -> Iterator[tuple[int, str]]:
    for column, name in enumerate(cells):
        if column == 0 or cells[column - 1] != name:
            yield column, name


def _cells(words: Sequence[str]) -> Iterator[str]:
    """Give the style of every cell again."""
    columns = [int(word.rstrip(ascii_lowercase)) for word in words]
    # The last word is the width alone.
    for word, column, end in zip(words, columns, columns[1:], strict=False):
        yield from [word.lstrip(digits)] * (end - column)


def _name(number: int) -> str:
    """Name styles a to z, then aa, ab."""
    before, letter = divmod(number, len(ascii_lowercase))
    return (_name(before - 1) if before else "") + ascii_lowercase[letter]


def _columns(name: str, looks: Sequence[str]) -> str:
    return " | ".join((f"{name:<2}", *(f"{look:<{_COLUMN}}" for look in looks))).rstrip()
