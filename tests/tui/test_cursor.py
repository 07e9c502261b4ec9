"""The cursor belongs to a job: no key acts on one that was not under it when the key was pressed."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import pytest
from textual.events import Key

from queuectl_tui.tui.screens.main import MainScreen
from queuectl_tui.tui.widgets import scrollable
from queuectl_tui.tui.widgets.job_table import JobTable
from tests.program import Program
from tests.tui.piloted import Driven, drive
from tests.tui.screen import Screen


def dead(program: Program, count: int) -> None:
    """Have dead jobs, the last one on top of their list."""
    program.enqueue_all([{"id": f"dead-{n}", "command": "exit 3", "max_retries": 0} for n in range(count)])
    program.drain()


def _lacks(word: str, text: str) -> bool:
    return word not in text


async def aside(program: Program, *words: str) -> None:
    """Do something to the queue from outside, while the UI goes on."""
    await asyncio.to_thread(program.ok, *words)


def test_it_stays_with_its_job_while_rows_leave_above(program: Program) -> None:
    """Rows that leave above and below take neither the cursor nor the next key from its job."""
    dead(program, 12)

    async def scenario(ui: Driven) -> None:
        await ui.shows("dead-11")
        await ui.press("j", "j", "j", "j", "j")
        await ui.shows("▌  dead-6")
        for name in ("dead-11", "dead-9", "dead-2", "dead-8"):
            await aside(program, "retry", name)
            await ui.until(partial(_lacks, f"{name} "), f"{name} is gone")
            assert "▌  dead-6" in ui.picture
        await ui.press("r")
        await ui.shows("dead-6 retried")

    drive(program, scenario, tab="dead")
    pending = set(program.jobs("--state", "pending"))
    assert pending == {"dead-11", "dead-9", "dead-2", "dead-8", "dead-6"}


def test_keys_pressed_in_a_row_while_rows_leave(program: Program) -> None:
    """Of a row of r and j, pressed while others are taken away, each r acts on the job that it was pressed on."""
    dead(program, 60)
    meant: list[str] = []

    async def take_away() -> None:
        for name in ("dead-59", "dead-58", "dead-56", "dead-50", "dead-57", "dead-54"):
            await aside(program, "delete", name)

    async def scenario(ui: Driven) -> None:
        await ui.shows("dead-59")
        table = ui.app.screen.query_one(JobTable)
        await ui.press("j", "j", "j", "j")
        others = asyncio.create_task(take_away())
        while not others.done():
            if (job := table.target) is not None:
                meant.append(job.id)
            await ui.press_late("r", "j", delay_s=0.05)
        await others
        await ui.pause(0.5)

    drive(program, scenario, tab="dead")
    pending = set(program.jobs("--state", "pending"))
    assert pending
    assert pending <= set(meant)


def test_a_key_right_after_it_slipped_hits_nobody(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its job leaves, the cursor goes to the nearest one; a key in the first moment after that does nothing."""
    dead(program, 3)
    # Long enough for a slow machine to press its keys.
    monkeypatch.setattr(scrollable, "SLIPPED_S", 3.0)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  dead-2")
        table = ui.app.screen.query_one(JobTable)
        away = asyncio.create_task(aside(program, "delete", "dead-2"))
        while table.job is None or table.job.id == "dead-2":
            await ui.pause(0.005)
        await ui.press("r", "d")
        await ui.shows("Not done: the job at the cursor had just left. u holds the list still.")
        await away
        assert "▌  dead-1" in ui.picture
        while table.target is None:
            await ui.pause(0.05)
        assert "▌  dead-1" in ui.picture
        await ui.press("r")
        await ui.shows("dead-1 retried")

    drive(program, scenario, tab="dead")
    states = {name: job["state"] for name, job in program.jobs().items()}
    assert states == {"dead-0": "dead", "dead-1": "pending"}


