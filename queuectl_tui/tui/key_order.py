"""Keys one after the other: each is done with, and what it opened has the focus, before the next one is given out.

Textual gives a key to whatever has the focus when it arrives, while the act of the key before it, which travels up to
the app, may still be on its way: of `/true` typed fast, `r` would retry a job.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

#: A key that was not done with after so long (its widget was removed under it) holds up no other, seconds.
_PATIENCE_S = 0.5
#: A key that is bound waits so long for what the one before goes to, and looks for it this often, seconds.
_SETTLE_S, _LOOK_S = 0.2, 0.002
#: What a widget that does something with keys of its own has a method of; the last is only the beginning of a name.
_HANDLERS = ("on_key", "_on_key", "handle_key", "key_")


@cache
def _takes_keys(widget: type[Widget]) -> bool:
    """Tell whether widgets of a class do something with a key beside what is bound to it."""
    own = {name for base in widget.__mro__ if base not in Widget.__mro__ for name in vars(base)}
    return any(name.startswith(_HANDLERS) for name in own)


def _has_bindings_alone(target: DOMNode) -> bool:
    """Tell whether a key that goes up from here meets nothing but bindings."""
    return not any(isinstance(node, Widget) and _takes_keys(type(node)) for node in target.ancestors_with_self)


class Behind(Message):
    """Travels as a key does, right behind it: where it arrives, the key of that number has been."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class OrderedKeys(App[None]):
    """An app that gives out keys one by one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._waiting: deque[Event] = deque()
        #: When the key that is on its way was given out; None: none is.
        self._given_at: float | None = None
        #: The number of that key, and when it was pressed.
        self._number = 0
        self._pressed_at = 0.0
        #: Until then keys wait for what one before them goes to; None: that is there.
        self._settled_by: float | None = None

    @property
    def pressed_at(self) -> float:
        """When the key was pressed that is done now; without one, now (`time.monotonic`)."""
        return time.monotonic() if self._given_at is None else self._pressed_at

    @property
    def unsettled(self) -> bool:
        """What the last key goes to is not there yet."""
        return False

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
        if self._waiting and self._must_wait():
            self._given_at = time.monotonic()
            asyncio.get_running_loop().call_later(_LOOK_S, self.call_later, self._give_next)
        elif self._waiting:
            self._given_at = time.monotonic()
            self._number += 1
            number = self._number
            target: DOMNode = self.focused or self.screen
            event = self._waiting.popleft()
            self._pressed_at = event.time
            way = list(target.ancestors_with_self)
            if isinstance(event, Key) and _has_bindings_alone(target):
                # The same as if it went from the one widget to the next, up to here, and none of them cared.
                self.app_focus = True
                if not await self._act_on(event.key, reversed(way), priority=True):
                    await self._act_on(event.key, way)
                # Nor does any of them do anything now.
                target = next((node for node in way if node.message_queue_size or isinstance(node, Screen)), self)
            else:
                await super().on_event(event)
            target.post_message(Behind(number))

    def _must_wait(self) -> bool:
        """Tell whether the next key is too early; what takes long holds up one key, and not each of those behind it."""
        if not self.unsettled:
            self._settled_by = None
        elif self._settled_by is None:
            self._settled_by = time.monotonic() + _SETTLE_S
        return self._settled_by is not None and time.monotonic() < self._settled_by

    async def _act_on(self, key: str, nodes: Iterable[DOMNode], *, priority: bool = False) -> bool:
        """Do what a key is bound to; tells whether it is to anything.

        Textual makes the list of all that could be done anew for each key.
        """
        for node in nodes:
            for binding in self._bound_to(node).get(key, ()):
                if binding.priority == priority and await self.run_action(binding.action, node):
                    return True
            if node.is_modal and not priority:
                break
        return False

    def _bound_to(self, node: DOMNode) -> Mapping[str, Sequence[Binding]]:
        """Give what keys are bound to by a node, with the person's own keys."""
        bound = node._bindings  # noqa: SLF001 - there is no other way to know
        if self._keymap:
            bound = bound.copy()
            bound.apply_keymap(self._keymap)
        return bound.key_to_bindings

    def pop_screen(self) -> AwaitComplete:
        """Leave a screen: with it goes what travels through it behind the key that closed it."""
        left = super().pop_screen()
        self.post_message(Behind(self._number))
        return left

    async def on_behind(self, behind: Behind) -> None:
        """Go on once what the key opened is there."""
        if behind.number != self._number:
            return
        # The other that is on its way is of no more use.
        self._number += 1
        while not self.screen.is_mounted and time.monotonic() - (self._given_at or 0) < _PATIENCE_S:
            await asyncio.sleep(0.001)
        # The focus is set by a call that stands in the queue before this one.
        self.call_later(self._give_next)

    async def _if_lost(self) -> None:
        if self._given_at is not None and time.monotonic() - self._given_at > _PATIENCE_S:
            await self._give_next()
