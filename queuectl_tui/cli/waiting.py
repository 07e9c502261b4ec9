"""Wait for jobs; run one as if it were here."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.choosing import chosen, named
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.enqueue import Words, requests_of
from queuectl_tui.cli.output import print_run
from queuectl_tui.cli.request import from_flags, job_flags, origin
from queuectl_tui.rules.errors import InvalidInput, Refused
from queuectl_tui.rules.fields import check_queue
from queuectl_tui.rules.records import Job
from queuectl_tui.rules.times import parse_duration
from queuectl_tui.store import queries, watch
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves import acts
from queuectl_tui.store.moves.enqueue import Batch
from queuectl_tui.work import own, wakeup
from queuectl_tui.work.own import actor

_LOOK_S = 0.05
TIME_OUT = 124


class TimeOutError(Exception):
    """The time given to wait ran out; `ends` says which jobs had ended by then, and how."""

    def __init__(self, ends: dict[str, str] | None = None) -> None:
        super().__init__()
        self.ends = ends or {}


class Clock:
    """The time that is left, if there is a limit."""

    def __init__(self, limit_s: float | None) -> None:
        self._until = None if limit_s is None else time.monotonic() + limit_s

    @property
    def over(self) -> bool:
        """No time is left."""
        return self._until is not None and time.monotonic() >= self._until

    def check(self) -> None:
        """Raise TimeOutError when no time is left."""
        if self.over:
            raise TimeOutError


@click.command(epilog="Example: queuectl wait --timeout 2h && queuectl status")
@click.argument("jobs", nargs=-1, metavar="[JOB...]")
@click.option("--queue", metavar="Q", help="All jobs of this queue.")
@click.option("--timeout", metavar="D", help="At most so long; then exit 124.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing.")
@json_option
@pass_place
@click.pass_context
def wait(
    ctx: click.Context,
    place: Place,
    jobs: Sequence[str],
    queue: str | None,
    timeout: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Wait until each job (none named: all) is completed, dead or deleted; exit 0 only when all completed."""
    limit = None if timeout is None else parse_duration(timeout, field="--timeout")
    if queue is not None:
        check_queue(queue, field="--queue")
        if jobs:
            raise InvalidInput("--queue and JOB exclude each other; give one")
    with place.reader() as store:
        if jobs:
            ids, refused = chosen(store, named(jobs), act=False)
        else:
            ids, refused = queries.unsettled_ids(store, queue), ()
        ids = _without_own(place, store, ids, named_ones=bool(jobs))
        late = False
        try:
            ends = await_end(store, ids, Clock(limit))
        except TimeOutError as error:
            ends, late = error.ends, True
    bad = [*refused, *((i, ends.get(i, f"not done after {timeout}")) for i in ids if ends.get(i) != "completed")]
    if as_json:
        _report([job_id for job_id in ids if ends.get(job_id) == "completed"], bad)
    elif not quiet:
        render.lines(f"{job_id} {ends[job_id]}" for job_id in ids if job_id in ends)
        for job_id, why in refused:
            render.note(f"{job_id}: {why}")
    if late:
        render.note(f"still waiting after {timeout}")
        ctx.exit(TIME_OUT)
    if bad:
        ctx.exit(1)


def _report(done: Sequence[str], refused: Sequence[tuple[str, str]]) -> None:
    render.document({"done": done, "refused": [{"id": job_id, "why": why} for job_id, why in refused]})


def _without_own(place: Place, store: Store, ids: list[str], *, named_ones: bool) -> list[str]:
    """Leave out the job inside of which this runs, and what waits for it; refuse when it was named."""
    here = own.current_job(place.path)
    if here is None:
        return ids
    never = {here, *queries.dependents(store, here)}
    if named_ones and here in ids:
        raise Refused(f"this is job {here} itself: it cannot wait for its own end")
    if named_ones and (waiting := never.intersection(ids)):
        raise Refused(f"this is job {here}, for which {min(waiting)} waits: its end cannot be waited for here")
    return [job_id for job_id in ids if job_id not in never]


def refuse_own(place: Place, after: Sequence[str]) -> None:
    """Refuse to wait, inside a job, for what waits for this job."""
    here = own.current_job(place.path)
    if here is not None and here in after:
        raise Refused(f"this is job {here} itself: what waits for it cannot be waited for here")


