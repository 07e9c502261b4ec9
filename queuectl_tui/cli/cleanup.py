"""Delete jobs by the thousand."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.listing import STATE_NAME
from queuectl_tui.rules.errors import InvalidInput, Refused
from queuectl_tui.rules.times import parse_duration
from queuectl_tui.store.moves import cleanup


@click.command(epilog="Example: queuectl clear --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_place
def clear(place: Place, yes: bool, as_json: bool) -> None:
    """Delete every job that does not run, with its runs and output; asks first."""
    with place.store() as store:
        count = cleanup.clearable(store)
        if count and not yes:
            _ask(f"Delete {count:,} job{'s' * (count != 1)}? [y/N] ")
        _report(cleanup.clear(store) if count else 0, as_json=as_json)


def _ask(question: str) -> None:
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if answer.strip().lower() not in ("y", "yes"):
        raise Refused("nothing was deleted")


@click.command(epilog="Example: queuectl prune --older-than 30d")
@click.option("--older-than", required=True, metavar="D", help="Ended longer ago than this.")
@click.option("--state", "states", multiple=True, type=STATE_NAME, metavar="S", help="Of this state (completed).")
@json_option
@pass_place
def prune(place: Place, older_than: str, states: Sequence[str], as_json: bool) -> None:
    """Delete old jobs, but none that runs or that another waits for."""
    age = parse_duration(older_than, field="--older-than")
    if "processing" in states:
        raise InvalidInput("--state: a job that runs cannot be pruned")
    with place.store() as store:
        _report(cleanup.prune(store, older_than_s=age, states=states or ("completed",)), as_json=as_json)


def _report(deleted: int, *, as_json: bool) -> None:
    if as_json:
        render.document({"deleted": deleted})
    else:
        render.lines([f"Deleted {deleted:,} job{'s' * (deleted != 1)}"])
