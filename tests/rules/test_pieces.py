"""Pieces of output, packed and cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.rules.pieces import Chunk, pack, parts, spans, trim, unpack

chunks = st.lists(
    st.builds(Chunk, st.sampled_from(["stdout", "stderr"]), st.integers(0, 2**40), st.binary(max_size=20))
)


@given(chunks)
def test_what_is_packed_is_unpacked(given_chunks: list[Chunk]) -> None:
    """Packing loses nothing, whatever the bytes."""
    assert unpack(*pack(given_chunks)) == given_chunks


@given(chunks)
def test_the_index_alone_tells_where_pieces_end(given_chunks: list[Chunk]) -> None:
    """Where each piece ends in its stream is known without its bytes."""
    found = list(spans(pack(given_chunks)[1]))
    assert found == [(chunk.stream, chunk.offset + len(chunk.data)) for chunk in given_chunks]


@given(chunks, st.integers(1, 30))
def test_parts_are_full_and_hold_everything(given_chunks: list[Chunk], limit: int) -> None:
    """Each part but the last is full, and each byte is where it was in its stream."""
    found = list(parts(given_chunks, limit))
    sizes = [sum(len(chunk.data) for chunk in part) for part in found]
    assert all(size == limit for size in sizes[:-1])
    assert sizes[-1:] <= [limit]
    pieces = [
        (chunk.stream, chunk.offset + n, chunk.data[n])
        for part in found
        for chunk in part
        for n in range(len(chunk.data))
    ]
    assert pieces == [
        (chunk.stream, chunk.offset + n, chunk.data[n]) for chunk in given_chunks for n in range(len(chunk.data))
    ]


def test_only_what_the_tail_has_left_behind_is_cut() -> None:
    """The head stays; of the tail, what lies before the window goes, to the byte."""
    pieces = [
        Chunk("stdout", 0, b"head"),
        Chunk("stdout", 4, b"gone"),
        Chunk("stderr", 4, b"else"),
        Chunk("stdout", 8, b"abcd"),
    ]
    left = trim(pieces, {"stdout": 10, "stderr": 4}, head_end=4)
    assert left == [Chunk("stdout", 0, b"head"), Chunk("stderr", 4, b"else"), Chunk("stdout", 10, b"cd")]
