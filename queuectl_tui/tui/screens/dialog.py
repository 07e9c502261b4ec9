"""What every dialog shares: a box over the screen, that esc leaves without doing anything."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A box over the screen; left with esc it gives None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="leave", tooltip="Leave without doing anything"),
    ]

    def action_leave(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)
