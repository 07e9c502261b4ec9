"""A list that is drawn line by line, with a scrollbar of its own, and the mouse on it."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from typing import Self

from textual.events import Blur, Focus, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from queuectl_tui.tui.key_order import OrderedKeys
from queuectl_tui.tui.widgets.lined import Lined

_WHEEL = 3
#: So many lines are kept as they were drawn.
KEPT = 300
#: A key pressed so soon after the cursor slipped to another row was meant for the one that left, seconds.
SLIPPED_S = 0.3


class Scrollable(Lined):
    """What lists share: lines drawn only when they change, the wheel, the click, and a scrollbar at the right edge."""

    _dragging = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._drawn: dict[int, Hashable] = {}
        #: Lines as they were drawn: a list that moves has most of them again, elsewhere.
        self._strips: dict[Hashable, Strip] = {}
        self._slipped_at = -1.0

    @property
    def pressed_at(self) -> float:
        """When the key was pressed that is done now: on a busy machine that may be a while ago."""
        app = self.app
        return app.pressed_at if isinstance(app, OrderedKeys) else time.monotonic()

    @property
    def slipped(self) -> bool:
        """The cursor had just gone to another row, since its own left: no key that was pressed then is meant for it."""
        return self.pressed_at - self._slipped_at < SLIPPED_S

    def slip(self) -> None:
        """Remember that the cursor goes to another row by itself."""
        self._slipped_at = time.monotonic()

    def look(self, line: int) -> Hashable:
        """Give all that decides how a line of the view is drawn."""
        raise NotImplementedError

    def draw(self, look: Hashable) -> Strip:
        """Draw a line that looks so."""
        raise NotImplementedError

    def span(self, old: Hashable, new: Hashable) -> tuple[int, int]:
        """Say from which cell on, and on how many, a line differs from how it was drawn."""
        del old, new
        return 0, self.size.width

    def render_line(self, y: int) -> Strip:
        """Draw a line, and remember how."""
        look = self._drawn[y] = self.look(y)
        strip = self._strips.get(look)
        if strip is None:
            if len(self._strips) > KEPT:
                self._strips.clear()
            strip = self._strips[look] = self.draw(look)
        return strip

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw again; without regions everything, and anew: its size, its colours or its focus are others."""
        if not regions:
            self._strips.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def refresh_changed(self, lines: Iterable[int] | None = None) -> None:
        """Draw again what differs from what is drawn, and nothing else: over a slow line each cell counts.

        `lines`: no other line of the view can have changed.
        """
        changed = []
        for y in range(self.size.height) if lines is None else lines:
            old, new = self._drawn.get(y), self.look(y)
            if old != new:
                x, width = self.span(old, new)
                changed.append(Region(x, y, width, 1))
        if changed:
            self.redraw(*changed)

    def pick(self, line: int) -> None:
        """Go to a line of the view."""
        raise NotImplementedError

    def wheel(self, rows: int) -> None:
        """Go down so many rows, or up."""
        raise NotImplementedError

    def drag(self, share: float) -> None:
        """Go to a share of the list, from 0 to 1."""
        raise NotImplementedError

    def to_screen(self, message: Message) -> None:
        """Send a message to the screen: it need not go through everything between, as with each step of a cursor."""
        self.screen.post_message(message)

    def thumb(self, line: int, top: int, total: int, height: int) -> bool | None:
        """Tell whether the scrollbar's thumb is on a line of the view; None: all is in view, so there is no bar."""
        if total <= height:
            return None
        length = max(1, height * height // total)
        begin = round((height - length) * top / max(1, total - height))
        return begin <= line - 1 < begin + length

    def on_mouse_down(self, event: MouseDown) -> None:
        """Go to the line at the mouse, or take the scrollbar."""
        if event.x >= self.size.width - 1:
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)
        else:
            self.pick(event.y)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Drag the scrollbar."""
        if self._dragging:
            self._drag_to(event.y)

    def on_mouse_up(self, event: MouseUp) -> None:
        """Let go of the scrollbar."""
        del event
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Go down with the wheel."""
        event.stop()
        self.wheel(_WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Go up with the wheel."""
        event.stop()
        self.wheel(-_WHEEL)

    def on_focus(self, event: Focus) -> None:
        """Show the cursor as it is with the focus."""
        del event
        self.refresh()

    def on_blur(self, event: Blur) -> None:
        """Show the cursor as it is without the focus."""
        del event
        self.refresh()

    def _drag_to(self, y: int) -> None:
        self.drag(max(0.0, min(1.0, (y - 1) / max(1, self.size.height - 2))))
