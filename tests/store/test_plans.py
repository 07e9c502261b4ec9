"""With a million ended jobs and a million scheduled ones, what is asked often walks its index, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.store import queries, schema
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.moves import claim, readiness

ROWS = 1_000_000
_FILL = """INSERT INTO job (id, command, state, queue, priority, ready, held, blocked, due_at, on_interrupt, cwd,
    enqueued_by, created_at, updated_at, finished_at)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    SELECT ? || i, 'true', ?, 'default', ?, 0, 0, 0, ?, 'retry', '/', 'me', 1, 1, 1 FROM n"""


@pytest.fixture(scope="module")
def store(shared_folder: Path) -> Iterator[Store]:
    with open_store(shared_folder / "million.db", durable=False) as store:
        store.conn.execute("PRAGMA synchronous = OFF")
        store.conn.execute("PRAGMA busy_timeout = 100000")
        store.conn.execute("BEGIN IMMEDIATE")
        if not store.conn.execute("SELECT 1 FROM job LIMIT 1").fetchone():
            store.conn.execute(_FILL, (ROWS, "done", "completed", 0, 0))
            store.conn.execute(_FILL, (ROWS, "later", "pending", 99, 2**40))
            store.conn.execute(_FILL, (100, "dead", "dead", 0, 0))
        store.conn.execute("COMMIT")
        yield store
        # Whoever still has it open goes on with it; nobody else needs the room that it takes.
        for suffix in ("", "-wal", "-shm"):
            store.path.with_name(store.path.name + suffix).unlink(missing_ok=True)


def steps(store: Store, sql: str, params: tuple[object, ...] = ()) -> int:
    """Count the steps of SQLite's machine, in hundreds, that a query takes."""
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    store.conn.set_progress_handler(tick, 100)
    try:
        store.conn.execute(sql, params).fetchall()
    finally:
        store.conn.set_progress_handler(None, 0)
    return ticks


def plan(store: Store, sql: str, params: tuple[object, ...] = ()) -> str:
    return " | ".join(row[3] for row in store.conn.execute("EXPLAIN QUERY PLAN " + sql, params))


@pytest.mark.parametrize(
    ("sql", "params", "index"),
    [
        (claim._FIRST, (), "job_ready"),
        (claim._FIRST_OF_QUEUE, ("default",), "job_ready_queue"),
        (claim._BEST_OF_QUEUE, ("default",), "job_ready_queue"),
        (
            "SELECT seq FROM job WHERE state = 'completed' AND finished_at < ? ORDER BY finished_at LIMIT 9",
            (0,),
            "job_completed",
        ),
    ],
)
def test_claims_use_their_index(store: Store, sql: str, params: tuple[object, ...], index: str) -> None:
    """The claim and the retention walk the index made for them, without sorting."""
    said = plan(store, sql, params)
    assert f"INDEX {index} " in said + " " or f"INDEX {index}(" in said, said
    assert "TEMP B-TREE" not in said
    assert steps(store, sql, params) <= 2


def _seen(store: Store, act: object) -> list[tuple[str, str]]:
    """Give every statement that an act runs, with its plan."""
    ran: list[str] = []
    store.conn.set_trace_callback(ran.append)
    try:
        act()  # type: ignore[operator]  # a callable
    finally:
        store.conn.set_trace_callback(None)
    return [(sql, plan(store, sql)) for sql in ran if sql.lstrip().startswith(("SELECT", "UPDATE"))]


def test_promotion_and_the_next_due_time_use_their_index(store: Store) -> None:
    """Finding what is due costs the same whether a million jobs are scheduled or none."""
    seen = _seen(store, lambda: (readiness.promote(store.conn, 2**40 - 1), readiness.next_due(store.conn)))
    assert len(seen) == 4
    for sql, said in seen:
        assert "job_due_pending" in said or "job_due_failed" in said, (sql, said)
        assert "TEMP B-TREE" not in said
        assert steps(store, sql) <= 2


def test_promotion_moves_a_few_at_a_time(store: Store) -> None:
    """A million jobs due at once are made ready 64 at a time, by the index."""
    store.conn.execute("BEGIN")
    try:
        assert readiness.promote(store.conn, 2**40 + 1) == readiness.PROMOTED_AT_ONCE
    finally:
        store.conn.execute("ROLLBACK")


def test_counts_are_kept_not_counted(store: Store) -> None:
    """The counts are read without touching the jobs."""
    for sql, said in _seen(store, lambda: queries.counts(store)):
        assert "SCAN job " not in said + " ", sql
        assert "SEARCH job " not in said + " ", sql


@pytest.mark.parametrize("states", [(), ("pending",), ("completed",), ("dead",), ("failed",), ("dead", "failed")])
def test_the_first_page_of_each_list_comes_from_an_index(store: Store, states: tuple[str, ...]) -> None:
    """The first hundred jobs of each state's list cost a hundred rows, however many there are."""
    seen = _seen(store, lambda: queries.jobs(store, states=states, limit=100))
    listed = [(sql, said) for sql, said in seen if 'FROM "job"' in sql and '"t1"."command"' in sql]
    assert listed
    for sql, said in listed:
        assert "TEMP B-TREE" not in said, (sql, said)
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    store.conn.set_progress_handler(tick, 1000)
    try:
        page = queries.jobs(store, states=states, limit=100)
    finally:
        store.conn.set_progress_handler(None, 0)
    assert ticks <= 30
    assert page.more == (len(page.jobs) == 100 and "dead" not in states)


def test_a_claim_among_two_million_costs_what_it_costs_alone(store: Store) -> None:
    """A ready job is found and taken in a handful of steps beside two million others."""
    store.conn.execute("BEGIN")
    try:
        store.conn.execute(_FILL, (1, "now", "pending", 0, 0))
        store.conn.execute("UPDATE job SET ready = 1 WHERE id = 'now1'")
        assert steps(store, claim._FIRST) <= 3
        assert store.conn.execute(claim._FIRST).fetchone()[1] == "now1"
    finally:
        store.conn.execute("ROLLBACK")


def test_finding_a_job_by_its_beginning_uses_the_ids(store: Store) -> None:
    """A beginning is looked up in the index of ids."""
    query = schema.Job.select(schema.Job.id).where((schema.Job.id >= "lat") & (schema.Job.id < "lau")).limit(6)
    sql, params = query.sql()
    assert "USING COVERING INDEX sqlite_autoindex_job_1" in plan(store, sql, tuple(params))
