"""Filters as SQL: a condition on the job table, and its parameters."""

from __future__ import annotations

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
    "took": "duration_ms",
    "output": "output_bytes",
}
#: Times, as how long they lie behind now (1) or before it (-1).
_TIMES = {"age": ("created_at", 1), "ended": ("finished_at", 1), "due": ("due_at", -1)}


class Condition(NamedTuple):
    """What WHERE takes."""

    sql: str = "1"
    params: tuple[Value, ...] = ()


def condition(wanted: Filter | None, now: int) -> Condition:
    """Give the condition of a filter at a moment."""
    if wanted is None:
        return Condition()
    parts = [_term(term, now) for term in wanted.terms]
    return Condition(" AND ".join(part.sql for part in parts), tuple(value for part in parts for value in part.params))


def _term(term: Term, now: int) -> Condition:
    parts = [_value(term, value, now) for value in term.values]
    sql = " OR ".join(part.sql for part in parts)
    params = tuple(value for part in parts for value in part.params)
    # What is unknown (no exit code yet) does not hold, so its opposite does.
    return Condition(f"({sql}) IS NOT TRUE" if term.negated else f"({sql})", params)


def _value(term: Term, value: Value, now: int) -> Condition:
    key, operator = term.key, "=" if term.operator == ":" else term.operator
    params: tuple[Value, ...] = (value,)
    if key is None:
        sql, params = " OR ".join(map(_part_of, _TEXTS)), (_like(value),) * len(_TEXTS)
    elif key in _TEXTS:
        exact = term.operator == "="
        sql, params = (f"{key} = ?", params) if exact else (_part_of(key), (_like(value),))
    elif key == "state":
        # A literal, so that the state's own index serves; the language knows no other than the states.
        sql, params = f"state = '{State(str(value))}'", ()
    elif key == "tag":
        sql = "seq IN (SELECT job FROM job_tag WHERE tag = ?)"
    elif key == "held":
        sql, params = "held = ?", (int(value == "yes"),)
    elif key in _TIMES:
        column, direction = _TIMES[key]
        sql, params = f"(? - {column}) * {direction} {operator} ?", (now, value)
    else:
        sql = f"{_COLUMNS.get(key, key)} {operator} ?"
    return Condition(sql, params)


def _part_of(column: str) -> str:
    return f"{column} LIKE ? ESCAPE '\\'"


def _like(value: Value) -> str:
    text = str(value)
    for char in "\\%_":
        text = text.replace(char, "\\" + char)
    return f"%{text}%"
