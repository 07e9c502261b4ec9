"""What a run printed is cut into the same lines, whichever part of it is read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.store import output
from queuectl_tui.store.database import Store
from queuectl_tui.tui.log import lines
from queuectl_tui.tui.log.lines import Around, Extract, extract
from queuectl_tui.tui.log.stretches import whole_lines
from tests.tui.printed import LINE, RUN, SEQ, STATES, Printing, printings, put, small_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with small_store(tmp_path_factory.mktemp("log") / "queue.db") as store:
        yield store


def read(store: Store, around: Around, before: int, after: int) -> Extract:
    return extract(store.conn, SEQ, RUN, around, before, after)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(printings, st.data())
def test_any_window_is_a_part_of_the_whole(store: Store, printed: Printing, data: st.DataObject) -> None:
    """From each line, and from the end, the lines about it are those of the whole."""
    put(store, printed, data.draw(st.dictionaries(st.sampled_from(["stdout", "stderr"]), st.integers(1, 200))))
    whole = read(store, Around(), 0, 10**6)
    assert whole.first
    assert whole.last
    if not whole.lines:
        return
    for index, line in enumerate(whole.lines):
        part = read(store, Around(line.place), 2, 3)
        assert part.lines == whole.lines[max(0, index - 2) : index + 3]
        assert part.lines[part.index] == line
        assert part.first == (index <= 2)
        assert part.last == (index + 3 >= len(whole.lines))
        assert 0 <= part.begin <= part.end <= 1
    end = read(store, Around(end=True), 2, 1)
    assert end.lines == whole.lines[-3:]
    assert end.last
    share = data.draw(st.floats(0, 1))
    assert read(store, Around(share=share), 0, 1).lines[0] in whole.lines


@given(printings)
def test_lines_of_a_stream_are_put_together(printed: Printing) -> None:
    """Nothing is lost or changed, each stream stays in its order, and only its last piece ends within a line."""
    ends = {"stdout": 0, "stderr": 0}
    given_chunks = []
    for stream, data, _ in printed:
        given_chunks.append(Chunk(stream, ends[stream], data))
        ends[stream] += len(data)
    found = whole_lines(given_chunks)
    for stream in ends:
        of_stream = [chunk for chunk in found if chunk.stream == stream]
        data = b"".join(chunk.data for chunk in given_chunks if chunk.stream == stream)
        assert b"".join(chunk.data for chunk in of_stream) == data
        assert all(data[chunk.offset :].startswith(chunk.data) for chunk in of_stream)
        if len({chunk.stream for chunk in found}) > 1:
            assert all(chunk.data.endswith(b"\n") for chunk in of_stream[:-1])


def test_a_share_is_found_among_rows_of_other_runs(store: Store) -> None:
    """Half way through the rows is half way through the lines, though rows of other runs lie between."""
    put(store, [])
    for n in range(50):
        output.insert(store.conn, SEQ, RUN, [Chunk("stdout", n * 3, b"%02d\n" % n)])
        for _ in range(3):
            output.insert(store.conn, SEQ + 1, RUN, [Chunk("stdout", 0, b"other\n")])
    for share, line in ((0.0, b"00"), (0.5, b"25"), (0.99, b"49"), (1.0, b"49")):
        found = read(store, Around(share=share), 3, 1)
        assert found.lines[found.index].data == line


def shown(store: Store) -> list[bytes]:
    return [line.data for line in read(store, Around(), 0, 10**6).lines]


def test_of_a_progress_bar_the_last_state_is_shown(store: Store) -> None:
    """What carriage returns overwrote is not shown, whether they stand before or after each state."""
    put(store, [("stdout", b"10%\r50%\r100%\r\nnext\r\n\r20%\r40%", True)])
    assert shown(store) == [b"100%", b"next", b"40%"]
    put(store, [("stdout", b"10%\r50%\r", True)])
    assert shown(store) == [b"50%"]


def test_a_long_progress_shows_some_of_its_states(store: Store) -> None:
    """However long something was overwritten, one state in so many bytes can be seen."""
    put(store, [("stderr", b"".join(b"%04d\r" % n for n in range(200)) + b"done\n", True)])
    states = shown(store)
    assert states[-1] == b"done"
    assert all(len(state) == 4 for state in states)
    assert len(states) == 200 * 5 // STATES + 1


@pytest.mark.parametrize("state", [b"x" * (LINE - 1) + b"\r", b"x" * (LINE // 2 - 1) + b"\r"])
def test_states_as_long_as_a_line_are_broken_too(store: Store, state: bytes) -> None:
    """Where carriage returns stand just before each place to break, no line grows without an end."""
    put(store, [("stdout", state * 60, True)])
    found = read(store, Around(), 0, 1000).lines
    assert len(found) >= len(state) * 60 // STATES - 1


def test_a_break_is_found_though_it_depends_on_what_follows(store: Store) -> None:
    """Where the last state before a place to break begins is known only when that place was read."""
    put(store, [("stdout", b"".join(b"%d%%\r" % n for n in range(51)) + b"x" * 63, True)])
    whole = read(store, Around(), 0, 10).lines
    assert len(whole) == 2
    assert read(store, Around(whole[1].place), 1, 1).lines == whole


def test_a_line_without_an_end_is_broken_between_characters(store: Store) -> None:
    """A long line is shown in parts; no character and no colour is cut apart."""
    text = "日本".encode() * 40 + b"x" * 14 + b"\x1b[31mred"
    put(store, [("stdout", text, True)])
    found = read(store, Around(), 0, 100).lines
    assert b"".join(line.data for line in found) == text
    assert len(found) > 3
    assert [line.goes_on for line in found] == [False] + [True] * (len(found) - 1)
    for line in found:
        line.data.decode()
        assert b"\x1b[31m" in line.data or b"\x1b" not in line.data


def test_what_was_cut_is_told_where_it_was(store: Store) -> None:
    """The line after a gap tells how many bytes are missing, also when the other stream stands between."""
    put(store, [("stdout", b"one\n", True), ("stderr", b"bad\n" * 50, True), ("stdout", b"two\n", True)], {"stdout": 4})
    assert [(line.data, line.cut) for line in read(store, Around(end=True), 0, 1).lines] == [(b"two", 1000)]
    assert sum(line.cut for line in read(store, Around(), 0, 1000).lines) == 1000


def test_the_streams_are_told_apart_in_the_order_read(store: Store) -> None:
    """Each line knows its stream; a line that was read in two pieces is one, after what came between."""
    put(store, [("stdout", b"a\nhal", False), ("stderr", b"oops\n", False), ("stdout", b"f\n", True)])
    found = read(store, Around(), 0, 10).lines
    assert [(line.stream, line.data) for line in found] == [("stdout", b"a"), ("stderr", b"oops"), ("stdout", b"half")]


def test_of_long_lines_few_are_enough(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that fill any screen are not read by the hundred, but as many as are needed in any case."""
    monkeypatch.setattr(lines, "_MUCH", 3 * LINE)
    put(store, [("stdout", b"x" * LINE * 50, True)])
    for least, count in ((1, 3), (10, 10), (None, 20)):
        found = extract(store.conn, SEQ, RUN, Around(end=True), 20, 1, least)
        assert len(found.lines) == count + 1
        assert (found.first, found.last) == (False, True)


def test_nothing_printed(store: Store) -> None:
    """A run that printed nothing has no lines, and both ends are in view."""
    put(store, [])
    assert read(store, Around(end=True), 10, 10) == Extract()
