"""Jobs, runs and changes as JSON: the keys that scripts rely on, in their order."""

from __future__ import annotations

from typing import Any

from queuectl_tui.rules.records import Change, Job, Run, Worker
from queuectl_tui.rules.times import show_time


def job(found: Job) -> dict[str, Any]:
    """Give a job."""
    return {
        "id": found.id,
        "command": found.command,
        "state": found.state,
        "queue": found.queue,
        "priority": found.priority,
        "tags": list(found.tags),
        "after": list(found.after),
        "held": found.held,
        "attempts": found.attempts,
        "max_retries": found.max_retries,
        "run_at": show_time(found.run_at),
        "due_at": show_time(found.due_at),
        "created_at": show_time(found.created_at),
        "updated_at": show_time(found.updated_at),
        "started_at": show_time(found.started_at),
        "finished_at": show_time(found.finished_at),
        "duration_ms": found.duration_ms,
        "exit_code": found.exit_code,
        "signal": found.signal,
        "error": found.error,
        "reason": found.reason,
        "waiting": found.waiting,
        "timeout_s": found.timeout_s,
        "backoff_base": found.backoff_base,
        "on_interrupt": found.on_interrupt,
        "cwd": found.cwd,
        "env": dict(found.env),
        "worker": found.worker,
        "output_bytes": found.output_bytes,
    }


def run(found: Run) -> dict[str, Any]:
    """Give a run."""
    return {
        "run": found.run,
        "attempt": found.attempt,
        "worker": found.worker,
        "host": found.host,
        "started_at": show_time(found.started_at),
        "finished_at": show_time(found.finished_at),
        "duration_ms": found.duration_ms,
        "outcome": found.outcome,
        "exit_code": found.exit_code,
        "signal": found.signal,
        "error": found.error,
        "cpu_ms": found.cpu_ms,
        "max_rss_kib": found.max_rss_kib,
        "output_bytes": found.output_bytes,
        "dropped_bytes": found.dropped_bytes,
    }


def change(found: Change) -> dict[str, Any]:
    """Give a line of a job's history."""
    return {
        "at": show_time(found.at),
        "move": found.move,
        "from": found.before,
        "to": found.after,
        "actor": found.actor,
        "reason": found.reason,
    }


def worker(found: Worker) -> dict[str, Any]:
    """Give a worker."""
    return {
        "id": found.id,
        "pid": found.pid,
        "host": found.host,
        "state": found.state,
        "queues": list(found.queues),
        "job": found.job,
        "started_at": show_time(found.started_at),
        "heartbeat_at": show_time(found.heartbeat_at),
        "completed": found.completed,
        "failed": found.failed,
        "rss_bytes": found.rss_bytes,
        "cpu_percent": found.cpu_percent,
    }
