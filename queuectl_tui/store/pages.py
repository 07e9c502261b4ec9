"""Parts of a list of any length, each found by the key of a row beside it: the millionth costs as the first.

A list is one or several stretches, each with an order that an index serves; a place in it is a stretch and a key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.filters import Filter
from queuectl_tui.rules.records import Job
from queuectl_tui.rules.states import STATES
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.filtering import Condition, condition
from queuectl_tui.store.reading import Reading

#: What a list can be sorted by, and the column behind it.
SORTS = {
    "id": "id",
    "state": "state",
    "queue": "queue",
    "prio": "priority",
    "try": "attempts",
    "due": "due_at",
    "exit": "exit_code",
    "command": "command",
    "started": "started_at",
    "finished": "finished_at",
    "took": "duration_ms",
    "worker": "worker",
    "error": "error",
    "reason": "reason",
}

_IN_ONE_QUERY = 500
_NULLABLE = {"exit_code", "started_at", "finished_at", "duration_ms", "worker", "error", "reason"}


@dataclass(frozen=True, slots=True)
class Listing:
    """Which jobs (of one state, or None: of all; that a filter takes), and their order: `list`'s, or a key of SORTS."""

    state: str | None = None
    sort: str | None = None
    reverse: bool = False
    filter: Filter | None = None


class Place(NamedTuple):
    """Where in a list a job stands, or stood: the number of the stretch, and the values of its order."""

    stretch: int
    key: tuple[Any, ...]


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
    #: Which of them was asked for, or comes first after it.
    index: int = 0


class Seen(NamedTuple):
    """As much of a job as an act on many of them needs to know."""

    id: str
    state: str
    held: bool
    started_at: int | None


_SEEN = ", ".join(Seen._fields)


class _Stretch(NamedTuple):
    where: str
    #: (column, descending); the last one is unique.
    order: tuple[tuple[str, bool], ...]
    #: What a filter asks beside.
    condition: Condition = Condition()

    @property
    def sql(self) -> str:
        """The whole condition; its parameters are those of the filter's."""
        return f"{self.where} AND {self.condition.sql}"


# Each condition is that of an index, with literals, or the index would not serve.
_PENDING = (
    _Stretch("ready = 1 AND state = 'pending'", (("priority", True), ("seq", False))),
    _Stretch("state = 'pending' AND ready = 0 AND held = 0 AND blocked = 0", (("due_at", False), ("seq", False))),
    _Stretch("state = 'pending' AND ready = 0 AND (held = 1 OR blocked > 0)", (("seq", False),)),
)


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
    for number, stretch in enumerate(_stretches(listing)):
        columns = ", ".join(column for column, _ in stretch.order)
        sql = f"SELECT {columns} FROM job WHERE seq = ? AND {stretch.sql}"
        row = store.conn.execute(sql, (seq, *stretch.condition.params)).fetchone()
        if row is not None:
            return Place(number, tuple(row))
    return None


def position(store: Store, listing: Listing, place: Place) -> int:
    """Count the rows before a place; the time it takes grows with their number."""
    found = 0
    for number, stretch in enumerate(_stretches(listing)):
        if number == place.stretch:
            for where, params, _ in _beyond(stretch, place.key, backward=True, own=False):
                found += _count(store.conn, f"{stretch.sql} AND {where}", (*stretch.condition.params, *params))
            return found
        found += _count(store.conn, stretch.sql, stretch.condition.params)
    return found


def count(store: Store, listing: Listing) -> int:
    """Count the jobs of a list; with a filter that walks all of them."""
    return sum(_count(store.conn, stretch.sql, stretch.condition.params) for stretch in _stretches(listing))


def seen(store: Store, listing: Listing) -> Iterator[Seen]:
    """Give all the list's jobs, in its order."""
    for stretch in _stretches(listing):
        order = _order(stretch.order, backward=False)
        sql = f"SELECT {_SEEN} FROM job WHERE {stretch.sql} ORDER BY {order}"
        yield from map(Seen._make, store.conn.execute(sql, stretch.condition.params))


