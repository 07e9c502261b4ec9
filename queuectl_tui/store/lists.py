"""What a list is: which jobs, in which order, and how what lies beyond a place in it is asked for.

A list is one or several stretches, each with an order that an index serves; a place in it is a stretch and a key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.filters import Filter
from queuectl_tui.rules.states import STATES
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.filtering import Condition, condition

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

_NULLABLE = {"exit_code", "started_at", "finished_at", "duration_ms", "worker", "error", "reason"}


class Listing(NamedTuple):
    """Which jobs (of one state, or None: of all; that a filter takes), and their order: `list`'s, or a key of SORTS."""

    state: str | None = None
    sort: str | None = None
    reverse: bool = False
    filter: Filter | None = None


class Place(NamedTuple):
    """Where in a list a job stands, or stood: the number of the stretch, and the values of its order."""

    stretch: int
    key: tuple[Any, ...]


class Stretch(NamedTuple):
    """Jobs that one index serves in one order."""

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
    Stretch("ready = 1 AND state = 'pending'", (("priority", True), ("seq", False))),
    Stretch("state = 'pending' AND ready = 0 AND held = 0 AND blocked = 0", (("due_at", False), ("seq", False))),
    Stretch("state = 'pending' AND ready = 0 AND (held = 1 OR blocked > 0)", (("seq", False),)),
)


def stretches(conn: sqlite3.Connection, listing: Listing) -> tuple[Stretch, ...]:
    """Give the stretches of a list, in its order; a filter takes what it takes now."""
    found = condition(conn, listing.filter, now_ms())
    return tuple(stretch._replace(condition=found) for stretch in _unfiltered(listing))


def of_state(listing: Listing) -> str:
    """Give the condition that a job has the state of a list; its index goes by `seq`."""
    if listing.state is not None and listing.state not in STATES:
        raise InvalidInput(f"state: no state {listing.state!r}; one of {', '.join(STATES)}")
    return "1" if listing.state is None else f"state = '{listing.state}'"


def _unfiltered(listing: Listing) -> tuple[Stretch, ...]:
    where = of_state(listing)
    if listing.sort is not None:
        if listing.sort not in SORTS:
            raise InvalidInput(f"sort: no column {listing.sort!r}; one of {', '.join(SORTS)}")
        return (Stretch(where, ((SORTS[listing.sort], listing.reverse), ("seq", True))),)
    if listing.state == "pending" and not listing.reverse:
        return _PENDING
    return (Stretch(where, (("seq", not listing.reverse),)),)


def beyond(
    stretch: Stretch, key: tuple[Any, ...], *, backward: bool, own: bool
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


def in_order(order: Sequence[tuple[str, bool]], *, backward: bool) -> str:
    """Write an order, or the opposite one."""
    return ", ".join(f"{column} DESC" if descending != backward else column for column, descending in order)
