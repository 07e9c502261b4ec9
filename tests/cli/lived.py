"""A queue that has seen something: jobs in every state that rests, for tests that only read."""

from __future__ import annotations

from typing import Any

from tests.program import Program

#: What `good` was given; it runs in a queue that is limited.
GOOD: dict[str, Any] = {
    "id": "good-job",
    "command": "echo out; echo err >&2; sleep 0.2",
    "queue": "video",
    "priority": 7,
    "tags": ["x", "y"],
    "max_retries": 5,
    "run_at": "2001-02-03T04:05:06Z",
    "timeout": 60,
    "backoff_base": 3,
    "on_interrupt": "dead",
    "env": {"A": "1"},
}

JOBS: list[dict[str, Any]] = [
    GOOD,
    {"id": "plain", "command": "true"},
    {
        "id": "bad",
        "command": "echo run $QUEUECTL_ATTEMPT; echo first >&2; echo oops >&2; exit 3",
        "max_retries": 1,
        "backoff_base": 0,
    },
    {"id": "killed", "command": "kill -9 $$", "max_retries": 0, "tags": ["x"]},
    {"id": "late", "command": "echo begun; sleep 60", "timeout": 1, "max_retries": 0, "queue": "video"},
    {"id": "again", "command": "exit 4", "backoff_base": 1000},
]

#: Enqueued after those have run: none of them starts.
RESTING: list[dict[str, Any]] = [
    {"id": "held", "command": "true", "hold": True},
    {"id": "later", "command": "true", "run_at": "2030-01-01T00:00:00Z"},
    {"id": "stalled", "command": "true", "queue": "closed"},
    {"id": "needs", "command": "true", "after": ["bad", "plain"]},
    {"id": "free", "command": "true", "queue": "open", "priority": 3},
    {"id": "gone", "command": "true", "queue": "open"},
]

STATES = {
    "good-job": "completed",
    "plain": "completed",
    "bad": "dead",
    "killed": "dead",
    "late": "dead",
    "again": "failed",
    "held": "pending",
    "later": "pending",
    "stalled": "pending",
    "needs": "pending",
    "free": "pending",
    "gone": "dead",
}


def live(program: Program) -> Program:
    """Run the queue's life: 7 runs of 6 jobs by one worker, then what stays."""
    program.enqueue_all(JOBS)
    program.run("--worker", "--max-jobs", "7", exit_code=0)
    program.enqueue_all(RESTING)
    program.ok("cancel", "gone")
    program.ok("queue", "pause", "closed")
    program.ok("queue", "limit", "video", "2")
    return program
