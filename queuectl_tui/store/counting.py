"""Count what a filter takes of a list, some jobs at a time: a million are walked without keeping anyone waiting."""

from __future__ import annotations

from typing import NamedTuple

from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store
from queuectl_tui.store.filtering import condition
from queuectl_tui.store.lists import Listing, of_state


class Counted(NamedTuple):
    """How far a count has come: what it found, and the last job that it looked at."""

    matches: int = 0
    seq: int = 0
    #: It has come to the end.
    whole: bool = False


def count_on(store: Store, listing: Listing, so_far: Counted, jobs: int) -> Counted:
    """Look at so many more jobs of a list, oldest first; what has changed behind it is not looked at again."""
    where, after = of_state(listing), so_far.seq
    walk = f"SELECT seq FROM job WHERE {where} AND seq > ? ORDER BY seq LIMIT 1 OFFSET ?"
    last = store.conn.execute(walk, (after, jobs - 1)).fetchone()
    until = after if last is None else last[0]
    bounds = "seq > ?" if last is None else "seq > ? AND seq <= ?"
    taken = condition(store.conn, listing.filter, now_ms())
    sql = f"SELECT count(*) FROM job WHERE {where} AND {bounds} AND {taken.sql}"
    (found,) = store.conn.execute(sql, (after, *([until] if last else []), *taken.params)).fetchone()
    return Counted(so_far.matches + found, until, whole=last is None)
