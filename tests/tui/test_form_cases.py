"""Forms in less usual cases: what is pasted, what others do meanwhile, what was not changed."""

from __future__ import annotations

import pytest
from textual.events import Paste

from queuectl_tui.tui.screens.form import Form
from queuectl_tui.tui.screens.main import MainScreen
from queuectl_tui.tui.widgets import scrollable
from tests.program import Program
from tests.tui.piloted import Driven, drive

HOSTILE = "echo \x1b]0;t\x07\t[@click=app.quit]x[/] \u202eabc 日本"


def form_of(ui: Driven) -> Form[object]:
    assert isinstance(ui.app.screen, Form)
    return ui.app.screen


def test_all_lines_of_a_paste_are_taken(program: Program) -> None:
    """A command of several lines is pasted whole, and its last newline presses nothing."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("a")
        await ui.shows("Enqueue a command")
        form_of(ui).entry("command").post_message(Paste("cd /\r\necho here\n"))
        await ui.shows("cd /␊echo here")
        await ui.press("enter")
        await ui.shows("enqueued")

    drive(program, scenario)
    assert [job["command"] for job in program.jobs().values()] == ["cd /\necho here"]


def test_what_looks_like_json_is_a_command(program: Program) -> None:
    """A command that begins as JSON does is told to be taken as a command, and is."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("a")
        await ui.type('{"command": "x"}')
        await ui.shows("taken as a shell command all the same")
        await ui.press("enter")
        await ui.shows("enqueued")

    drive(program, scenario)
    assert [job["command"] for job in program.jobs().values()] == ['{"command": "x"}']


def test_the_cursor_goes_to_the_new_job(program: Program) -> None:
    """A job that is enqueued where new jobs are listed has the cursor then; elsewhere the list stays."""
    program.enqueue_all([{"id": f"old-{n}", "command": "true", "hold": True} for n in range(40)])

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  old-0")
        await ui.press("a")
        await ui.type("echo new")
        await ui.press("enter")
        await ui.until(
            lambda text: any("▌" in line and "echo new" in line for line in text.splitlines()), "the cursor on it"
        )
        await ui.press("3", "a")
        await ui.type("echo other")
        await ui.press("enter")
        await ui.shows("enqueued", "Nothing is completed yet", "Pending 42")

    drive(program, scenario)


def test_hostile_text_is_edited_as_it_is(program: Program) -> None:
    """What a command holds is shown as pictures in its line, the cursor behind what was typed, and saved unchanged."""
    program.enqueue("--id", "evil", "--hold", "--command", HOSTILE)

    async def scenario(ui: Driven) -> None:
        await ui.shows("evil")
        await ui.press("e")
        text = await ui.shows("Edit evil", "[@click=app.quit]x[/]", "日本")
        assert not {"\x1b", "\x07", "\t", "\u202e"} & set(text)
        entry = form_of(ui).entry("command")
        assert entry.value == HOSTILE
        assert entry.cursor_screen_offset.x - entry.content_region.x == len(HOSTILE) + 2 + 1
        await ui.type("!")
        await ui.press("home")
        await ui.type(":")
        await ui.press("enter")
        await ui.shows("evil edited")

    drive(program, scenario, size=(140, 40))
    assert program.job("evil")["command"] == f":{HOSTILE}!"


def test_nothing_changed(program: Program) -> None:
    """An edit that changes nothing leaves a waiting job alone, and retries a dead one as it is."""
    program.enqueue("--id", "waits", "--hold", "true")
    program.enqueue("--id", "gone", "--hold", "false")
    program.ok("cancel", "gone")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        await ui.press("e")
        await ui.shows("Edit waits")
        await ui.press("enter")
        await ui.until(lambda text: "Edit waits" not in text, "the form is left")
        await ui.press("5")
        await ui.shows("▌  gone")
        await ui.press("e")
        await ui.shows("Edit gone and retry it")
        await ui.press("enter")
        await ui.shows("gone retried")

    drive(program, scenario)
    assert [change["move"] for change in program.json("history", "waits")] == ["enqueue"]
    assert [change["move"] for change in program.json("history", "gone")] == ["enqueue", "cancel", "retry"]


def test_an_edit_of_what_moved_on_is_refused(program: Program) -> None:
    """When the job left its state while its form was open, nothing of it is changed."""
    program.enqueue("--id", "gone", "--hold", "false")
    program.ok("cancel", "gone")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  gone")
        await ui.press("e")
        await ui.shows("Edit gone and retry it")
        program.ok("retry", "gone")
        await ui.type(" x")
        await ui.press("enter")
        await ui.shows("gone: it is pending by now")

    drive(program, scenario, tab="dead")
    assert program.job("gone")["command"] == "false"


