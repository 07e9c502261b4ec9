"""A job to enqueue, line by line, checked as it is typed with the rules of the command line."""

from __future__ import annotations

import os
from typing import Any

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.settings import Settings
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui.screens.command_form import (
    CommandForm,
    command_entry,
    priority_entry,
    queue_entry,
    retries_entry,
    timeout_entry,
)
from queuectl_tui.tui.screens.form import Entry
from queuectl_tui.tui.screens.when import told_when, when_entry


def _cwd(text: str) -> str:
    path = os.path.expanduser(fields.check_cwd(text.strip(), field="directory"))  # noqa: PTH111 - text in, text out
    if not os.path.isdir(path):  # noqa: PTH112 - likewise
        raise InvalidInput("directory: there is no such directory")
    return os.path.abspath(path)  # noqa: PTH100 - likewise; links stay as they were typed


def _tags(text: str) -> tuple[str, ...]:
    return tuple(fields.check_tag(tag, field="tags") for tag in text.replace(",", " ").split())


class EnqueueForm(CommandForm[Request]):
    """Gives the request, with None for what was left empty."""

    def __init__(self, settings: Settings, draft: str = "") -> None:
        #: The command as it was typed last.
        self.typed = draft
        try:
            here = os.getcwd()  # noqa: PTH109 - text in, text out
        except FileNotFoundError:
            here = ""
        timeout = show_duration(settings.job_timeout) if settings.job_timeout else "none"
        super().__init__(
            "Enqueue a command",
            [
                command_entry(draft),
                queue_entry("", hint="default"),
                priority_entry("", hint="0"),
                retries_entry("", hint=f"{settings.max_retries}, as set for the queue"),
                timeout_entry("", hint=f"{timeout}, as set for the queue"),
                when_entry(""),
                Entry("tags", "tags", _tags, hint="none", help="Names, with blanks or commas between them"),
                Entry("cwd", "directory", _cwd, here, optional=False, help="Where it runs, with this UI's environment"),
            ],
            submit="Enqueue",
        )

    def on_mount(self) -> None:
        """Let what is typed first take the place of a command that was left."""
        self.entry("command").action_select_all()

    def check(self) -> dict[str, Any] | None:
        """Keep the command in mind."""
        self.typed = self.text("command").strip()
        return super().check()

    def told(self, values: dict[str, Any]) -> str:
        """Say when it will run."""
        return told_when(values["run_at"])

    def result(self, values: dict[str, Any]) -> Request:
        """Give the request."""
        return Request(
            command=values["command"],
            queue=values["queue"],
            priority=values["priority"],
            max_retries=values["retries"],
            run_at=values["run_at"],
            timeout_s=values["timeout"],
            tags=values["tags"] or None,
            cwd=values["cwd"],
        )
