"""What a run prints, kept within its limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.rules.pieces import Chunk, trim
from queuectl_tui.work.capture import Capture

STREAMS = ("stdout", "stderr")


def wanted(data: bytes, limit: int) -> bytes:
    """Give the first quarter and the last three."""
    head = limit // 4
    return data if len(data) <= limit else data[:head] + data[len(data) - (limit - head) :]


@given(
    st.integers(0, 40),
    st.lists(st.tuples(st.sampled_from(STREAMS), st.binary(max_size=30), st.booleans()), max_size=30),
)
def test_head_and_tail_are_kept_to_the_byte(limit: int, reads: list[tuple[str, bytes, bool]]) -> None:
    """However output comes and whenever it is stored, each stream keeps its first quarter and its last three."""
    capture = Capture(limit)
    stored: list[Chunk] = []
    printed = {"stdout": b"", "stderr": b""}
    for stream, data, store_now in reads:
        if data:
            capture.add(stream, data)
            printed[stream] += data
        if store_now:
            stored = trim([*stored, *capture.take()], capture.windows, capture.head_end)
    stored = trim([*stored, *capture.take()], capture.windows, capture.head_end)
    kept = {name: b"".join(chunk.data for chunk in stored if chunk.stream == name) for name in STREAMS}
    assert kept == {name: wanted(data, limit) for name, data in printed.items()}
    assert capture.total_bytes == sum(map(len, printed.values()))
    assert capture.dropped_bytes == capture.total_bytes - sum(map(len, kept.values()))
    for chunk in stored:
        assert printed[chunk.stream][chunk.offset : chunk.offset + len(chunk.data)] == chunk.data


def test_the_order_of_the_streams_is_that_of_the_reads() -> None:
    """What was read first is given first, whichever stream it is of."""
    capture = Capture(1000)
    for n in range(3):
        capture.add("stdout", b"o%d" % n)
        capture.add("stderr", b"e%d" % n)
    assert [chunk.data for chunk in capture.take()] == [b"o0", b"e0", b"o1", b"e1", b"o2", b"e2"]


def test_reads_are_joined() -> None:
    """Reads of one stream are one piece up to 256 KiB, until the other stream is read or the head is full."""
    capture = Capture(4 << 20)
    for _ in range(300):
        capture.add("stdout", bytes(1024))
    capture.add("stderr", b"!")
    for _ in range(800):
        capture.add("stdout", bytes(1024))
    pieces = [(chunk.stream, chunk.offset, len(chunk.data)) for chunk in capture.take()]
    kib = 1024
    assert pieces == [
        ("stdout", 0, 256 * kib),
        ("stdout", 256 * kib, 44 * kib),
        ("stderr", 0, 1),
        ("stdout", 300 * kib, 256 * kib),
        ("stdout", 556 * kib, 256 * kib),
        ("stdout", 812 * kib, 212 * kib),
        ("stdout", 1024 * kib, 76 * kib),
    ]


def test_what_waits_is_bounded() -> None:
    """When 8 MiB wait it asks to be stored, and no more once it was."""
    capture = Capture(1 << 30)
    asked = []
    for _ in range(8):
        capture.add("stdout", bytes(1 << 19))
        capture.add("stderr", bytes(1 << 19))
        asked.append(capture.full)
    capture.take()
    assert [*asked, capture.full] == [False] * 7 + [True, False]


def test_a_flood_does_not_grow() -> None:
    """A gigabyte leaves what the limit allows in memory, and never asks to be stored early, however it comes."""
    for size in (1 << 20, 1_000_000, 1 << 16):
        capture = Capture(1 << 20)
        for _ in range((1 << 30) // size):
            capture.add("stdout", bytes(size))
            assert not capture.full
        assert sum(len(chunk.data) for chunk in capture.take()) == 1 << 20


def test_the_last_line_is_of_stderr_or_else_of_stdout() -> None:
    """The error of a run is the last line that is not blank."""
    capture = Capture(0)
    assert capture.last_line() is None
    capture.add("stdout", b"one\ntwo\n\n  \n")
    assert capture.last_line() == "two"
    capture.add("stderr", b" \n")
    assert capture.last_line() == "two"
    capture.add("stderr", b"x" * 10_000 + b"\n  bad \xff\0!\n\n")
    assert capture.last_line() == "bad \ufffd!"
    capture.add("stderr", b"y" * 10_000)
    assert capture.last_line() == "y" * 500
