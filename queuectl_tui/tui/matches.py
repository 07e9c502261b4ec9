"""How many jobs a filter takes: counted when nothing else is to be done, since that walks all jobs of the list."""

from __future__ import annotations

import time
from dataclasses import dataclass

from queuectl_tui.store import pages
from queuectl_tui.store.database import Store
from queuectl_tui.store.pages import Listing
from queuectl_tui.tui.look import Window

#: Counted again after so long at least, and so many times what it took, seconds.
_REST_S, _REST_TIMES = 2.0, 10.0


@dataclass(frozen=True, slots=True)
class _Counted:
    """A count, of which version of the queue, when, and how long it took."""

    listing: Listing
    matches: int
    version: int
    at: float
    took_s: float


class Matches:
    """Remembers the last count."""

    def __init__(self) -> None:
        self._counted: _Counted | None = None

    def known(self, listing: Listing) -> int | None:
        """Give how many jobs a filter took when it was counted last."""
        counted = self._counted
        return counted.matches if counted is not None and counted.listing == listing else None

    def due(self, window: Window | None, version: int) -> bool:
        """Tell whether the matches of a filter should be counted now."""
        if window is None or window.listing.filter is None or (window.part.first and window.part.last):
            return False
        counted = self._counted
        if counted is None or counted.listing != window.listing:
            return True
        rest = max(_REST_S, _REST_TIMES * counted.took_s)
        return counted.version != version and time.monotonic() - counted.at >= rest

    def count(self, store: Store, listing: Listing, version: int) -> int:
        """Count the matches of a filter."""
        begun = time.monotonic()
        matches = pages.count(store, listing)
        now = time.monotonic()
        self._counted = _Counted(listing, matches, version, now, now - begun)
        return matches
