"""The thread that reads output answers what was asked for last, and while a run goes on again and again."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.store import output
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.tui.log.lines import Around
from queuectl_tui.tui.log.reader import Answer, Ask, LogReader, Sought
from tests.program import wait_for


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "queue.db", durable=False) as store:
        yield store


@pytest.fixture
def answers(store: Store) -> Iterator[tuple[LogReader, queue.Queue[Answer]]]:
    posted: queue.Queue[Answer] = queue.Queue()
    reader = LogReader(store.path, posted.put)
    reader.start()
    yield reader, posted
    reader.stop()
    assert not reader.is_alive()


def put(store: Store, text: str, at: int = 0) -> int:
    with store.write() as conn:
        output.insert(conn, 1, 1, [Chunk("stdout", at, text.encode())])
    return at + len(text)


def ask(serial: int, *, live: bool = False, sought: Sought | None = None) -> Ask:
    return Ask(1, 1, Around(end=True), 10, 1, live, sought, serial)


def texts(answer: Answer) -> list[bytes]:
    return [line.data for line in answer.extract.lines]


def test_it_answers_once(store: Store, answers: tuple[LogReader, queue.Queue[Answer]]) -> None:
    """Of a run that has ended nothing is read again, whatever is written to the queue."""
    reader, posted = answers
    at = put(store, "one\n")
    reader.ask(ask(1))
    assert texts(posted.get(timeout=10)) == [b"one"]
    put(store, "two\n", at)
    with pytest.raises(queue.Empty):
        posted.get(timeout=0.6)
    reader.ask(ask(2))
    found = posted.get(timeout=10)
    assert (texts(found), found.ask.serial) == ([b"one", b"two"], 2)


def test_it_goes_on_while_the_run_does(store: Store, answers: tuple[LogReader, queue.Queue[Answer]]) -> None:
    """What is printed meanwhile comes by itself, once each time, until nothing is wanted."""
    reader, posted = answers
    at = put(store, "one\n")
    reader.ask(ask(1, live=True))
    assert texts(posted.get(timeout=10)) == [b"one"]
    at = put(store, "two\n", at)
    assert texts(posted.get(timeout=10)) == [b"one", b"two"]
    reader.ask(None)
    put(store, "three\n", at)
    with pytest.raises(queue.Empty):
        posted.get(timeout=0.6)


def test_it_searches_what_is_printed_meanwhile(store: Store, answers: tuple[LogReader, queue.Queue[Answer]]) -> None:
    """Matches come with the lines, those in later output too."""
    reader, posted = answers
    at = put(store, "a match\nnothing\n")
    reader.ask(ask(1, live=True, sought=Sought("match", None, 1)))

    def found() -> int:
        hits = posted.get(timeout=10).hits
        return len(hits.hits) if hits is not None and hits.done else 0

    wait_for(lambda: found() == 1, what="one match")
    put(store, "and a match\n", at)
    wait_for(lambda: found() == 2, what="two matches")


def test_a_search_outlives_a_pause(store: Store, answers: tuple[LogReader, queue.Queue[Answer]]) -> None:
    """What was found stays found while nothing is in view."""
    reader, posted = answers
    put(store, "a match\n")
    sought = Sought("match", None, 1)
    reader.ask(ask(1, sought=sought))
    wait_for(lambda: (hits := posted.get(timeout=10).hits) is not None and hits.done, what="the end of the search")
    reader.ask(None)
    reader.ask(ask(2, sought=sought))
    hits = posted.get(timeout=10).hits
    assert hits is not None
    assert hits.done


def test_it_outlives_the_file(store: Store, answers: tuple[LogReader, queue.Queue[Answer]]) -> None:
    """When the queue was deleted it tries again, and reads the new one."""
    reader, posted = answers
    put(store, "one\n")
    reader.ask(ask(1))
    assert texts(posted.get(timeout=10)) == [b"one"]
    for file in store.path.parent.glob("queue.db*"):
        if file.is_file():
            file.unlink()
    reader.ask(ask(2))
    with open_store(store.path, durable=False) as other:
        put(other, "another\n")
        wait_for(lambda: texts(posted.get(timeout=10)) == [b"another"], what="the new file")
