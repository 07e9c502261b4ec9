"""Acts on jobs in the state they were seen in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Report
from queuectl_tui.store import queries, settings
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import acts, edit
from tests.store.queue import enqueue, opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A queue with three jobs that wait."""
    enqueue(tmp_path / "queue.db", *(Request(command="true", id=name) for name in "abc"))
    found = opened(tmp_path / "queue.db")
    yield found
    found.close()


@pytest.mark.parametrize(
    "act",
    [
        acts.retry,
        acts.cancel,
        acts.hold,
        acts.release,
        acts.delete,
        lambda store, ids, **given: edit.shift(store, ids, 1, **given),
        lambda store, ids, **given: edit.edit(store, ids, Request(command="false"), **given),
    ],
    ids=["retry", "cancel", "hold", "release", "delete", "shift", "edit"],
)
def test_what_moved_on_is_refused(store: Store, act: Callable[..., Report]) -> None:
    """A job that is in another state than it was seen in is left as it is, and the report says in which it is."""
    acts.cancel(store, ["b"], actor="other")
    before = queries.job(store, "b")
    report = act(store, ["a", "b"], actor="me", seen={"a": "pending", "b": "pending"})
    assert ("b", "it is dead by now") in report.refused
    assert "b" not in report.done
    assert queries.job(store, "b") == before


def test_priorities_shift_from_where_they_are(store: Store) -> None:
    """Each shift adds to what the last one left, as far as the bounds, and other jobs stay."""
    shift = partial(edit.shift, store, actor="me")
    shift(["a", "b"], 1)
    edit.edit(store, ["b"], Request(command="", priority=999), actor="other")
    for _ in range(3):
        shift(["a", "b"], 1)
    assert [queries.job(store, name).priority for name in "abc"] == [4, 1000, 0]
    shift(["a"], -1)
    assert queries.job(store, "a").priority == 3


def test_settings_are_saved_as_they_were_seen(store: Store) -> None:
    """What another changed since is not overwritten, unless it is what is wanted; nothing is changed then."""
    wanted: dict[str, Any] = {"max_retries": "5", "kill_grace": "9s"}
    settings.save(store, {"kill_grace": "7s"})
    with pytest.raises(Refused, match="kill_grace was changed meanwhile: it is 7s"):
        settings.save(store, wanted, seen={})
    assert settings.stored(store) == {"kill_grace": "7s"}
    settings.save(store, wanted, seen={"kill_grace": "7s"})
    settings.save(store, wanted, seen={"kill_grace": "7s"})
    assert settings.stored(store) == {"max_retries": "5", "kill_grace": "9s"}