def test_marks_scroll_and_filter_survive_what_changes(program: Program) -> None:
    """Marks and the view stay with their jobs when rows come and go."""
    dead(program, 60)

    async def scenario(ui: Driven) -> None:
        await ui.shows("dead-59")
        await ui.press("end", "k", "k", "space", "space")
        await ui.shows("● dead-2", "● dead-1", "▌  dead-0")
        before = [line[:14] for line in ui.picture.splitlines() if " dead-" in line][:10]
        await aside(program, "retry", "dead-59", "dead-40")
        await ui.shows("Dead 58")
        await ui.until(lambda text: "● dead-2" in text and "▌  dead-0" in text, "marks and cursor stay")
        after = [line[:14] for line in ui.picture.splitlines() if " dead-" in line][:10]
        assert after == before

    drive(program, scenario, tab="dead")


def test_a_list_that_is_opened_again_shows_the_job_at_its_cursor(program: Program) -> None:
    """Back in a list that was left, the detail is of the job at its cursor, not of the last one seen elsewhere."""
    dead(program, 2)
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        for tab, job in (("5", "dead-1"), ("1", "waits"), ("5", "dead-1"), ("6", "WORKER"), ("1", "waits")):
            await ui.press(tab)
            await ui.shows(*((f"▌  {job}", f"\n {job}  Output") if tab != "6" else (job,)))

    drive(program, scenario, tab="pending")


def test_a_job_on_the_whole_screen_stays_when_it_leaves_its_list(program: Program) -> None:
    """Who watches a job to its end sees that, and keys are for that job until the screen is left."""
    for name in ("other", "watched"):
        program.enqueue("--id", name, "--max-retries", "0", f"echo begun; {program.gate}; echo over; exit 3")
    program.ok("worker", "start", "--count", "2")
    for name in ("other", "watched"):
        program.wait_state(name, "processing")

    async def scenario(ui: Driven) -> None:
        await ui.shows("watched", "other")
        if "▌  watched" not in ui.picture:
            await ui.press("j")
        await ui.shows("▌  watched", "begun")
        await ui.press("enter")
        await ui.until(lambda text: "ELAPSED" not in text, "the whole screen")
        await asyncio.to_thread(program.open_gate)
        await ui.shows(" watched  Output", "over", "exit 3")
        await ui.press("r")
        await ui.shows("watched retried")
        await ui.press("escape")
        await ui.shows("ELAPSED")

    drive(program, scenario, tab="processing")
    assert program.job("other")["state"] == "dead"
    assert [change["move"] for change in program.json("history", "watched")].count("retry") == 1


def test_no_pane_shows_another_job_than_that_at_the_cursor(program: Program) -> None:
    """When its job leaves the list, what is known of that does not stay beside the next one."""
    dead(program, 3)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  dead-2", " dead-2  Output")
        away = asyncio.create_task(aside(program, "delete", "dead-2"))
        await ui.until(partial(_lacks, "▌  dead-2"), "the cursor is at the next one")
        assert " dead-2  Output" not in ui.picture
        await ui.shows("▌  dead-1", " dead-1  Output")
        await away

    drive(program, scenario, tab="dead")


def test_a_step_is_one_picture(program: Program) -> None:
    """The job comes with the cursor, and the rows with their tab: no frame shows one without the other.

    Where the queue takes long to tell of them, the cursor goes first; so not each single step is held to it.
    """
    program.enqueue_all([{"id": f"job-{n}", "command": "true", "hold": True} for n in range(9)])
    dead(program, 1)

    def frames(screen: Screen, key: str, *words: str) -> int:
        before = len(screen.seen)
        screen.send(key)
        screen.shows(*words)
        return screen.seen[before:].count(b"\x1b[?2026h")

    with Screen(program) as screen:
        # As terminals say that they draw frames as a whole.
        screen.send("\x1b[?2026;2$y")
        screen.shows("▌  job-0", "\n job-0  Output")
        assert 1 in [frames(screen, "j", f"▌  job-{n}", f"\n job-{n}  Output") for n in range(1, 9)]
        tabs = [("5", "dead-0"), ("1", "job-8")] * 4
        assert 1 in [frames(screen, tab, f"▌  {job}", f"\n {job}  Output") for tab, job in tabs]


