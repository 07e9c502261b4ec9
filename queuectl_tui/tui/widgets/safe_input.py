"""A line to type in, in which nothing that is typed, pasted or edited acts on the terminal."""

from __future__ import annotations

from rich.text import Text
from textual.events import Key
from textual.widgets import Input

from queuectl_tui.rules.safe import pictures


class SafeInput(Input):
    """An input without a blinking cursor, that shows each control as one picture: the text itself stays as it is."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None, compact: bool = True) -> None:  # noqa: A002 - Textual's name
        super().__init__(value, placeholder=placeholder, id=id, compact=compact, select_on_focus=False)
        self.cursor_blink = False

    async def _on_key(self, event: Key) -> None:
        """Take a key that edits in its turn: Textual would let the letters behind it overtake it."""
        bindings = () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ())
        for binding in bindings:
            event.stop()
            event.prevent_default()
            await self.app.run_action(binding.action, self)

    @property
    def _value(self) -> Text:
        return Text(pictures(self.value), no_wrap=True, overflow="ignore", end="")
