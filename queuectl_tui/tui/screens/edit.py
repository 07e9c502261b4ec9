"""Change a job that does not run: its command and its limits."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui.screens.form import Entry, Form
from queuectl_tui.tui.widgets.safe_input import SafeInput


def whole(text: str, *, field: str) -> int:
    """Read a whole number."""
    text = text.strip()
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
        raise InvalidInput(f"{field}: a whole number is wanted")
    return int(text)


class EditForm(Form[Request]):
    """Gives what was changed, as a request in which the rest is None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "editor", "$EDITOR", id="editor", priority=True, tooltip="The command in $EDITOR"),
    ]

    def __init__(self, job: Job, *, retry: bool) -> None:
        self._before = {
            "command": job.command,
            "priority": str(job.priority),
            "max_retries": str(job.max_retries),
            "timeout": show_duration(job.timeout_s) if job.timeout_s else "",
        }
        now = self._before
        super().__init__(
            f"Edit {job.id}" + (", and retry it" if retry else ""),
            [
                Entry("command", "command", fields.check_command, now["command"], optional=False),
                Entry(
                    "priority",
                    "priority",
                    lambda text: fields.check_priority(whole(text, field="priority")),
                    now["priority"],
                    optional=False,
                ),
                Entry(
                    "max_retries",
                    "retries",
                    lambda text: fields.check_retries(whole(text, field="retries"), field="retries"),
                    now["max_retries"],
                    optional=False,
                ),
                Entry("timeout", "timeout", fields.check_timeout, now["timeout"], hint="none"),
            ],
            submit="Save and retry" if retry else "Save",
        )

    def told(self, values: dict[str, Any]) -> str:
        """Point to the editor."""
        del values
        return "ctrl+e: the command in $EDITOR"

    def result(self, values: dict[str, Any]) -> Request:
        """Give what was changed."""
        changed = {name for name, before in self._before.items() if self.text(name) != before}
        return Request(
            command=values["command"] if "command" in changed else "",
            priority=values["priority"] if "priority" in changed else None,
            max_retries=values["max_retries"] if "max_retries" in changed else None,
            timeout_s=(values["timeout"] or 0.0) if "timeout" in changed else None,
        )

    def action_editor(self) -> None:
        """Write the command in the editor of the person."""
        line = self.query_one("#entry-command", SafeInput)
        try:
            with self.app.suspend():
                line.value = edited(line.value)
        except (OSError, ValueError, InvalidInput) as error:
            self.app.notify(str(error), severity="error", markup=False)
        self.check()


def edited(text: str) -> str:
    """Give a text as it comes back from $VISUAL or $EDITOR."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="queuectl-edit-") as folder:
        path = Path(folder) / "command.sh"
        path.write_text(text + "\n", encoding="utf-8")
        done = subprocess.run([*words, str(path)], check=False)
        if done.returncode:
            raise InvalidInput(f"{words[0]} ended with {done.returncode}; the command stays as it was")
        return path.read_text(encoding="utf-8").removesuffix("\n")
