"""A queue made by every earlier schema opens, works and keeps all; old and new programs share a file without harm."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from queuectl_tui.store.migrations import APPLICATION_ID, LATEST
from tests.program import Program

#: A dump of a queue for each schema that was ever released, made by the program of its time (`sqlite3 FILE .dump`).
DUMPS = Path(__file__).with_name("schemas")
#: Makes a program of the next schema, whose files the present one may still use, or may not.
_NEXT = """
import queuectl_tui.store.migrations as steps
more = ("ALTER TABLE job ADD COLUMN colour TEXT", "CREATE TABLE paint (id INTEGER PRIMARY KEY)")
steps.STEPS += (steps.Step(steps.LATEST + 1, {needs}, more),)
steps.LATEST += 1
"""


def test_every_schema_has_its_dump() -> None:
    """No schema is released without a queue of it to open."""
    assert sorted(path.stem for path in DUMPS.glob("*.sql")) == [str(n) for n in range(1, LATEST + 1)]


@pytest.mark.parametrize("version", range(1, LATEST + 1))
def test_an_old_queue(program: Program, version: int) -> None:
    """It is read and acted on, its jobs run, and what was in it is as it was."""
    program.db.parent.mkdir(mode=0o700)
    conn = sqlite3.connect(program.db, isolation_level=None)
    conn.executescript((DUMPS / f"{version}.sql").read_text())
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version = {version}")
    conn.close()
    program.db.chmod(0o600)
    jobs = program.jobs()
    assert {name: job["state"] for name, job in jobs.items()} == {
        "done": "completed",
        "lost": "dead",
        "again": "failed",
        "held": "pending",
        "later": "pending",
        "needs": "pending",
        "next": "pending",
    }
    assert program.output("done") == "out\nerr\n"
    assert [run["outcome"] for run in program.job("lost")["runs"]] == ["failed", "failed"]
    assert jobs["next"]["tags"] == ["x", "y"]
    assert jobs["needs"]["after"] == ["held"]
    assert program.json("config", "get", "max_retries")["max_retries"]["value"] == 1
    assert [queue["name"] for queue in program.json("queue", "list") if queue["paused"]] == ["slow"]
    program.ok("doctor")
    program.ok("release", "held")
    program.ok("retry", "again")
    program.drain()
    assert [program.state(job) for job in ("next", "held", "needs", "again")] == ["completed"] * 3 + ["dead"]
    program.ok("doctor")


def test_an_old_worker_beside_a_new_program(program: Program) -> None:
    """A new program brings the file forward under an old worker's feet: both go on, and nothing is lost."""
    program.enqueue("--id", "running", "--command", program.gate)
    program.ok("worker", "start")
    program.wait_state("running", "processing")
    old = program.words
    program.patch(_NEXT.format(needs=1))
    program.enqueue("--id", "new", "true")
    assert program.json("status")["workers"]["active"] == 1
    program.words = old
    program.open_gate()
    assert program.wait_state("new", "completed")["worker"] == program.wait_state("running", "completed")["worker"]
    program.enqueue("--id", "old", "true")
    program.wait_state("old", "completed")
    program.patch(_NEXT.format(needs=1))
    program.ok("worker", "start")
    assert program.wait_state(program.enqueue("true"), "completed")
    assert {job["attempts"] for job in program.jobs().values()} == {1}
    program.ok("doctor")


def test_an_old_program_beside_a_file_that_it_may_not_use(program: Program) -> None:
    """Brought forward beyond what it knows, the file is refused by the old program, and left as it is."""
    program.enqueue("--id", "j", "true")
    old = program.words
    program.patch(_NEXT.format(needs=LATEST + 1))
    program.ok("enqueue", "true")
    new, program.words = program.words, old
    program.refuse("status", exit_code=1, says=["newer queuectl"])
    program.refuse("enqueue", "true", exit_code=1, says=["newer queuectl"])
    program.words = new
    assert len(program.jobs()) == 2
