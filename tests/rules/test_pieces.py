"""Pieces of output, packed and cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.rules.pieces import pack, trim, unpack
from queuectl_tui.rules.records import Chunk

chunks = st.lists(
    st.builds(Chunk, st.sampled_from(["stdout", "stderr"]), st.integers(0, 2**40), st.binary(max_size=20))
)


@given(chunks)
def test_what_is_packed_is_unpacked(given_chunks: list[Chunk]) -> None:
    """Packing loses nothing, whatever the bytes."""
    assert unpack(*pack(given_chunks)) == given_chunks


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
