"""Pause and limit queues."""

from __future__ import annotations

from collections.abc import Sequence

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.choosing import report
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.noun import Noun
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import check_queue
from queuectl_tui.rules.records import Queue, Report
from queuectl_tui.rules.states import STATES
from queuectl_tui.store import queries
from queuectl_tui.store import queues as stored
from queuectl_tui.work import wakeup

#: As many idle workers as there may be are worth waking when a queue opens.
_MANY = 256


@click.group(cls=Noun, epilog="Example: queuectl queue pause video")
def queue() -> None:
    """Pause and limit queues."""


@queue.command("list", epilog="Example: queuectl queue list")
@json_option
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """List queues with their jobs by state."""
    with place.reader() as store:
        found = queries.counts(store).queues
    if as_json:
        render.document([as_record(each) for each in found])
    else:
        print_queues(found)


def as_record(found: Queue) -> dict[str, object]:
    """Give a queue for JSON."""
    return {"name": found.name, "paused": found.paused, "limit": found.limit, **found.counts}


def print_queues(found: Sequence[Queue]) -> None:
    """Print queues as a table."""
    heads = ("QUEUE", "", "LIMIT", *(state.upper() for state in STATES))
    rows = [
        (
            each.name,
            "paused" if each.paused else "",
            str(each.limit or ""),
            *(str(each.counts[state]) for state in STATES),
        )
        for each in found
    ]
    render.table(heads, rows, right=heads[2:])


def _names(names: Sequence[str], everything: bool) -> list[str] | None:
    if bool(names) == everything:
        raise InvalidInput("give Q... or --all" + (", not both" if names else ""))
    return None if everything else [check_queue(name, field="queue") for name in names]


@queue.command(epilog="Example: queuectl queue pause video")
@click.argument("names", nargs=-1, metavar="[Q...]")
@click.option("--all", "everything", is_flag=True, help="Every queue.")
@json_option
@pass_place
def pause(place: Place, names: Sequence[str], everything: bool, as_json: bool) -> None:
    """Start no more jobs of these queues; what runs goes on."""
    chosen = _names(names, everything)
    with place.store() as store:
        done = stored.pause(store, chosen, paused=True)
    report(Report(done=tuple(done)), "paused", as_json=as_json)


@queue.command(epilog="Example: queuectl queue resume --all")
@click.argument("names", nargs=-1, metavar="[Q...]")
@click.option("--all", "everything", is_flag=True, help="Every queue.")
@json_option
@pass_place
def resume(place: Place, names: Sequence[str], everything: bool, as_json: bool) -> None:
    """Start jobs of these queues again."""
    chosen = _names(names, everything)
    with place.store() as store:
        done = stored.pause(store, chosen, paused=False)
        wakeup.poke(store, _MANY)
    report(Report(done=tuple(done)), "resumed", as_json=as_json)


@queue.command(epilog="Example: queuectl queue limit video 2")
@click.argument("name", metavar="Q")
@click.argument("jobs", type=click.IntRange(0, 1_000_000), metavar="N")
@json_option
@pass_place
def limit(place: Place, name: str, jobs: int, as_json: bool) -> None:
    """Run at most N jobs of a queue at once; 0: no limit."""
    check_queue(name, field="queue")
    with place.store() as store:
        stored.limit(store, name, jobs)
        wakeup.poke(store, _MANY)
    report(Report(done=(name,)), f"limited to {jobs}:" if jobs else "no limit:", as_json=as_json)
