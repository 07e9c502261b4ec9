"""Marked jobs are edited together: what they have in common is shown, what differs is left alone unless touched."""

from __future__ import annotations

from collections.abc import Mapping

from queuectl_tui.tui.screens.edit import EditForm
from tests.program import Program
from tests.tui.piloted import Driven, drive


def dead(program: Program, *jobs: Mapping[str, object]) -> None:
    """Make dead jobs that differ in what is given."""
    program.enqueue_all([{"command": "false", "hold": True, **job} for job in jobs])
    program.ok("cancel", *(str(job["id"]) for job in jobs))


async def opened(ui: Driven, title: str) -> EditForm:
    """Open the form, and wait until it takes enter."""
    await ui.press("e")
    await ui.shows(title)
    await ui.pause(0.4)
    form = ui.app.screen
    assert isinstance(form, EditForm)
    return form


def test_a_common_command_is_edited_and_all_are_retried(program: Program) -> None:
    """One cause is mended at once: the marked jobs get the new command, keep what differs, and run again."""
    dead(program, *({"id": f"job-{n}", "command": "flase", "priority": n, "timeout": 60} for n in range(5)))

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  job-4")
        await ui.press("space", "space", "space")
        await ui.shows("3 marked")
        form = await opened(ui, "Edit 3 jobs and retry them")
        assert form.text("command") == "flase"
        assert form.text("timeout") == "1m"
        assert form.text("priority") == ""
        await ui.shows("(differ)", "All have this command; nothing is changed so far.", "Save and retry 3")
        await ui.press("ctrl+u")
        await ui.type("true")
        await ui.shows("All get this command.")
        await ui.press("enter")
        await ui.shows("3 jobs edited and retried", "Dead 2")
        assert "marked" not in ui.picture

    drive(program, scenario, tab="dead", size=(80, 24))
    jobs = program.jobs()
    assert {name: (job["command"], job["state"], job["priority"]) for name, job in jobs.items()} == {
        **{f"job-{n}": ("true", "pending", n) for n in (2, 3, 4)},
        **{f"job-{n}": ("flase", "dead", n) for n in (0, 1)},
    }


def test_what_differs_is_left_alone(program: Program) -> None:
    """Of jobs whose commands and limits differ only what is written anew changes."""
    dead(program, *({"id": f"job-{n}", "command": f"exit {n}", "max_retries": n, "queue": "old"} for n in (1, 2)))

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  job-2")
        await ui.press("asterisk")
        await ui.shows("2 marked")
        await opened(ui, "Edit 2 jobs and retry them")
        await ui.shows("(commands differ)")
        await ui.press("ctrl+e", "tab", "tab", "ctrl+u")
        await ui.type("new")
        await ui.press("tab", "tab")
        await ui.type("7")
        await ui.shows("All get this queue, retries.")
        await ui.press("enter")
        await ui.shows("2 jobs edited and retried")

    drive(program, scenario, tab="dead")
    jobs = program.jobs()
    assert {(job["command"], job["queue"], job["max_retries"]) for job in jobs.values()} == {
        ("exit 1", "new", 7),
        ("exit 2", "new", 7),
    }


def test_a_part_of_commands_that_differ_is_replaced(program: Program) -> None:
    """The same mistake in many commands is mended at once; what lacks it is told of, and neither edited nor retried."""
    dead(program, *({"id": f"job-{n}", "command": f"flase {n} [b]; flase"} for n in range(3)), {"id": "other"})

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  other")
        await ui.press("asterisk")
        await ui.shows("4 marked")
        form = await opened(ui, "Edit 4 jobs and retry them")
        assert ui.app.focused is form.entry("replace")
        await ui.type("flase")
        await ui.shows("3 of 4 commands have that:", " 2 [b]; ")
        await ui.press("tab")
        await ui.type("true")
        await ui.shows("true 2 [b]; true")
        await ui.press("enter")
        await ui.shows("3 jobs edited and retried, other: its command lacks 'flase'")

    drive(program, scenario, tab="dead")
    assert {name: (job["command"], job["state"]) for name, job in program.jobs().items()} == {
        **{f"job-{n}": (f"true {n} [b]; true", "pending") for n in range(3)},
        "other": ("false", "dead"),
    }
    assert [change["move"] for change in program.json("history", "other")] == ["enqueue", "cancel"]


