"""Change a job that does not run: its command and its limits."""

from __future__ import annotations

from typing import Any

from queuectl_tui.rules import fields
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui.screens.command_form import CommandForm, command_entry, timeout_entry, whole
from queuectl_tui.tui.screens.form import Entry


class EditForm(CommandForm[Request]):
    """Gives what was changed, as a request in which the rest is None."""

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
                command_entry(now["command"]),
                Entry(
                    "priority",
                    "priority",
                    lambda text: fields.check_priority(whole(text, "priority")),
                    now["priority"],
                    optional=False,
                ),
                Entry(
                    "max_retries",
                    "retries",
                    lambda text: fields.check_retries(whole(text, "retries"), field="retries"),
                    now["max_retries"],
                    optional=False,
                ),
                timeout_entry(now["timeout"], hint="none"),
            ],
            submit="Save and retry" if retry else "Save",
        )

    def result(self, values: dict[str, Any]) -> Request:
        """Give what was changed."""
        changed = {name for name, before in self._before.items() if self.text(name) != before}
        return Request(
            command=values["command"] if "command" in changed else "",
            priority=values["priority"] if "priority" in changed else None,
            max_retries=values["max_retries"] if "max_retries" in changed else None,
            timeout_s=(values["timeout"] or 0.0) if "timeout" in changed else None,
        )
