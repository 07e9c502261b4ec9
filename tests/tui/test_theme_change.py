"""Another theme is worn at once, whichever line is drawn next."""

from __future__ import annotations

import pytest
from textual.color import Color

from tests.program import Program
from tests.tui.piloted import Driven, drive


@pytest.mark.parametrize("tab", ["dead", "workers", "metrics"])
def test_themes_change_between_two_lines(program: Program, tab: str) -> None:
    """From 16 colours to all of them and back, what is drawn before anything else happens has the new colours."""
    program.enqueue("--id", "dead", "--max-retries", "0", "echo words; exit 3")
    program.drain()

    async def scenario(ui: Driven) -> None:
        await ui.shows("Dead 1")
        for theme in ("ansi", "queuectl-dark", "ansi", "queuectl-light", "queuectl-dark"):
            ui.app.theme = theme
            # No await: Textual's own restyling, which comes later, must not be what saves it.
            for widget in ui.app.screen.walk_children():
                widget.refresh()
            assert ui.app.screen._compositor.render_update(full=True) is not None
            background = ui.app.screen.styles.background
            assert (background.ansi is not None) == (theme == "ansi"), (theme, background)
            if theme != "ansi":
                assert background == Color.parse(ui.app.theme_variables["background"])
            await ui.shows("Dead 1")

    drive(program, scenario, tab=tab)