def test_what_takes_the_place_of_nothing_is_not_saved(program: Program) -> None:
    """With only the new part written nothing is retried as it is; the form asks for the old one."""
    dead(program, {"id": "one", "command": "exit 1"}, {"id": "two", "command": "exit 2"})

    async def scenario(ui: Driven) -> None:
        await ui.shows("one", "two")
        await ui.press("asterisk")
        await ui.shows("2 marked")
        form = await opened(ui, "Edit 2 jobs")
        await ui.press("tab")
        await ui.type("true")
        await ui.press("enter")
        await ui.until(lambda _: ui.app.focused is form.entry("replace"), "the line for the old part")
        await ui.type("exit 3")
        await ui.shows("0 of 2 commands have that.")
        await ui.press("enter")
        await ui.shows("2 refused")

    drive(program, scenario, tab="dead")
    assert {job["state"] for job in program.jobs().values()} == {"dead"}


def test_only_those_that_ended_are_retried(program: Program) -> None:
    """Of marked jobs of all states the form says how many it retries, and which it leaves alone."""
    dead(program, {"id": "gone"})
    program.enqueue("--id", "fine", "true")
    program.drain()
    program.enqueue("--id", "waits", "--hold", "false")

    async def scenario(ui: Driven) -> None:
        await ui.shows("waits", "gone", "fine")
        await ui.press("asterisk")
        await ui.shows("3 marked")
        await opened(ui, "Edit 2 jobs and retry 1 of them")
        await ui.shows("1 is completed: left alone.")
        await ui.press("tab", "tab", "ctrl+u")
        await ui.type("9")
        await ui.press("enter")
        await ui.shows("2 jobs edited and retried")

    drive(program, scenario, tab="all")
    assert {name: job["priority"] for name, job in program.jobs().items()} == {"gone": 9, "waits": 9, "fine": 0}
    moves = {name: [change["move"] for change in program.json("history", name)] for name in ("gone", "waits")}
    assert moves == {"gone": ["enqueue", "cancel", "edit", "retry"], "waits": ["enqueue", "edit"]}


def test_those_that_moved_on_are_refused(program: Program) -> None:
    """A marked job that left its state while the form was open is told of, and nothing of it is changed."""
    dead(program, *({"id": name} for name in ("one", "two", "three")))

    async def scenario(ui: Driven) -> None:
        await ui.shows("one", "two", "three")
        await ui.press("asterisk")
        await ui.shows("3 marked")
        await opened(ui, "Edit 3 jobs and retry them")
        program.ok("retry", "two")
        await ui.type(" || true")
        await ui.press("enter")
        await ui.shows("2 jobs edited and retried, two: it is pending by now")

    drive(program, scenario, tab="dead")
    commands = {name: job["command"] for name, job in program.jobs().items()}
    assert commands == {"one": "false || true", "two": "false", "three": "false || true"}


def test_an_enter_typed_too_fast_saves_nothing(program: Program) -> None:
    """Of many jobs the form takes no enter before it could be read how many they are."""
    dead(program, {"id": "one"}, {"id": "two"})

    async def scenario(ui: Driven) -> None:
        await ui.shows("one", "two")
        await ui.press("asterisk")
        await ui.shows("2 marked")
        await ui.press("e")
        await ui.until(lambda _: isinstance(ui.app.screen, EditForm), "the form is there")
        await ui.press("enter")
        await ui.shows("Edit 2 jobs")
        await ui.press("escape")
        await ui.until(lambda text: "Edit 2" not in text, "the form is left")

    drive(program, scenario, tab="dead")
    assert {job["state"] for job in program.jobs().values()} == {"dead"}
