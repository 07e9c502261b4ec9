"""Keys that are typed ahead go where they were meant."""

from __future__ import annotations

import pytest

from tests.program import Program
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
