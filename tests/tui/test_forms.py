"""Forms check as one types, with the rules of the command line, and change only what was changed."""

from __future__ import annotations

import pytest

from queuectl_tui.tui.screens.delays import preview
from tests.program import Program, wait_for
from tests.tui.piloted import Driven, drive
from tests.tui.screen import Screen


def test_enqueue(program: Program) -> None:
    """What was typed is what is enqueued; a line that was left empty is as if not given."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("a")
        await ui.type("echo 'a b' | wc")
        await ui.press("tab")
        await ui.type("video")
        await ui.press("tab")
        await ui.type("7")
        await ui.press("tab", "tab", "tab")
        await ui.type("2h")
        await ui.shows("Not before", ", in 2h")
        await ui.press("tab")
        await ui.type("a,b")
        await ui.press("enter")
        await ui.shows("enqueued")
        await ui.shows("echo 'a b' | wc")

    drive(program, scenario)
    [job] = program.jobs().values()
    assert (job["command"], job["queue"], job["priority"], job["tags"]) == ("echo 'a b' | wc", "video", 7, ["a", "b"])
    assert job["waiting"] == "due"
    assert (job["max_retries"], job["timeout_s"]) == (3, 0)


@pytest.mark.parametrize(
    ("keys", "text", "told"),
    [
        ([], "", "command: is empty"),
        (["tab"], "no/slash", "queue: 'no/slash' is not allowed"),
        (["tab"] * 2, "1001", "priority: is out of bounds"),
        (["tab"] * 3, "many", "retries: a whole number is wanted"),
        (["tab"] * 4, "-1", "timeout: '-1' is not a duration"),
        (["tab"] * 5, "soon", "run at: 'soon' is neither a time"),
        (["tab"] * 5, "2030-13-01", "run at: '2030-13-01' is not a time"),
        (["tab"] * 7, "/nowhere", "there is no such directory"),
    ],
)
def test_a_wrong_line_is_told_in_place(program: Program, keys: list[str], text: str, told: str) -> None:
    """A wrong value says what is allowed below its line, and enter does nothing until it is right."""

    async def scenario(ui: Driven) -> None:
        await ui.press("a")
        if keys:
            await ui.type("true")
        await ui.press(*keys)
        if text == "/nowhere":
            await ui.press("ctrl+u")
        await ui.type(text)
        if text:
            await ui.shows(told)
        await ui.press("enter")
        await ui.shows("Enqueue a command", told, "!")
        await ui.press("escape")
        await ui.until(lambda picture: "Enqueue a command" not in picture, "the form is left")

    drive(program, scenario)
    assert program.jobs() == {}


def test_a_command_that_was_left_comes_back(program: Program) -> None:
    """Esc throws away no command: the form has it again, selected, so that another one takes its place."""

    async def scenario(ui: Driven) -> None:
        await ui.press("a")
        await ui.type("echo long")
        await ui.press("escape")
        await ui.shows("Nothing was enqueued; a brings the command back")
        await ui.press("a")
        await ui.shows("Enqueue a command", "echo long")
        await ui.press("end")
        await ui.type("er")
        await ui.press("escape", "a")
        await ui.shows("Enqueue a command", "echo longer")
        await ui.type("echo other")
        await ui.press("enter")
        await ui.shows("enqueued")
        await ui.press("a")
        await ui.until(lambda text: "Enqueue a command" in text and "echo longer" not in text, "an empty form")
        await ui.press("enter")
        await ui.shows("command: is empty")

    drive(program, scenario)
    assert [job["command"] for job in program.jobs().values()] == ["echo other"]


def test_edit_and_retry(program: Program) -> None:
    """On a dead job e opens it, and saving retries it with a fresh budget; other fields stay."""
    program.enqueue("--id", "typo", "--max-retries", "0", "--priority", "3", "flase")
    program.drain()

    async def scenario(ui: Driven) -> None:
        await ui.shows("typo", "exhausted")
        await ui.press("e")
        await ui.shows("Edit typo and retry it")
        await ui.press("ctrl+u")
        await ui.type("true")
        await ui.press("enter")
        await ui.shows("typo edited and retried")

    drive(program, scenario, tab="dead")
    job = program.job("typo")
    assert (job["state"], job["command"], job["priority"], job["attempts"]) == ("pending", "true", 3, 0)


def test_the_command_goes_to_the_editor(program: Program) -> None:
    """ctrl+e opens $VISUAL on the command, of any number of lines; one that fails changes nothing."""
    program.enqueue("--id", "script", "--hold", "echo one")
    editor = program.folder / "editor"
    editor.write_text('#!/bin/sh\ntest -e "$HOME/fail" && exit 3\nprintf "echo two\\necho three\\n" > "$1"\n')
    editor.chmod(0o700)
    with Screen(program, env={"VISUAL": str(editor)}) as screen:
        screen.shows("script", "held")
        screen.keys("e")
        screen.shows("Edit script", "echo one")
        (program.home / "fail").touch()
        screen.send("\x05")
        screen.shows("ended with 3")
        (program.home / "fail").unlink()
        screen.send("\x05")
        screen.shows("echo two␊echo three")
        screen.keys("enter")
        screen.shows("script edited")
    assert program.job("script")["command"] == "echo two\necho three"


def test_settings_are_checked_and_previewed(program: Program) -> None:
    """A bad value is refused in place; the delays that follow are shown; only what was changed is saved."""
    program.set("kill_grace", "7s")

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("comma")
        await ui.shows("retries after 2s, 4s, 8s, then dead", "default 5s")
        await ui.press("tab", "ctrl+u")
        await ui.type("many")
        await ui.shows("'many' is not a finite number")
        await ui.press("enter")
        await ui.shows("Settings of all queues")
        await ui.press("ctrl+u")
        await ui.type("3")
        await ui.shows("retries after 3s, 9s, 27s, then dead", "Delay after the nth failure", "was 2")
        await ui.press("enter")
        await ui.shows("saved: backoff_base")

    drive(program, scenario)
    changed = {key: kept["value"] for key, kept in program.json("config", "list").items() if kept["changed"]}
    assert changed == {"backoff_base": 3, "kill_grace": 7000}


def test_a_setting_goes_back_to_its_default(program: Program) -> None:
    """ctrl+r sets the line back, and saving it leaves nothing changed."""
    program.set("max_retries", "9")

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("comma", "ctrl+r", "enter")
        await ui.shows("saved: max_retries")

    drive(program, scenario)
    assert not any(kept["changed"] for kept in program.json("config", "list").values())


def test_what_another_changes_meanwhile_is_not_overwritten(program: Program) -> None:
    """A line that was not touched follows the other's change; one that was is told of it, and kept as typed."""
    program.set("max_retries", "4")

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("comma", "ctrl+u")
        await ui.type("5")
        program.set("max_retries", "6")
        program.set("job_timeout", "9m")
        await ui.shows("now 6, by another", "9m")
        await ui.press("escape")

    drive(program, scenario)
    assert program.json("config", "get", "max-retries")["max_retries"]["value"] == 6


