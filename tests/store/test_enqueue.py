"""A batch of jobs is stored whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from queuectl_tui.rules.errors import IdTaken, NoSuchJob
from queuectl_tui.rules.jobs import Request
from queuectl_tui.store import checks, queries
from queuectl_tui.store.moves import enqueue as moves
from queuectl_tui.store.moves.enqueue import Batch
from tests.store.queue import ORIGIN, enqueue, opened


def test_ids_that_chance_gives_twice_are_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drawn id that is in the queue, or in the batch, is no error and no lost job."""
    path = tmp_path / "queue.db"
    (there,) = enqueue(path, Request("first"))
    drawn = iter([[there, "same", "same"], ["new1"], ["new2"]])
    monkeypatch.setattr(moves, "new_ids", lambda _: next(drawn))
    with Batch(path, ORIGIN, Request("", queue="q")) as batch:
        batch.add_commands(["a", "b", "c"])
        assert batch.commit() == 3
        ids = list(batch.ids())
    assert len(set(ids) | {there}) == 4
    with opened(path) as store:
        assert [job.command for job in reversed(queries.jobs(store).jobs)] == ["first", "a", "b", "c"]
        assert {job.queue for job in queries.by_ids(store, ids)} == {"q"}


def test_flags_hold_for_plain_commands_and_over_json(tmp_path: Path) -> None:
    """What the command line gives wins over a job's own word, and holds for what has none."""
    path = tmp_path / "queue.db"
    flags = Request("", queue="q", priority=7, tags=("t",), env={"A": "1"}, timeout_s=9.0, cwd="sub", hold=True)
    with Batch(path, ORIGIN, flags) as batch:
        batch.add([Request("own", queue="mine", priority=1, max_retries=2)])
        batch.add_commands(["plain"])
        batch.commit()
        ids = list(batch.ids())
    with opened(path) as store:
        own, plain = queries.by_ids(store, ids)
        assert [job.id for job in queries.jobs(store, tag="t").jobs] == ids[::-1]
    for job in (own, plain):
        assert (job.queue, job.priority, job.tags, job.env) == ("q", 7, ("t",), {"A": "1"})
        assert (job.timeout_s, job.cwd, job.held) == (9.0, "/sub", True)
    assert (own.max_retries, plain.max_retries) == (2, 3)


@pytest.mark.parametrize("error", [IdTaken, NoSuchJob])
def test_all_or_nothing(tmp_path: Path, error: type[Exception]) -> None:
    """One job that cannot be stored keeps the whole batch out."""
    path = tmp_path / "queue.db"
    enqueue(path, Request("x", id="there"))
    bad = Request("y", id="there") if error is IdTaken else Request("y", after=("nowhere",))
    with pytest.raises(error):
        enqueue(path, Request("a"), Request("b", id="b"), bad)
    with opened(path) as store:
        assert [job.id for job in queries.jobs(store).jobs] == ["there"]
        assert checks.recount(store) == []


def test_a_job_may_wait_for_an_earlier_one_of_its_batch_only(tmp_path: Path) -> None:
    """Within a batch the order decides what may be waited for."""
    path = tmp_path / "queue.db"
    enqueue(path, Request("x", id="a"), Request("y", id="b", after=("a",)))
    with pytest.raises(NoSuchJob):
        enqueue(path, Request("y", id="c", after=("d",)), Request("x", id="d"))
