"""What the UI does on a screen on which nothing can be seen: it says so, and takes no key but those to leave."""

from __future__ import annotations

from rich.console import RenderableType
from textual.app import App
from textual.events import Event, InputEvent, Key
from textual.geometry import Size
from textual.screen import Screen

#: The smallest screen on which anything can be done, columns and rows.
LEAST = (20, 6)
_WORDS = "too small"


class Room(App[None]):
    """An app that looks at its size before it draws, and before it acts on anything unseen."""

    _said_at: Size | None = None

    @property
    def cramped(self) -> bool:
        """There is no room for anything."""
        width, height = self.size
        return width < LEAST[0] or height < LEAST[1]

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if not self.cramped:
            self._said_at = None
            super()._display(screen, renderable)
        elif self._said_at != self.size and self._driver is not None:
            # Not by a widget: dialogs, toasts and what has the focus stay as they are.
            self._said_at = self.size
            self._driver.write(f"\x1b[0m\x1b[2J\x1b[1;1H{_WORDS[: self.size.width]}")

    async def on_event(self, event: Event) -> None:
        """Take no key for what cannot be seen."""
        if self.cramped and isinstance(event, InputEvent) and not event.is_forwarded:
            if isinstance(event, Key) and event.key in ("q", "ctrl+c"):
                self.exit()
            return
        await super().on_event(event)
