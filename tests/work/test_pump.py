"""What a command prints on its way to the store."""

from __future__ import annotations

import contextlib
import os
import time

import pytest

from queuectl_tui.work import pump
from queuectl_tui.work.capture import Capture


def test_a_pipe_that_is_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What floods a pipe for ever is read for a moment only, and stored meanwhile, not kept."""
    out, err = os.pipe(), os.pipe()
    real = os.read
    monkeypatch.setattr(os, "read", lambda fd, size: bytes(size) if fd == out[0] else real(fd, size))
    os.set_blocking(err[0], False)
    stored = 0

    def store(*_: object) -> None:
        nonlocal stored
        stored += 1

    flooded = pump.Pump(out[0], err[0], Capture(1 << 30), store)
    begun = time.monotonic()
    flooded.drain()
    assert time.monotonic() - begun < 10
    assert stored > 1
    assert sum(len(chunk.data) for chunk in flooded.capture.take()) < 12 << 20
    for fd in (*out, *err):
        with contextlib.suppress(OSError):
            os.close(fd)
