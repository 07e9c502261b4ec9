"""Acts under way, and in words how they went. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection

from queuectl_tui.rules.records import Report
from queuectl_tui.rules.safe import line

#: From so many jobs on an act shows how far it is.
LONG = 500


class Doing:
    """One act on its way: what it is called while it goes on, and what was done after it, to which jobs.

    Its thread tells how far it is, and learns whether to go on.
    """

    def __init__(
        self,
        done: str,
        ids: Collection[str] = (),
        *,
        verb: str = "",
        what: str = "jobs",
        then: Callable[[Report], None] | None = None,
    ) -> None:
        self.done = done
        self.ids = ids
        self.verb = verb
        self.what = what
        #: What follows when it is done.
        self.then = then
        self.behind = 0
        self.stopped = False

    @property
    def long(self) -> bool:
        """It takes its time."""
        return len(self.ids) > LONG

    def go_on(self, behind: int) -> bool:
        """Take note of how many are behind; tells whether to go on."""
        self.behind = behind
        return not self.stopped

    def progress(self, key: str) -> str:
        """Say how far it is, and by which key it stops."""
        return f"{self.verb} {self.behind:,} of {len(self.ids):,} · {key} stops"


def outcome(doing: Doing, report: Report) -> str:
    """Say how an act went; empty when there is nothing to tell."""
    parts = []
    if report.done or (doing.stopped and not report.stopping):
        parts.append(f"{_some(report.done, doing.what)} {doing.done}")
    if report.stopping:
        parts.append(f"{_some(report.stopping, 'running jobs')} told to end")
    if report.refused:
        name, why = report.refused[0]
        parts.append(f"{line(name)}: {line(why)}" if len(report.refused) == 1 else f"{len(report.refused):,} refused")
    if doing.stopped:
        parts.append(f"stopped at {doing.behind:,} of {len(doing.ids):,}")
    return ", ".join(parts)


def _some(ids: Collection[str], what: str) -> str:
    return line(next(iter(ids))) if len(ids) == 1 else f"{len(ids):,} {what}"
