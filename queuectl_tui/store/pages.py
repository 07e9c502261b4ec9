"""Parts of a list of any length, each found by the key of a row beside it: the millionth costs as the first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from queuectl_tui.rules.records import Alike, Job
from queuectl_tui.store import settings
from queuectl_tui.store.database import Store
from queuectl_tui.store.lists import Listing, Place, beyond, in_order, stretches
from queuectl_tui.store.reading import Reading

_IN_ONE_QUERY = 500


class Row(NamedTuple):
    """A job and its place in the list."""

    job: Job
    place: Place


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list in its order; whether the list begins and ends with them."""

    rows: tuple[Row, ...]
    first: bool
    last: bool
    #: Which of them was asked for, or comes first after it; a tuple has an `index` of its own.
    index: int = 0


class Seen(NamedTuple):
    """As much of a job as an act on many of them needs to know."""

    id: str
    state: str
    held: bool
    started_at: int | None


_SEEN = ", ".join(Seen._fields)


def beginning(store: Store, listing: Listing, count: int) -> Part:
    """Give the first rows of a list."""
    return _Reader(store, listing).around(None, 0, count)


def ending(store: Store, listing: Listing, count: int) -> Part:
    """Give the last rows of a list."""
    reader = _Reader(store, listing)
    rows, first = reader.take(None, count, backward=True)
    return Part(tuple(reversed(rows)), first, last=True, index=max(0, len(rows) - 1))


def around(store: Store, listing: Listing, place: Place, before: int, after: int) -> Part:
    """Give the rows before a place and, with who stands there, those after it."""
    return _Reader(store, listing).around(place, before, after)


def at(store: Store, listing: Listing, position: int, count: int, total: int) -> Part:
    """Give the rows from a position on, which is counted from the nearer end."""
    reader = _Reader(store, listing)
    if position <= total // 2:
        rows = reader.skip(position, count, backward=False)
    else:
        count = min(count, total - position)
        rows = list(reversed(reader.skip(total - position - count, count, backward=True)))
    if not rows:
        return beginning(store, listing, count)
    return Part(tuple(rows), position == 0, position + len(rows) >= total)


def place_of(store: Store, listing: Listing, seq: int) -> Place | None:
    """Say where a job stands in the list now; None when it is not of it."""
    for number, stretch in enumerate(stretches(store.conn, listing)):
        columns = ", ".join(column for column, _ in stretch.order)
        sql = f"SELECT {columns} FROM job WHERE seq = ? AND {stretch.sql}"
        row = store.conn.execute(sql, (seq, *stretch.condition.params)).fetchone()
        if row is not None:
            return Place(number, tuple(row))
    return None


def position(store: Store, listing: Listing, place: Place) -> int:
    """Count the rows before a place; the time it takes grows with their number."""
    found = 0
    for number, stretch in enumerate(stretches(store.conn, listing)):
        if number == place.stretch:
            for where, params, _ in beyond(stretch, place.key, backward=True, own=False):
                found += _count(store.conn, f"{stretch.sql} AND {where}", (*stretch.condition.params, *params))
            return found
        found += _count(store.conn, stretch.sql, stretch.condition.params)
    return found


def seen(store: Store, listing: Listing) -> Iterator[Seen]:
    """Give all the list's jobs, in its order."""
    for stretch in stretches(store.conn, listing):
        order = in_order(stretch.order, backward=False)
        sql = f"SELECT {_SEEN} FROM job WHERE {stretch.sql} ORDER BY {order}"
        yield from map(Seen._make, store.conn.execute(sql, stretch.condition.params))


def among(store: Store, listing: Listing, ids: Sequence[str]) -> list[Seen]:
    """Give those of the jobs that are of the list now, in the order given."""
    found: dict[str, Seen] = {}
    parts = stretches(store.conn, listing)
    for start in range(0, len(ids), _IN_ONE_QUERY):
        chunk = ids[start : start + _IN_ONE_QUERY]
        marks = ", ".join("?" * len(chunk))
        for stretch in parts:
            sql = f"SELECT {_SEEN} FROM job WHERE id IN ({marks}) AND {stretch.sql}"
            rows = map(Seen._make, store.conn.execute(sql, (*chunk, *stretch.condition.params)))
            found |= {row.id: row for row in rows}
    return [found[name] for name in ids if name in found]


