"""What is asked before an act, in words: how many jobs it hits, which, and what becomes of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from queuectl_tui.rules.records import Job
from queuectl_tui.rules.safe import line
from queuectl_tui.tui import format as show

_SHOWN = 3


class Hit(NamedTuple):
    """The jobs that an act is for."""

    ids: Sequence[str]
    #: Marked jobs that it leaves alone, since they are not of the list any more.
    left: int = 0
    #: Those of them that can be seen.
    named: Sequence[Job] = ()

    @property
    def running(self) -> list[Job]:
        """Those that run."""
        return [job for job in self.named if job.state == "processing" and job.started_at is not None]


def title(verb: str, hit: Hit) -> str:
    """Ask whether to do it to so many jobs."""
    return f"{verb} {len(hit.ids):,} jobs?" if len(hit.ids) != 1 else f"{verb} this job?"


def lines(move: str, hit: Hit, now: int) -> list[str]:
    """Say which jobs, and what cannot be put right."""
    found = [f"{line(job.id)}  {line(job.command[:200])}" for job in hit.named[:_SHOWN]]
    if len(hit.ids) > len(found):
        found.append(f"and {len(hit.ids) - len(found):,} more")
    if hit.left:
        found += ["", f"{hit.left:,} marked are not in this list now: they are left alone."]
    if move == "delete":
        found += ["", "Their runs and their output go with them. This cannot be undone."]
    if move == "cancel" and hit.running:
        longest = max(now - (job.started_at or now) for job in hit.running)
        found += ["", f"Running for {show.elapsed(longest)}: told to end (TERM), and killed after the grace."]
    return found
