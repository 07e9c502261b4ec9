"""How much a fleet may still do, shared by its processes."""

from __future__ import annotations

import mmap

_MOST = (1 << 64) - 1


class Budget:
    """How many runs a fleet may still start, shared by its processes; used under the write lock only."""

    def __init__(self, runs: int) -> None:
        self._shared = mmap.mmap(-1, 8)
        self._shared[:8] = min(runs, _MOST).to_bytes(8, "little")

    @property
    def left(self) -> int:
        """The runs that are left."""
        return int.from_bytes(self._shared[:8], "little")

    def take(self) -> bool:
        """Take one run, if one is left."""
        if self.left:
            self._shared[:8] = (self.left - 1).to_bytes(8, "little")
            return True
        return False