def await_end(store: Store, ids: Sequence[str], clock: Clock) -> dict[str, str]:
    """Wait until each of the jobs is completed, dead or deleted; give which."""
    ends: dict[str, str] = {}
    left = list(ids)
    version = -1
    while left:
        now = watch.version(store.conn)
        if now != version:
            version = now
            states = queries.states(store, left)
            ends |= {i: states.get(i, "deleted") for i in left if states.get(i) in ("completed", "dead", None)}
            left = [job_id for job_id in left if job_id not in ends]
        if left:
            if clock.over:
                raise TimeOutError(ends)
            store.check_file()
            time.sleep(_LOOK_S)
    return ends


@click.command(cls=Words, epilog="Example: queuectl run --timeout 10m 'make test'")
@click.argument("words", nargs=-1, metavar="COMMAND...")
@click.option("--command", metavar="TEXT", help="One shell command, whatever it looks like.")
@job_flags
@click.option("-q", "--quiet", is_flag=True, help="Do not say that it waits, or is tried again.")
@click.option("--wait-timeout", metavar="D", help="Wait at most so long; then exit 124. The job goes on.")
@json_option
@pass_place
@click.pass_context
def run(
    ctx: click.Context,
    place: Place,
    /,
    words: tuple[str, ...],
    command: str | None,
    quiet: bool,
    wait_timeout: str | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Enqueue a command, follow its output, and end with its exit code; ctrl-c cancels it."""
    limit = None if wait_timeout is None else parse_duration(wait_timeout, field="--wait-timeout")
    given = from_flags(flags)
    requests = list(requests_of(words, command, argv=ctx.meta["argv"]))
    refuse_own(place, given.after or ())
    if len(requests) != 1:
        raise InvalidInput(f"run takes one job, and {len(requests)} are given")
    with Batch(place.path, origin(flags), given) as batch:
        batch.add(requests)
        batch.commit()
        (job_id,) = batch.ids()
        wakeup.poke(batch.store)
    with place.store() as store:
        try:
            job = _follow(store, job_id, Clock(limit), silent=as_json, told=quiet)
        except TimeOutError:
            render.note(f"{job_id} still goes on after {wait_timeout}")
            if as_json:
                _report([], [(job_id, f"not done after {wait_timeout}")])
            ctx.exit(TIME_OUT)
        except KeyboardInterrupt:
            _cancel(store, job_id)
            ctx.exit(130)
    if as_json:
        if job is not None and job.state == "completed":
            _report([job_id], [])
        else:
            _report([], [(job_id, "deleted" if job is None else job.error or job.reason or job.state)])
    ctx.exit(_exit_code(job))


def _follow(store: Store, job_id: str, clock: Clock, *, silent: bool, told: bool) -> Job | None:
    """Print each run's output until the job is completed, dead or deleted."""
    shown = 0
    while True:
        found = queries.by_ids(store, [job_id])
        if not found:
            return None
        job = found[0]
        if job.run > shown:
            shown = job.run
            if not silent:
                sys.stdout.flush()
                print_run(store, job_id, job.seq, job.run, follow=True, apart=True, meanwhile=clock.check)
            continue
        if job.state in ("completed", "dead"):
            return job
        if job.waiting == "no worker" and not told:
            told = True
            render.note(f"{job_id} waits: no worker runs; `queuectl worker start` starts one")
        elif job.state == "failed" and not told:
            told = True
            render.note(f"{job_id} failed ({job.error or job.exit_code}) and will be tried again")
        clock.check()
        store.check_file()
        time.sleep(_LOOK_S)


def _cancel(store: Store, job_id: str) -> None:
    """Cancel on ctrl-c, and wait until its processes are gone."""
    report = acts.cancel(store, [job_id], actor=actor())
    if report.stopping:
        wakeup.nudge(store, [job.worker for job in queries.by_ids(store, [job_id]) if job.worker])
        await_end(store, [job_id], Clock(None))
    render.note(f"canceled {job_id}")


def _exit_code(job: Job | None) -> int:
    if job is None or job.reason == "canceled":
        return 1
    if job.signal is not None and (job.error or "").startswith("timed out"):
        return 1
    if job.signal is not None:
        return 128 + job.signal
    return 1 if job.exit_code is None else job.exit_code
