"""Commands that are killed in the middle: what was printed is so, and what was not is whole or untouched."""

from __future__ import annotations

import subprocess
from random import Random

import pytest

from tests.program import Program

pytestmark = pytest.mark.slow

_LINES = 40


def kill_enqueues(program: Program, rounds: int) -> None:
    """Kill an enqueue, of one job or of many, at a time of its own; every id that it printed is there."""
    random = Random(rounds)
    printed: set[str] = set()
    killed = 0
    for n in range(rounds):
        many = n % 2 == 0
        words = ("enqueue", "-q", "--tag", f"t{n}", "-" if many else "true")
        call = program.start(*words, stdin=subprocess.PIPE)
        try:
            out, _ = call.communicate(b"true\n" * _LINES if many else b"", timeout=random.uniform(0.02, 0.35))
        except subprocess.TimeoutExpired:
            call.kill()
            out, _ = call.communicate()
            killed += 1
        printed.update(out.decode().split("\n")[:-1])
    jobs = program.jobs()
    assert printed <= set(jobs), sorted(printed - set(jobs))
    tagged = [job["tags"][0] for job in jobs.values()]
    assert {tagged.count(f"t{n}") for n in range(0, rounds, 2)} <= {0, _LINES}, "a batch is there whole or not at all"
    assert killed > rounds // 4
    program.ok("doctor")


def test_killed_enqueues(program: Program) -> None:
    """Of a dozen killed enqueues every id that was printed is there."""
    kill_enqueues(program, 12)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_killed_enqueues(program: Program) -> None:
    """And of two hundred."""
    kill_enqueues(program, 200)


def test_killed_acts(program: Program) -> None:
    """Each job that a killed act was to change is changed or as it was; the counts are right, and the act can go on."""
    ids = program.enqueue_all(["true"] * 1000)
    random = Random(1)
    listed = "\n".join(ids).encode()
    for words in (
        ["hold", "-"],
        ["release", "-"],
        ["cancel", "-"],
        ["retry", "-"],
        ["delete", "-"],
        ["clear", "--yes"],
    ):
        call = program.start(*words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            call.communicate(listed, timeout=random.uniform(0.15, 0.45))
        except subprocess.TimeoutExpired:
            call.kill()
            call.communicate()
        for job in program.jobs().values():
            assert (job["state"], job["reason"]) in (("pending", None), ("dead", "canceled"))
    program.ok("doctor")
    program.ok("clear", "--yes")
    assert program.jobs() == {}
