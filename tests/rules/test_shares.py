"""Shares are written so that what is missing is not rounded away."""

from __future__ import annotations

import pytest

from queuectl_tui.rules.shares import percent


@pytest.mark.parametrize(
    ("share", "said"), [(1, "100.0%"), (0.99996, "99.9%"), (0.979, "97.9%"), (0.5, "50.0%"), (0, "0.0%")]
)
def test_only_all_is_all(share: float, said: str) -> None:
    """One dead job of a million shows; all is all."""
    assert percent(share) == said
