"""The UI driven from inside, on a real queue: keys go in, the text of the screen comes out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual._context import visible_screen_stack
from textual.events import Key
from textual.pilot import Pilot
from textual.strip import Strip

from queuectl_tui.tui.app import QueuectlApp
from tests.program import Program


class Driven:
    """An open UI."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self._pilot = pilot
        self.app = pilot.app

    @property
    def strips(self) -> list[Strip]:
        """What is on the screen, line by line."""
        # As Textual does it: a dialog that is drawn without would have nothing behind it from then on.
        visible_screen_stack.set(self.app._background_screens)
        return self.app.screen._compositor.render_strips()

    @property
    def picture(self) -> str:
        """The text of what is on the screen."""
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in self.strips)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self._pilot.press(*keys)

    async def press_late(self, *keys: str, delay_s: float) -> None:
        """Press letters now, of which the UI learns later, as on a busy machine; wait until they are done with."""
        app = self.app
        assert isinstance(app, QueuectlApp)
        pressed = [Key(key, key) for key in keys]
        await asyncio.sleep(delay_s)
        for key in pressed:
            app.post_message(key)
        while app.message_queue_size or app._waiting or app._given_at is not None:
            await asyncio.sleep(0.005)

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        await self._pilot.press(*("space" if char == " " else char for char in text))

    async def click(self, selector: str) -> None:
        """Click on a widget."""
        await self._pilot.click(selector)

    async def pause(self, seconds: float = 0.0) -> None:
        """Let the UI go on."""
        await self._pilot.pause(seconds)

    async def until(self, holds: Callable[[str], object], what: str, *, timeout_s: float = 20.0) -> str:
        """Wait until something holds for what is on the screen; gives that."""
        deadline = time.monotonic() + timeout_s
        while not holds(picture := self.picture):
            assert time.monotonic() < deadline, f"{what}: not so within {timeout_s} s\n{picture}"
            await self._pilot.pause(0.02)
        return picture

    async def shows(self, *words: str) -> str:
        """Wait until all the words are on the screen; gives what is there."""
        return await self.until(lambda text: all(word in text for word in words), f"{words} on the screen")


def drive(
    program: Program,
    scenario: Callable[[Driven], Awaitable[None]],
    *,
    tab: str = "pending",
    size: tuple[int, int] = (120, 34),
) -> None:
    """Open the UI on a queue and play a scenario."""

    async def play() -> None:
        app = QueuectlApp(program.db, tab=tab)
        async with app.run_test(size=size, notifications=True) as pilot:
            await scenario(Driven(pilot))

    asyncio.run(play())
