"""Rescue what can be read of a damaged queue, and say what could not."""

from __future__ import annotations

from pathlib import Path

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place
from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store.salvage import Salvaged, salvage
from queuectl_tui.work.own import actor

#: So many jobs are named in a line.
_NAMED = 20
#: The tables as people call what is in them.
_NAMES = {
    "job": "jobs",
    "run": "runs",
    "output": "pieces of output",
    "journal": "acts",
    "environment": "environments",
    "dependency": "dependencies",
    "setting": "settings",
    "queue": "queues",
}


def rescue_into(place: Place, file: str, *, as_json: bool) -> None:
    """Rescue the queue into a new file and report."""
    out = Path(file).absolute()
    if not place.path.exists():
        raise Refused(f"there is no queue at {place.path} to rescue")
    if out.exists() or out.is_symlink():
        raise Refused(f"{out} is already there; nothing is overwritten")
    if not out.parent.is_dir():
        raise Refused(f"{out.parent} is no folder")
    _report(salvage(place.path, out, actor=actor(), now=now_ms()), file, as_json=as_json)


def _report(found: Salvaged, file: str, *, as_json: bool) -> None:
    if as_json:
        rescued, unreadable = (
            {_NAMES[table]: count for table, count in part.items()} for part in (found.rescued, found.unreadable)
        )
        lists = {"lost": found.lost, "held": [*found.held, *found.running]}
        render.document({"done": [file], "rescued": rescued, "unreadable": unreadable, **lists})
        return
    rows = [
        (name, f"{found.rescued.get(table, 0):,}", f"{found.unreadable.get(table, 0):,}")
        for table, name in _NAMES.items()
        if found.rescued.get(table) or found.unreadable.get(table)
    ]
    render.table(("WHAT", "RESCUED", "UNREADABLE"), rows, right=("RESCUED", "UNREADABLE"))
    texts = [f"rescued to {file}; the damaged file is as it was. Look at the commands before you start workers on it"]
    for jobs, what in (
        (found.lost, "lost"),
        (found.held, "held, since something that they need was lost"),
        (found.running, "held, since they may still run; release them when they do not"),
    ):
        if jobs:
            more = f" and {len(jobs) - _NAMED:,} more (--json names all)" if len(jobs) > _NAMED else ""
            texts.append(f"{what}: {', '.join(jobs[:_NAMED])}{more}")
    render.lines(texts)
