"""Output of all kinds in a real queue whose limits are small, so that short examples reach every rule."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from hypothesis import strategies as st

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.store import output
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.tui.log import lines, search, stretches

#: Small enough for short examples to reach every rule.
LINE, STATES, ROW = 64, 256, 40
SEQ, RUN = 7, 1
Printing = list[tuple[str, bytes, bool]]
pieces = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"\n", b"\r", b"\r\n", b"x\r", b"\xc3\xa9", b"\x1b[31m", b"a\n", b"50%\r", b"\r\r\n"]),
    st.integers(1, 300).map(lambda n: b"x" * n),
    st.integers(1, 40).map(lambda n: "日".encode() * n),
    st.integers(1, 60).map(lambda n: b"".join(b"%d%%\r" % k for k in range(n))),
)
printings = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), pieces, st.booleans()), max_size=25)


@contextlib.contextmanager
def small_store(path: Path) -> Iterator[Store]:
    """Open a queue, and make lines, rows and slices small."""
    with contextlib.ExitStack() as stack:
        for module, name, size in (
            (stretches, "LINE", LINE),
            (stretches, "STATES", STATES),
            (lines, "ROW_BYTES", ROW),
            (output, "ROW_BYTES", ROW),
            (search, "_SLICE", 3 * ROW),
        ):
            stack.enter_context(patch.object(module, name, size))
        yield stack.enter_context(open_store(path, durable=False))


def put(store: Store, printed: Printing, cut: dict[str, int] | None = None) -> None:
    """Store what was printed; the third says whether a row ends there, `cut` where each stream has a gap of 1000."""
    store.conn.execute("DELETE FROM output")
    ends = {"stdout": 0, "stderr": 0}
    row: list[Chunk] = []
    for stream, data, ended in printed:
        if cut and cut.get(stream) is not None and ends[stream] >= cut[stream]:
            ends[stream] += 1000
            del cut[stream]
        if data:
            row.append(Chunk(stream, ends[stream], data))
        ends[stream] += len(data)
        if ended and row:
            output.insert(store.conn, SEQ, RUN, row)
            row = []
    output.insert(store.conn, SEQ, RUN, row)
