"""What the UI says of itself: the acts in their order, the keys as they are now, and what takes long."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from queuectl_tui.rules.records import Counts
from queuectl_tui.tui.key_list import groups
from queuectl_tui.tui.screens.main import MainScreen
from queuectl_tui.tui.screens.queue_screen import Updated
from tests.program import Program
from tests.tui.piloted import Driven, drive
from tests.tui.screen import Screen


def test_the_palette_begins_with_what_is_done_to_jobs(program: Program) -> None:
    """The acts on the job at the cursor come first, and the column of keys holds the longest two."""
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        await ui.press("colon")
        text = await ui.shows("KEY", "Edit;")
        assert text.index("Edit;") < text.index("Cancel;") < text.index("Delete the job") < text.index("Mark this job")
        await ui.type("a page down")
        await ui.shows("pgdn ctrl+d")

    drive(program, scenario)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("q", "One step back, and quit"), ("dead", "Go to dead"), ("retry", "Run again"), ("met", "Go to metrics")],
)
def test_the_palette_puts_first_what_is_called_so(program: Program, typed: str, first: str) -> None:
    """A key, and the beginning of a name, go before what only speaks of it."""
    program.enqueue("--id", "waits", "true")
    program.ok("cancel", "waits")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        await ui.press("colon")
        await ui.shows("KEY", "Edit;")
        await ui.type(typed)
        await ui.until(lambda text: re.search(rf"│  ▌ .*{first}", text), f"the cursor at {first}")

    drive(program, scenario, tab="dead")


def test_own_keys_change_no_places(program: Program) -> None:
    """An act with a key of the person's own stands where it did in the list of keys."""
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        before = [key.id for group in groups(ui.app.screen) for key in group.keys]
        ui.app.set_keymap({"retry": "R", "tab_all": "f9", "quit": "f10"})
        found = [key for group in groups(ui.app.screen) for key in group.keys]
        assert [key.id for key in found] == before
        assert found[before.index("retry")].keys == ("R",)

    drive(program, scenario)


def test_failed_jobs_keep_their_tries_in_eighty_columns(program: Program) -> None:
    """The list of failed jobs shows try n/m beside the error and the next try, and does without the queue."""
    program.set("backoff_base", "500")
    program.enqueue("--id", "again", "--queue", "video", "echo cause >&2; exit 1")
    program.drain("--max-jobs", "1")

    async def scenario(ui: Driven) -> None:
        text = await ui.shows("again", "1/4", "cause", "in 8m")
        assert "QUEUE" not in text

    drive(program, scenario, tab="failed", size=(80, 24))


def test_workers_say_what_they_run(program: Program) -> None:
    """A busy worker's line has the job, in 80 columns too, and its command."""
    program.enqueue("--id", "runs", f": it is this; {program.gate}")
    program.ok("worker", "start")

    async def scenario(ui: Driven) -> None:
        await ui.shows("busy", "runs", ": it is")

    drive(program, scenario, tab="workers", size=(80, 24))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (":", "f9 leaves"),
        ("T", "f8 keeps it · f9 leaves"),
        ("a", "Cancel (f9)"),
        ("?", "f10 closes"),
        ("/zzz\r", "f12 clears it"),
    ],
)
def test_notes_name_the_keys_as_they_are(program: Program, keys: str, told: str) -> None:
    """Where the person gave an act another key, what is said of it names that one."""
    config = program.home / ".config" / "queuectl"
    config.mkdir(parents=True)
    (config / "keys.toml").write_text(
        '[keys]\nleave = "f9"\nkeep_theme = "f8"\nclose_help = "f10"\nback = "f12"\nclose_told = "f10"\n'
    )
    program.enqueue("--hold", "true")
    with Screen(program, columns=100) as screen:
        screen.shows("held")
        screen.send(keys)
        screen.shows(told)


def test_a_long_sort_is_told_of(program: Program) -> None:
    """While a list that was sorted is waited for, the foot says so."""
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        screen = ui.app.screen
        assert isinstance(screen, MainScreen)
        await ui.press("s")
        await ui.shows("ID▲")
        assert screen.snapshot is not None
        screen.feed.freeze(True)
        screen.post_message(Updated(replace(screen.snapshot, searching=True)))
        await ui.shows("sorting…")

    drive(program, scenario)


