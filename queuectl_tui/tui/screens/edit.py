"""Change jobs that do not run, one or many: their command, their queue, and their limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.states import legal
from queuectl_tui.rules.swap import Swap
from queuectl_tui.rules.times import now_ms, show_duration
from queuectl_tui.store.moves.edit import Edit
from queuectl_tui.tui.hit import Hit
from queuectl_tui.tui.screens import question
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

_DIFFER = "(differ)"
#: A job that is edited in such a state is retried as well.
_runs_again = partial(legal, "retry")
#: Of a command so much is told, characters.
_SHOWN = 200
#: So much of it before the part that is replaced.
_BEFORE = 12
#: Nobody reads how many jobs it is sooner, seconds: an enter before that was meant for something else.
_READ_S = 0.3


class EditForm(CommandForm[Edit]):
    """Gives what was changed, as a request in which the rest is None.

    Of several jobs, what differs is left alone unless it is written anew; of commands that differ a part is replaced.
    """

    def __init__(self, hit: Hit) -> None:
        self._hit = hit
        self._readable = len(hit.states) == 1
        retried = sum(map(_runs_again, hit.states.values()))
        #: Saving retries some of them.
        self.again = retried > 0
        self._before = _texts(hit)
        super().__init__(
            _title(hit, retried), self._lines(), submit=("Save and retry" if retried else "Save") + _number(hit)
        )
        self.set_class(self.again, "again")
        self.set_class(hit.alike.command is None, "differ")

    def _lines(self) -> Sequence[Entry]:
        same, now = self._hit.alike, self._before
        many = len(self._hit.states) > 1
        entries = [
            *(_swap_entries() if same.command is None else [command_entry(now["command"])]),
            queue_entry(now["queue"], _DIFFER),
            priority_entry(now["priority"], _DIFFER),
            retries_entry(now["retries"], _DIFFER),
            timeout_entry(now["timeout"], hint=_DIFFER if same.timeout_s is None else "none"),
        ]
        if "run_at" in now:
            when = when_entry(now["run_at"])
            entries.append(when._replace(hint="(each as it is)") if many else when)
        return entries

    def on_mount(self) -> None:
        """Take no enter for many jobs before their number was on the screen for a moment."""
        self.call_after_refresh(self.set_timer, _READ_S, self._can_be_read)

    def _can_be_read(self) -> None:
        self._readable = True

    def submit(self) -> None:
        """Give what was changed, once it could be read of how many jobs."""
        if not self._readable:
            return
        if "by" in self.entries and self.text("by") and self._swap() is None:
            # They would be retried as they are.
            self.entry("replace").focus()
            return
        super().submit()

    def aside(self, name: str) -> tuple[str, str]:
        """Say what was changed."""
        if name not in self._before or name == "command" or name in self.wrong or self.text(name) == self._before[name]:
            return super().aside(name)
        return (f"was {line(self._before[name])}" if self._before[name] else "changed"), "edited"

    def told(self, values: dict[str, Any]) -> str:
        """Say when it will run, and of many jobs what becomes of them and which are left alone."""
        found = [told_when(values.get("run_at"))]
        if len(self._hit.states) > 1:
            changed = [name.replace("_", " ") for name in self._changed()]
            if changed:
                found.insert(0, f"All get this {', '.join(changed)}.")
            if (swap := self._swap()) is not None:
                found.insert(0, _swapped(swap, self._hit))
            elif not changed:
                found.insert(0, _same(self._before.get("command")))
        return " ".join(filter(None, [*found, *question.left(self._hit)]))

    def _changed(self) -> list[str]:
        return [name for name, before in self._before.items() if self.text(name) != before]

    def _swap(self) -> Swap | None:
        old = self.text("replace") if "replace" in self.entries else ""
        return Swap(old, self.text("by")) if old.strip() else None

    def result(self, values: dict[str, Any]) -> Edit:
        """Give what was changed."""
        changed = self._changed()
        due = values.get("run_at") or now_ms()
        request = Request(
            command=values["command"] if "command" in changed else "",
            queue=values["queue"] if "queue" in changed else None,
            priority=values["priority"] if "priority" in changed else None,
            max_retries=values["retries"] if "retries" in changed else None,
            timeout_s=(values["timeout"] or 0.0) if "timeout" in changed else None,
            run_at=due if "run_at" in changed else None,
        )
        return Edit(request, self._swap())


def _title(hit: Hit, retried: int) -> str:
    count = len(hit.states)
    if count == 1:
        return f"Edit {line(hit.first[0])}" + (" and retry it" if retried else "")
    some = "them" if retried == count else f"{retried:,} of them"
    return f"Edit {count:,} jobs" + (f" and retry {some}" if retried else "")


def _swap_entries() -> Sequence[Entry]:
    told = "A part of the commands, as it stands in them; those that lack it are left alone"
    return [
        Entry("replace", "replace", str, hint="(commands differ) a part of them", help=told),
        Entry("by", "by", str, hint="(nothing)", help="What takes its place; nothing takes it away"),
    ]


def _swapped(swap: Swap, hit: Hit) -> str:
    """Tell how many of the commands have the part, and what becomes of the first of those."""
    found = [command for command in hit.commands if swap.old in command]
    first = "the first " if len(hit.commands) < len(hit.states) else ""
    many = f"{len(found):,} of {first}{len(hit.commands):,} commands have that"
    if not found:
        return f"{many}."
    # The part that becomes another is to be in view.
    begin = max(0, found[0].index(swap.old) - _BEFORE)
    after = found[0][begin:].replace(swap.old, swap.new)
    return f"{many}: {'…' if begin else ''}{line(after[:_SHOWN])}"


def _same(command: str | None) -> str:
    return ("All have this command; n" if command else "N") + "othing is changed so far."


def _number(hit: Hit) -> str:
    count = len(hit.states)
    return f" {count:,}" if count > 1 else ""


def _texts(hit: Hit) -> dict[str, str]:
    """Give what stands in the lines at first."""
    same = hit.alike
    found = {
        "queue": same.queue or "",
        "priority": "" if same.priority is None else str(same.priority),
        "retries": "" if same.max_retries is None else str(same.max_retries),
        "timeout": show_duration(same.timeout_s) if same.timeout_s else "",
    }
    if same.command is not None:
        found["command"] = same.command
    if not any(map(_runs_again, hit.states.values())):
        # A retry is due at once.
        due = max((job.due_at for job in hit.named), default=0) if len(hit.states) == 1 else 0
        found["run_at"] = _local(due) if due > now_ms() else ""
    return found


def _local(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone():%Y-%m-%dT%H:%M:%S}"
