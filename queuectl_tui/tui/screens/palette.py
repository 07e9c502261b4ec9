"""Every act by name, and the way to a job by its id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from queuectl_tui.rules.fields import ID
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.columns import Cell
from queuectl_tui.tui.key_list import Key
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.dialog import Dialog
from queuectl_tui.tui.widgets.safe_input import SafeInput
from queuectl_tui.tui.widgets.small_table import Field, SmallTable

_GO_TO = ":job"
#: A beginning of an id may be so short.
_SHORTEST_ID = 3
#: The worst rank of an act that is still offered.
_FITS = 3


class Choice(NamedTuple):
    """What was chosen: an act, or a job to go to."""

    key: Key | None
    job: str | None = None


class Palette(Dialog[Choice]):
    """Type a part of a name; enter does it."""

    KEYS_TITLE = "In the palette"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", "next", show=False, id="palette_down", tooltip="The next one"),
        Binding("up,ctrl+p", "move(-1)", "before", show=False, id="palette_up", tooltip="The one before"),
    ]

    def __init__(self, keys: Sequence[Key], *, ascii_only: bool) -> None:
        super().__init__()
        self._keys = {key.id: key for key in keys if key.legal and key.id != "palette"}
        fields = (Field("KEY", 12), Field("DOES", 20, stretch=1))
        self._table = SmallTable(fields, id="palette-list", hint="nothing of that name", ascii_only=ascii_only)
        self._table.can_focus = False

    def compose(self) -> ComposeResult:
        """Hold the line to type in and what it finds."""
        with Vertical(classes="box"):
            yield SafeInput(placeholder="an act, or the id of a job", id="palette-input")
            yield self._table
            down, up, leave = (named(self.app, name) for name in ("palette_down", "palette_up", "leave"))
            yield Static(Text(f"{down} {up} choose · enter does it · {leave} leaves"), classes="box-note")

    def on_mount(self) -> None:
        """Show everything."""
        self.query_one(SafeInput).focus()
        self._find("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find as it is typed."""
        event.stop()
        self._find(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is at the cursor."""
        event.stop()
        chosen = self._table.key
        if chosen == _GO_TO:
            self.dismiss(Choice(None, event.value.strip()))
        elif chosen is not None:
            self.dismiss(Choice(self._keys[chosen]))

    def on_small_table_picked(self, event: SmallTable.Picked) -> None:
        """Take what was clicked."""
        event.stop()
        self.dismiss(Choice(self._keys[event.key]) if event.key in self._keys else None)

    def action_move(self, rows: int) -> None:
        """Go to the next one, or the one before."""
        self._table.action_move(rows)

    def _find(self, text: str) -> None:
        name = text.strip()
        ranks = {key.id: _rank(key, name) for key in self._keys.values()}
        fitting = sorted(self._keys.values(), key=lambda key: ranks[key.id])
        found = [
            (key.id, (Cell(" ".join(key.keys), "strong"), Cell(key.tooltip)))
            for key in fitting
            if ranks[key.id] <= _FITS
        ]
        if len(name) >= _SHORTEST_ID and ID.fullmatch(name):
            go_to = (_GO_TO, (Cell("", "strong"), Cell(f"Go to job {line(name)}", "id")))
            found = [*found, go_to] if found else [go_to]
        self._table.show(found, anew=True)


def _rank(key: Key, typed: str) -> int:
    """Tell how well an act fits what was typed: 0 is best, more than `_FITS` is not at all."""
    words = typed.lower().split()
    names, told = f"{key.label} {key.id.replace('_', ' ')}".lower(), key.tooltip.lower()
    if not all(word in names or word in told for word in words):
        return _FITS + 1
    if typed in key.keys or names.startswith(" ".join(words)):
        return 0
    if _begin(words, names):
        return 1
    return 2 if _begin(words, told) else _FITS


def _begin(words: Sequence[str], text: str) -> bool:
    """Tell whether each of them is the beginning of a word of the text."""
    return all(any(part.startswith(word) for part in text.split()) for word in words)
