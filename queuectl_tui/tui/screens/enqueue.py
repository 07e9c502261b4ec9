"""A job to enqueue, line by line, checked as it is typed with the rules of the command line."""

from __future__ import annotations

import os
from typing import Any

from queuectl_tui.rules import fields
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.times import now_ms, parse_time, show_time
from queuectl_tui.tui.screens.command_form import CommandForm, command_entry, timeout_entry, whole
from queuectl_tui.tui.screens.form import Entry


def _when(text: str) -> int:
    """Read a time, or how long from now: ms since the epoch."""
    text = text.strip()
    try:
        return now_ms() + round(fields.check_delay(text, field="run at") * 1000)
    except InvalidInput:
        return parse_time(text, field="run at")


def _cwd(text: str) -> str:
    path = os.path.expanduser(fields.check_cwd(text.strip(), field="directory"))  # noqa: PTH111 - text in, text out
    if not os.path.isdir(path):  # noqa: PTH112 - likewise
        raise InvalidInput("directory: there is no such directory")
    return os.path.abspath(path)  # noqa: PTH100 - likewise; links stay as they were typed


def _tags(text: str) -> tuple[str, ...]:
    return tuple(fields.check_tag(tag, field="tags") for tag in text.replace(",", " ").split())


class EnqueueForm(CommandForm[Request]):
    """Gives the request, with None for what was left empty."""

    def __init__(self) -> None:
        try:
            here = os.getcwd()  # noqa: PTH109 - text in, text out
        except FileNotFoundError:
            here = ""
        super().__init__(
            "Enqueue a command",
            [
                command_entry(""),
                Entry("queue", "queue", lambda text: fields.check_queue(text.strip()), hint="default"),
                Entry("priority", "priority", lambda text: fields.check_priority(whole(text, "priority")), hint="0"),
                Entry(
                    "retries",
                    "retries",
                    lambda text: fields.check_retries(whole(text, "retries"), field="retries"),
                    hint="as the settings say",
                ),
                Entry("run_at", "run at", _when, hint="now; or 10m, 2h, 2030-01-01T22:00"),
                timeout_entry("", hint="as the settings say"),
                Entry("tags", "tags", _tags, hint="none"),
                Entry("cwd", "directory", _cwd, here, optional=False),
            ],
            submit="Enqueue",
        )

    def told(self, values: dict[str, Any]) -> str:
        """Say when it will run."""
        when = values["run_at"]
        due = "" if when is None or when <= now_ms() else f"Not before {(show_time(when) or '')[:19]}Z. "
        return due + super().told(values)

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
