"""A search that takes its time: it says so, gives way to the next question, and its matches are counted bit by bit."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from queuectl_tui.rules.filters import parse
from queuectl_tui.rules.jobs import Request
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui import matches
from queuectl_tui.tui.feed import Feed
from queuectl_tui.tui.look import Snapshot, Want, Window
from queuectl_tui.tui.matches import Matches
from queuectl_tui.tui.survey import Survey
from tests.store.queue import enqueue

JOBS = 50
_ENDLESS = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n"
_SLOW, _ODD = parse("slow"), parse("odd")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A queue of jobs, every other one odd."""
    found = tmp_path / "queue.db"
    enqueue(found, *(Request(command=f"echo {'odd' if n % 2 else 'even'}") for n in range(JOBS)))
    return found


@contextmanager
def feeding(path: Path) -> Iterator[tuple[Feed, Callable[..., Snapshot]]]:
    """Run a feed; the second function waits for a snapshot of which something holds."""
    posted: queue.Queue[Snapshot] = queue.Queue()
    feed = Feed(path, posted.put)

    def await_(holds: Callable[[Snapshot], object]) -> Snapshot:
        while not holds(snapshot := posted.get(timeout=20)):
            pass
        return snapshot

    feed.start()
    try:
        yield feed, await_
    finally:
        feed.stop()


def asking(filter_text: str, serial: int) -> Want:
    return Want(listing=Listing("pending", filter=parse(filter_text)), after=5, serial=serial, urgent=serial)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for `slow` never comes to an end."""
    look = Survey.look

    def slow_look(survey: Survey, wanted: Want, *, follow: bool, live: bool) -> Snapshot:
        if wanted.listing is not None and wanted.listing.filter == _SLOW:
            survey._store.conn.execute(_ENDLESS).fetchone()
        return look(survey, wanted, follow=follow, live=live)

    monkeypatch.setattr(Survey, "look", slow_look)


@pytest.mark.usefixtures("endless")
def test_a_search_says_so_and_gives_way(path: Path) -> None:
    """While a search goes on a snapshot says so; another question, and the end of the UI, break it off."""
    with feeding(path) as (feed, await_):
        await_(lambda snapshot: snapshot.counts.jobs["pending"] == JOBS)
        for serial in (1, 3):
            feed.want(asking("slow", serial))
            await_(lambda snapshot: snapshot.searching)
            feed.want(asking("odd", serial + 1))
            found = await_(lambda snapshot: snapshot.window is not None and not snapshot.searching).window
            assert found is not None
            assert (found.listing.filter, found.serial, len(found.part.rows)) == (_ODD, serial + 1, 5)
        feed.want(asking("slow", 5))
        await_(lambda snapshot: snapshot.searching)
    assert not feed.is_alive()


def test_matches_are_counted_when_nothing_is_asked(path: Path) -> None:
    """The first rows come at once, the number of all matches later, by itself."""
    with feeding(path) as (feed, await_):
        feed.want(asking("odd", 1))
        first = await_(lambda snapshot: snapshot.window).window
        assert (first and first.counted, first and len(first.part.rows)) == (False, 5)
        last = await_(lambda snapshot: snapshot.window and snapshot.window.counted).window
        assert last is not None
        assert (last.matches, last.total, last.start) == (JOBS // 2, JOBS // 2, 0)


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """The same queue, open."""
    with open_store(path) as found:
        yield found


def window(store: Store, filter_text: str) -> Window:
    snapshot = Survey(store).look(asking(filter_text, 1), follow=True, live=True)
    assert snapshot.window is not None
    return snapshot.window


def test_a_count_goes_on_bit_by_bit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bit adds to what is known, until all is; then it rests until the queue has changed."""
    monkeypatch.setattr(matches, "_LEAST", 10)
    monkeypatch.setattr(matches, "_FIRST", 10)
    monkeypatch.setattr(matches, "_MOST", 10)
    monkeypatch.setattr(matches, "_REST_S", 0.0)
    monkeypatch.setattr(matches, "_REST_TIMES", 0.0)
    found, counting = window(store, "odd"), Matches()
    assert counting.known(found.listing) is None
    steps = []
    while counting.due(found, 1):
        steps.append(counting.count(store, found.listing, 1))
    assert [step.matches for step in steps] == [5, 10, 15, 20, 25, 25][: len(steps)]
    assert [step.whole for step in steps] == [*([False] * (len(steps) - 1)), True]
    assert counting.due(found, 2), "the queue has changed"
    assert counting.count(store, found.listing, 2) == steps[-1], "the last number holds until the new one is whole"


def test_what_need_not_be_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list without a filter, and one that is in view as a whole, are not counted; one that ages is, again."""
    monkeypatch.setattr(matches, "_AGED_S", 0.0)
    monkeypatch.setattr(matches, "_REST_TIMES", 0.0)
    counting, odd = Matches(), window(store, "odd")
    assert not counting.due(odd._replace(listing=Listing("pending")), 1)
    assert not counting.due(window(store, "odd id:zzz"), 1)
    for text, again in (("odd", False), ("odd age<1h", True)):
        found = window(store, text)
        while not counting.count(store, found.listing, 1).whole:
            pass
        assert counting.due(found, 1) == again


def test_a_list_that_ages_is_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a filter takes as time goes by shows though nothing was written."""
    monkeypatch.setattr("queuectl_tui.tui.survey._AGED_MS", 0)
    with store.write() as conn:
        conn.execute("UPDATE job SET created_at = created_at - 3600000 + 1500")
    survey, wanted = Survey(store), asking("age>1h", 1)
    assert not rows(survey.look(wanted, follow=True, live=True))
    look = survey.look(wanted, follow=False, live=True)
    while not rows(look):
        assert not look.searching
        look = survey.look(wanted, follow=False, live=True)
    assert len(rows(look)) == 5


def rows(snapshot: Snapshot) -> list[str]:
    return [row.job.id for row in snapshot.window.part.rows] if snapshot.window is not None else []
