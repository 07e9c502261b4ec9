"""The filter of a list: live as it is typed, kept or cleared, of each list its own."""

from __future__ import annotations

from textual.widgets import Input

from queuectl_tui.tui.widgets.filter_bar import FilterBar
from queuectl_tui.tui.widgets.job_table import JobTable
from tests.program import Program
from tests.tui.piloted import Driven, drive


def some_dead(program: Program) -> None:
    """Have two kinds of dead jobs, and one that is completed."""
    program.enqueue_all([{"id": f"net-{n}", "command": "exit 7", "max_retries": 0} for n in range(3)])
    program.enqueue_all([{"id": f"disk-{n}", "command": "exit 28", "max_retries": 0} for n in range(2)])
    program.enqueue("--id", "fine", "true")
    program.drain()


def test_it_lists_as_it_is_typed(program: Program) -> None:
    """Each letter counts; enter keeps the filter, esc in the list clears it."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0", "disk-0")
        await ui.press("slash")
        await ui.type("exit:28")
        await ui.until(lambda text: "2 of 5 match" in text and "net-" not in text, "only what matches")
        await ui.press("enter")
        await ui.shows("/ exit:28", "2 of 5 match")
        await ui.press("escape")
        await ui.until(lambda text: "net-0" in text and "exit:28" not in text, "all again")

    drive(program, scenario, tab="dead")


def test_a_wrong_one_is_told_in_place(program: Program) -> None:
    """While it is wrong the list shows what it took before, and the line says where it is wrong."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash")
        await ui.type("queue:default exit:x")
        await ui.shows("at 20: exit: an exit code, or a signal such as KILL, is wanted", "net-0")
        await ui.press("backspace", "7")
        await ui.until(lambda text: "3 of 5 match" in text and "disk-" not in text, "mended")

    drive(program, scenario, tab="dead", size=(140, 34))


def test_what_is_wrong_is_told_whole_on_a_narrow_screen(program: Program) -> None:
    """What has no room in the line goes on below, down to the last word."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash")
        await ui.type("exit:x")
        await ui.until(lambda text: "or a signal such as KILL" in text and " wanted\n" in text, "the whole sentence")
        await ui.press("backspace", "7")
        await ui.until(lambda text: "3 of 5 match" in text and "wanted" not in text, "mended")

    drive(program, scenario, tab="dead", size=(80, 24))


def test_a_wrong_one_is_told_until_it_is_mended(program: Program) -> None:
    """What is wrong stays told while the queue changes; enter does not leave it, esc clears it."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash")
        await ui.type("disk exit>")
        told = "at 11: exit: a value is missing"
        await ui.until(lambda text: told in text and "net-0" not in text, "the last good one holds")
        program.enqueue("--id", "new", "true")
        await ui.shows("Pending 1", told)
        await ui.press("enter")
        await ui.type("2")
        await ui.shows("2 of 5 match", "disk exit>2")
        await ui.press("escape")
        await ui.until(lambda text: "net-0" in text and "exit>2" not in text, "cleared")

    drive(program, scenario, tab="dead")


def test_the_line_says_how_many_match_and_are_marked(program: Program) -> None:
    """Matches are told with the length of the list, and marks in the same line."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash")
        await ui.type("net")
        await ui.press("enter")
        await ui.shows("3 of 5 match")
        await ui.press("asterisk")
        await ui.shows("3 of 5 match · 3 marked")
        await ui.press("escape")
        await ui.until(lambda text: "match" not in text and "3 marked" in text, "marks stay when the filter goes")

    drive(program, scenario, tab="dead")


def test_one_may_leave_the_line_and_come_back(program: Program) -> None:
    """Tab keeps the filter and goes to the list; a click on the line goes on with it, its key begins another."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash", "tab")
        assert not ui.app.screen.query_one(FilterBar).display
        await ui.press("slash")
        await ui.type("ne")
        await ui.press("tab")
        await ui.until(lambda _: isinstance(ui.app.focused, JobTable), "in the list")
        await ui.click("#filter-bar")
        await ui.type("t-1")
        await ui.shows("1 of 5 match", "/ net-1")
        await ui.press("enter", "slash")
        await ui.type("disk")
        await ui.shows("2 of 5 match", "/ disk")

    drive(program, scenario, tab="dead")


def test_tabs_opened_in_haste(program: Program) -> None:
    """Filters stay with their lists however fast one goes through them."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash")
        await ui.type("disk")
        await ui.press("enter", "3", "slash")
        await ui.type("fine")
        await ui.press("enter", *"5345350535")
        await ui.shows("/ disk", "2 of 5 match")
        await ui.press("3")
        await ui.shows("/ fine", "1 of 1 match")

    drive(program, scenario, tab="dead")


def test_each_list_has_its_own(program: Program) -> None:
    """A filter stays with its tab, and is there again when one comes back."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0")
        await ui.press("slash")
        await ui.type("disk")
        await ui.press("enter")
        await ui.until(lambda text: "net-" not in text, "filtered")
        await ui.press("3")
        await ui.until(lambda text: "fine" in text and "disk" not in text, "another tab, unfiltered")
        await ui.press("5")
        await ui.until(lambda text: "2 of 5 match" in text and "net-" not in text, "still filtered")

    drive(program, scenario, tab="dead")


def test_acts_leave_alone_what_it_hides(program: Program) -> None:
    """Marked jobs that the filter hides are not acted on, and the question says how many."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.shows("net-0", "disk-0")
        await ui.press("asterisk")
        await ui.shows("5 marked")
        await ui.press("slash")
        await ui.type("disk")
        await ui.press("enter")
        await ui.shows("2 of 5 match")
        await ui.press("r")
        await ui.shows("Retry 2 jobs?", "3 marked are hidden by the filter: left alone.")
        await ui.pause(0.4)
        await ui.press("y")
        await ui.shows("2 jobs retried")

    drive(program, scenario, tab="dead")
    states = {name: job["state"] for name, job in program.jobs().items()}
    assert [name for name, state in sorted(states.items()) if state == "pending"] == ["disk-0", "disk-1"]


def test_delete_everything_that_matches(program: Program) -> None:
    """D deletes what the filter takes, after asking with the exact count, and nothing else."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.press("slash")
        await ui.type("net")
        await ui.press("enter", "D")
        await ui.shows("Delete 3 jobs?", "This cannot be undone")
        await ui.press("enter")
        await ui.until(lambda text: "Delete 3" not in text, "the button is on Cancel")
        await ui.press("D")
        await ui.shows("Delete 3 jobs?")
        await ui.pause(0.4)
        await ui.press("y")
        await ui.shows("3 jobs deleted")

    drive(program, scenario, tab="dead")
    assert sorted(program.jobs()) == ["disk-0", "disk-1", "fine"]


def test_hostile_filters(program: Program) -> None:
    """No text in the line acts on the terminal or ends the UI."""
    some_dead(program)

    async def scenario(ui: Driven) -> None:
        await ui.press("slash")
        for text in ("[/]", "[@click=app.quit]x[/]", "%_\\", "'", '"', "!", ":", "a" * 1200):
            await ui.press("ctrl+u")
            ui.app.screen.query_one("#filter-input", Input).insert_text_at_cursor(text)
            await ui.pause()
        await ui.shows("longer than 1000")

    drive(program, scenario, tab="dead")
