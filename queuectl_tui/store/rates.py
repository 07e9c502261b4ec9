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


def completed(store: Store, spans: Spans, now: int) -> tuple[int, ...]:
    """Count the jobs completed in each span, oldest first; of those that were not deleted since."""
    end = now // spans.each_ms
    begin = end - spans.number + 1
    found = store.conn.execute(
        "SELECT finished_at / ?1, count(*) FROM job WHERE state = 'completed' AND finished_at >= ?2 GROUP BY 1",
        (spans.each_ms, begin * spans.each_ms),
    )
    by_span = dict(found.fetchall())
    return tuple(by_span.get(span, 0) for span in range(begin, end + 1))
