"""How fast the queue works: the count goes on as time does, and comes to what all jobs say."""

from __future__ import annotations

import random
from pathlib import Path

from queuectl_tui.rules.jobs import Request
from queuectl_tui.store.database import Store
from queuectl_tui.store.rates import MINUTE, Rate, completed
from tests.store.queue import enqueue, finish, opened, register, turn

#: Somewhere in a span.
NOW = 100_000 * MINUTE.each_ms + 2_345


def complete(store: Store, at: int) -> None:
    """Have the next job end at a time, whenever that is written."""
    claim = turn(store, "w").claim
    assert claim is not None
    turn(store, "w", finish(claim, "w", finished_at=at), want=False)


def queue(path: Path, jobs: int) -> Store:
    """Make a queue of so many jobs, with one worker."""
    enqueue(path, *(Request(command="true") for _ in range(jobs)))
    store = opened(path)
    register(store, "w")
    return store


def test_the_count_goes_on_as_a_new_one_would(tmp_path: Path) -> None:
    """With jobs that are written up to two seconds late, and a clock that is set back, it is what all jobs say."""
    chance = random.Random(4)
    store = queue(tmp_path / "queue.db", 120)
    rate, now = Rate(MINUTE), NOW
    for n in range(120):
        now += chance.choice((0, 10, 900, 4_000, 30_000))
        if n % 40 == 39:
            now -= 45_000
        complete(store, now - chance.choice((0, 500, 1_999)))
        assert rate.look(store, now) == completed(store, MINUTE, now)


def test_a_span_that_is_over_is_not_counted_again(tmp_path: Path) -> None:
    """A job that is deleted later still counts in what went on."""
    store = queue(tmp_path / "queue.db", 2)
    rate = Rate(MINUTE)
    complete(store, NOW)
    assert rate.look(store, NOW + MINUTE.each_ms) == (0,) * 8 + (1, 0)
    store.conn.execute("DELETE FROM job WHERE state = 'completed'")
    assert rate.look(store, NOW + MINUTE.each_ms) == (0,) * 8 + (1, 0)
    assert completed(store, MINUTE, NOW + MINUTE.each_ms) == (0,) * 10
