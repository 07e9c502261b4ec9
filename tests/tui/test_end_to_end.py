"""A person at a terminal, with real workers: the whole way of a job, and a dead letter queue cleared by keyboard."""

from __future__ import annotations

import os
import re
import signal
import statistics
import time

from tests.program import Program, alive, wait_for
from tests.tui.screen import Screen


def test_the_way_of_a_job(program: Program) -> None:
    """Enqueued in the form, it is run by a worker started by key, rescued when that is killed by key, and completes."""
    program.set("backoff_base", "0.2")
    command = "if test -e ran; then echo second; else touch ran; echo first; sleep 600; fi"
    with Screen(program, columns=140) as screen:
        screen.shows("Nothing waits")
        screen.keys("a")
        screen.shows("Enqueue a command")
        screen.send(command)
        screen.keys("enter")
        screen.shows("enqueued", "no worker runs: press +")
        screen.keys("+")
        screen.shows("started", "1/1 busy")
        screen.keys("2")
        screen.shows("ELAPSED", "first", "running")
        screen.keys("6")
        screen.shows("busy", "PID")
        screen.keys("X")
        screen.shows("Kill worker")
        screen.watch(0.4)
        screen.keys("y")
        screen.shows("No worker runs")
        screen.keys("+")
        screen.shows("started")
        screen.keys("3")
        screen.shows("Completed 1", "second")
        screen.keys("}")
        screen.shows("interrupted", "completed")
    assert [job["state"] for job in program.jobs().values()] == ["completed"]


def test_a_worker_outlives_the_ui(program: Program) -> None:
    """A started by key goes on when the UI is killed, and so does what it runs."""
    program.enqueue("--id", "long", program.gate)
    with Screen(program) as screen:
        screen.shows("long")
        screen.keys("+")
        screen.shows("1/1 busy")
        os.kill(screen.pid, signal.SIGKILL)
    [worker] = program.workers()
    assert (worker["state"], worker["job"]) == ("busy", "long")
    assert alive(worker["pid"])
    program.open_gate()
    program.wait_state("long", "completed")


def test_two_screens_agree(program: Program) -> None:
    """What is done on one screen shows on another within a second."""
    program.enqueue("--id", "shared", "true")
    took = []
    with Screen(program) as one, Screen(program) as other:
        one.shows("shared")
        other.shows("shared")
        for priority in range(1, 6):
            acting, watching = (one, other) if priority % 2 else (other, one)
            begun = time.monotonic()
            acting.keys(">")
            watching.until(re.compile(rf"default +{priority} +0/4").search, what="the same priority")
            took.append(time.monotonic() - begun)
        other.keys("x")
        one.shows("Dead 1")
    # A busy machine may be late once.
    assert statistics.median(took) < 1, took


def test_forty_dead_jobs_are_cleared_with_forty_keys(program: Program) -> None:
    """Two causes retried, one edited and retried, one deleted, each job as it should be in the end."""
    causes = {
        "net": (12, "echo 'connection refused' >&2; exit 7"),
        "disk": (10, "echo 'no space left' >&2; exit 28"),
        "junk": (8, "echo 'old junk' >&2; exit 1"),
        "typo": (10, "flase"),
    }
    program.enqueue_all(
        [
            {"id": f"{cause}-{n}", "command": command, "max_retries": 0}
            for cause, (count, command) in causes.items()
            for n in range(count)
        ]
    )
    program.drain()
    pressed = 0
    with Screen(program, "--tab", "dead") as screen:

        def press(*keys: str) -> None:
            nonlocal pressed
            for key in keys:
                screen.keys(key)
                pressed += 1

        def choose(text: str, count: int) -> None:
            press("/", *text, "enter")
            screen.shows(f"{count} of ", "match")
            press("*")
            screen.shows(f"{count} marked")

        screen.shows("Dead 40")
        for text, count, left in (("refused", 12, 28), ("space", 10, 18)):
            choose(text, count)
            press("r")
            screen.shows(f"Retry {count} jobs?")
            screen.watch(0.4)
            press("y")
            screen.shows(f"{count} jobs retried", f"Dead {left}")
        choose("flase", 10)
        press("e")
        screen.shows("Edit 10 jobs and retry them")
        screen.watch(0.4)
        press("\x15", *"true", "enter")
        screen.shows("10 jobs edited and retried", "Dead 8")
        press("esc")
        screen.shows("▌  junk-7")
        # A letter right behind esc may be the rest of a key that a slow line has split.
        screen.watch(0.6)
        press("D")
        screen.shows("Delete 8 jobs?")
        screen.watch(0.4)
        press("y")
        screen.shows("No dead jobs. All is well.")
    assert pressed <= 40, pressed
    left_over = program.jobs()
    assert len(left_over) == 32
    assert {job["state"] for job in left_over.values()} == {"pending"}
    assert {job["command"] for name, job in left_over.items() if name.startswith("typo")} == {"true"}
    wait_for(lambda: program.jobs("--state", "dead") == {}, what="nothing is dead")
