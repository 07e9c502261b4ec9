"""How the queue is, and how it has done."""

from __future__ import annotations

from typing import Any

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.queues import as_record
from queuectl_tui.rules.records import Metrics, Span
from queuectl_tui.rules.shares import percent
from queuectl_tui.rules.times import now_ms, parse_duration, show_duration, show_time
from queuectl_tui.store import metrics as measured
from queuectl_tui.store import queries
from queuectl_tui.store.database import Store
from queuectl_tui.work import fleet

_ALIVE = ("idle", "busy", "stopping", "stalled")


@click.command(epilog="Example: queuectl status --json")
@json_option
@pass_place
def status(place: Place, as_json: bool) -> None:
    """Show how many jobs are in each state, the workers, and what is paused or limited."""
    with place.reader() as store:
        print_status(store, as_json=as_json)


def print_status(store: Store, *, as_json: bool = False) -> None:
    """Print the status of an open queue."""
    counts = queries.counts(store)
    workers = [worker for worker in fleet.observe(store) if worker.state in _ALIVE]
    busy = sum(worker.job is not None for worker in workers)
    if as_json:
        render.document(
            {
                "jobs": dict(counts.jobs),
                "workers": {"active": len(workers), "busy": busy},
                "queues": [as_record(queue) for queue in counts.queues],
            }
        )
        return
    render.fields((state, str(jobs)) for state, jobs in counts.jobs.items())
    render.lines([f"workers     {len(workers)} active, {busy} busy"])
    special = [queue for queue in counts.queues if queue.paused or queue.limit]
    for queue in special:
        limits = ["paused"] * queue.paused + [f"limit {queue.limit}"] * bool(queue.limit)
        render.lines([f"queue {queue.name}: {', '.join(limits)}"])
    oldest = queries.oldest_pending(store)
    if oldest is not None:
        age = show_duration(max(0, now_ms() - oldest) // 1000)
        render.lines([f"oldest pending: {age} ({show_time(oldest)})"])
    if not workers and counts.jobs["pending"] + counts.jobs["failed"]:
        render.note("jobs wait and no worker runs; `queuectl worker start` starts one")


@click.command(epilog="Example: queuectl metrics --since 24h")
@click.option("--since", metavar="D", help="Only the last so long (all time).")
@json_option
@pass_place
def metrics(place: Place, since: str | None, as_json: bool) -> None:
    """Show success rate, throughput, and how long jobs wait and run."""
    now = now_ms()
    start = None if since is None else max(0, now - round(parse_duration(since, field="--since") * 1000))
    with place.reader() as store:
        print_metrics(measured.metrics(store, since=start, now=now), as_json=as_json)


def print_metrics(found: Metrics, *, as_json: bool = False) -> None:
    """Print metrics."""
    if as_json:
        render.document(_as_json(found) | {"queues": {name: _as_json(part) for name, part in found.queues.items()}})
        return
    rate = "none ended yet" if found.success_rate is None else percent(found.success_rate)
    render.fields((state, str(jobs)) for state, jobs in found.jobs.items())
    render.lines([f"Success rate: {rate}", f"Throughput: {found.throughput_per_s:.2f} completed a second"])
    heads = ("", "avg", "p50", "p95", "min", "max")
    render.table(heads, [("wait", *_cells(found.wait)), ("run", *_cells(found.run))], right=heads[1:])
    for name, job in (("fastest", found.fastest), ("slowest", found.slowest)):
        if job is not None:
            render.lines([f"{name}: {job[0]} in {_ms(job[1])}"])
    if len(found.queues) > 1:
        heads = ("QUEUE", "COMPLETED", "DEAD", "SUCCESS", "RUN P50", "RUN P95")
        render.lines([""])
        render.table(
            heads,
            [
                (
                    name,
                    str(part.jobs["completed"]),
                    str(part.jobs["dead"]),
                    "" if part.success_rate is None else percent(part.success_rate),
                    _ms(part.run.p50),
                    _ms(part.run.p95),
                )
                for name, part in found.queues.items()
            ],
            right=heads[1:],
        )


def _as_json(found: Metrics) -> dict[str, Any]:
    return {
        "since": show_time(found.since),
        "jobs": dict(found.jobs),
        "success_rate": found.success_rate,
        "throughput_per_s": found.throughput_per_s,
        "wait_ms": _span(found.wait),
        "run_ms": _span(found.run),
        "fastest": _job(found.fastest),
        "slowest": _job(found.slowest),
    }


def _span(span: Span) -> dict[str, float | None]:
    return {"avg": span.avg, "p50": span.p50, "p95": span.p95, "min": span.min, "max": span.max}


def _job(found: tuple[str, int] | None) -> dict[str, object] | None:
    return None if found is None else {"id": found[0], "duration_ms": found[1]}


def _cells(span: Span) -> tuple[str, ...]:
    return tuple(_ms(value) for value in (span.avg, span.p50, span.p95, span.min, span.max))


def _ms(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"
