"""A form with a command in it, which can be written in the editor of the person."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.jobs import is_json
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.form import Entry, Form

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


def queue_entry(queue: str, hint: str = "") -> Entry:
    """Give the line for a queue."""
    told = "A letter or digit, then letters, digits and . _ : -"
    return Entry("queue", "queue", lambda text: fields.check_queue(text.strip()), queue, hint, not queue, told)


def priority_entry(priority: str, hint: str = "") -> Entry:
    """Give the line for a priority."""
    told = f"{fields.LOWEST} to {fields.HIGHEST}; higher runs first"
    return Entry(
        "priority",
        "priority",
        lambda text: fields.check_priority(whole(text, "priority")),
        priority,
        hint,
        not priority,
        told,
    )


def retries_entry(retries: str, hint: str = "") -> Entry:
    """Give the line for a number of retries."""
    return Entry(
        "retries",
        "retries",
        lambda text: fields.check_retries(whole(text, "retries"), field="retries"),
        retries,
        hint,
        not retries,
        "Retries after the first attempt; 0 to 1000",
    )


def timeout_entry(timeout: str, hint: str) -> Entry:
    """Give the line for a timeout."""
    told = "The longest an attempt may run: 90s, 10m, 2h, 3d; 0: no limit"
    return Entry(
        "timeout", "timeout", lambda text: fields.check_timeout(text.strip()), timeout, hint, optional=True, help=told
    )


class CommandForm(Form[T]):
    """A form whose line `command` goes to $VISUAL or $EDITOR with ctrl+e."""

    KEYS_TITLE = "In a form"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "editor", "$EDITOR", id="editor", priority=True, tooltip="The command in $EDITOR"),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the editor away where there is no one command."""
        del parameters
        return action != "editor" or "command" in self.entries

    def help(self, name: str) -> tuple[str, str]:
        """Tell of the command how it is read."""
        if name != "command":
            return super().help(name)
        if is_json(self.text("command")):
            return "It begins as JSON does, and is taken as a shell command all the same.", "warning"
        return f"One shell command, as you would type it; {named(self.app, 'editor')} opens it in $EDITOR", ""

    def action_editor(self) -> None:
        """Write the command in the editor of the person; meanwhile the rest of the UI goes on unseen."""
        self.run_worker(self._edit(), group="editor", exclusive=True)

    async def _edit(self) -> None:
        entry = self.entry("command")
        wrong = ""
        try:
            with self.app.suspend():
                # An error must not leave the block: the screen would stay away.
                try:
                    entry.value = await asyncio.to_thread(edited, entry.value)
                except (OSError, ValueError, InvalidInput) as error:
                    wrong = line(str(error))
        except SuspendNotSupported:
            wrong = "there is no terminal to give to an editor"
        if wrong:
            self.app.notify(wrong, severity="error", markup=False)
        entry.cursor_position = len(entry.value)
        self.check()


def edited(text: str) -> str:
    """Give a text as it comes back from $VISUAL or $EDITOR. Raises InvalidInput when that failed, or OSError."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "") or ["vi"]
    name = Path(words[0]).name
    with tempfile.TemporaryDirectory(prefix="queuectl-edit-") as folder:
        path = Path(folder) / "command.sh"
        path.write_text(text + "\n", encoding="utf-8")
        try:
            done = subprocess.run([*words, str(path)], check=False)
        except OSError as error:
            raise InvalidInput(f"{name} cannot be run: {error.strerror}; set $EDITOR") from None
        if done.returncode:
            raise InvalidInput(f"{name} ended with {done.returncode}; the command stays as it was")
        if path.stat().st_size > fields.MAX_COMMAND_BYTES + 1:
            raise InvalidInput(f"a command has at most {fields.MAX_COMMAND_BYTES:,} bytes; it stays as it was")
        try:
            return path.read_text(encoding="utf-8").removesuffix("\n")
        except UnicodeDecodeError:
            raise InvalidInput("what was written is not UTF-8; the command stays as it was") from None
