"""The torture run: kills, stops and drains from outside break nothing, and the broken twins are caught."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.broken import BREAKS, TWINS
from tests.torture.harness import run
from tests.torture.report import Plan, Result

ROOT = Path(__file__).parent.parent.parent


def told(result: Result) -> str:
    return "\n".join(result.lines())


@pytest.mark.timeout(400)  # half a minute, but on a machine that does much else
def test_quick() -> None:
    """Under some thirty faults no job is lost, run twice at once, or left behind."""
    result = run(Plan(jobs=200, faults=30, seed=1))
    assert result.found.ok, told(result)
    assert result.reruns > 3, told(result)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_that_is_cut_off_tells_what_it_knows() -> None:
    """SIGTERM ends a run early; it says so, and prints its faults and all that can be checked."""
    words = [sys.executable, "-m", "tests.torture", "--jobs", "400", "--faults", "400", "--seed", "1"]
    call = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert call.stderr is not None
    assert "faults hit" in call.stderr.readline()
    call.send_signal(signal.SIGTERM)
    told, errors = call.communicate(timeout=200)
    assert call.returncode == 1, (told, errors)
    for words_of in ("CUT OFF", "kill\n", "rescue latency", "0  overlaps\n", "0  lost jobs\n", "all invariants 0\n"):
        assert words_of in told, (words_of, told, errors)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_seeds(seed: int) -> None:
    """The same on five seeds."""
    result = run(Plan(seed=seed))
    assert result.found.ok, told(result)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("twin", sorted(TWINS))
def test_broken_twins_are_caught(twin: str, seed: int) -> None:
    """A harness that passes a broken engine is the defect: each is told by the invariant that it breaks."""
    result = run(Plan(seed=seed, broken=twin))
    assert result.found.names & BREAKS[twin], told(result)