def among(store: Store, listing: Listing, ids: Sequence[str]) -> list[Seen]:
    """Give those of the jobs that are of the list now, in the order given."""
    found: dict[str, Seen] = {}
    stretches = _stretches(listing)
    for start in range(0, len(ids), _IN_ONE_QUERY):
        chunk = ids[start : start + _IN_ONE_QUERY]
        marks = ", ".join("?" * len(chunk))
        for stretch in stretches:
            sql = f"SELECT {_SEEN} FROM job WHERE id IN ({marks}) AND {stretch.sql}"
            rows = map(Seen._make, store.conn.execute(sql, (*chunk, *stretch.condition.params)))
            found |= {row.id: row for row in rows}
    return [found[name] for name in ids if name in found]


class _Reader:
    """One look at a list."""

    def __init__(self, store: Store, listing: Listing) -> None:
        self._conn = store.conn
        self._stretches = _stretches(listing)
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
                tails = _beyond(stretch, place.key, backward=backward, own=not backward)
            for where, params, fixed in tails:
                order = _order(stretch.order[fixed:], backward=backward) or "1"
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
            order = _order(stretch.order, backward=backward)
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


def _stretches(listing: Listing) -> tuple[_Stretch, ...]:
    found = condition(listing.filter, now_ms())
    return tuple(stretch._replace(condition=found) for stretch in _unfiltered(listing))


def _unfiltered(listing: Listing) -> tuple[_Stretch, ...]:
    if listing.state is not None and listing.state not in STATES:
        raise InvalidInput(f"state: no state {listing.state!r}; one of {', '.join(STATES)}")
    where = "1" if listing.state is None else f"state = '{listing.state}'"
    if listing.sort is not None:
        if listing.sort not in SORTS:
            raise InvalidInput(f"sort: no column {listing.sort!r}; one of {', '.join(SORTS)}")
        return (_Stretch(where, ((SORTS[listing.sort], listing.reverse), ("seq", True))),)
    if listing.state == "pending" and not listing.reverse:
        return _PENDING
    return (_Stretch(where, (("seq", not listing.reverse),)),)


def _beyond(
    stretch: _Stretch, key: tuple[Any, ...], *, backward: bool, own: bool
) -> list[tuple[str, tuple[Any, ...], int]]:
    """Say what comes after a key, nearest first, as pieces each of which its index serves.

    Each is (condition, parameters, how many columns of the order it holds fast); `own`: the key's row comes first.
    """
    found: list[tuple[str, tuple[Any, ...], int]] = []
    names = [column for column, _ in stretch.order]
    if own:
        found.append((" AND ".join(f"{name} IS ?" for name in names), key, len(names)))
    for fixed in range(len(names) - 1, -1, -1):
        name, descending = stretch.order[fixed]
        same = [f"{column} IS ?" for column in names[:fixed]]
        value = key[fixed]
        if descending != backward:
            # NULL comes first where values rise, and so last where they fall.
            if value is None:
                continue
            below = f"({name} < ? OR {name} IS NULL)" if name in _NULLABLE else f"{name} < ?"
            found.append((" AND ".join([*same, below]), key[: fixed + 1], fixed))
        elif value is None:
            found.append((" AND ".join([*same, f"{name} IS NOT NULL"]), key[:fixed], fixed))
        else:
            found.append((" AND ".join([*same, f"{name} > ?"]), key[: fixed + 1], fixed))
    return found


def _order(order: Sequence[tuple[str, bool]], *, backward: bool) -> str:
    return ", ".join(f"{column} DESC" if descending != backward else column for column, descending in order)


def _count(conn: sqlite3.Connection, where: str, params: Sequence[Any]) -> int:
    return int(conn.execute(f"SELECT count(*) FROM job WHERE {where}", params).fetchone()[0])
