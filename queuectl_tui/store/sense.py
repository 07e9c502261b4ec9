"""Whether the rows of a queue make sense, where SQLite only knows that they can be read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from functools import lru_cache

from queuectl_tui.rules.pieces import ENTRY_BYTES
from queuectl_tui.rules.states import STATES, State
from queuectl_tui.rules.times import LATEST_MS

_KINDS = {"INTEGER": ("integer",), "REAL": ("real", "integer"), "TEXT": ("text",), "BLOB": ("blob",)}
#: Columns that hold a JSON document: an array of texts, or an object of texts.
_DOCUMENTS = {
    ("job", "tags"): list,
    ("job", "needs"): list,
    ("job", "env"): dict,
    ("environment", "data"): dict,
    ("worker", "queues"): list,
}
#: Columns by which files are named.
_NAMES = {("worker", "id"), ("job", "worker")}
#: Columns that each job has which runs.
_OF_RUNNING = {("job", "worker"), ("job", "started_at")}
_NONE = type(None)
#: What the values of jobs and runs are when they are read.
_TYPES: dict[str, frozenset[type]] = {
    name: frozenset(types)
    for names, types in (
        ("seq priority held run attempts attempt due_at created_at updated_at output_bytes dropped_bytes", (int,)),
        ("run_at max_retries started_at finished_at duration_ms exit_code signal cpu_ms max_rss_kib", (int, _NONE)),
        ("timeout_s backoff_base", (float, int, _NONE)),
        ("id command state queue on_interrupt cwd outcome", (str,)),
        ("tags needs env worker host error reason stop", (str, _NONE)),
    )
    for name in names.split()
}
_TIMES = tuple(name for name in _TYPES if name.endswith("_at"))
_STATES = frozenset(state.value for state in STATES)


def nonsense(conn: sqlite3.Connection) -> list[str]:
    """Name the columns with values that no queuectl has written: flipped bits in a row are no damage to SQLite."""
    conn.create_function("is_document", 2, is_document, deterministic=True)
    found = []
    for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        columns = conn.execute(f"PRAGMA table_info({table})").fetchall()
        wrong = {name: _wrong(table, name, kind) for _, name, kind, *_ in columns if kind in _KINDS}
        if wrong:
            row = conn.execute(f"SELECT {', '.join(f'max({sql})' for sql in wrong.values())} FROM {table}").fetchone()
            found += [f"{table}.{name}" for name, is_wrong in zip(wrong, row, strict=True) if is_wrong]
    return found


def check_row(row: Mapping[str, object]) -> None:
    """Raise ValueError for a row of a job or a run that holds what no queuectl writes."""
    wrong = _wrong_type(tuple(row), tuple(map(type, row.values())))
    if wrong is not None:
        raise ValueError(f"{wrong} is {row[wrong]!r}")
    for name in _TIMES:
        value = row.get(name)
        if value is not None and not 0 <= value <= LATEST_MS:  # type: ignore[operator]  # its type was looked at
            raise ValueError(f"{name} is {value!r}")
    if row.get("state", State.PENDING) not in _STATES:
        raise ValueError(f"state is {row['state']!r}")


@lru_cache(maxsize=256)
def _wrong_type(names: tuple[str, ...], types: tuple[type, ...]) -> str | None:
    """Name the first column with a value of a wrong type; rows are of a few shapes, so that one look serves many."""
    for name, found in zip(names, types, strict=True):
        if name in _TYPES and found not in _TYPES[name]:
            return name
    return None


def is_document(text: object, kind: str) -> bool:
    """Tell whether a text is a JSON document of a kind (`list`, `dict`) that holds texts only."""
    try:
        found = json.loads(str(text))
    except ValueError:
        return False
    values = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return type(found).__name__ == kind and all(isinstance(value, str) for value in values)


def is_time(name: str) -> bool:
    """Tell whether a column of this name holds times."""
    return name == "at" or name.endswith("_at")


def _wrong(table: str, name: str, kind: str) -> str:
    """Give the condition, true or not, under which a value makes no sense."""
    kinds = ", ".join(f"'{word}'" for word in (*_KINDS[kind], "null"))
    parts = [f"typeof({name}) NOT IN ({kinds})"]
    if is_time(name):
        parts.append(f"{name} NOT BETWEEN 0 AND {LATEST_MS}")
    if (table, name) in _DOCUMENTS:
        parts.append(f"({name} IS NOT NULL AND NOT is_document({name}, '{_DOCUMENTS[table, name].__name__}'))")
    if (table, name) == ("output", "pieces"):
        parts.append(f"length({name}) % {ENTRY_BYTES} OR substr({name}, 1, 1) NOT IN (x'', x'00', x'01')")
    if (table, name) in _OF_RUNNING:
        parts.append(f"({name} IS NULL AND state = 'processing')")
    if (table, name) in _NAMES:
        parts.append(f"instr({name}, char(0)) OR instr({name}, '/')")
    return f"coalesce({' OR '.join(parts)}, 0)"
