"""A person at a terminal, with real workers: the whole way of a job, and a dead letter queue cleared by keyboard."""

from __future__ import annotations

import os
import signal

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
    """What is done on one screen shows on another within a second or so."""
    program.enqueue("--id", "shared", "true")
    with Screen(program) as one, Screen(program) as other:
        one.shows("shared")
        other.shows("shared")
        one.keys("h")
        other.shows("held", timeout_s=3)
        other.keys("x")
        one.shows("Dead 1", timeout_s=3)


def test_forty_dead_jobs_are_cleared_with_forty_keys(program: Program) -> None:
    """Two causes retried, one edited and retried, one deleted, each job as it should be in the end."""
    causes = {"net": (14, "connection refused", 7), "disk": (15, "no space left", 28), "junk": (10, "old junk", 1)}
    jobs: list[dict[str, object]] = [
        {"id": f"{cause}-{n}", "command": f"echo '{error}' >&2; exit {code}", "max_retries": 0}
        for cause, (count, error, code) in causes.items()
        for n in range(count)
    ]
    program.enqueue_all([*jobs, {"id": "typo", "command": "flase", "max_retries": 0}])
    program.drain()
    pressed = 0
    with Screen(program, "--tab", "dead") as screen:

        def press(*keys: str) -> None:
            nonlocal pressed
            for key in keys:
                screen.keys(key)
                pressed += 1

        screen.shows("Dead 40")
        press("/", *"refused", "enter")
        screen.shows("14 of 40 match")
        press("*")
        screen.shows("14 marked")
        press("r")
        screen.shows("Retry 14 jobs?")
        screen.watch(0.4)
        press("y")
        screen.shows("14 jobs retried", "Dead 26")
        press("/", "\x15", *"exit:28", "enter", "*")
        screen.shows("15 marked")
        press("r")
        screen.shows("Retry 15 jobs?")
        screen.watch(0.4)
        press("y")
        screen.shows("15 jobs retried", "Dead 11")
        press("esc")
        screen.shows("▌  typo")
        # A letter right behind esc may be the rest of a key that a slow line has split.
        screen.watch(0.6)
        press("e")
        screen.shows("Edit typo")
        press("\x15", *"true", "enter")
        screen.shows("Dead 10")
        press("D")
        screen.shows("Delete 10 jobs?")
        screen.watch(0.4)
        press("y")
        screen.shows("No dead jobs. All is well.")
    assert pressed <= 40, pressed
    left = program.jobs()
    assert len(left) == 30
    assert {job["state"] for job in left.values()} == {"pending"}
    assert left["typo"]["command"] == "true"
    wait_for(lambda: program.jobs("--state", "dead") == {}, what="nothing is dead")
