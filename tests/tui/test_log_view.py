"""The view of an output asks for lines, and shows those that come for what it asked last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.pilot import Pilot
from textual.screen import Screen

from queuectl_tui.tui.log.lines import Around, Extract, Line
from queuectl_tui.tui.log.reader import Answer, Ask
from queuectl_tui.tui.log.search import Hit, Hits
from queuectl_tui.tui.log.stretches import Place
from queuectl_tui.tui.widgets.log_view import LogView
from queuectl_tui.tui.widgets.log_window import LogWindow, Subject

#: How many lines the run has printed, one in each row of the store.
LINES = 1000
HEIGHT = 10
_RUN = Subject(7, 1, False, "nothing")
_LIVE = Subject(7, 1, True, "nothing")


class Viewer(Screen[None]):
    """The view alone, with a hand that answers what it asks."""

    CSS = f"LogView {{ height: {HEIGHT}; }}"

    def __init__(self) -> None:
        super().__init__()
        self.view = LogView()
        self.asks: list[Ask] = []
        self.answering = True
        self.lines = LINES

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()

    def on_log_window_wanted(self, message: LogWindow.Wanted) -> None:
        if message.ask is not None:
            self.asks.append(message.ask)
            if self.answering:
                self.view.take(self.answer(message.ask))

    def answer(self, ask: Ask, hits: Hits | None = None) -> Answer:
        """Give the lines as the reader does."""
        around, last = ask.around, self.lines - 1
        at = around.place.row if around.place else int((around.share or 0) * last)
        at = last if around.end else at
        begin, end = max(0, at - ask.before), min(self.lines, at + ask.after)
        lines = tuple(Line(Place(n, 0), "stdout", b"line %d" % n) for n in range(begin, end))
        share = (begin / self.lines, end / self.lines)
        return Answer(ask, Extract(lines, at - begin, begin == 0, end == self.lines, *share), hits)

    def follows(self) -> bool:
        """The view follows the end."""
        return self.view.follow

    @property
    def seen(self) -> list[str]:
        """What is drawn, without the gutter and the scrollbar."""
        strips = [self.view.render_line(y) for y in range(self.view.size.height)]
        return ["".join(segment.text for segment in strip)[2:-1].rstrip() for strip in strips]

    def shows(self, first: int) -> bool:
        """Tell whether these lines are drawn, from one on."""
        return self.seen == [f"line {n}" for n in range(first, first + HEIGHT)]


def run(act: Callable[[Viewer, Pilot[None]], Coroutine[Any, Any, None]], subject: Subject = _RUN) -> None:
    """Open a view on a run, and do something with it."""

    async def inner() -> None:
        viewer = Viewer()
        async with App[None]().run_test(size=(40, 20)) as pilot:
            await pilot.app.push_screen(viewer)
            await pilot.pause()
            viewer.view.open(subject)
            await pilot.pause()
            await act(viewer, pilot)

    asyncio.run(inner())


def test_it_opens_at_the_end_and_goes_anywhere() -> None:
    """Rows, pages and both ends, over lines that are not held yet."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        assert viewer.shows(990)
        for keys, first in (("k", 989), ("pageup", 980), ("g", 0), ("j j", 2), ("ctrl+d", 11), ("home end", 990)):
            await pilot.press(*keys.split())
            assert viewer.shows(first), keys
        await pilot.press(*["pageup"] * 30)
        assert viewer.shows(990 - 30 * 9)

    run(act)


def test_keys_wait_for_the_lines() -> None:
    """What is pressed before the lines are there is done when they come."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        viewer.answering = False
        await pilot.press("g", "pagedown", "pagedown", "j")
        assert viewer.shows(990)
        viewer.answering = True
        viewer.view.take(viewer.answer(viewer.asks[-1]))
        assert viewer.shows(19)

    run(act)


def test_an_old_answer_does_not_move_the_view() -> None:
    """Lines about where one was come too late, and are asked for again when they are the last that were."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        await pilot.press("g")
        old = viewer.asks[-1]
        await pilot.press("end")
        count = len(viewer.asks)
        viewer.view.take(viewer.answer(old))
        assert viewer.shows(990)
        assert len(viewer.asks) == count
        viewer.view.take(viewer.answer(Ask(7, 2, Around(), 10, 10)))
        assert viewer.shows(990)

    run(act)


def test_it_follows_until_one_goes_up() -> None:
    """New lines move the view while it follows; afterwards it stays, until the end is asked for."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        def grow(lines: int) -> None:
            viewer.lines += lines
            viewer.view.take(viewer.answer(viewer.asks[-1]))

        assert viewer.follows()
        grow(5)
        assert viewer.shows(995)
        await pilot.press("k")
        assert not viewer.follows()
        viewer.view.ask()
        grow(500)
        assert viewer.shows(994)
        await pilot.press("G")
        assert viewer.follows()
        assert viewer.shows(1495)
        viewer.view.turn_follow()
        grow(300)
        assert viewer.shows(1495)

    run(act, _LIVE)


def test_the_end_of_a_run_is_shown() -> None:
    """What a run printed last comes into view when it has ended, if its output was followed."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        viewer.lines += 50
        viewer.view.open(_RUN)
        await pilot.pause()
        assert viewer.shows(1040)
        assert not viewer.follows()

    run(act, _LIVE)


def test_the_mouse() -> None:
    """The wheel goes three rows, and the scrollbar to where it is taken."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        await pilot._post_mouse_events([MouseScrollUp], LogView, (5, 5), button=0)
        assert viewer.shows(987)
        await pilot.mouse_down(LogView, offset=(39, 0))
        assert viewer.shows(0)
        await pilot.hover(LogView, offset=(39, 5))
        assert 400 < int(viewer.seen[0].split()[1]) < 600
        await pilot.mouse_up(LogView, offset=(39, 9))

    run(act)


def test_a_match_far_away_is_gone_to() -> None:
    """The view goes to the first match once it is known, with lines above it, and esc ends the search alone."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        viewer.view.search("line 5")
        await pilot.pause()
        sought = viewer.asks[-1].sought
        assert sought is not None
        hits = Hits("line 5", (Hit(Place(5, 0), 0), Hit(Place(500, 0), 0)), to_end=True, done=True)
        viewer.view.take(viewer.answer(viewer.asks[-1], hits))
        await pilot.pause()
        assert viewer.shows(2)
        assert viewer.view.finding.words == "line 5 1/2"
        viewer.view.next_match(1)
        await pilot.pause()
        assert viewer.shows(497)
        await pilot.press("escape")
        assert viewer.view.finding.words == ""
        assert viewer.shows(497)

    run(act)


@pytest.mark.parametrize("width", [20, 60])
def test_another_size(width: int) -> None:
    """In another size the end stays in view."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(width, 20)
        await pilot.pause()
        assert viewer.shows(990)

    run(act)


def test_nothing_is_asked_for_out_of_view() -> None:
    """A view that is hidden reads nothing, and reads again when it is shown."""

    async def act(viewer: Viewer, pilot: Pilot[None]) -> None:
        viewer.view.display = False
        await pilot.pause()
        count = len(viewer.asks)
        viewer.view.ask()
        await pilot.pause()
        assert len(viewer.asks) == count
        viewer.view.display = True
        await pilot.pause()
        assert len(viewer.asks) > count

    run(act)
