"""Shares in words. Pure."""

from __future__ import annotations


def percent(share: float) -> str:
    """Write a share of one as `97.9%`; what is not all is never `100.0%`."""
    return f"{min(share, 0.999) if share < 1 else share:.1%}"
