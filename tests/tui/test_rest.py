"""At rest nothing is sent down the line: what moves on the screen is what the person asked to see move."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping

from tests.program import Program
from tests.tui.screen import Screen

#: So long nothing comes, seconds; a worker's beat and the UI's own look come each second.
REST_S = 3.0


def sent(screens: Mapping[str, Screen], seconds: float) -> dict[str, bytes]:
    """Give what each screen is sent in so many seconds, of those that are sent anything."""
    before = {name: len(screen.seen) for name, screen in screens.items()}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for screen in screens.values():
            screen.watch(0.02)
    return {name: screen.seen[before[name] :] for name, screen in screens.items() if len(screen.seen) > before[name]}


def at_rest(screens: Mapping[str, Screen]) -> dict[str, bytes]:
    """Wait until nothing is sent for a while; gives what still is when the patience is over."""
    for _ in range(5):
        found = sent(screens, REST_S)
        if not found:
            break
    return found


def test_nothing_is_sent_at_rest(program: Program) -> None:
    """With jobs waiting, workers idle, and a job printing out of view: 0 bytes, whatever is open.

    A minute may turn in between, so a second look is allowed.
    """
    program.ok("queue", "pause", "default")
    program.enqueue("--id", "prints", "--queue", "other", "while :; do echo tick; sleep 0.1; done")
    program.enqueue_all([{"id": f"job-{n:04}", "command": f"echo {n}"} for n in range(1000)])
    program.ok("worker", "start", "--count", "2")
    program.wait_state("prints", "processing")
    wanted = {
        "all": ["0"],
        "pending": [],
        "dead": ["5"],
        "workers": ["6"],
        "metrics": ["7"],
        "whole job": ["enter"],
        "help": ["?"],
        "palette": [":"],
        "no such act": [":", "x", "y", "z"],
        "filter": ["/", "j", "o", "b"],
        "form": ["a"],
        "settings": [","],
        "themes": ["T"],
    }
    with contextlib.ExitStack() as stack:
        screens = {name: stack.enter_context(Screen(program, columns=100, rows=24)) for name in wanted}
        for name, keys in wanted.items():
            screens[name].shows("job-0000")
            screens[name].keys(*keys)
        assert at_rest(screens) == {}


def test_nothing_is_sent_for_an_empty_queue(program: Program) -> None:
    """An empty queue, which does not even have a file: 0 bytes."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        assert at_rest({"empty": screen}) == {}


def test_a_running_job_in_view_costs_a_line_a_second(program: Program) -> None:
    """Of a job that runs in view the elapsed time and its use go on, and no other line is drawn."""
    program.enqueue("--id", "loud", "--queue", "loud", "while :; do echo tick; sleep 0.05; done")
    program.enqueue_all([f"sleep 10{n}" for n in range(3)])
    program.ok("worker", "start", "--count", "4")
    program.wait_state("loud", "processing")
    with Screen(program, "--tab", "processing", columns=100, rows=24) as screen:
        screen.shows("loud", "sleep 102")
        sent({"": screen}, 2)
        found = sent({"": screen}, REST_S)[""]
        assert 0 < len(found) < 4 * 700 * (REST_S + 1)
