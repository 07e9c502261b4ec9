"""Keys one after the other: each is done with, and what it opened has the focus, before the next one is given out.

Textual gives a key to whatever has the focus when it arrives, while the act of the key before it, which travels up to
the app, may still be on its way: of `/true` typed fast, `r` would retry a job.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message import Message

#: A key that was not done with after so long (its widget was removed under it) holds up no other, seconds.
_PATIENCE_S = 0.5


class Behind(Message):
    """Travels as a key does, right behind it: where it arrives, the key has been."""


class OrderedKeys(App[None]):
    """An app that gives out keys one by one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._waiting: deque[Event] = deque()
        #: When the key that is on its way was given out; None: none is.
        self._given_at: float | None = None

    async def on_event(self, event: Event) -> None:
        """Give a key out, or keep it until the one before is done with."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._waiting.append(event)
        if self._given_at is None or time.monotonic() - self._given_at > _PATIENCE_S:
            await self._give_next()
        else:
            self.set_timer(_PATIENCE_S, self._if_lost)

    async def _give_next(self) -> None:
        self._given_at = None
        if self._waiting:
            self._given_at = time.monotonic()
            target = self.focused or self.screen
            await super().on_event(self._waiting.popleft())
            target.post_message(Behind())

    async def on_behind(self) -> None:
        """Go on once what the key opened is there."""
        while not self.screen.is_mounted and time.monotonic() - (self._given_at or 0) < _PATIENCE_S:
            await asyncio.sleep(0.001)
        # The focus is set by a call that stands in the queue before this one.
        self.call_later(self._give_next)

    async def _if_lost(self) -> None:
        if self._given_at is not None and time.monotonic() - self._given_at > _PATIENCE_S:
            await self._give_next()
