"""A form with a command in it, which can be written in the editor of the person."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.form import Entry, Form
from queuectl_tui.tui.widgets.safe_input import SafeInput

T = TypeVar("T")


def whole(text: str, field: str) -> int:
    """Read a whole number."""
    text = text.strip()
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
        raise InvalidInput(f"{field}: a whole number is wanted")
    return int(text)


def command_entry(command: str) -> Entry:
    """Give the line for a command."""
    return Entry("command", "command", fields.check_command, command, optional=False)


def timeout_entry(timeout: str, hint: str) -> Entry:
    """Give the line for a timeout."""
    return Entry("timeout", "timeout", lambda text: fields.check_timeout(text.strip()), timeout, hint)


class CommandForm(Form[T]):
    """A form whose line `command` goes to $VISUAL or $EDITOR with ctrl+e."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "editor", "$EDITOR", id="editor", priority=True, tooltip="The command in $EDITOR"),
    ]

    def told(self, values: dict[str, Any]) -> str:
        """Point to the editor."""
        del values
        return f"{named(self.app, 'editor')}: the command in $EDITOR"

    def action_editor(self) -> None:
        """Write the command in the editor of the person."""
        entry = self.query_one("#entry-command", SafeInput)
        wrong = ""
        with self.app.suspend():
            # An error must not leave the block: the screen would stay away.
            try:
                entry.value = edited(entry.value)
            except (OSError, ValueError, InvalidInput) as error:
                wrong = line(str(error))
        if wrong:
            self.app.notify(wrong, severity="error", markup=False)
        self.check()


def edited(text: str) -> str:
    """Give a text as it comes back from $VISUAL or $EDITOR. Raises InvalidInput when the editor failed."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="queuectl-edit-") as folder:
        path = Path(folder) / "command.sh"
        path.write_text(text + "\n", encoding="utf-8", errors="surrogateescape")
        done = subprocess.run([*words, str(path)], check=False)
        if done.returncode:
            raise InvalidInput(f"{words[0]} ended with {done.returncode}; the command stays as it was")
        if path.stat().st_size > fields.MAX_COMMAND_BYTES + 1:
            raise InvalidInput(f"a command has at most {fields.MAX_COMMAND_BYTES:,} bytes; it stays as it was")
        return path.read_text(encoding="utf-8").removesuffix("\n")