def test_a_page_is_another_picture(program: Program) -> None:
    """With a page all rows are others at once, whether they are held already or have to be read."""
    names = [f"job-{n:03}" for n in range(200)]
    program.enqueue_all([{"id": name, "command": "true", "hold": True} for name in names])

    async def scenario(ui: Driven) -> None:
        rows = re.compile(r"^(?:▌| )  (job-\d+)  ", re.MULTILINE)
        height = len(rows.findall(await ui.shows("▌  job-000")))
        assert height > 10
        top = 0
        for key, step in [("pagedown", 1)] * 7 + [("pageup", -1)] * 4 + [("pagedown", 1)]:
            await ui.press(key)
            top += step * (height - 1)
            await ui.until(lambda text: rows.findall(text) == names[top : top + height], key, timeout_s=3)  # noqa: B023

    drive(program, scenario)


def test_moves_that_come_all_at_once_are_all_made(program: Program) -> None:
    """Keys that a slow line brings together go further than rows are held; an act behind them hits where they end."""
    dead(program, 300)
    with Screen(program, "--tab", "dead") as screen:
        screen.shows("▌  dead-299")
        screen.send("j" * 150)
        page = len(re.findall(r"^(?:▌| )  dead-", screen.shows("▌  dead-149"), re.MULTILINE)) - 1
        screen.send("\x1b[6~" * 5 + "k" * 30 + "r")
        name = f"dead-{149 - 5 * page + 30}"
        program.wait_state(name, "pending")
        assert list(program.jobs("--state", "pending")) == [name]


def test_nothing_is_hit_while_rows_are_read(program: Program) -> None:
    """Between a jump, another order or another tab and its rows there is no job at the cursor, and a key says so."""
    dead(program, 3)
    program.enqueue_all([{"id": f"job-{n:03}", "command": "true", "hold": True} for n in range(200)])

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  job-000")
        screen = ui.app.screen
        assert isinstance(screen, MainScreen)
        table = screen.jobs

        def hits() -> bool:
            return table.target is not None

        for change in (
            partial(table.action_end, True),
            partial(table.change, table.stand.listing._replace(reverse=True)),
            partial(screen.action_tab, "dead"),
        ):
            assert hits()
            change()
            screen.action_act("delete")
            assert not hits()
            await ui.shows("Not done: the list was still being read")
            assert len(ui.app.screen_stack) == 1
            ui.app.clear_notifications()
            await ui.until(partial(_lacks, "Not done"), "it is told no more")
            await ui.until(lambda _: hits(), "its rows are there")

    drive(program, scenario)


def test_a_key_that_is_late_is_not_for_what_came_meanwhile(program: Program) -> None:
    """What counts is what was at the cursor when a key was pressed, however late a busy machine comes to it."""
    dead(program, 3)

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        table = ui.app.screen.query_one(JobTable)
        early = [Key("r", "r"), Key("d", "d")]
        await ui.press("5")
        await ui.shows("▌  dead-2")
        ui.app.post_message(early[0])
        await ui.shows("Not done: the list was still being read")
        early.append(Key("r", "r"))
        await aside(program, "delete", "dead-2")
        await ui.until(lambda _: table.job is not None and table.job.id == "dead-1", "the next job")
        await ui.until(lambda _: table.target is not None, "a key that is pressed now is for it")
        for key in early[1:]:
            ui.app.post_message(key)
        await ui.shows("Not done: the job at the cursor had just left")
        assert len(ui.app.screen_stack) == 1

    drive(program, scenario)
    assert {job["state"] for job in program.jobs().values()} == {"dead"}
