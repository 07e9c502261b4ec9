"""Keys that are typed ahead go where they were meant."""

from __future__ import annotations

import pytest

from queuectl_tui.tui import key_order
from tests.program import Program
from tests.tui.piloted import Driven, drive
from tests.tui.screen import Screen


@pytest.mark.parametrize(("opener", "typed"), [("/", "true\r"), ("a", "retry -x\r"), (":", "doxy")])
def test_what_is_typed_behind_an_opener_goes_into_its_line(program: Program, opener: str, typed: str) -> None:
    """Letters that arrive together with the key that opens a line are typed into it; none acts on a job."""
    program.enqueue("--id", "done", "true")
    program.drain()
    with Screen(program, "--tab", "completed") as screen:
        screen.shows("▌  done")
        screen.send(opener + typed)
        screen.shows({"/": "1 of 1 match", "a": "enqueued", ":": "doxy"}[opener])
        if opener == "/":
            screen.shows("/ true")
    jobs = program.jobs()
    assert jobs["done"]["state"] == "completed"
    assert [job["command"] for job in jobs.values() if job["id"] != "done"] == (["retry -x"] if opener == "a" else [])


def test_the_order_of_keys_that_edit(program: Program) -> None:
    """Letters and keys that edit, all at once, have the effect that they have one by one."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        screen.send("aecho x\x7f\x7f\x7f\x7fit \x010\x1b[F\x0b1\tvideo\t\x1b[Z\x152\r")
        screen.shows("enqueued")
    [job] = program.jobs().values()
    assert (job["command"], job["queue"]) == ("0ecit 1", "2")


@pytest.mark.parametrize("answer", ["n", "escape", "enter", "y"])
def test_a_key_behind_an_answer_is_not_held_up(program: Program, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """The key after the one that closes a question is given out at once, not when patience is over."""
    program.enqueue_all([{"id": name, "command": "true", "hold": True} for name in ("first", "second", "third")])
    monkeypatch.setattr(key_order, "_PATIENCE_S", 60.0)

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  first")
        await ui.press("d")
        await ui.shows("Delete this job?")
        await ui.pause(0.4)
        await ui.press(answer, "end")
        await ui.shows("▌  third")

    drive(program, scenario)
    assert ("first" in program.jobs()) == (answer != "y")