def test_a_running_worker_takes_up_a_changed_backoff(program: Program) -> None:
    """What the form saves counts at the next failure, without a restart."""
    program.set("backoff_base", "500")
    program.ok("worker", "start")
    with Screen(program, "--tab", "failed") as screen:
        screen.shows("Nothing failed")
        screen.keys(",")
        screen.shows("retries after 8m20s")
        screen.keys("tab", "\x15", "0", ".", "1", "enter")
        screen.shows("saved: backoff_base")
        program.enqueue("--id", "again", "--max-retries", "2", "exit 1")
        wait_for(lambda: program.state("again") == "dead", what="it failed three times, at once")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "retries after 2s, 4s, 8s, then dead · 14s in all"),
        ({"max_retries": 0}, "no retries: a job that fails is dead"),
        ({"max_retries": 1, "backoff_base": 10.0}, "retries after 10s, then dead"),
        (
            {"max_retries": 9, "backoff_base": 1000.0},
            "retries after 16m40s, 1h, 1h, 1h, … 1h (9 of them), then dead · 8h16m in all",
        ),
        ({"max_retries": 10}, "retries after 2s, 4s, 8s, 16s, … 17m04s (10 of them), then dead · 34m06s in all"),
        ({"backoff_jitter": 0.25}, "retries after 2s, 4s, 8s, each ±25%, then dead · 14s in all"),
        ({"backoff_base": 0.5, "max_retries": 2}, "retries after 0.5s, 0.25s, then dead · 0.75s in all"),
        ({"backoff_base": 0.0, "max_retries": 2}, "retries after 0s, 0s, then dead · 0s in all"),
    ],
)
def test_the_preview(values: dict[str, float], said: str) -> None:
    """The preview says what the rule of the retries makes of the values, to the cap."""
    defaults = {"max_retries": 3, "backoff_base": 2.0, "backoff_max": 3600.0, "backoff_jitter": 0.0}
    assert preview(defaults | values) == said
