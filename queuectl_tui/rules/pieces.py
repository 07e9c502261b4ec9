"""Pieces of output, packed for the store: one blob of bytes and a small index, whatever the number of pieces."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from queuectl_tui.rules.errors import DatabaseUnusable

#: stream, offset within the stream, length
_ENTRY = struct.Struct("<BQI")
#: An index has so many bytes for each piece.
ENTRY_BYTES = _ENTRY.size
_STREAMS = ("stdout", "stderr")


class Chunk(NamedTuple):
    """A piece of what a run printed, in the order read.

    `offset` counts from the start of the stream; a gap to the chunk before it on that stream is what was cut.
    """

    stream: str
    offset: int
    data: bytes


def pack(chunks: Sequence[Chunk]) -> tuple[bytes, bytes]:
    """Give the bytes of all chunks, and the index that tells them apart."""
    index = b"".join(_ENTRY.pack(_STREAMS.index(chunk.stream), chunk.offset, len(chunk.data)) for chunk in chunks)
    return b"".join([chunk.data for chunk in chunks]), index


def unpack(data: bytes, index: bytes) -> list[Chunk]:
    """Give the chunks again."""
    chunks = []
    at = 0
    for stream, offset, length in _entries(index):
        chunks.append(Chunk(stream, offset, data[at : at + length]))
        at += length
    return chunks


def spans(index: bytes) -> Iterator[tuple[str, int]]:
    """Give of each chunk its stream, and where it ends there."""
    for stream, offset, length in _entries(index):
        yield stream, offset + length


def _entries(index: bytes) -> Iterator[tuple[str, int, int]]:
    """Give of each chunk its stream, its offset there and its length. Raises DatabaseUnusable for noise."""
    try:
        for stream, offset, length in _ENTRY.iter_unpack(index):
            yield _STREAMS[stream], offset, length
    except (struct.error, IndexError):
        raise DatabaseUnusable("what it printed is damaged in the queue; `queuectl doctor` says more") from None


def parts(chunks: Sequence[Chunk], limit: int) -> Iterator[list[Chunk]]:
    """Divide chunks into parts of at most `limit` bytes, in their order; one that does not fit is cut."""
    part: list[Chunk] = []
    left = limit
    for chunk in chunks:
        at = 0
        while at < len(chunk.data):
            piece = chunk.data[at : at + left]
            part.append(Chunk(chunk.stream, chunk.offset + at, piece))
            at += len(piece)
            left -= len(piece)
            if not left:
                yield part
                part, left = [], limit
    if part:
        yield part


def trim(chunks: Sequence[Chunk], windows: Mapping[str, int], head_end: int) -> list[Chunk]:
    """Cut what lies between the head of its stream and the window that its tail has moved to."""
    kept = []
    for chunk in chunks:
        window = windows[chunk.stream]
        if chunk.offset < head_end or chunk.offset >= window:
            kept.append(chunk)
        elif chunk.offset + len(chunk.data) > window:
            kept.append(Chunk(chunk.stream, window, chunk.data[window - chunk.offset :]))
    return kept
