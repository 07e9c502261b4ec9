"""`metrics`, `history`, `doctor`."""

from __future__ import annotations

import os
import re
import time

import pytest

from tests.cli.contract import KEYS
from tests.cli.covers import covers
from tests.program import Program, seconds

SPAN = {"avg", "p50", "p95", "min", "max"}


@covers(
    "metrics", "metrics --json", "json:metrics avg p50 p95 min max jobs success_rate throughput_per_s wait_ms run_ms"
)
@covers("json:metrics fastest slowest queues since id duration_ms")
def test_metrics(lived: Program) -> None:
    """`metrics` counts, rates and measures what is known of the jobs that ran."""
    measured = lived.json("metrics")
    keys = {"since", "jobs", "success_rate", "throughput_per_s", "wait_ms", "run_ms", "fastest", "slowest", "queues"}
    assert set(measured) == keys
    assert measured["since"] is None
    assert measured["jobs"] == {"pending": 5, "processing": 0, "completed": 2, "failed": 1, "dead": 4}
    assert abs(measured["success_rate"] - 2 / 6) < 0.001
    assert measured["throughput_per_s"] > 0
    assert set(measured["wait_ms"]) == set(measured["run_ms"]) == SPAN
    jobs = lived.jobs()
    durations = sorted(jobs[name]["duration_ms"] for name in ("plain", "good-job"))
    run = measured["run_ms"]
    assert (run["min"], run["max"]) == (durations[0], durations[1])
    assert abs(run["avg"] - sum(durations) / 2) <= 1
    assert run["min"] <= run["p50"] <= run["p95"] <= run["max"]
    wait = measured["wait_ms"]
    assert 0 <= wait["min"] <= wait["p50"] <= wait["p95"] <= wait["max"] < 60_000
    assert wait["min"] <= wait["avg"] <= wait["max"]
    waits = [seconds(jobs[name]["started_at"]) - seconds(jobs[name]["created_at"]) for name in ("plain", "late")]
    assert wait["max"] >= max(waits) * 1000 - 2, "waits are from being due to the first start"
    assert measured["fastest"] == {"id": "plain", "duration_ms": durations[0]}
    assert measured["slowest"] == {"id": "good-job", "duration_ms": durations[1]}
    assert set(measured["queues"]) >= {"default", "video"}
    video = measured["queues"]["video"]
    assert video["success_rate"] == 0.5
    assert (video["jobs"]["completed"], video["jobs"]["dead"]) == (1, 1)
    assert video["run_ms"]["max"] == durations[1]


@covers("metrics")
def test_metrics_in_words(lived: Program) -> None:
    """`metrics` has a line `Success rate` and the fastest and slowest job."""
    said = lived.ok("metrics")
    assert re.search(r"^Success rate\W+33(\.3\d*)? ?%", said, re.M), said
    assert "plain" in said
    assert "good-job" in said
    assert "video" in said
    for word in ("p50", "p95"):
        assert word in said


@covers("metrics --since", "json:metrics since throughput_per_s")
def test_metrics_since(program: Program) -> None:
    """`--since D` measures the last D only; an empty queue has no rate."""
    empty = program.json("metrics")
    assert (empty["success_rate"], empty["fastest"], empty["run_ms"]["avg"]) == (None, None, None)
    program.enqueue_all([{"id": "old", "command": "sleep 0.3"}, {"id": "new", "command": "true"}])
    program.drain()
    program.age("old", by_s=7200)
    begun = time.time()
    recent = program.json("metrics", "--since", "100m")
    assert recent["jobs"]["completed"] == 1
    assert recent["fastest"]["id"] == recent["slowest"]["id"] == "new"
    assert begun - 6001 < seconds(recent["since"]) <= time.time() - 6000
    assert recent["throughput_per_s"] == pytest.approx(1 / 6000, rel=0.02)
    assert program.json("metrics", "--since", "3h")["jobs"]["completed"] == 2
    program.refuse("metrics", "--since", "soon", says=["since"])


@covers(
    "history",
    "history --json",
    "json:history at move from to actor reason",
    "move enqueue claim complete fail bury cancel",
)
def test_history(lived: Program) -> None:
    """`history` gives every move: when, from where, to where, by whom, and why."""
    changes = lived.json("history", "bad")
    assert all(set(change) == set(KEYS["history"].split()) for change in changes)
    assert [(change["move"], change["from"], change["to"]) for change in changes] == [
        ("enqueue", None, "pending"),
        ("claim", "pending", "processing"),
        ("fail", "processing", "failed"),
        ("claim", "failed", "processing"),
        ("bury", "processing", "dead"),
    ]
    times = [seconds(change["at"]) for change in changes]
    assert times == sorted(times)
    job = lived.job("bad")
    assert changes[0]["actor"].endswith(f"@{os.uname().nodename}")
    assert {change["actor"] for change in changes[1:]} == {job["worker"]}
    assert changes[-1]["reason"] == "exhausted"
    gone = lived.json("history", "gone")[-1]
    assert (gone["move"], gone["from"], gone["to"], gone["reason"]) == ("cancel", "pending", "dead", "canceled")
    assert gone["actor"] == changes[0]["actor"]
    assert lived.json("history", "plain")[-1]["move"] == "complete"
    said = lived.ok("history", "bad")
    assert [word for word in ("enqueue", "claim", "fail", "bury") if word not in said] == []
    assert lived.run("history", "nobody", exit_code=1).stdout == ""


@covers("doctor", "doctor --json", "json:doctor check ok detail", "exit 1")
def test_doctor(program: Program) -> None:
    """`doctor` says of each check whether it is well, and ends 1 when one is not."""
    program.enqueue("true")
    checks = program.json("doctor")
    assert all(set(check) == {"check", "ok", "detail"} for check in checks)
    assert all(check["ok"] is True for check in checks), checks
    text = str(checks).lower()
    for word in ("integrity", "permissions", "space", "sqlite", "worker", "count", "clock", "file system"):
        assert word in text, word
    assert program.ok("doctor").count("\n") >= len(checks)
    program.db.chmod(0o644)
    program.db.parent.chmod(0o777)
    ill = program.json("doctor", exit_code=1)
    assert [check for check in ill if not check["ok"]]
    assert "permission" in str([check for check in ill if not check["ok"]]).lower()
    program.run("doctor", exit_code=1)
