"""What is on the screen is what a fresh drawing would give: lines are kept as they were drawn, and none is stale."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from queuectl_tui.tui.widgets.lined import Lined
from tests.program import Program
from tests.tui.piloted import Driven, drive

#: Keys that move, open, mark, sort and filter; what opens is left again before long.
_KEYS = (
    *("j", "k", "down", "up", "pagedown", "pagedown", "pageup", "g", "G", "ctrl+d", "ctrl+u", "shift+down", "tab"),
    *("0", "1", "3", "5", "6", "7", "right_square_bracket", "right_curly_bracket", "left_curly_bracket"),
    *("space", "asterisk", "s", "S", "slash", "z", "f", "w", "enter", "h", "left_parenthesis", "escape"),
    *("question_mark", "comma", "a", "colon"),
)


def stale(ui: Driven) -> list[tuple[str, str]]:
    """Give the lines that are kept of what is in view, but would be drawn otherwise by now: (kept, new)."""
    screen = ui.app.screen
    found = []
    for widget in screen.query(Lined):
        # What is to be drawn with the next paint has not been given to the screen yet.
        if widget in screen._compositor.visible_widgets and not widget._repaint_regions:
            for y, kept in widget._painted.items():
                new = widget.render_line(y) if y < widget.size.height else kept
                for each in widget.get_line_filters():
                    new = new.apply_filter(each, widget.background_colors[1])
                if new.simplify() != kept.simplify():
                    found.append((kept.text, new.text))
    return found


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
def test_no_line_is_stale(program: Program, seed: int) -> None:
    """After any keys, on lists longer than the screen, each line is as it would be drawn anew."""
    program.enqueue_all(
        [
            {"id": f"job-{n:03}", "command": f"seq {n}; exit {n % 4}", "max_retries": 0, "queue": f"q{n % 2}"}
            for n in range(60)
        ]
    )
    program.drain()
    program.enqueue_all([{"id": f"wait-{n:03}", "command": "true", "hold": True} for n in range(90)])
    chance = random.Random(seed)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  wait-0")
        pressed: list[str] = []
        while len(pressed) < 60:
            dialog = len(ui.app.screen_stack) > 1
            pressed.append("escape" if dialog and chance.random() < 0.6 else chance.choice(_KEYS))
            await ui.press(pressed[-1])
            await ui.pause(chance.choice((0.03, 0.05, 0.1)))
            assert list(islice(stale(ui), 3)) == [], pressed[-6:]

    drive(program, scenario, tab="all")
