"""Load and save the queue's settings; kept in the queue itself, read in the transaction that uses them.

No peewee here: the hot path reads them before each claim.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.settings import Settings
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.database import Store


def load(conn: sqlite3.Connection) -> Settings:
    """Give the settings in force."""
    return Settings.from_rows(tuple(conn.execute("SELECT key, value FROM setting ORDER BY key").fetchall()))


def stored(store: Store) -> dict[str, str]:
    """Give the kept text of each setting that was changed, by key."""
    return dict(store.conn.execute("SELECT key, value FROM setting").fetchall())


def save(store: Store, changes: Mapping[str, str | None], *, seen: Mapping[str, str] | None = None) -> None:
    """Change all the given settings or none; None goes back to the default.

    With `seen`, what was `stored` when they were looked at: raises Refused when one of them has changed since.
    """
    with store.write() as conn:
        now = stored(store)
        for key in changes if seen is not None else ():
            if seen is not None and now.get(key) not in (seen.get(key), changes[key]):
                raise Refused(f"{key} was changed meanwhile: it is {now.get(key, 'the default')} now")
        for key, text in changes.items():
            if text is None:
                conn.execute("DELETE FROM setting WHERE key = ?", (key,))
            else:
                conn.execute(
                    "INSERT INTO setting (key, value, changed_at) VALUES (?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at",
                    (key, text, now_ms()),
                )
