"""A UI that is killed in the middle of an act: each job is as it was or as it should be, and the queue goes on."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from tests.program import Program, alive, processes_of, wait_for
from tests.tui.screen import Screen

#: Jobs of one commit of a long act.
_AT_ONCE = 250
_JOBS = 600
#: Kills the program at its nth commit, just before or just after it.
_KILL = """
import os, signal, queuectl_tui.store.database as database
left = {nth}
class Killed(database.Transaction):
    def __exit__(self, *args):
        global left
        left -= 1
        if left == 0 and {before}:
            os.kill(os.getpid(), signal.SIGKILL)
        super().__exit__(*args)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
database.Transaction = Killed
"""
POINTS = [(nth, when) for nth in (1, 2, 3) for when in ("before", "after")]
_EACH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture
def dead(program: Program) -> Program:
    """A queue with many dead jobs, each with a run and its output."""
    program.set("max_retries", 0)
    program.enqueue_all([{"id": f"j{n}", "command": "echo out; exit 3"} for n in range(_JOBS)])
    program.drain("--count", "2")
    return program


def kill_at(program: Program, nth: int, when: str, acts: Callable[[Screen], None], *, tab: str = "dead") -> None:
    """Have a person do something in the UI, which is killed at its nth commit; the queue is whole then."""
    words = program.words
    program.patch(_KILL.format(nth=nth, before=when == "before"))
    with Screen(program, "--tab", tab) as screen:
        acts(screen)
        assert screen.end() == -signal.SIGKILL
    program.words = words
    program.ok("doctor")


def committed(nth: int, when: str) -> int:
    """How many of the jobs were acted on."""
    return min(_JOBS, _AT_ONCE * (nth - (when == "before")))


def on_all(*keys: str, question: str) -> Callable[[Screen], None]:
    """Press a key for all jobs, and say yes."""

    def acts(screen: Screen) -> None:
        screen.shows(f"Dead {_JOBS}")
        screen.keys("*")
        screen.shows(f"{_JOBS} marked")
        screen.keys(*keys)
        screen.shows(question)
        screen.watch(0.4)
        screen.keys("y")

    return acts


@pytest.mark.slow
@pytest.mark.parametrize(("nth", "when"), POINTS)
def test_retrying_many(dead: Program, nth: int, when: str) -> None:
    """Each job is dead or retried, in its history too; all that were retried run."""
    kill_at(dead, nth, when, on_all("r", question=f"Retry {_JOBS} jobs?"))
    jobs = dead.jobs()
    states = Counter(job["state"] for job in jobs.values())
    assert states == +Counter(pending=committed(nth, when), dead=_JOBS - committed(nth, when))
    for name in ("j0", "j249", "j250", "j499", "j599"):
        assert dead.json("history", name)[-1]["to"] == jobs[name]["state"]
    dead.drain("--count", "2")
    assert Counter(job["attempts"] for job in dead.jobs().values()) == {1: _JOBS}


@pytest.mark.slow
@pytest.mark.parametrize(("nth", "when"), POINTS)
def test_deleting_many(dead: Program, nth: int, when: str) -> None:
    """Each job is gone, or there with all that it printed."""
    kill_at(dead, nth, when, on_all("D", question=f"Delete {_JOBS} jobs?"))
    left = dead.jobs()
    assert len(left) == _JOBS - committed(nth, when)
    for name in Random(1).sample(sorted(left), min(5, len(left))):
        assert dead.output(name) == "out\n"
        assert len(dead.job(name)["runs"]) == 1
    dead.ok("dlq", "retry", "--all")
    dead.drain("--count", "2")
    assert len(dead.jobs("--state", "dead")) == len(left)


@pytest.mark.parametrize("when", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_editing_and_retrying(program: Program, when: str) -> None:
    """A job is edited and retried, or neither: none is left dead with the new command."""
    program.set("max_retries", 0)
    program.enqueue_all([{"id": name, "command": "flase"} for name in ("a", "b")])
    program.drain()

    def acts(screen: Screen) -> None:
        screen.shows("Dead 2")
        screen.keys("*")
        screen.shows("2 marked")
        screen.keys("e")
        screen.shows("Edit 2 jobs")
        screen.watch(0.4)
        screen.keys("\x15", "true", "enter")

    kill_at(program, 1, when, acts)
    wanted = ("flase", "dead") if when == "before" else ("true", "pending")
    assert {(job["command"], job["state"]) for job in program.jobs().values()} == {wanted}
    moves = [change["move"] for change in program.json("history", "a")]
    assert moves[-2:] == (["claim", "bury"] if when == "before" else ["edit", "retry"])


@pytest.mark.slow
@_EACH
def test_enqueueing_and_saving_settings(program: Program, when: str) -> None:
    """A job of the form is there whole, and runs, or is not there; of changed settings all are kept, or none."""

    def enqueues(screen: Screen) -> None:
        screen.shows("Nothing waits")
        screen.keys("a")
        screen.shows("Enqueue a command")
        screen.send("echo hi")
        screen.keys("enter")

    kill_at(program, 1, when, enqueues, tab="pending")
    program.drain()
    jobs = program.jobs()
    assert [program.output(name) for name in jobs] == ([] if when == "before" else ["hi\n"])

    def saves(screen: Screen) -> None:
        screen.shows("Completed")
        screen.keys(",")
        screen.shows("max_retries")
        screen.send("\x157")
        screen.keys("tab")
        screen.send("\x153")
        screen.shows("was 3", "was 2")
        screen.keys("enter")

    kill_at(program, 1, when, saves, tab="pending")
    kept = {key: program.ok("config", "get", key).strip() for key in ("max_retries", "backoff_base")}
    assert list(kept.values()) == (["3", "2"] if when == "before" else ["7", "3"])


@pytest.mark.slow
@_EACH
def test_draining_a_worker(program: Program, when: str) -> None:
    """A worker that was to leave leaves after its job, though nobody could poke it, or works on as if never asked."""
    program.enqueue("--id", "runs", program.gate)
    program.ok("worker", "start")
    program.wait_state("runs", "processing")

    def drains(screen: Screen) -> None:
        screen.shows("1/1 busy")
        screen.keys("-")

    kill_at(program, 1, when, drains, tab="workers")
    (worker,) = program.workers()
    assert worker["state"] == ("busy" if when == "before" else "stopping")
    program.open_gate()
    program.wait_state("runs", "completed")
    if when == "before":
        program.wait_state(program.enqueue("true"), "completed")
    else:
        wait_for(lambda: not alive(worker["pid"]), what="its end")


def started_and_killed(program: Program, after_s: float) -> int:
    """Start a worker by key, and kill the UI so long after; gives how many workers there are, all of them at work."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        screen.keys("+")
        screen.watch(after_s)
        screen.signal(signal.SIGKILL)
        screen.wait(10)

    def settled() -> bool:
        """Every process that is left is a worker of the list."""
        return set(processes_of(program.folder)) == {worker["pid"] for worker in program.workers()}

    wait_for(settled, what="workers that are known, and nothing else")
    there = program.workers()
    assert all(worker["state"] == "idle" for worker in there), there
    if there:
        program.wait_state(program.enqueue("true"), "completed")
        program.ok("clear", "--yes")
    program.ok("worker", "stop")
    assert not processes_of(program.folder)
    return len(there)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_starting_a_worker(program: Program) -> None:
    """Whenever the UI is killed: a worker whose start it did not live to see is on the list and works, or is not."""
    begun = time.monotonic()
    program.ok("worker", "start")
    usual = time.monotonic() - begun
    program.ok("worker", "stop")
    found = [started_and_killed(program, n / 16 * 1.5 * usual) for n in range(16)]
    assert set(found) == {0, 1}, found
