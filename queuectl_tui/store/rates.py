"""How fast the queue works just now."""

from __future__ import annotations

from typing import NamedTuple

from queuectl_tui.store.database import Store


class Spans(NamedTuple):
    """Equal spans of time up to now."""

    number: int
    #: How long each is, ms.
    each_ms: int


#: The last minute, and the last hour.
MINUTE, HOUR = Spans(10, 6000), Spans(60, 60_000)


#: What ends in a span may be written so much later, ms.
_LATE_MS = 2000


def completed(store: Store, spans: Spans, now: int) -> tuple[int, ...]:
    """Count the jobs completed in each span, oldest first; of those that were not deleted since."""
    return Rate(spans).look(store, now)


class Rate:
    """Counts the jobs completed in each span, as time goes by.

    A span that is over is not counted again: in the last minute there may be a hundred thousand jobs. So a job that
    is deleted then is still counted.
    """

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._counted: dict[int, int] = {}
        #: When it was looked last; a clock may be set back since.
        self._now = 0
        #: Nothing is written any more of the spans before this one.
        self._open = 0

    def look(self, store: Store, now: int) -> tuple[int, ...]:
        """Give the counts up to now, oldest first."""
        number, each_ms = self._spans
        end = now // each_ms
        begin = end - number + 1
        since = max(begin, self._open) if now >= self._now else begin
        found = store.conn.execute(
            "SELECT finished_at / ?1, count(*) FROM job WHERE state = 'completed' AND finished_at >= ?2 GROUP BY 1",
            (each_ms, since * each_ms),
        )
        over = {span: count for span, count in self._counted.items() if begin <= span < since}
        self._counted = over | dict(found.fetchall())
        self._now, self._open = now, (now - _LATE_MS) // each_ms
        return tuple(self._counted.get(span, 0) for span in range(begin, end + 1))
