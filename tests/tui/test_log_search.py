"""A search finds what is seen, wherever it begins and however the output is cut into slices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queuectl_tui.store.database import Store
from queuectl_tui.tui.log import search
from queuectl_tui.tui.log.lines import Around, extract
from queuectl_tui.tui.log.search import Hit, Hits, Search, matcher
from queuectl_tui.tui.log.stretches import Place
from queuectl_tui.tui.log.text import Shown
from tests.tui.printed import RUN, SEQ, Printing, printings, put, small_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with small_store(tmp_path_factory.mktemp("log") / "queue.db") as store:
        yield store


def found(store: Store, pattern: str, origin: Place | None = None) -> Hits:
    looking = Search(pattern, SEQ, RUN, origin)
    while not looking.done:
        looking.step(store.conn)
    return looking.found


def texts(store: Store) -> list[tuple[Place, str]]:
    return [(line.place, Shown(line.data).text) for line in extract(store.conn, SEQ, RUN, Around(), 0, 10**6).lines]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(
    printings, st.sampled_from(["x", "xxxx", "日", "日日", "5", "%", "é", "\\x", "␛", "a", "A", "8", " "]), st.data()
)
def test_every_match_that_is_seen_is_found(store: Store, printed: Printing, pattern: str, data: st.DataObject) -> None:
    """From any line on, all matches in all lines are found once, in order, and no other."""
    put(store, printed)
    seen = texts(store)
    wanted = [Hit(place, m.start()) for place, text in seen for m in matcher(pattern).finditer(text)]
    origin = data.draw(st.sampled_from([None, *(place for place, _ in seen)]))
    assert found(store, pattern, origin) == Hits(pattern, tuple(wanted), to_end=True, done=True)


def test_colours_do_not_hide_a_match(store: Store) -> None:
    """A word whose letters have different colours, or a link on them, is found."""
    put(store, [("stdout", b"ab\x1b[31mcd\x1b[0m\nnot\n\x1b]8;;http://x\x1b\\ab\x1b]8;;\x1b\\cd\n", True)])
    assert len(found(store, "abcd").hits) == 2


def test_capitals_count_when_there_are_any(store: Store) -> None:
    """A search in small letters finds any case, one with capitals only its own."""
    put(store, [("stdout", b"Error or error\nerror\nERROR\n", True)])
    assert [len(found(store, pattern).hits) for pattern in ("error", "Error")] == [4, 1]


def test_a_tab_is_as_many_spaces_as_are_seen(store: Store) -> None:
    """Spaces that a tab was made into are found, and no more of them than there are."""
    put(store, [("stdout", b"abcde\tx\n", True)])
    assert [len(found(store, pattern).hits) for pattern in ("e   x", "e  x", "e    x", "e ")] == [1, 0, 0, 1]


def test_what_comes_next_is_found_first(store: Store) -> None:
    """The lines from where one is to the end come before those above, and each step says what it knows."""
    put(store, [("stdout", b"x%03d\n" % n, True) for n in range(60)])
    places = [place for place, _ in texts(store)]
    looking = Search("x", SEQ, RUN, places[30])
    looking.step(store.conn)
    assert looking.found.hits[0].place == places[30]
    while not looking.found.to_end:
        looking.step(store.conn)
    assert [hit.place for hit in looking.found.hits] == places[30:]
    assert not looking.done


def test_what_was_printed_since_is_looked_through(store: Store) -> None:
    """A search that was done goes on with a last line that has grown, and with what came after it."""
    printed = [("stdout", b"one x\n", True), ("stdout", b"two x", True)]
    put(store, printed)
    looking = Search("x", SEQ, RUN, None)
    looking.step(store.conn)
    assert len(looking.found.hits) == 2
    put(store, [*printed, ("stdout", b" and x\n", True), ("stdout", b"x\n", True)])
    looking.resume()
    while not looking.done:
        looking.step(store.conn)
    assert looking.found.hits == found(store, "x").hits
    assert len(looking.found.hits) == 4


def test_matches_are_counted_up_to_a_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that is everywhere ends the search early."""
    monkeypatch.setattr(search, "MOST", 25)
    put(store, [("stdout", b"xxxxx\n" * 20, True)])
    assert len(found(store, "x").hits) == 25
