"""What the command line promises to scripts, word for word: keys, values and codes that only a new major may change."""

from __future__ import annotations

#: Keys of a job in JSON that is enqueued, other spellings included.
INPUT = frozenset(
    [
        "id",
        "command",
        "queue",
        "priority",
        "max_retries",
        "retries",
        "run_at",
        "at",
        "available_at",
        "next_run_at",
        "delay",
        "timeout",
        "backoff_base",
        "tags",
        "cwd",
        "env",
        "after",
        "on_interrupt",
        "hold",
    ]
)

#: Keys of JSON output, by what they tell of.
KEYS = {
    "job": (
        "id command state queue priority tags after held attempts max_retries run_at due_at created_at updated_at "
        "started_at finished_at duration_ms exit_code signal error reason waiting timeout_s backoff_base on_interrupt "
        "cwd env worker output_bytes runs"
    ),
    "run": (
        "run attempt worker host started_at finished_at duration_ms outcome exit_code signal error cpu_ms max_rss_kib "
        "output_bytes dropped_bytes"
    ),
    "status": "jobs workers queues active busy",
    "queue": "name paused limit pending processing completed failed dead",
    "metrics": (
        "since jobs success_rate throughput_per_s wait_ms run_ms fastest slowest queues avg p50 p95 min max id "
        "duration_ms"
    ),
    "history": "at move from to actor reason",
    "worker": "id pid host state queues job started_at heartbeat_at completed failed rss_bytes cpu_percent",
    "doctor": "check ok detail",
    "config": "value default unit changed",
    "report": "done refused id why deleted",
    "salvage": "done rescued unreadable lost held",
}

#: Values of keys that take one of a few, and the variables that a job is given.
VALUES = {
    "state": "pending processing completed failed dead",
    "reason": "exhausted permanent canceled interrupted",
    "outcome": "running completed failed timeout canceled interrupted unrunnable handed_back",
    "waiting": "due held paused limit after no-worker",
    "move": "enqueue claim complete fail bury hand_back rescue retry cancel hold release edit",
    "workerstate": "idle busy stopping stalled lost",
    "variable": "QUEUECTL_JOB_ID QUEUECTL_ATTEMPT QUEUECTL_RUN QUEUECTL_DB",
}

#: Each setting: its default and unit in JSON, its other names, a value that is not the default, and those refused.
SETTINGS: dict[str, tuple[object, str | None, list[str], tuple[str, object], list[str]]] = {
    "max_retries": (3, "retries", ["default_max_retries"], ("5", 5), ["-1", "1001", "many", "1.5", "true"]),
    "backoff_base": (2, None, [], ("1.5", 1.5), ["-1", "1001", "inf", "nan", "x"]),
    "backoff_max": (3_600_000, "ms", [], ("10m", 600_000), ["-1", "31d", "soon"]),
    "backoff_jitter": (0, "share of the delay", [], ("0.25", 0.25), ["-0.1", "1.1", "nan"]),
    "job_timeout": (0, "ms", [], ("90", 90_000), ["-1", "366d", "soon"]),
    "kill_grace": (5000, "ms", [], ("1.5s", 1500), ["-1", "61m", "soon"]),
    "poll_interval": (1000, "ms", ["worker_poll_interval"], ("0.05", 50), ["0.04", "0", "61", "soon"]),
    "output_limit": (1_048_576, "bytes", [], ("1000", 1000), ["-1", "2GiB", "much"]),
    "retain_completed": (0, "ms", [], ("2d", 172_800_000), ["-1", "3651d", "soon"]),
    "permanent_exit_codes": (
        "none",
        "exit codes",
        [],
        ("2,64-78,127", "2,64-78,127"),
        ["256", "9-3", "a", "-1", "1,,2"],
    ),
    "capture_env": ("all", None, [], ("none", "none"), ["some", ""]),
    "shell": ("/bin/sh", None, [], ("/bin/bash", "/bin/bash"), ["sh", ""]),
}

EXIT_CODES = frozenset({0, 1, 2, 124, 130})

JOB = frozenset(KEYS["job"].split()) - {"runs"}
RUN = frozenset(KEYS["run"].split())
WORKER = frozenset(KEYS["worker"].split())
QUEUE = frozenset(KEYS["queue"].split())
STATES = VALUES["state"].split()
