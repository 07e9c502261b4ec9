"""What a run prints, on its way to the store: the head of each stream and a moving tail, in bounded memory."""

from __future__ import annotations

from collections import deque
from operator import itemgetter

from queuectl_tui.rules.pieces import Chunk

#: Reads of one stream with nothing of the other between them are joined up to this size.
_JOIN_UP_TO = 256 * 1024
#: Above this many bytes that wait for the store, it is time to store early.
_FULL_AT = 8 * 1024 * 1024
_LAST = 4096
_LINE = 500
_Piece = tuple[int, int, bytearray]
STREAMS = ("stdout", "stderr")


class _Stream:
    """One stream: what waits for the store, and where its tail begins."""

    __slots__ = ("head", "head_end", "last", "size", "tail", "tail_limit", "total")

    def __init__(self, limit: int) -> None:
        self.head_end = limit // 4
        self.tail_limit = limit - self.head_end
        self.total = 0
        self.size = 0
        self.last = b""
        #: (order, offset, bytes), of the head and of the tail: no piece mixes them, since only tails are cut later.
        self.head: list[_Piece] = []
        self.tail: deque[_Piece] = deque()

    @property
    def window(self) -> int:
        """The lowest offset of the tail that is still to be kept."""
        return max(self.head_end, self.total - self.tail_limit)

    def add(self, order: int, data: bytes, join: bool) -> None:
        """Take what was read; `join`: nothing of the other stream came since the last."""
        self.last = data[-_LAST:] if len(data) >= _LAST else (self.last + data)[-_LAST:]
        offset = self.total
        self.total += len(data)
        head = self.head_end - offset
        if head > 0:
            self._push(self.head, order, offset, data[:head], join)
        if head < len(data):
            self._push(self.tail, order, max(offset, self.head_end), data[max(head, 0) :], join)
            self._drop()

    def _push(self, pieces: list[_Piece] | deque[_Piece], order: int, offset: int, data: bytes, join: bool) -> None:
        self.size += len(data)
        if join and pieces and len(pieces[-1][2]) + len(data) <= _JOIN_UP_TO:
            pieces[-1][2].extend(data)
        else:
            pieces.append((order, offset, bytearray(data)))

    def _drop(self) -> None:
        """Let go of what the tail has left behind."""
        window = self.window
        while self.tail:
            order, offset, data = self.tail[0]
            beyond = window - offset
            if beyond <= 0:
                return
            if beyond < len(data):
                # Cut in place: a copy of the rest for each line of a flood would cost more than all else.
                del data[:beyond]
                self.tail[0] = (order, window, data)
                self.size -= beyond
                return
            self.tail.popleft()
            self.size -= len(data)


class Capture:
    """What one run prints, up to `limit` bytes of each stream: the first quarter and the last three."""

    def __init__(self, limit: int) -> None:
        self._streams = {name: _Stream(limit) for name in STREAMS}
        self._order = 0
        self._latest: str | None = None
        self.head_end = limit // 4
        #: The bytes printed so far, kept or not.
        self.total_bytes = 0

    def add(self, stream: str, data: bytes) -> None:
        """Take what was read of a stream."""
        self._order += 1
        self.total_bytes += len(data)
        self._streams[stream].add(self._order, data, join=stream == self._latest)
        self._latest = stream

    def take(self) -> list[Chunk]:
        """Give what is to be stored since the last time, in the order read."""
        found = []
        for name, stream in self._streams.items():
            for pieces in (stream.head, stream.tail):
                found += [(order, offset, name, data) for order, offset, data in pieces]
                pieces.clear()
            stream.size = 0
        found.sort(key=itemgetter(0, 1))
        return [Chunk(name, offset, bytes(data)) for _, offset, name, data in found]

    @property
    def full(self) -> bool:
        """So much waits that it should be stored at once."""
        return sum(stream.size for stream in self._streams.values()) >= _FULL_AT

    @property
    def dropped_bytes(self) -> int:
        """The bytes printed that are not kept."""
        return sum(stream.window - stream.head_end for stream in self._streams.values())

    @property
    def windows(self) -> dict[str, int]:
        """Of each stream, the lowest offset of its tail that is still to be kept."""
        return {name: stream.window for name, stream in self._streams.items()}

    def last_line(self) -> str | None:
        """Give the last line that is not blank, of stderr or else of stdout."""
        for name in ("stderr", "stdout"):
            text = self._streams[name].last.decode("utf-8", "replace").replace("\0", "")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if lines:
                return lines[-1][:_LINE]
        return None
