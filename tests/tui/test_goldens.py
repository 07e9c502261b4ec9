"""The main screens look as they did, cell by cell, in the dark, the light and the terminal's own colours."""

from __future__ import annotations

import pytest

from tests.tui.goldens.files import FOLDER, compare, file_of
from tests.tui.goldens.scenes import WALKS, Walk

#: A colour of a theme is in many places.
_TOLD = 120


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: f"{walk.folder}-{walk.scenes[0].name}")
def test_the_screens_look_as_they_did(walk: Walk) -> None:
    """No character and no colour of a screen is another one than in its golden file."""
    told = compare(walk)
    more = [f"and {len(told) - _TOLD} lines more"] if len(told) > _TOLD else []
    assert not told, "\n".join([*told[:_TOLD], *more, "", "if that is meant: python -m tests.tui.goldens"])


def test_every_golden_has_its_screen() -> None:
    """No file lies there of a screen that is looked at no more."""
    assert set(FOLDER.glob("*/*.txt")) == {file_of(walk, scene.name) for walk in WALKS for scene in walk.scenes}
