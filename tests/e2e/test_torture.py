"""The torture run: kills, stops and drains from outside break nothing, and the broken twins are caught."""

from __future__ import annotations

import pytest

from tests.torture.broken import BREAKS, TWINS
from tests.torture.harness import Plan, Result, run


def told(result: Result) -> str:
    return "\n".join(result.lines())


@pytest.mark.timeout(400)  # half a minute, but on a machine that does much else
def test_quick() -> None:
    """Under some thirty faults no job is lost, run twice at once, or left behind."""
    result = run(Plan(jobs=200, faults=30, seed=1))
    assert result.found.ok, told(result)
    assert result.reruns > 3, told(result)


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