def test_queue_and_time_are_edited(program: Program) -> None:
    """On a waiting job the form changes its queue and when it may run, and says what they were."""
    program.enqueue("--id", "waits", "--queue", "first", "--delay", "1h", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  waits")
        await ui.press("e", "tab", "ctrl+u")
        await ui.type("second")
        await ui.press("up", "up", "tab", "tab", "tab", "tab", "tab")
        await ui.shows("was first")
        await ui.press("escape")
        await ui.press("e", "tab", "ctrl+u")
        await ui.type("second")
        await ui.press("tab", "tab", "tab", "tab", "ctrl+u", "enter")
        await ui.shows("waits edited")

    drive(program, scenario)
    job = program.job("waits")
    assert (job["queue"], job["waiting"]) == ("second", "no worker")


def test_what_another_set_is_overwritten_only_knowingly(program: Program) -> None:
    """Enter on a line that another has set meanwhile tells of it first; enter again saves, ctrl+t takes theirs."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        screen = ui.app.screen
        assert isinstance(screen, MainScreen)
        screen.feed.freeze(True)
        await ui.press("comma", "ctrl+u")
        await ui.type("5")
        program.set("max_retries", "6")
        await ui.press("enter")
        await ui.shows("Another has set max_retries to 6 meanwhile", "now 6, by another")
        assert program.json("config", "get", "max-retries")["max_retries"]["value"] == 6
        await ui.press("enter")
        await ui.shows("saved: max_retries")
        await ui.press("comma", "ctrl+u")
        await ui.type("9")
        program.set("max_retries", "7")
        await ui.press("enter")
        await ui.shows("now 7, by another")
        await ui.press("ctrl+t")
        await ui.until(lambda text: "by another" not in text, "theirs is taken")
        assert form_of(ui).text("max_retries") == "7"
        await ui.press("enter")
        await ui.until(lambda text: "Settings of" not in text, "nothing is left to save")

    drive(program, scenario)
    assert program.json("config", "get", "max-retries")["max_retries"]["value"] == 7


def test_enter_goes_to_what_is_wrong(program: Program) -> None:
    """Enter in a form with a wrong line goes to that line, which says why."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("Nothing waits")
        await ui.press("a", "tab", "tab")
        await ui.type("x")
        await ui.press("tab", "enter")
        await ui.shows("command: is empty")
        await ui.type("true")
        await ui.press("enter")
        await ui.shows("priority: a whole number is wanted")
        assert ui.app.focused is form_of(ui).entry("priority")

    drive(program, scenario)
    assert program.jobs() == {}


def test_several_workers_are_started(program: Program) -> None:
    """W asks how many and for which queues, refuses what is no number, and tells which queues there are."""
    program.enqueue("--queue", "video", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("video")
        await ui.press("W")
        await ui.shows("Start workers")
        await ui.type("x")
        await ui.shows("a whole number from 1 to 256 is wanted")
        await ui.press("ctrl+u")
        await ui.type("2")
        await ui.press("tab")
        await ui.shows("there are video")
        await ui.type("video,vide")
        await ui.shows("Nothing is in vide so far.")
        await ui.press(*["backspace"] * 5)
        await ui.press("enter")
        await ui.shows("2 workers started", "0/2 busy")

    drive(program, scenario)
    assert [worker["queues"] for worker in program.workers()] == [["video"], ["video"]]


def test_a_worker_is_not_hit_from_among_the_queues(program: Program) -> None:
    """With the cursor among the queues no key does anything to a worker, whose list has a cursor too."""
    program.enqueue("--hold", "true")
    program.ok("worker", "start")

    async def scenario(ui: Driven) -> None:
        await ui.shows("0/1 busy", "▌  default")
        await ui.press("tab")
        await ui.until(lambda _: ui.app.focused is not None and ui.app.focused.id == "queue-list", "the queues")
        await ui.press("x", "X", "-", "p")
        await ui.shows("paused: default")
        assert "Kill worker" not in ui.picture
        await ui.press("shift+tab", "x")
        await ui.shows("stops")

    drive(program, scenario, tab="workers")


def test_a_worker_that_comes_in_place_is_not_hit(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the worker at the cursor leaves, a key pressed at once does nothing to the one that comes in its place."""
    program.ok("worker", "start", "--count", "2")

    async def scenario(ui: Driven) -> None:
        await ui.shows("0/2 busy", "▌")
        screen = ui.app.screen
        assert isinstance(screen, MainScreen)
        monkeypatch.setattr(scrollable, "SLIPPED_S", 60.0)
        [first, second] = [worker.id for worker in screen._workers_seen]
        program.ok("worker", "stop", first)
        await ui.shows("0/1 busy")
        await ui.press("x", "X", "minus")
        await ui.pause(0.2)
        assert len(ui.app.screen_stack) == 1
        assert [(worker["id"], worker["state"]) for worker in program.workers()] == [(second, "idle")]
        monkeypatch.undo()
        await ui.until(lambda _: not screen._slipped, "the cursor stands")
        await ui.press("x")
        await ui.shows("stops")

    drive(program, scenario, tab="workers")


def test_pausing_names_the_queues(program: Program) -> None:
    """p pauses the queue of the job at the cursor, P all of them, and what is said names them."""
    program.enqueue("--queue", "video", "--hold", "true")
    program.enqueue("--queue", "audio", "--hold", "true")

    async def scenario(ui: Driven) -> None:
        await ui.shows("video", "audio")
        await ui.press("p")
        await ui.shows("queue video paused")
        await ui.until(lambda _: any(queue.paused for queue in ui.app.screen._queues_seen), "it is seen")  # type: ignore[attr-defined]  # the main screen
        await ui.press("P")
        await ui.shows("go on: video")
        await ui.until(lambda _: not any(queue.paused for queue in ui.app.screen._queues_seen), "it is seen")  # type: ignore[attr-defined]  # the main screen
        await ui.press("P")
        await ui.shows("paused: audio, video")

    drive(program, scenario)
