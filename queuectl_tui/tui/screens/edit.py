"""Change a job that does not run: its command, its queue, and its limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Job
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.times import now_ms, show_duration
from queuectl_tui.tui.screens.command_form import (
    CommandForm,
    command_entry,
    priority_entry,
    queue_entry,
    retries_entry,
    timeout_entry,
)
from queuectl_tui.tui.screens.when import told_when, when_entry


class EditForm(CommandForm[Request]):
    """Gives what was changed, as a request in which the rest is None."""

    def __init__(self, job: Job, *, retry: bool) -> None:
        self._before = {
            "command": job.command,
            "queue": job.queue,
            "priority": str(job.priority),
            "retries": str(job.max_retries),
            "timeout": show_duration(job.timeout_s) if job.timeout_s else "",
        }
        now = self._before
        entries = [
            command_entry(now["command"]),
            queue_entry(now["queue"]),
            priority_entry(now["priority"]),
            retries_entry(now["retries"]),
            timeout_entry(now["timeout"], hint="none"),
        ]
        if not retry:
            # A retry is due at once.
            now["run_at"] = _local(job.due_at) if job.due_at > now_ms() else ""
            entries.append(when_entry(now["run_at"]))
        super().__init__(
            f"Edit {line(job.id)}" + (" and retry it" if retry else ""),
            entries,
            submit="Save and retry" if retry else "Save",
        )
        self.set_class(retry, "again")

    def aside(self, name: str) -> tuple[str, str]:
        """Say what was changed."""
        if name == "command" or name in self.wrong or self.text(name) == self._before[name]:
            return super().aside(name)
        return (f"was {line(self._before[name])}" if self._before[name] else "changed"), "edited"

    def told(self, values: dict[str, Any]) -> str:
        """Say when it will run."""
        return told_when(values.get("run_at"))

    def result(self, values: dict[str, Any]) -> Request:
        """Give what was changed."""
        changed = {name for name, before in self._before.items() if self.text(name) != before}
        due = values.get("run_at") or now_ms()
        return Request(
            command=values["command"] if "command" in changed else "",
            queue=values["queue"] if "queue" in changed else None,
            priority=values["priority"] if "priority" in changed else None,
            max_retries=values["retries"] if "retries" in changed else None,
            timeout_s=(values["timeout"] or 0.0) if "timeout" in changed else None,
            run_at=due if "run_at" in changed else None,
        )


def _local(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone():%Y-%m-%dT%H:%M:%S}"
