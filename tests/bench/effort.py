"""How much is measured: everything, a look under two minutes, or hardly anything, to see that it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """The size of each benchmark; `rounds` is how often each side is measured for a median."""

    rounds: int
    drain_jobs: int
    enqueue_calls: int
    enqueue_lines: int
    latency_jobs: int
    idle_workers: int
    idle_s: float
    #: The time in which workers come to rest, seconds.
    settle_s: float
    memory_rounds: int
    scale_jobs: int
    #: Jobs of a past that the queue has behind it.
    history: int
    #: Jobs of priority 99, due next year.
    far_jobs: int
    #: Retries due at once; a claim makes up to 64 of them ready, so that they must outlast the jobs.
    retries: int
    #: A large output.
    output_bytes: int
    #: Jobs in the queue that the UI is opened on, and how often each key is pressed.
    ui_jobs: int
    ui_keys: int
    #: How long the UI is watched at rest, and while the queue changes, seconds.
    ui_watch_s: float
    #: Pairs of drains, with and without the UI.
    beside_rounds: int


FULL = Effort(
    rounds=5,
    drain_jobs=3000,
    enqueue_calls=25,
    enqueue_lines=100_000,
    latency_jobs=200,
    idle_workers=8,
    idle_s=30.0,
    settle_s=2.0,
    memory_rounds=5,
    scale_jobs=2000,
    history=5_000_000,
    far_jobs=1_000_000,
    retries=300_000,
    output_bytes=100_000_000,
    ui_jobs=1_000_000,
    ui_keys=25,
    ui_watch_s=20.0,
    beside_rounds=15,
)
QUICK = Effort(
    rounds=3,
    drain_jobs=2000,
    enqueue_calls=11,
    enqueue_lines=100_000,
    latency_jobs=100,
    idle_workers=8,
    idle_s=8.0,
    settle_s=1.0,
    memory_rounds=1,
    scale_jobs=600,
    history=100_000,
    far_jobs=50_000,
    retries=50_000,
    output_bytes=100_000_000,
    ui_jobs=1_000_000,
    ui_keys=3,
    ui_watch_s=5.0,
    beside_rounds=7,
)
SMOKE = Effort(
    rounds=1,
    drain_jobs=20,
    enqueue_calls=1,
    enqueue_lines=500,
    latency_jobs=4,
    idle_workers=2,
    idle_s=0.3,
    settle_s=0.1,
    memory_rounds=1,
    scale_jobs=20,
    history=200,
    far_jobs=200,
    retries=2000,
    output_bytes=1_000_000,
    ui_jobs=2000,
    ui_keys=1,
    ui_watch_s=0.5,
    beside_rounds=1,
)
