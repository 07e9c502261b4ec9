"""What runs print is kept in rows that can be read one by one, from any of them on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.store import output
from queuectl_tui.store.database import Store
from tests.store.queue import opened

SEQ, RUN = 3, 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "queue.db") as store:
        yield store


def test_a_large_piece_is_stored_in_small_rows(store: Store) -> None:
    """No row holds more than 64 KiB, and each knows where it is in its stream."""
    data = bytes(range(256)) * 1000
    rows = output.insert(store.conn, SEQ, RUN, [Chunk("stdout", 5, data), Chunk("stderr", 0, b"x")])
    assert [sum(len(chunk.data) for chunk in chunks) for _, chunks in rows] == [65536] * 3 + [59393]
    stored = [chunk for _, chunk in output.read(store, SEQ, RUN)]
    assert b"".join(chunk.data for chunk in stored if chunk.stream == "stdout") == data
    assert [chunk.offset for chunk in stored] == [5, 65541, 131077, 196613, 0]


def test_rows_are_read_from_any_row_on(store: Store) -> None:
    """Both ways, in order, only those of the run, and only as many as hold the bytes that are wanted."""
    ids = []
    for n in range(6):
        output.insert(store.conn, SEQ, RUN + 1, [Chunk("stdout", 0, b"of another run")])
        ((row, _),) = output.insert(store.conn, SEQ, RUN, [Chunk("stdout", n * 10, b"0123456789")])
        ids.append(row)
    conn = store.conn
    assert output.ends(conn, SEQ, RUN) == (ids[0], ids[-1])
    assert output.ends(conn, SEQ, 99) is None
    assert [row.id for row in output.rows_after(conn, SEQ, RUN, ids[1], 25)] == ids[2:5]
    assert [row.id for row in output.rows_after(conn, SEQ, RUN, 0, 1)] == ids[:1]
    assert [row.id for row in output.rows_before(conn, SEQ, RUN, ids[4], 15)] == ids[2:4]
    assert [row.id for row in output.rows_before(conn, SEQ, RUN, ids[0], 15)] == []
    assert [chunk.offset for row in output.rows_after(conn, SEQ, RUN, ids[4], 99) for chunk in row.chunks] == [50]


def test_the_end_of_a_stream_is_found_before_a_row(store: Store) -> None:
    """Where a stream stood before a row is known, though rows of the other stream lie between; not from too far."""
    output.insert(
        store.conn, SEQ, RUN, [Chunk("stderr", 0, b"abc"), Chunk("stdout", 0, b"x"), Chunk("stderr", 3, b"d")]
    )
    for n in range(output._FAR):
        ((last, _),) = output.insert(store.conn, SEQ, RUN, [Chunk("stdout", n + 1, b"x")])
    assert output.end_before(store.conn, SEQ, RUN, last, "stderr") == 4
    assert output.end_before(store.conn, SEQ, RUN, last + 1, "stderr") is None
    assert output.end_before(store.conn, SEQ, RUN, 1, "stdout") is None


def test_reading_walks_its_index(store: Store) -> None:
    """Neither the ends nor the rows about one are found by sorting or by a walk through the table."""
    seen: list[str] = []
    output.insert(store.conn, SEQ, RUN, [Chunk("stdout", 0, b"x")])
    store.conn.set_trace_callback(seen.append)
    output.ends(store.conn, SEQ, RUN)
    output.rows_after(store.conn, SEQ, RUN, 0, 9)
    output.rows_before(store.conn, SEQ, RUN, 9, 9)
    output.end_before(store.conn, SEQ, RUN, 9, "stdout")
    store.conn.set_trace_callback(None)
    assert len(seen) == 5
    for sql in seen:
        plan = " ".join(row[3] for row in store.conn.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert "output_run (job=? AND run=?" in plan
        assert "TEMP B-TREE" not in plan
