"""How many jobs a filter takes: counted bit by bit when nothing else is to be done, since that walks all jobs."""

from __future__ import annotations

import time

from queuectl_tui.store.counting import Counted, count_on
from queuectl_tui.store.database import Store
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui.look import Window

#: Counted again after so long at least, and so many times what it took, seconds.
_REST_S, _REST_TIMES = 1.0, 10.0
#: What changes with the time alone is counted again after so long, seconds.
_AGED_S = 10.0
#: One bit takes about so long, seconds; the first one is of so many jobs, and none of fewer or more than these.
_BIT_S, _FIRST = 0.05, 5_000
_LEAST, _MOST = 200, 200_000


class Matches:
    """Counts for one list at a time, and remembers the last count."""

    def __init__(self) -> None:
        self._listing: Listing | None = None
        #: The last count that came to an end; of which version of the queue, when it ended, and how long it took.
        self._last = Counted()
        self._version = -1
        self._at = self._took_s = 0.0
        #: The count that is under way; of which version, and how long it has taken.
        self._now: Counted | None = None
        self._now_version = -1
        self._now_s = 0.0
        self._jobs = _FIRST

    def known(self, listing: Listing) -> Counted | None:
        """Give how many jobs a filter took when it was counted last, or how far the first count of it has come."""
        if listing != self._listing:
            return None
        return self._last if self._last.whole else self._now

    def due(self, window: Window | None, version: int) -> bool:
        """Tell whether to count on, or anew."""
        if window is None or window.listing.filter is None or (window.part.first and window.part.last):
            return False
        if window.listing != self._listing or self._now is not None:
            return True
        changed = version != self._version
        rest = _REST_S if changed else _AGED_S
        aged = changed or window.listing.filter.ages
        return aged and time.monotonic() - self._at >= max(rest, _REST_TIMES * self._took_s)

    def count(self, store: Store, listing: Listing, version: int) -> Counted:
        """Count a bit further what the filter takes; gives what is known of it by now."""
        if listing != self._listing:
            self._listing, self._last, self._now = listing, Counted(), None
        if self._now is None:
            self._now, self._now_version, self._now_s = Counted(), version, 0.0
        begun = time.monotonic()
        self._now = count_on(store, listing, self._now, self._jobs)
        took = time.monotonic() - begun
        self._now_s += took
        if self._now.whole:
            self._last, self._version, self._now = self._now, self._now_version, None
            self._at, self._took_s = begun + took, self._now_s
        else:
            self._jobs = max(_LEAST, min(_MOST, round(self._jobs * min(2.0, _BIT_S / max(took, 0.001)))))
        return self._last if self._last.whole or self._now is None else self._now
