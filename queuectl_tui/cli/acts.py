"""What people do to jobs, one command an act."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.choosing import act_on, jobs_argument
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.rules import fields
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.records import Report
from queuectl_tui.rules.times import parse_time
from queuectl_tui.store import past, queries, watch
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import acts
from queuectl_tui.store.moves.edit import check_changes
from queuectl_tui.store.moves.edit import edit as edit_jobs
from queuectl_tui.work import wakeup
from queuectl_tui.work.own import actor
from queuectl_tui.work.rescue import rescue, stuck

_LOOK_S = 0.05
_SAY_AFTER_S = 2.0


@click.command(epilog="Example: queuectl retry k7m2x9qdab")
@jobs_argument
@json_option
@pass_place
def retry(place: Place, jobs: Sequence[str], as_json: bool) -> None:
    """Run jobs again: a failed one now, a dead or completed one with a fresh budget."""
    act_on(place, jobs, retry_now, "retried", as_json=as_json)


def retry_now(store: Store, ids: Sequence[str]) -> Report:
    """Retry jobs, and wake workers for them."""
    report = acts.retry(store, ids, actor=actor())
    wakeup.poke(store, len(report.done))
    return report


@click.command(epilog="Example: queuectl cancel k7m2x9qdab")
@jobs_argument
@json_option
@pass_place
def cancel(place: Place, jobs: Sequence[str], as_json: bool) -> None:
    """Cancel jobs; a running one is stopped, and the command waits until its processes are gone."""
    act_on(place, jobs, _cancel, "canceled", as_json=as_json)


def _cancel(store: Store, ids: Sequence[str]) -> Report:
    report = acts.cancel(store, ids, actor=actor())
    if not report.stopping:
        return report
    running = {job.id: job for job in queries.by_ids(store, report.stopping)}
    wakeup.nudge(store, {job.worker for job in running.values() if job.worker})
    done, refused = list(report.done), list(report.refused)
    left = set(report.stopping)
    say_at, version = time.monotonic() + _SAY_AFTER_S, -1
    while left:
        if (now := watch.version(store.conn)) != version or time.monotonic() > say_at:
            version = now
            there = {job.id: job for job in queries.by_ids(store, sorted(left))}
            left = {i for i in left if i in there and there[i].state == "processing" and there[i].run == running[i].run}
        if left and time.monotonic() > say_at:
            say_at = time.monotonic() + 10
            for job_id in sorted(left):
                why = stuck(store, there[job_id]) or f"worker {there[job_id].worker} ends it"
                render.note(f"waiting for {job_id}: {why}")
        store.check_file()
        rescue(store, actor=actor())
        time.sleep(_LOOK_S)
    for job_id in report.stopping:
        how = _escaped(store, job_id)
        if how is None:
            done.append(job_id)
        else:
            refused.append((job_id, how))
    return Report(done=tuple(done), refused=tuple(refused))


def _escaped(store: Store, job_id: str) -> str | None:
    """Say how a job escaped its cancel; None when it was canceled."""
    found = queries.by_ids(store, [job_id])
    if not found:
        return "it was deleted meanwhile"
    if any(change.reason == "canceled" for change in past.history(store, job_id)[-2:]):
        return None
    return f"it had ended by itself: {found[0].state}"


@click.command(epilog="Example: queuectl hold k7m2x9qdab")
@jobs_argument
@json_option
@pass_place
def hold(place: Place, jobs: Sequence[str], as_json: bool) -> None:
    """Keep waiting jobs from starting, until they are released."""
    act_on(place, jobs, lambda store, ids: acts.hold(store, ids, actor=actor()), "held", as_json=as_json)


@click.command(epilog="Example: queuectl release k7m2x9qdab")
@jobs_argument
@json_option
@pass_place
def release(place: Place, jobs: Sequence[str], as_json: bool) -> None:
    """Let held jobs start."""

    def act(store: Store, ids: Sequence[str]) -> Report:
        report = acts.release(store, ids, actor=actor())
        wakeup.poke(store, len(report.done))
        return report

    act_on(place, jobs, act, "released", as_json=as_json)


@click.command(epilog="Example: queuectl delete k7m2x9qdab")
@jobs_argument
@json_option
@pass_place
def delete(place: Place, jobs: Sequence[str], as_json: bool) -> None:
    """Delete jobs with their runs and output; not one that runs, or that others wait for."""
    act_on(place, jobs, lambda store, ids: acts.delete(store, ids, actor=actor()), "deleted", as_json=as_json)


@click.command(epilog="Example: queuectl edit k7m2x9qdab --priority 10 --timeout 2h")
@click.argument("jobs", nargs=-1, required=True, metavar="JOB...")
@click.option("--command", metavar="TEXT", help="Another command.")
@click.option("--priority", type=int, metavar="N", help="-1000 to 1000, higher first.")
@click.option("--max-retries", "--retries", type=int, metavar="N", help="Retries after the first attempt.")
@click.option("--timeout", metavar="D", help="The longest an attempt may run; 0: no limit.")
@click.option("--queue", metavar="Q", help="Another queue.")
@click.option("--run-at", "--at", metavar="TIME", help="Not before this time.")
@json_option
@pass_place
def edit(
    place: Place,
    jobs: Sequence[str],
    command: str | None,
    priority: int | None,
    max_retries: int | None,
    timeout: str | None,
    queue: str | None,
    run_at: str | None,
    as_json: bool,
) -> None:
    """Change jobs that are pending, failed or dead."""
    changes = Request(
        command="" if command is None else fields.check_command(command, field="--command"),
        priority=None if priority is None else fields.check_priority(priority, field="--priority"),
        max_retries=None if max_retries is None else fields.check_retries(max_retries, field="--max-retries"),
        timeout_s=None if timeout is None else fields.check_timeout(timeout, field="--timeout"),
        queue=None if queue is None else fields.check_queue(queue, field="--queue"),
        run_at=None if run_at is None else parse_time(run_at, field="--run-at"),
    )
    check_changes(changes)

    def act(store: Store, ids: Sequence[str]) -> Report:
        report = edit_jobs(store, ids, changes, actor=actor())
        wakeup.poke(store, len(report.done))
        return report

    act_on(place, jobs, act, "edited", as_json=as_json)
