"""What every dialog shares: a box over the screen, that esc leaves without doing anything."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.screen import ModalScreen

T = TypeVar("T")

#: Below this height a dialog does without air; below this width without what stands aside.
HIGH, BROAD = 20, 64
#: Below this height a question does without naming the jobs, so that its buttons are seen.
TINY = 10


class Dialog(ModalScreen[T | None]):
    """A box over the screen; left with esc it gives None."""

    KEYS_TITLE = "In a dialog"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="leave", tooltip="Leave without doing anything"),
    ]

    def on_mount(self) -> None:
        """Fit the screen."""
        self._fit(self.app.size)

    def on_resize(self, event: Resize) -> None:
        """Fit the screen."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        self.set_class(size.height < HIGH, "low")
        self.set_class(size.width < BROAD, "narrow")
        self.set_class(size.height < TINY, "tiny")

    def action_leave(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)
