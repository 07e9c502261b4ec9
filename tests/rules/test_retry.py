"""What follows a failed attempt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.rules.retry import delay_s, verdict


def test_the_delays_of_the_defaults() -> None:
    """2 s, 4 s, 8 s."""
    assert [delay_s(n, base=2, cap=3600, jitter=0, random=lambda: 0.9) for n in (1, 2, 3)] == [2, 4, 8]


@pytest.mark.parametrize(
    ("base", "n", "wanted"), [(10, 400, 3600), (1000, 10**6, 3600), (0, 5, 0), (1, 900, 1), (0.5, 2, 0.25)]
)
def test_no_delay_overflows(base: float, n: int, wanted: float) -> None:
    """However often it failed, the delay is a number within the cap."""
    assert delay_s(n, base=base, cap=3600, jitter=0, random=lambda: 0.5) == wanted


@given(st.floats(0, 1), st.floats(0, 1, exclude_max=True), st.integers(1, 50))
def test_jitter_is_a_share_of_the_delay(jitter: float, drawn: float, n: int) -> None:
    """The delay stays within its share, and is never negative."""
    plain = delay_s(n, base=2, cap=100, jitter=0, random=lambda: drawn)
    spread = delay_s(n, base=2, cap=100, jitter=jitter, random=lambda: drawn)
    assert plain * (1 - jitter) - 1e-9 <= spread <= plain * (1 + jitter) + 1e-9


@pytest.mark.parametrize(
    ("attempts", "code", "wanted"),
    [
        (1, 1, "fail"),
        (2, 1, "fail"),
        (3, 1, "exhausted"),
        (1, 64, "permanent"),
        (1, 78, "permanent"),
        (1, None, "fail"),
    ],
)
def test_verdicts(attempts: int, code: int | None, wanted: str) -> None:
    """A budget of two retries is three starts; a permanent code is dead at once."""
    assert verdict(attempts=attempts, max_retries=2, exit_code=code, permanent=((2, 2), (64, 78))) == wanted
