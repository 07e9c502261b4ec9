"""In every theme every word can be read."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from queuectl_tui.tui.themes import NAMES, by_name, contrast


def test_contrast_is_that_of_the_guidelines() -> None:
    """Black on white is 21 : 1, and a grey that is known to be just enough is."""
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#767676"), Color.parse("#ffffff")) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [by_name(name) for name in NAMES if name != "ansi"], ids=lambda theme: theme.name)
def test_words_can_be_read_on_every_ground(theme: Theme) -> None:
    """States, queues, errors and what is quiet keep 4.5 : 1, and 3.5 : 1, on the list, its titles and its cursor."""
    assert theme.panel is not None
    assert theme.background is not None
    assert theme.foreground is not None
    grounds = [*map(Color.parse, (theme.background, theme.panel, theme.variables["block-cursor-background"]))]
    for name in ("primary", "secondary", "warning", "error", "success"):
        color = Color.parse(getattr(theme, name))
        assert min(contrast(color, ground) for ground in grounds) >= 4.5, name
    for ground in grounds[:2]:
        assert contrast(ground.blend(Color.parse(theme.foreground), 0.7), ground) >= 3.5
