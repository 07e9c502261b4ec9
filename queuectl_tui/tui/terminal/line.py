"""One thread that sends what is drawn: a slow line keeps nobody waiting, and tells when it is free again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

#: What is drawn waits no longer than this before the line counts as slow, seconds.
_PROMPT_S = 0.1
#: Sent at once; what is not sent yet can still be thrown away.
_CHUNK = 1024


class Line(threading.Thread):
    """Sends text to a terminal in order. Both calls are made from this thread or from that of `write`.

    `slow` is called with True when what was drawn earlier is still on its way: what is drawn from then on would only
    wait behind it. It is called with False when the line is free. `lost` is called once, when the terminal is gone.
    """

    def __init__(self, fd: int, *, slow: Callable[[bool], object], lost: Callable[[], object]) -> None:
        super().__init__(name="line", daemon=True)
        self._fd = fd
        self._slow = slow
        self._lost = lost
        self._change = threading.Condition()
        self._waiting = bytearray()
        self._busy_since: float | None = None
        self._is_slow = False
        self._over = False

    def write(self, text: str) -> None:
        """Send a text after what waits already."""
        with self._change:
            if self._over:
                return
            now = time.monotonic()
            if self._busy_since is None:
                self._busy_since = now
            elif now - self._busy_since > _PROMPT_S and not self._is_slow:
                self._is_slow = True
                self._slow(True)
            self._waiting += text.encode("utf-8", "replace")
            self._change.notify_all()

    def finish(self, text: str, timeout_s: float) -> None:
        """Throw away what waits, send a last text, and end; wait for it as long as given."""
        with self._change:
            if not self._over:
                self._waiting = bytearray(text.encode("utf-8", "replace"))
                self._over = True
                self._change.notify_all()
        if self.is_alive():
            self.join(timeout_s)

    def run(self) -> None:
        """Send until told to end, or until nobody is there."""
        while chunk := self._chunk():
            try:
                sent = os.write(self._fd, chunk)
            except OSError:
                with self._change:
                    self._over = True
                    self._waiting.clear()
                self._lost()
                return
            with self._change:
                self._waiting[:0] = chunk[sent:]

    def _chunk(self) -> bytes:
        """Give what is to be sent next; nothing at the end."""
        with self._change:
            if not self._waiting:
                self._busy_since = None
                if self._is_slow:
                    self._is_slow = False
                    self._slow(False)
            self._change.wait_for(lambda: self._waiting or self._over)
            chunk = bytes(self._waiting[:_CHUNK])
            del self._waiting[:_CHUNK]
            return chunk