def test_all_tabs_are_in_eighty_columns(program: Program) -> None:
    """Whichever tab is open, its name and the numbers and counts of all are in view where the counts are long."""
    jobs = {"pending": 1204, "processing": 30, "completed": 8812, "failed": 170, "dead": 101}

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        screen = ui.app.screen
        assert isinstance(screen, MainScreen)
        assert screen.snapshot is not None
        screen.feed.stop()
        snapshot = replace(screen.snapshot, counts=Counts(jobs=jobs, queues=()))
        for number, name in enumerate(("All", "Pending", "Proc", "Done", "Failed", "Dead", "Wrk", "Metrics")):
            await ui.press(str(number))
            screen.post_message(Updated(snapshot))
            await ui.shows(f" {number} {name}", " 7", *map(str, jobs.values()))

    drive(program, scenario, size=(80, 24))


def test_what_a_filter_takes_is_told_while_it_is_typed(program: Program) -> None:
    """The foot names the keys of the line, and shows how any of several, the opposite, and a comparison are written."""
    program.enqueue("--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("held")
        await ui.press("slash")
        await ui.shows("esc clear  enter keep  exit:7,28 either  !queue:a not  age<1h newer")
        await ui.press("enter")
        await ui.shows("r retry")

    drive(program, scenario, size=(80, 24))


def test_an_empty_list_opens_nothing(program: Program) -> None:
    """Where no job is, enter does not show an empty screen; the list says where the dead are."""
    program.enqueue("--id", "gone", "true")
    program.ok("cancel", "gone")

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits; 1 dead: press 5")
        await ui.press("enter", "5")
        await ui.shows("▌  gone", "▌  gone")

    drive(program, scenario)


def test_another_tab_shows_its_list(program: Program) -> None:
    """Who goes to a tab from a job on the whole screen sees the list of that tab."""
    program.enqueue("--id", "waits", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        await ui.press("enter")
        await ui.until(lambda text: "COMMAND" not in text, "the whole screen")
        await ui.press("0")
        await ui.shows("▌  waits", "STATE", "COMMAND")

    drive(program, scenario)


def test_the_head_tells_when_all_is_paused(program: Program) -> None:
    """The names of paused queues are told, but not where no other is left."""
    for name in ("a", "b"):
        program.enqueue("--queue", name, "true")
    program.ok("queue", "pause", "a")

    async def scenario(ui: Driven) -> None:
        await ui.shows("paused: a")
        await ui.press("P")
        await ui.until(lambda text: "paused: a" not in text, "none is paused")
        await ui.press("P")
        await ui.shows("all queues paused")

    drive(program, scenario)


def test_an_idle_worker_is_not_asked_for_again(program: Program) -> None:
    """The list of what runs names the key that starts a worker only while there is none."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing runs now. Press + to start a worker.")
        await ui.press("+")
        await ui.shows("0/1 busy")
        await ui.until(lambda text: "Nothing runs now." in text and "Press +" not in text, "the hint is gone")

    drive(program, scenario, tab="processing")


def test_what_matters_most_is_told_in_forty_columns(program: Program) -> None:
    """The head drops its pace before it drops what needs a person's eye."""
    program.enqueue("true")
    program.drain()
    program.enqueue("--hold", "true")
    program.ok("queue", "pause", "default")

    async def scenario(ui: Driven) -> None:
        text = await ui.shows("paused: default")
        assert "100.0% ok" not in text

    drive(program, scenario, size=(40, 12))


def test_the_history_of_a_job_run_anew_is_told(program: Program) -> None:
    """After a retry the details tell attempts of the new budget, and runs in all."""
    program.enqueue("--id", "again", "--max-retries", "0", "exit 1")
    program.drain()
    program.ok("retry", "again")
    program.drain()

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  again")
        await ui.press("right_curly_bracket", "right_curly_bracket")
        await ui.shows("1 of 1, 2 runs in all")

    drive(program, scenario, tab="dead")
