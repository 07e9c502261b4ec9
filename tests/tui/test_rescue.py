"""The UI does its part in the rescue, and tells of it."""

from __future__ import annotations

import os
import signal

from tests.program import Program, alive, wait_for
from tests.tui.screen import Screen


def test_the_ui_rescues_the_jobs_of_dead_workers(program: Program) -> None:
    """With no worker left, an open UI alone takes back the job of a killed one within seconds, and says so."""
    job = program.enqueue("--id", "orphan", "echo $$ > pid; sleep 600")
    program.ok("worker", "start")
    program.wait_state(job, "processing")
    pid = int(program.workers()[0]["pid"])
    wait_for((program.folder / "pid").exists, what="its pid")
    child = int((program.folder / "pid").read_text())
    with Screen(program, "--tab", "processing") as screen:
        screen.shows("orphan", "1/1 busy")
        os.kill(pid, signal.SIGKILL)
        screen.shows("orphan rescued from a dead worker", timeout_s=10)
        screen.keys("4")
        screen.shows("Failed 1", "orphan")
    assert not alive(child)


def test_enter_on_a_worker_goes_to_its_job(program: Program) -> None:
    """Among workers, enter shows the job that the one at the cursor runs."""
    program.enqueue("--id", "long-one", "sleep 600")
    program.ok("worker", "start")
    program.wait_state("long-one", "processing")
    with Screen(program, "--tab", "workers") as screen:
        screen.shows("busy", "long-one")
        screen.keys("enter")
        screen.shows("ELAPSED", "▌  long-one", "running")
