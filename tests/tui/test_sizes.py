"""The UI works on any screen, and no change of its size breaks it."""

from __future__ import annotations

import contextlib
import random

import pytest

from tests.program import Program
from tests.tui.screen import Screen


@pytest.fixture
def filled(program: Program) -> Program:
    """A queue with jobs that wait."""
    program.enqueue_all([{"id": f"job-{n:03}", "command": f"echo {n}"} for n in range(30)])
    return program


@pytest.mark.parametrize(("columns", "rows"), [(240, 60), (80, 24), (60, 16), (40, 12), (30, 8), (20, 6)])
def test_it_works_at_any_size(filled: Program, columns: int, rows: int) -> None:
    """The list, the keys to act and to ask for keys, and a form's lines and buttons are there at any size."""
    with Screen(filled, columns=columns, rows=rows) as screen:
        screen.shows("▌  ", "echo 0", "Pending 30", "? keys")
        screen.keys("j", "j")
        screen.until(lambda text: any("▌" in line and "echo 2" in line for line in text.splitlines()), what="the move")
        screen.keys(",")
        buttons = ["Save (enter)"] * (rows > 6) + ["Cancel (esc)"] * (columns >= 40)
        screen.shows("max_retr" if rows > 6 else "Settings", *buttons)
        screen.keys("esc")
        screen.gone("Settings")
        screen.keys("ctrl+c")
        assert screen.end() == 0


@pytest.mark.parametrize(("columns", "rows"), [(20, 5), (19, 24), (5, 2), (1, 1)])
def test_it_says_that_it_has_no_room(filled: Program, columns: int, rows: int) -> None:
    """Below 20x6 it says so, and no key does what cannot be seen; larger again it is as it was."""
    with Screen(filled, columns=columns, rows=rows) as screen:
        screen.shows("too small"[:columns])
        screen.keys("x", "d", "y", "j")
        screen.watch(0.3)
        screen.resize(80, 24)
        screen.shows("▌  job-000", "Pending 30", "? keys")
        assert "too small" not in screen.picture
        screen.resize(columns, rows)
        screen.shows("too small"[:columns])
        screen.keys("q")
        assert screen.end() == 0


def test_a_storm_of_sizes(filled: Program) -> None:
    """A hundred sizes in a row, with a dialog open, in a form, and with neither, leave all as it was."""
    chance = random.Random(5)
    opened = {"": "job-000", "?": "runs any of these", ",": "backoff_base", "d": "Delete this job?"}
    with contextlib.ExitStack() as stack:
        screens = {key: stack.enter_context(Screen(filled, columns=80, rows=24)) for key in opened}
        for key, screen in screens.items():
            screen.shows("job-000")
            screen.send(key)
            screen.shows(opened[key])
        for _ in range(100):
            for screen in screens.values():
                screen.resize(chance.choice([1, 5, 20, 40, 80, 200, 300]), chance.choice([1, 3, 6, 10, 24, 60, 100]))
                screen.watch(0.004)
        for key, screen in screens.items():
            screen.resize(80, 24)
            screen.shows(opened[key])
            if key:
                screen.keys("esc")
                screen.gone(opened[key])
            screen.shows("▌  job-000", "Pending 30", "? keys")
            screen.keys("ctrl+c")
            assert screen.end() == 0
