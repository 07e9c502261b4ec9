"""What follows a failed attempt: another one, when, or the dead letter queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal


def delay_s(failures: int, *, base: float, cap: float, jitter: float, random: Callable[[], float]) -> float:
    """Give the delay after the nth failed attempt: min(base ** n, cap), plus or minus a share of itself, in seconds.

    `random` gives numbers from 0 to 1. The cap holds for the delay before the jitter, so that jobs that reached it
    still spread.
    """
    try:
        delay = min(float(base) ** failures, cap)
    except OverflowError:
        delay = cap
    return max(0.0, delay * (1 + jitter * (2 * random() - 1)))


def verdict(
    *, attempts: int, max_retries: int, exit_code: int | None, permanent: Sequence[tuple[int, int]]
) -> Literal["fail", "exhausted", "permanent"]:
    """Tell whether a job is tried again after its nth failed start (`fail`), or why it is dead."""
    if exit_code is not None and any(low <= exit_code <= high for low, high in permanent):
        return "permanent"
    return "exhausted" if attempts > max_retries else "fail"