def alike(store: Store, ids: Sequence[str]) -> Alike:
    """Give what jobs have in common of what an edit may change; the limits are the effective ones."""
    ours = settings.load(store.conn)
    columns = ["command", "queue", "priority", "IFNULL(max_retries, ?)", "IFNULL(timeout_s, ?)"]
    ends = ", ".join(f"min({column}), max({column})" for column in columns)
    limits = [*[ours.max_retries] * 2, *[ours.job_timeout] * 2]
    found: list[set[Any]] = [set() for _ in columns]
    for start in range(0, len(ids), _IN_ONE_QUERY):
        chunk = ids[start : start + _IN_ONE_QUERY]
        sql = f"SELECT {ends} FROM job WHERE id IN ({', '.join('?' * len(chunk))})"
        for row in store.conn.execute(sql, (*limits, *chunk)):
            for n, values in enumerate(found if row[0] is not None else []):
                values.update(row[2 * n : 2 * n + 2])
    return Alike(*(values.pop() if len(values) == 1 else None for values in found))


class _Reader:
    """One look at a list."""

    def __init__(self, store: Store, listing: Listing) -> None:
        self._conn = store.conn
        self._stretches = stretches(store.conn, listing)
        self._reading = Reading(store)

    def around(self, place: Place | None, before: int, after: int) -> Part:
        """Give the rows on both sides of a place (None: of the beginning)."""
        earlier: list[Row] = []
        first = True
        if place is not None:
            earlier, first = self.take(place, before, backward=True)
        later, last = self.take(place, after, backward=False)
        return Part((*reversed(earlier), *later), first, last, len(earlier))

    def take(self, place: Place | None, count: int, *, backward: bool) -> tuple[list[Row], bool]:
        """Give rows from a place on (None: from an end), with who stands there if forward; and whether they end."""
        rows: list[Row] = []
        numbers = range(len(self._stretches))
        for number in reversed(numbers) if backward else numbers:
            stretch = self._stretches[number]
            if place is not None and (number > place.stretch if backward else number < place.stretch):
                continue
            here = place is not None and number == place.stretch
            tails: Sequence[tuple[str, tuple[Any, ...], int]] = [("1", (), 0)]
            if here and place is not None:
                tails = beyond(stretch, place.key, backward=backward, own=not backward)
            for where, params, fixed in tails:
                order = in_order(stretch.order[fixed:], backward=backward) or "1"
                # One more than wanted tells whether there are more.
                limit = count + 1 - len(rows)
                sql = f"SELECT * FROM job WHERE {stretch.sql} AND {where} ORDER BY {order} LIMIT {limit}"
                rows += self._rows(number, sql, (*stretch.condition.params, *params))
                if len(rows) > count:
                    return rows[:count], False
        return rows, True

    def skip(self, skipped: int, count: int, *, backward: bool) -> list[Row]:
        """Give rows after so many others, from an end."""
        rows: list[Row] = []
        numbers = range(len(self._stretches))
        for number in reversed(numbers) if backward else numbers:
            stretch = self._stretches[number]
            if skipped and len(self._stretches) > 1:
                here = _count(self._conn, stretch.sql, stretch.condition.params)
                if here <= skipped:
                    skipped -= here
                    continue
            order = in_order(stretch.order, backward=backward)
            sql = f"SELECT * FROM job WHERE {stretch.sql} ORDER BY {order} LIMIT ? OFFSET ?"
            rows += self._rows(number, sql, (*stretch.condition.params, count - len(rows), skipped))
            skipped = 0
            if len(rows) >= count:
                break
        return rows

    def _rows(self, number: int, sql: str, params: Sequence[Any]) -> Iterator[Row]:
        cursor = self._conn.execute(sql, params)
        names = [column[0] for column in cursor.description]
        order = self._stretches[number].order
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            yield Row(self._reading.job(row), Place(number, tuple(row[column] for column, _ in order)))


def _count(conn: sqlite3.Connection, where: str, params: Sequence[Any]) -> int:
    return int(conn.execute(f"SELECT count(*) FROM job WHERE {where}", params).fetchone()[0])
