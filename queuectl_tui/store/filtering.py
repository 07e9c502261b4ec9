"""Filters as SQL: a condition on the job table, and its parameters."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from queuectl_tui.rules.filters import Filter, Term
from queuectl_tui.rules.states import State

Value = str | int
#: Columns in which a part of the text is looked for, without regard to case.
_TEXTS = ("id", "command", "error")
#: Columns that are called otherwise than their keys.
_COLUMNS = {
    "prio": "priority",
    "tries": "attempts",
    # As a shell gives it, and as lists show it.
    "exit": "coalesce(exit_code, signal + 128)",
    "output": "output_bytes",
}
#: What is compared with a duration, `?` being now. Only what waits is due, and what runs has taken some time by now.
_TIMES = {
    "age": "? - created_at",
    "ended": "? - finished_at",
    "due": "CASE WHEN state IN ('pending', 'failed') THEN due_at - ? END",
    "took": "CASE state WHEN 'processing' THEN ? - started_at ELSE duration_ms END",
}
#: A tag of so few jobs is looked up first; of a common one each job is asked, or all that have it would be listed.
_FEW = 1000


class Condition(NamedTuple):
    """What WHERE takes."""

    sql: str = "1"
    params: tuple[Value, ...] = ()


def condition(conn: sqlite3.Connection, wanted: Filter | None, now: int) -> Condition:
    """Give the condition of a filter at a moment."""
    if wanted is None:
        return Condition()
    parts = [_term(conn, term, now) for term in wanted.terms]
    return Condition(" AND ".join(part.sql for part in parts), tuple(value for part in parts for value in part.params))


def _term(conn: sqlite3.Connection, term: Term, now: int) -> Condition:
    parts = [_value(conn, term, value, now) for value in term.values]
    sql = _any([part.sql for part in parts])
    params = tuple(value for part in parts for value in part.params)
    # What is unknown (no exit code yet) does not hold, so its opposite does.
    return Condition(f"({sql}) IS NOT TRUE" if term.negated else f"({sql})", params)


def _value(conn: sqlite3.Connection, term: Term, value: Value, now: int) -> Condition:
    key, operator = term.key, "=" if term.operator == ":" else term.operator
    params: tuple[Value, ...] = (value,)
    if key is None:
        parts = [_part_of(column, str(value)) for column in _TEXTS]
        sql, params = _any([part.sql for part in parts]), tuple(value for part in parts for value in part.params)
    elif key in _TEXTS:
        sql, params = (f"{key} = ?", params) if term.operator == "=" else _part_of(key, str(value))
    elif key == "state":
        # A literal, so that the state's own index serves; the language knows no other than the states.
        sql, params = f"state = '{State(str(value))}'", ()
    elif key == "tag":
        sql = _with_tag(conn, value)
    elif key == "held":
        sql, params = "held = ?", (int(value == "yes"),)
    elif key in _TIMES:
        sql, params = f"{_TIMES[key]} {operator} ?", (now, value)
    else:
        sql = f"{_COLUMNS.get(key, key)} {operator} ?"
    return Condition(sql, params)


def _with_tag(conn: sqlite3.Connection, tag: Value) -> str:
    counted = "SELECT count(*) FROM (SELECT 1 FROM job_tag WHERE tag = ? LIMIT ?)"
    if conn.execute(counted, (tag, _FEW + 1)).fetchone()[0] > _FEW:
        return "EXISTS (SELECT 1 FROM job_tag WHERE job = seq AND tag = ?)"
    return "seq IN (SELECT job FROM job_tag WHERE tag = ?)"


def _part_of(column: str, text: str) -> Condition:
    """Look for a part of a text in any case: SQLite knows that of ASCII, other letters are asked for in both."""
    cases = dict.fromkeys((text,) if text.isascii() else (text, text.lower(), text.upper()))
    return Condition(_any([f"{column} LIKE ? ESCAPE '\\'"] * len(cases)), tuple(map(_like, cases)))


def _any(parts: Sequence[str]) -> str:
    """Join conditions by OR, as a tree: SQLite refuses chains of a thousand, which many values of a filter can be."""
    if len(parts) < 3:
        return " OR ".join(parts)
    half = len(parts) // 2
    return f"({_any(parts[:half])}) OR ({_any(parts[half:])})"


def _like(text: str) -> str:
    for char in "\\%_":
        text = text.replace(char, "\\" + char)
    return f"%{text}%"
