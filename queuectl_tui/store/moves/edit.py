"""What people change of jobs that do not run: alone, or with a retry in the same transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from peewee import fn

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import HIGHEST, LOWEST
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Report
from queuectl_tui.rules.states import legal
from queuectl_tui.rules.swap import Swap
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.acts import renew
from queuectl_tui.store.moves.step import Change, GoOn, Row, States, Step, act, always, chunks, ready, select, update
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.schema import Job, execute, rows


class Edit(NamedTuple):
    """What becomes of jobs: `changes` of all alike, and a part of each command."""

    changes: Request = Request(command="")
    swap: Swap | None = None


def edit(store: Store, ids: Sequence[str], changes: Request, *, actor: str, seen: States | None = None) -> Report:
    """Change what is not None in `changes` (an empty command: unchanged) of jobs that do not run."""
    return act(store, ids, "edit", actor, _change(check_changes(changes)), always, seen)


def edit_and_retry(
    store: Store,
    ids: Sequence[str],
    wanted: Edit,
    *,
    actor: str,
    go_on: GoOn = always,
    seen: States,
) -> Report:
    """Change jobs, if anything is wanted, and run those again that failed or are dead: both or neither for each.

    A job whose command lacks the part that is to be replaced is refused.
    """
    values = _values(wanted.changes)
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    for chunk in chunks(ids):
        with store.write() as conn:
            step = Step(conn, actor)
            jobs, missing = select(conn, chunk, "edit", seen)
            refused += missing
            commands: dict[int, str] = {}
            if wanted.swap is not None:
                commands, lacking = _swapped(conn, jobs, wanted.swap)
                refused += lacking
                jobs = [job for job in jobs if job["seq"] in commands]
            if values or commands:
                step.take("edit", jobs, _change(values, commands))
            done += [job["id"] for job in jobs]
            again, _ = select(conn, [job["id"] for job in jobs if legal("retry", job["state"])], "retry", None)
            step.take("retry", again, renew)
            step.tally.write(conn)
        if not go_on(len(done) + len(refused)):
            break
    return Report(done=tuple(done), refused=tuple(refused))


def _swapped(conn: sqlite3.Connection, jobs: Sequence[Row], swap: Swap) -> tuple[dict[int, str], list[tuple[str, str]]]:
    """Give the new commands by `seq`, and the jobs that cannot have one, with the reason."""
    old = dict(rows(conn, Job.select(Job.seq, Job.command).where(Job.seq.in_([job["seq"] for job in jobs]))))
    new: dict[int, str] = {}
    refused = []
    for job in jobs:
        try:
            new[job["seq"]] = swap.of(old[job["seq"]])
        except InvalidInput as error:
            refused.append((job["id"], str(error)))
    return new, refused


def _change(values: Mapping[str, Any], commands: Mapping[int, str] = MappingProxyType({})) -> Change:
    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:
        seqs = [job["seq"] for job in jobs]
        due = {"due_at": max(values["run_at"], 0), "ready": 0} if "run_at" in values else {}
        execute(conn, update(seqs, "edit", **values, **due, updated_at=now))
        for seq, command in commands.items():
            execute(conn, update([seq], "edit", command=command))
        if due:
            waiting = Job.state.in_(["pending", "failed"])
            execute(conn, update(seqs, "edit", ready=ready(now)).where(waiting))
        for job in jobs:
            if values.get("queue", job["queue"]) != job["queue"]:
                tally.move(job["queue"], job["state"], None)
                tally.move(values["queue"], None, job["state"])
        return {job["seq"]: job["state"] for job in jobs}

    return change


def shift(
    store: Store, ids: Sequence[str], by: int, *, actor: str, go_on: GoOn = always, seen: States | None = None
) -> Report:
    """Raise the priority of jobs that do not run, or lower it, as far as its bounds."""

    def change(conn: sqlite3.Connection, jobs: list[Row], tally: Tally, now: int) -> dict[int, str | None]:  # noqa: ARG001 - the shape of an act
        priority = fn.max(LOWEST, fn.min(HIGHEST, Job.priority + by))
        execute(conn, update([job["seq"] for job in jobs], "edit", priority=priority, updated_at=now))
        return {job["seq"]: job["state"] for job in jobs}

    return act(store, ids, "edit", actor, change, go_on, seen)


def check_changes(changes: Request) -> dict[str, Any]:
    """Give what an edit changes, by column. Raises InvalidInput when it is nothing."""
    values = _values(changes)
    if not values:
        raise InvalidInput(
            "nothing to change: give --command, --priority, --max-retries, --timeout, --queue or --run-at"
        )
    return values


def _values(changes: Request) -> dict[str, Any]:
    named = ("queue", "priority", "max_retries", "timeout_s", "backoff_base", "run_at")
    values = {name: value for name in named if (value := getattr(changes, name)) is not None}
    return values | ({"command": changes.command} if changes.command else {})
