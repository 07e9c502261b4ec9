"""How fast the queue works just now."""

from __future__ import annotations

from queuectl_tui.store.database import Store

#: The last spans that are looked at, and how long each is, ms.
SPANS, SPAN_MS = 10, 6000


def completed(store: Store, now: int) -> tuple[int, ...]:
    """Count the jobs completed in each of the last spans, oldest first; of those that were not deleted since."""
    end = now // SPAN_MS
    found = store.conn.execute(
        "SELECT finished_at / ?1, count(*) FROM job WHERE state = 'completed' AND finished_at >= ?2 GROUP BY 1",
        (SPAN_MS, (end - SPANS + 1) * SPAN_MS),
    )
    by_span = dict(found.fetchall())
    return tuple(by_span.get(span, 0) for span in range(end - SPANS + 1, end + 1))
