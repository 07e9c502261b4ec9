"""What runs print, as the store keeps it: packed pieces of both streams in the order read."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from queuectl_tui.rules.pieces import pack, trim, unpack
from queuectl_tui.rules.records import Chunk
from queuectl_tui.store.database import Store

_FENCED = "UPDATE job SET output_bytes = ? WHERE seq = ? AND state = 'processing' AND run = ? AND worker = ?"


def insert(conn: sqlite3.Connection, job: int, run: int, chunks: Sequence[Chunk]) -> int:
    """Store what was printed, and give the number of the row; the caller holds the fence."""
    data, pieces = pack(chunks)
    cursor = conn.execute("INSERT INTO output (job, run, pieces, data) VALUES (?, ?, ?, ?)", (job, run, pieces, data))
    return cursor.lastrowid or 0


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
            row = insert(conn, job, run, chunks)
            self._rows += 1
            if starts := _tail_starts(chunks, head_end):
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


def kept_bytes(conn: sqlite3.Connection, job: int, run: int) -> int:
    """Count the bytes of a run's output that are stored."""
    row = conn.execute(
        "SELECT coalesce(sum(length(data)), 0) FROM output WHERE job = ? AND run = ?", (job, run)
    ).fetchone()
    return int(row[0])
