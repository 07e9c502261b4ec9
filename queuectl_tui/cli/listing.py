"""List jobs, show one, and tell its history."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from queuectl_tui.cli import records, render
from queuectl_tui.cli.choosing import Reading, jobs_argument
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.rules import filters
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import check_queue, check_tag
from queuectl_tui.rules.records import Change, Job, Run
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.states import STATES
from queuectl_tui.rules.times import show_duration, show_time
from queuectl_tui.store import past, queries
from queuectl_tui.work.rescue import stuck

HEADS = ("ID", "STATE", "QUEUE", "PRIO", "TRY", "DUE", "EXIT", "COMMAND")
_RIGHT = ("PRIO", "TRY", "EXIT")


#: A state, in any case.
STATE_NAME = click.Choice([state.value for state in STATES], case_sensitive=False)


@click.command("list", epilog="Example: queuectl list --state dead --limit 20")
@click.option("--state", "states", multiple=True, type=STATE_NAME, metavar="S", help="Only this state (repeatable).")
@click.option("--queue", metavar="Q", help="Only this queue.")
@click.option("--tag", metavar="T", help="Only with this tag.")
@click.option("--filter", "wanted", metavar="EXPR", help="Only what it takes: 'ffmpeg exit:137 age<6h !tag:old'.")
@click.option("--sort", metavar="COL", help=f"By a column: {', '.join(queries.SORTS)}; -COL: the other way round.")
@click.option("--limit", type=click.IntRange(0), default=100, metavar="N", help="At most so many (100; 0: all).")
@click.option("-q", "--quiet", is_flag=True, help="Bare ids.")
@json_option
@pass_place
def list_(
    place: Place,
    states: tuple[str, ...],
    queue: str | None,
    tag: str | None,
    wanted: str | None,
    sort: str | None,
    limit: int,
    quiet: bool,
    as_json: bool,
) -> None:
    """List jobs, newest first; pending ones in the order they will run."""
    reverse = sort is not None and sort.startswith("-")
    column = sort.removeprefix("-").lower() if sort is not None else None
    if column is not None and column not in queries.SORTS:
        raise InvalidInput(f"--sort: no column {column!r}; one of {', '.join(queries.SORTS)}")
    selection = {
        "states": states,
        "queue": None if queue is None else check_queue(queue, field="--queue"),
        "tag": None if tag is None else check_tag(tag, field="--tag"),
        "wanted": None if wanted is None else filters.parse(wanted),
        "sort": column,
        "reverse": reverse,
    }
    print_list(place, selection, limit=limit, quiet=quiet, as_json=as_json)


def print_list(place: Place, selection: dict[str, Any], *, limit: int, quiet: bool, as_json: bool) -> None:
    """Print a list of jobs, in one of its three forms."""
    with place.reader() as store:
        if limit:
            page = queries.jobs(store, limit=limit, **selection)
            jobs: Iterator[Job] = iter(page.jobs)
            more = page.more
        else:
            jobs, more = queries.iter_jobs(store, **selection), False
        if as_json:
            render.array(records.job(job) for job in jobs)
        elif quiet:
            for part in render.parts(jobs):
                sys.stdout.writelines(f"{job.id}\n" for job in part)
        elif limit:
            render.table(HEADS, map(row, jobs), right=_RIGHT)
        else:
            _print_all(jobs)
        if more:
            render.note(f"there are more than {limit}; --limit 0 shows all")


def _print_all(jobs: Iterator[Job]) -> None:
    """Print a list of any length, in bounded memory."""
    headed = False
    for part in render.parts(map(row, jobs)):
        render.table(HEADS, part, right=_RIGHT, headless=headed)
        headed = True
    if not headed:
        render.table(HEADS, ())


def row(job: Job) -> Sequence[str]:
    """Give a job's cells in a list."""
    return (
        job.id,
        job.state,
        job.queue,
        str(job.priority),
        f"{job.attempts}/{job.max_retries + 1}",
        why(job),
        ended(job.exit_code, job.signal),
        job.command,
    )


def why(job: Job) -> str:
    """Say what a waiting job waits for."""
    if job.waiting == "due":
        return show_time(job.due_at - job.due_at % 1000) or ""
    return " ".join(part for part in (job.waiting, job.waiting_for) if part)


def ended(exit_code: int | None, signal: int | None) -> str:
    """Say how a run ended, as a shell does: a code, or 128 and the signal."""
    if signal is not None:
        return str(128 + signal)
    return "" if exit_code is None else str(exit_code)


@click.command(epilog="Example: queuectl show k7m2x9qdab")
@jobs_argument
@click.option("--env", "with_env", is_flag=True, help="Show the captured environment too.")
@json_option
@pass_place
def show(place: Place, jobs: Sequence[str], with_env: bool, as_json: bool) -> None:
    """Show everything of a job, its runs, and why it waits."""
    documents = []
    with place.reader() as store:
        reading = Reading(store, jobs)
        for n, job_id in enumerate(reading.ids):
            found = queries.job(store, job_id)
            runs = past.runs(store, job_id)
            env = queries.captured_env(store, job_id) if with_env else None
            if as_json:
                extra: dict[str, Any] = {} if env is None else {"captured_env": env}
                documents.append(records.job(found) | {"runs": [records.run(run) for run in runs]} | extra)
                continue
            render.lines([""] * bool(n))
            _print_job(found, runs, stuck(store, found), env)
        if as_json:
            reading.document(documents)
        reading.close()


def _print_job(found: Job, runs: Sequence[Run], blocked: str | None, env: Mapping[str, str] | None) -> None:
    shown = records.job(found) | {"waiting": why(found) or None, "timeout_s": show_duration(found.timeout_s)}
    render.fields((name, _text(value)) for name, value in shown.items() if value not in (None, [], {}, ""))
    if blocked:
        render.lines([f"stuck: {blocked}"])
    if runs:
        render.lines([""])
        render.table(
            ("RUN", "ATTEMPT", "STARTED", "TOOK", "OUTCOME", "EXIT", "PEAK", "WORKER", "ERROR"), map(_run_row, runs)
        )
    if env is not None:
        render.lines(["", *(f"{name}={value}" for name, value in sorted(env.items()))])


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={text}" for name, text in value.items())
    return str(value)


def _run_row(run: Run) -> Sequence[str]:
    took = "" if run.duration_ms is None else f"{run.duration_ms / 1000:.3f} s"
    peak = "" if run.max_rss_kib is None else f"{run.max_rss_kib / 1024:.1f} MiB"
    return (
        str(run.run),
        str(run.attempt),
        show_time(run.started_at) or "",
        took,
        run.outcome,
        ended(run.exit_code, run.signal),
        peak,
        run.worker,
        line(run.error or ""),
    )


@click.command(epilog="Example: queuectl history k7m2x9qdab")
@jobs_argument
@json_option
@pass_place
def history(place: Place, jobs: Sequence[str], as_json: bool) -> None:
    """Show what happened to a job: every move, when, and by whom."""
    with place.reader() as store:
        reading = Reading(store, jobs)
        found = [past.history(store, job_id) for job_id in reading.ids]
        if as_json:
            reading.document([[records.change(change) for change in changes] for changes in found])
        for n, changes in enumerate(() if as_json else found):
            render.lines([""] * bool(n))
            render.table(("AT", "MOVE", "FROM", "TO", "ACTOR", "REASON"), map(_change_row, changes))
        reading.close()


def _change_row(change: Change) -> Sequence[str]:
    return (
        show_time(change.at) or "",
        change.move,
        change.before or "",
        change.after or "",
        change.actor,
        change.reason or "",
    )
