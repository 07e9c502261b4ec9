"""The attempts of a job are a list: what ended them is seen at once, and each leads to its output."""

from __future__ import annotations

from tests.program import Program
from tests.tui.piloted import Driven, drive
from tests.tui.screen import Screen


def thrice(program: Program) -> None:
    """Make a job that fails twice, each time with other words, and then completes."""
    program.set("backoff_base", "0")
    program.enqueue("--id", "job", 'echo "run $QUEUECTL_ATTEMPT"; test "$QUEUECTL_ATTEMPT" = 3')
    program.drain()


def test_enter_opens_what_a_run_printed(program: Program) -> None:
    """j and k go through the runs, enter shows the output of the one at the cursor; the last one is the last again."""
    thrice(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("run 3")
        await ui.press("right_curly_bracket", "tab")
        await ui.shows("ENDED", "▌     3", "enter its output")
        await ui.press("j", "j")
        await ui.shows("▌     1")
        await ui.press("enter")
        await ui.shows("earlier run 1", "run 1")
        await ui.press("left_curly_bracket", "left_curly_bracket")
        await ui.shows("▌     1")
        await ui.press("g", "enter")
        await ui.until(lambda text: "run 3" in text and "earlier" not in text, "the last run")

    drive(program, scenario, tab="completed")


def test_how_they_ended_has_a_colour_and_a_word(program: Program) -> None:
    """In 80 columns each run still says how it ended, with what code, and the error."""
    thrice(program)
    with Screen(program, "--tab", "completed", columns=80, rows=24, env={"COLORTERM": "truecolor"}) as screen:
        screen.shows("run 3")
        screen.keys("}")
        screen.shows("RUN", "ENDED", "EXIT", "STARTED", "ERROR")
        rows = [row for row, text in enumerate(screen.lines) if " completed " in text or " failed " in text]
        words = ("completed", "failed", "failed")
        found = [screen.colour(row, screen.lines[row].index(word)) for row, word in zip(rows[-3:], words, strict=True)]
    assert found == ["56d364", "efb13a", "efb13a"]


def test_the_cursor_is_on_the_newest_run_of_each_job(program: Program) -> None:
    """Another job's attempts begin at its newest run, wherever the cursor was before."""
    thrice(program)
    program.enqueue("--id", "other", "true")
    program.drain()

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  other", "job")
        await ui.press("j", "right_curly_bracket", "tab")
        await ui.shows("▌     3")
        await ui.press("G")
        await ui.shows("▌     1")
        await ui.press("shift+tab", "k")
        await ui.shows("other  Output", "▌     1")
        await ui.press("j")
        await ui.shows("job  Output", "▌     3")

    drive(program, scenario, tab="completed")
