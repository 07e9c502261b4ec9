"""Parts of a list, found by key."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.filters import parse
from queuectl_tui.rules.states import STATES
from queuectl_tui.store import lists, pages
from queuectl_tui.store.database import Store
from queuectl_tui.store.lists import Listing
from queuectl_tui.store.pages import Part
from tests.store.queue import opened

JOBS = 300
LISTINGS = [
    Listing(state, sort, reverse)
    for state in (None, *(state.value for state in STATES))
    for sort in (None, *lists.SORTS)
    for reverse in (False, True)
]
LISTINGS += [
    Listing(state, sort, reverse, parse(text))
    for state in (None, "pending", "dead")
    for sort in (None, "queue", "exit")
    for reverse in (False, True)
    for text in ("a", "!command:a queue:q", "prio>1")
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A queue of jobs in every state, with NULLs and equal values in each column that sorts."""
    found = opened(tmp_path_factory.mktemp("pages") / "queue.db")
    chance = random.Random(7)
    with found.write() as conn:
        for n in range(JOBS):
            state = chance.choice([state.value for state in STATES])
            waits = state in ("pending", "failed")
            held, blocked = (int(chance.random() < 0.2), int(chance.random() < 0.2)) if waits else (0, 0)
            ready = int(waits and not held and not blocked and chance.random() < 0.5)
            conn.execute(
                "INSERT INTO job (id, command, state, queue, priority, ready, held, blocked, attempts, due_at, cwd,"
                " on_interrupt, enqueued_by, created_at, updated_at, worker, started_at, finished_at, duration_ms,"
                " exit_code, error, reason)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '/', 'retry', 'me', 1, 1, ?, ?, ?, ?, ?, ?, ?)",
                (
                    f"job{chance.randrange(10**9)}-{n}",
                    chance.choice(["a", "b", "c"]),
                    state,
                    chance.choice(["q", "r"]),
                    chance.randrange(-2, 3),
                    ready,
                    held,
                    blocked,
                    chance.randrange(3),
                    chance.randrange(20),
                    *(chance.choice([None, 1, 2]) for _ in range(5)),
                    chance.choice([None, "x", "y"]),
                    chance.choice([None, "exhausted", "permanent"]),
                ),
            )
    yield found
    found.close()


def whole(store: Store, listing: Listing) -> list[int]:
    return [row.job.seq for row in pages.beginning(store, listing, JOBS + 1).rows]


def seqs(part: Part) -> list[int]:
    return [row.job.seq for row in part.rows]


def test_the_order_of_each_list(store: Store) -> None:
    """Newest first, pending as they will run, or sorted by a column in which nothing comes before everything."""
    for listing in LISTINGS:
        part = pages.beginning(store, listing, JOBS + 1)
        jobs = [row.job for row in part.rows]
        assert (part.first, part.last) == (True, True)
        assert {job.state for job in jobs} == {listing.state} or listing.state is None
        if listing.sort is not None:
            column = {"prio": "priority", "try": "attempts", "due": "due_at", "took": "duration_ms"}.get(
                listing.sort, {"exit": "exit_code"}.get(listing.sort, listing.sort)
            )
            name = {"started": "started_at", "finished": "finished_at"}.get(column, column)
            values = [getattr(job, name) for job in jobs]
            keys = [(value is not None, value) for value in values]
            assert keys == sorted(keys, key=lambda key: (key[0], key[1] or 0), reverse=listing.reverse) or isinstance(
                values[0] or values[-1], str
            )
        elif listing.state != "pending" or listing.reverse:
            assert seqs(part) == sorted(seqs(part), reverse=not listing.reverse)
    assert len(whole(store, Listing())) == JOBS


def test_a_part_around_any_job(store: Store) -> None:
    """The rows before and after a job are those that stand there in the whole list."""
    chance = random.Random(3)
    for listing in LISTINGS:
        order = whole(store, listing)
        for seq in chance.sample(order, min(6, len(order))):
            place = pages.place_of(store, listing, seq)
            assert place is not None
            index = order.index(seq)
            part = pages.around(store, listing, place, 5, 7)
            assert seqs(part) == order[max(0, index - 5) : index + 7], (listing, seq)
            assert part.first == (index <= 5)
            assert part.last == (index + 7 >= len(order))
            assert pages.position(store, listing, place) == index


def test_the_other_end_and_any_position(store: Store) -> None:
    """The last rows, and those from a position on, are those of the whole list."""
    for listing in LISTINGS:
        order = whole(store, listing)
        part = pages.ending(store, listing, 9)
        assert (seqs(part), part.last, part.first) == (order[-9:], True, len(order) <= 9)
        for start in (0, 1, len(order) // 2, max(0, len(order) - 4)):
            part = pages.at(store, listing, start, 6, len(order))
            assert seqs(part) == order[start : start + 6], (listing, start)
    whole_list = [job.id for job in pages.seen(store, Listing("dead"))]
    assert whole_list == [row.job.id for row in pages.beginning(store, Listing("dead"), JOBS).rows]
    assert [job.id for job in pages.among(store, Listing("dead"), ["gone", *whole_list[3:1:-1]])] == whole_list[3:1:-1]


def test_the_place_of_who_left(store: Store) -> None:
    """Where a job stood its neighbours are found, though it is gone; and it has no place of its own any more."""
    listing = Listing("dead")
    order = whole(store, listing)
    place = pages.place_of(store, listing, order[10])
    assert place is not None
    assert pages.place_of(store, Listing("completed"), order[10]) is None
    store.conn.execute("BEGIN")
    store.conn.execute("DELETE FROM job WHERE seq = ?", (order[10],))
    part = pages.around(store, listing, place, 2, 2)
    store.conn.execute("ROLLBACK")
    assert seqs(part) == [order[8], order[9], order[11], order[12]]


def test_wrong_lists_are_refused(store: Store) -> None:
    """A state or a column that is none is refused by name."""
    for listing in (Listing("none"), Listing(None, "1; DROP TABLE job")):
        with pytest.raises(InvalidInput, match=r"no (state|column)"):
            pages.beginning(store, listing, 1)


def test_indexes_serve(store: Store) -> None:
    """Each list of a state is read by its own index, without a sort, in both directions and from any place."""
    statements: list[str] = []
    store.conn.set_trace_callback(statements.append)
    for state, backward in itertools.product((state.value for state in STATES), (False, True)):
        listing = Listing(state)
        for row in pages.beginning(store, listing, JOBS).rows[::20]:
            pages.around(store, listing, row.place, 3, 0 if backward else 3)
            pages.place_of(store, listing, row.job.seq)
        pages.ending(store, listing, 3)
    store.conn.set_trace_callback(None)
    for statement in {text for text in statements if "FROM job" in text}:
        plan = [row[3] for row in store.conn.execute("EXPLAIN QUERY PLAN " + statement)]
        assert not any("TEMP B-TREE" in step or step == "SCAN job" for step in plan), (statement, plan)
