"""The dead letter queue."""

from __future__ import annotations

import sqlite3

import pytest

from tests.cli.contract import JOB
from tests.cli.covers import covers
from tests.program import Program


@pytest.fixture
def buried(program: Program) -> Program:
    """A queue with one dead job of three reasons, and one that lives."""
    program.set("permanent_exit_codes", "7")
    program.enqueue_all(
        [
            {"id": "spent", "command": "exit 1", "max_retries": 0},
            {"id": "permanent", "command": "exit 7"},
            {"id": "canceled", "command": "true", "hold": True},
            {"id": "alive", "command": "true", "hold": True},
        ]
    )
    program.ok("cancel", "canceled")
    program.drain()
    return program


@covers("dlq list", "dlq list --reason -q --quiet --limit --json", "reason exhausted permanent canceled")
def test_list(buried: Program) -> None:
    """`dlq list` lists the dead, all or those of a reason; its JSON is that of `list`."""
    jobs = {job["id"]: job for job in buried.json("dlq", "list")}
    assert {name: job["reason"] for name, job in jobs.items()} == {
        "spent": "exhausted",
        "permanent": "permanent",
        "canceled": "canceled",
    }
    assert all(set(job) == JOB for job in jobs.values())
    for reason, name in {"exhausted": "spent", "permanent": "permanent", "canceled": "canceled"}.items():
        assert buried.ok("dlq", "list", "-q", "--reason", reason).split() == [name]
    assert buried.ok("dlq", "list", "--quiet", "--reason", "interrupted") == ""
    assert buried.ok("dlq", "list", "--quiet").split() == list(jobs) == ["canceled", "permanent", "spent"]
    cut = buried.run("dlq", "list", "-q", "--limit", "2", exit_code=0)
    assert cut.stdout.split() == ["canceled", "permanent"]
    assert cut.stderr.strip(), "it says that there are more"
    said = buried.ok("dlq", "list")
    assert all(name in said for name in jobs)
    assert "alive" not in said
    buried.refuse("dlq", "list", "--reason", "boredom", says=["boredom"])
    view = sqlite3.connect(f"file:{buried.db}?mode=ro", uri=True)
    try:
        assert view.execute("SELECT count(*) FROM dead_letter_queue").fetchone() == (3,)
    finally:
        view.close()


@covers("dlq retry", "dlq retry --all --canceled --json")
def test_retry(buried: Program) -> None:
    """`dlq retry` takes jobs by name, or all but what was canceled, or with --canceled those too."""
    report = buried.json("dlq", "retry", "spent", "alive", exit_code=1)
    assert report["done"] == ["spent"]
    assert report["refused"][0]["id"] == "alive"
    assert buried.jobs()["spent"]["attempts"] == 0
    assert buried.json("dlq", "retry", "--all")["done"] == ["permanent"]
    assert buried.state("canceled") == "dead"
    assert buried.json("dlq", "retry", "--all", "--canceled")["done"] == ["canceled"]
    assert buried.json("dlq", "retry", "--all", "--canceled") == {"done": [], "refused": []}
    assert {job["state"] for job in buried.jobs().values()} == {"pending"}
    buried.refuse("dlq", "retry")
    buried.refuse("dlq", "retry", "--all", "spent")


@covers("dlq delete", "dlq delete --all --canceled --json")
def test_delete(buried: Program) -> None:
    """`dlq delete` deletes dead jobs by name, or all but what was canceled, or with --canceled those too."""
    report = buried.json("dlq", "delete", "spent", "alive", exit_code=1)
    assert report["done"] == ["spent"]
    assert report["refused"][0]["id"] == "alive"
    assert buried.json("dlq", "delete", "--all")["done"] == ["permanent"]
    assert set(buried.jobs()) == {"canceled", "alive"}
    assert buried.json("dlq", "delete", "--all", "--canceled")["done"] == ["canceled"]
    assert set(buried.jobs()) == {"alive"}
    buried.refuse("dlq", "delete")
