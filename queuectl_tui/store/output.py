"""What runs print, as the store keeps it: packed pieces of both streams in the order read."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from queuectl_tui.rules.pieces import Chunk, pack, parts, spans, trim, unpack
from queuectl_tui.store.database import Store

#: A row holds at most so many bytes, so that any part of a large output is read as fast as a small one.
ROW_BYTES = 64 * 1024
#: What came before on a stream is looked for in so many rows; further away nothing is said to be cut.
_FAR = 1000
_FENCED = "UPDATE job SET output_bytes = ? WHERE seq = ? AND state = 'processing' AND run = ? AND worker = ?"


def insert(conn: sqlite3.Connection, job: int, run: int, chunks: Sequence[Chunk]) -> list[tuple[int, list[Chunk]]]:
    """Store what was printed, and give the numbers of the rows with what each holds; the caller holds the fence."""
    rows = []
    for part in parts(chunks, ROW_BYTES):
        data, pieces = pack(part)
        cursor = conn.execute(
            "INSERT INTO output (job, run, pieces, data) VALUES (?, ?, ?, ?)", (job, run, pieces, data)
        )
        rows.append((cursor.lastrowid or 0, part))
    return rows


class RunOutput:
    """The stored output of one live run, kept within its limit: the head of each stream and a moving tail."""

    def __init__(self, store: Store, *, job: int, run: int, worker: str) -> None:
        self._store = store
        self._fence = (job, run, worker)
        self._rows = 0
        #: Rows that hold a part of a tail, oldest first: (row, where each stream's tail part in it begins).
        self._tails: deque[tuple[int, dict[str, int]]] = deque()

    @property
    def used(self) -> bool:
        """Something was stored while the run went on."""
        return self._rows > 0

    def append(self, chunks: Sequence[Chunk], *, total: int, head_end: int, windows: Mapping[str, int]) -> bool:
        """Store more output and drop what the tails have left behind; False when the run was taken away.

        `total` counts all bytes printed so far, kept or not; bytes of a stream from `head_end` to its window go.
        """
        with self._store.write() as conn:
            if not conn.execute(_FENCED, (total, *self._fence)).rowcount:
                return False
            job, run, _ = self._fence
            for row, part in insert(conn, job, run, chunks):
                self._rows += 1
                if starts := _tail_starts(part, head_end):
                    self._tails.append((row, starts))
            self._trim(conn, windows, head_end)
        return True

    def _trim(self, conn: sqlite3.Connection, windows: Mapping[str, int], head_end: int) -> None:
        """Cut what the tails have left behind from the stored rows."""
        kept: deque[tuple[int, dict[str, int]]] = deque()
        for row, starts in self._tails:
            if all(start >= windows[stream] for stream, start in starts.items()):
                kept.append((row, starts))
                continue
            found = conn.execute("SELECT pieces, data FROM output WHERE id = ?", (row,)).fetchone()
            chunks = unpack(found[1], found[0])
            left = trim(chunks, windows, head_end)
            if not left:
                conn.execute("DELETE FROM output WHERE id = ?", (row,))
                continue
            if left != chunks:
                data, pieces = pack(left)
                conn.execute("UPDATE output SET pieces = ?, data = ? WHERE id = ?", (pieces, data, row))
            kept.append((row, _tail_starts(left, head_end)))
        self._tails = kept


def _tail_starts(chunks: Sequence[Chunk], head_end: int) -> dict[str, int]:
    starts: dict[str, int] = {}
    for chunk in chunks:
        if chunk.offset >= head_end:
            starts.setdefault(chunk.stream, chunk.offset)
    return starts


def read(store: Store, job: int, run: int, *, stream: str | None = None, after: int = 0) -> Iterator[tuple[int, Chunk]]:
    """Give what a run printed from row `after` on, each piece with its row: pass the last one back to follow."""
    rows = store.conn.execute(
        "SELECT id, pieces, data FROM output WHERE job = ? AND run = ? AND id > ? ORDER BY id", (job, run, after)
    )
    for row, pieces, data in rows:
        for chunk in unpack(data, pieces):
            if stream is None or chunk.stream == stream:
                yield row, chunk


class Row(NamedTuple):
    """One row of output: rows of a run follow each other by number, those of other runs between them."""

    id: int
    chunks: list[Chunk]


def ends(conn: sqlite3.Connection, job: int, run: int) -> tuple[int, int] | None:
    """Give the numbers of the first and the last row of a run; None: it has printed nothing."""
    # Each alone is one step in the index; together they would be a walk.
    first, last = (
        conn.execute(f"SELECT {end}(id) FROM output WHERE job = ? AND run = ?", (job, run)).fetchone()[0]
        for end in ("min", "max")
    )
    return None if first is None else (first, last)


def rows_after(conn: sqlite3.Connection, job: int, run: int, row: int, size: int) -> list[Row]:
    """Give the rows that follow one (0: from the first on), as few as hold `size` bytes."""
    return _rows(conn, "id > ? ORDER BY id", (job, run, row), size)


def rows_before(conn: sqlite3.Connection, job: int, run: int, row: int, size: int) -> list[Row]:
    """Give the rows before one, in order, as few as hold `size` bytes."""
    return _rows(conn, "id < ? ORDER BY id DESC", (job, run, row), size)[::-1]


def _rows(conn: sqlite3.Connection, which: str, params: tuple[int, int, int], size: int) -> list[Row]:
    found = []
    # Closed before its end: a half-read query would hold on to the state of the queue as it was.
    with closing(
        conn.execute(f"SELECT id, pieces, data FROM output WHERE job = ? AND run = ? AND {which}", params)
    ) as all_:
        for row, pieces, data in all_:
            found.append(Row(row, unpack(data, pieces)))
            size -= len(data)
            if size <= 0:
                break
    return found


def end_before(conn: sqlite3.Connection, job: int, run: int, row: int, stream: str) -> int | None:
    """Give where the last piece of a stream before a row ends in its stream; None: it is far away, or there is none."""
    query = "SELECT pieces FROM output WHERE job = ? AND run = ? AND id < ? ORDER BY id DESC LIMIT ?"
    with closing(conn.execute(query, (job, run, row, _FAR))) as all_:
        for (pieces,) in all_:
            found = [end for name, end in spans(pieces) if name == stream]
            if found:
                return found[-1]
    return None


def kept_bytes(conn: sqlite3.Connection, job: int, run: int) -> int:
    """Count the bytes of a run's output that are stored."""
    row = conn.execute(
        "SELECT coalesce(sum(length(data)), 0) FROM output WHERE job = ? AND run = ?", (job, run)
    ).fetchone()
    return int(row[0])
