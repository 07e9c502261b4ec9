"""The main screens look as they did, cell by cell, in the dark, the light and the terminal's own colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from rich.cells import cell_len
from textual.color import Color

from queuectl_tui.tui.themes import contrast
from tests.tui.goldens.files import FOLDER, compare, file_of
from tests.tui.goldens.picture import Shot, read
from tests.tui.goldens.scenes import THEMES, WALKS, Walk

#: A colour of a theme is in many places.
_TOLD = 120
#: What is less than this many times as bright as its ground, or as dark, is hard to read.
_READABLE = 4.5


def _name(walk: Walk) -> str:
    return f"{walk.folder}-{walk.scenes[0].name}"


@pytest.mark.parametrize("walk", WALKS, ids=_name)
def test_the_screens_look_as_they_did(walk: Walk) -> None:
    """No character and no colour of a screen is another one than in its golden file."""
    # Sizes do not change colours: one is seen in every theme.
    _expect(walk, THEMES if walk.size == (80, 24) else THEMES[:1])


@pytest.mark.slow
@pytest.mark.parametrize("walk", [walk for walk in WALKS if walk.size != (80, 24)], ids=_name)
def test_they_do_at_every_size_in_every_theme(walk: Walk) -> None:
    """The same at the other sizes in the light theme, and in the terminal's own colours."""
    _expect(walk, THEMES[1:])


def _expect(walk: Walk, themes: Sequence[str]) -> None:
    told = compare(walk, themes)
    more = [f"and {len(told) - _TOLD} lines more"] if len(told) > _TOLD else []
    assert not told, "\n".join([*told[:_TOLD], *more, "", "if that is meant: python -m tests.tui.goldens"])


def test_every_golden_has_its_screen() -> None:
    """No file lies there of a screen that is looked at no more."""
    assert set(FOLDER.glob("*/*.txt")) == {file_of(walk, scene.name) for walk in WALKS for scene in walk.scenes}


def test_words_can_be_read() -> None:
    """In the dark and the light theme every word that no dialog shades stands out by 4.5 : 1, as WCAG 2.2 AA asks."""
    found = set()
    for walk in WALKS:
        for scene in walk.scenes:
            # A dialog is left with a key, and so is what is found by one.
            if not scene.back or scene.name in ("output-whole", "search", "filter", "filter-error"):
                for theme, shot in read(file_of(walk, scene.name).read_text(encoding="utf-8")).items():
                    found |= {(theme, *pair) for pair in _colours(shot) if theme != "ansi"}
    faint = [pair for pair in sorted(found) if contrast(*map(Color.parse, pair[1:])) < _READABLE]
    assert not faint


def _colours(shot: Shot) -> Iterator[tuple[str, str]]:
    """Give in which colours letters and digits are, and on which."""
    for text, styles in zip(shot.lines, shot.styles, strict=True):
        cells = "".join(char.ljust(cell_len(char)) for char in text)
        for char, style in zip(cells, styles, strict=False):
            if char.isalnum():
                *_, ink, _, ground = style.split()
                yield ink, ground
