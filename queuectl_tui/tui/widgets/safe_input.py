"""A line to type in, in which nothing that is typed, pasted or edited acts on the terminal."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.events import Key, Paste
from textual.widgets import Input

from queuectl_tui.rules.safe import pictures


class SafeInput(Input):
    """An input without a blinking cursor, that shows each control as one picture: the text itself stays as it is."""

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None, compact: bool = True) -> None:  # noqa: A002 - Textual's name
        self._pictured = ("", "")
        super().__init__(value, placeholder=placeholder, id=id, compact=compact, select_on_focus=False)
        self.cursor_blink = False

    @property
    def shown(self) -> str:
        """The text as it is drawn: as many characters, though not as many cells."""
        if self._pictured[0] != self.value:
            self._pictured = (self.value, pictures(self.value))
        return self._pictured[1]

    async def _on_key(self, event: Key) -> None:
        """Take a key that edits in its turn: Textual would let the letters behind it overtake it."""
        bindings = () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ())
        for binding in bindings:
            event.stop()
            event.prevent_default()
            await self.app.run_action(binding.action, self)

    def _on_paste(self, event: Paste) -> None:
        """Take all lines of what is pasted: with the first one alone, half a command would be run."""
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        if text:
            self.replace(text, *self.selection)

    def _position_to_cell(self, position: int) -> int:
        return cell_len(self.shown[:position])

    def _cell_offset_to_index(self, offset: int) -> int:
        offset += int(self.scroll_offset[0])
        cells = 0
        for index, char in enumerate(self.shown):
            cells += cell_len(char)
            if offset < cells:
                return index
        return len(self.shown)

    @property
    def _value(self) -> Text:
        return Text(self.shown, no_wrap=True, overflow="ignore", end="")
