"""A search as its viewer knows it: what was found so far, at which match one is, and where to go next. Pure."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice

from queuectl_tui.tui.log.reader import Sought
from queuectl_tui.tui.log.search import MOST, Hit, Hits, matcher
from queuectl_tui.tui.log.stretches import Place

#: So many matches of one line are marked.
_MARKED = 500


class Finding:
    """One search, or none."""

    def __init__(self) -> None:
        self.sought: Sought | None = None
        #: The match one is at.
        self.here: Hit | None = None
        self._hits = Hits()
        self._going = False
        self._serial = 0

    @property
    def missed(self) -> bool:
        """Nothing was found."""
        return self._hits.done and not self._hits.hits

    @property
    def words(self) -> str:
        """Say how it stands, as `error 3/17`; empty: there is none."""
        if self.sought is None:
            return ""
        hits = self._hits.hits
        if not hits:
            count = "no match" if self._hits.done else "searching"
        else:
            more = "" if self._hits.done and len(hits) < MOST else "+"
            at = f"{hits.index(self.here) + 1:,}/" if self.here in hits else ""
            count = f"{at}{len(hits):,}{more}"
        return f"{self.sought.pattern} {count}"

    def begin(self, pattern: str, origin: Place | None) -> None:
        """Search from a place on; an empty pattern ends the search."""
        self._serial += 1
        self.sought = Sought(pattern, origin, self._serial) if pattern else None
        self.here, self._hits = None, Hits()
        self._going = bool(pattern)

    def take(self, sought: Sought | None, hits: Hits | None) -> Hit | None:
        """Learn what was found so far; gives the first match to go to, once it is known."""
        if hits is None or sought is None or sought != self.sought:
            return None
        self._hits = hits
        if not self._going:
            return None
        at = 0 if sought.origin is None else bisect_left(hits.hits, Hit(sought.origin, 0))
        if at == len(hits.hits):
            if not hits.to_end or not hits.hits:
                self._going = not hits.done
                return None
            at = 0
        self._going = False
        return self._go(at)

    def step(self, forward: bool, top: Place | None) -> Hit | None:
        """Go to the next match after the one one is at, or after the top of the view, or to the one before."""
        hits = self._hits.hits
        if not hits:
            return None
        if self.here in hits:
            return self._go((hits.index(self.here) + (1 if forward else -1)) % len(hits))
        at = bisect_left(hits, Hit(top, 0)) if top is not None else 0
        return self._go((at if forward else at - 1) % len(hits))

    def marks(self, place: Place, text: str) -> list[tuple[int, int, bool]]:
        """Give the matches in a line: where each begins and ends, and whether one is at it."""
        if self.sought is None:
            return []
        found = islice(matcher(self.sought.pattern).finditer(text), _MARKED)
        return [(match.start(), match.end(), self.here == (place, match.start())) for match in found]

    def state_in(self, place: Place) -> tuple[Sought | None, int | None]:
        """Give what decides which marks a line has."""
        here = self.here.start if self.here is not None and self.here.place == place else None
        return self.sought, here

    def _go(self, index: int) -> Hit:
        self.here = self._hits.hits[index]
        return self.here
