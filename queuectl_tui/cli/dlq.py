"""The dead letter queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from queuectl_tui.cli.acts import retry_now
from queuectl_tui.cli.choosing import act_on, report
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.listing import print_list
from queuectl_tui.cli.noun import Noun
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.records import Report
from queuectl_tui.rules.states import REASONS
from queuectl_tui.store import queries
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import acts
from queuectl_tui.work.own import actor

Act = Callable[[Store, list[str]], Report]
_reason = click.option("--reason", type=click.Choice(REASONS, case_sensitive=False), help="Only what died of this.")
_all = click.option("--all", "everything", is_flag=True, help="All of them, but what was canceled.")
_canceled = click.option("--canceled", is_flag=True, help="With --all: what was canceled too.")


@click.group(cls=Noun, epilog="Example: queuectl dlq retry --all")
def dlq() -> None:
    """The dead letter queue: jobs that will not be tried again."""


@dlq.command("list", epilog="Example: queuectl dlq list --reason exhausted")
@_reason
@click.option("--limit", type=click.IntRange(0), default=100, metavar="N", help="At most so many (100; 0: all).")
@click.option("-q", "--quiet", is_flag=True, help="Bare ids.")
@json_option
@pass_place
def list_(place: Place, reason: str | None, limit: int, quiet: bool, as_json: bool) -> None:
    """List dead jobs, newest first."""
    print_list(place, {"states": ("dead",), "reason": reason}, limit=limit, quiet=quiet, as_json=as_json)


@dlq.command(epilog="Example: queuectl dlq retry k7m2x9qdab")
@click.argument("jobs", nargs=-1, metavar="[JOB...]")
@_all
@_canceled
@json_option
@pass_place
def retry(place: Place, jobs: Sequence[str], everything: bool, canceled: bool, as_json: bool) -> None:
    """Give dead jobs a fresh budget; their history stays."""
    _act(place, jobs, everything, canceled, retry_now, "retried", as_json=as_json)


@dlq.command(epilog="Example: queuectl dlq delete --all")
@click.argument("jobs", nargs=-1, metavar="[JOB...]")
@_all
@_canceled
@json_option
@pass_place
def delete(place: Place, jobs: Sequence[str], everything: bool, canceled: bool, as_json: bool) -> None:
    """Delete dead jobs with their runs and output."""

    def act(store: Store, ids: list[str]) -> Report:
        return acts.delete(store, ids, actor=actor())

    _act(place, jobs, everything, canceled, act, "deleted", as_json=as_json)


def _act(
    place: Place, jobs: Sequence[str], everything: bool, canceled: bool, act: Act, verb: str, *, as_json: bool
) -> None:
    if bool(jobs) == everything:
        raise InvalidInput("give JOB... or --all" + (", not both" if jobs else ""))
    if canceled and not everything:
        raise InvalidInput("--canceled goes with --all")
    if not everything:
        act_on(place, jobs, lambda store, ids: _only_dead(store, ids, act), verb, as_json=as_json)
        return
    with place.store() as store:
        result = act(store, queries.dead_ids(store, canceled=canceled))
    report(result, verb, as_json=as_json)


def _only_dead(store: Store, ids: list[str], act: Act) -> Report:
    """Act on those that are dead; the others are not of this queue."""
    states = queries.states(store, ids)
    dead = [job_id for job_id in ids if states.get(job_id) == "dead"]
    result = act(store, dead)
    others = tuple(
        (job_id, f"it is {states[job_id]}, not dead") for job_id in ids if job_id in states and job_id not in dead
    )
    return Report(done=result.done, refused=others + result.refused)
