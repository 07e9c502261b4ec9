"""Commands that are killed in the middle: what was printed is so, and what was not is whole or untouched."""

from __future__ import annotations

import select
import signal
import subprocess
import time
from collections import Counter
from random import Random

import pytest

from tests.program import Program

pytestmark = pytest.mark.slow

_LINES = 40


def kill_enqueues(program: Program, rounds: int) -> None:
    """Kill enqueues of one job or of many, at any time or as soon as they say a word: what they printed is there."""
    random = Random(rounds)
    lines = program.folder / "lines"
    lines.write_text("true\n" * _LINES)
    begun = time.monotonic()
    program.enqueue("true")
    usual = time.monotonic() - begun
    printed: set[str] = set()
    killed = 0
    for n in range(rounds):
        many = n % 2 == 0
        with lines.open("rb") as file:
            call = program.start("enqueue", "-q", "--tag", f"t{n}", "-" if many else "true", stdin=file)
        assert call.stdout is not None
        # Half of them in the moment when what they print must be kept already.
        select.select([call.stdout], [], [], 10 if n % 4 < 2 else random.uniform(0, 1.2 * usual))
        call.kill()
        out, _ = call.communicate(timeout=20)
        killed += call.returncode == -signal.SIGKILL
        printed.update(out.decode().split("\n")[:-1])
    jobs = program.jobs()
    assert printed <= set(jobs), sorted(printed - set(jobs))
    tagged = Counter(job["tags"][0] for job in jobs.values() if job["tags"])
    assert {tagged[f"t{n}"] for n in range(0, rounds, 2)} <= {0, _LINES}, "a batch is there whole or not at all"
    assert killed > rounds // 3, "most of them were not killed before their end"
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
    """Each job that a killed act was to change is changed or as it was, in its history and the counts too."""
    random = Random(1)
    ids = program.enqueue_all(["true"] * 1000)
    listed = program.folder / "ids"
    listed.write_text("\n".join(ids))
    usual, killed = 0.0, 0
    for words in (["cancel", "-"], ["retry", "-"]) * 8:
        begun = time.monotonic()
        with listed.open("rb") as file:
            call = program.start(*words, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if usual:
            time.sleep(random.uniform(0.4, 1.0) * usual)
            call.kill()
        if call.wait(20) == -signal.SIGKILL:
            killed += 1
        else:
            # The machine may have been slower when the time was taken.
            usual = min(usual or 60.0, time.monotonic() - begun)
        program.ok("doctor")
    assert killed > 8, "most of them were not killed before their end"
    for there in program.jobs().values():
        assert (there["state"], there["reason"]) in (("pending", None), ("dead", "canceled"))
    for job in random.sample(ids, 25):
        assert program.json("history", job)[-1]["to"] == program.state(job)
    program.ok("clear", "--yes")
    assert program.jobs() == {}
