"""Flipped bits within values, which SQLite does not call damage: they are told, and end no worker."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from queuectl_tui.store.sense import nonsense
from tests.program import Program
from tests.store.queue import opened
from tests.tui.screen import Screen

#: What may become of values.
NONSENSE: dict[str, list[object]] = {
    "job SET env": ['{"A": "b', '["A"]', '{"A": 1}', 5],
    "job SET tags": ["[", "{}", "[1]"],
    "job SET due_at": [1 << 62, -5, 1.5, "soon"],
    "job SET command": [b"\xff"],
    "job SET priority": ["high"],
    "environment SET data": ['{"A": "b', "[]"],
    "worker SET queues": ["", "{}", 5],
    "worker SET host": [b"here"],
    "output SET pieces": [b"\xff", b"\xff" * 13],
    "run SET error": [b"no"],
    "worker SET id": ["a\0b", "../x"],
    "run SET finished_at": [1 << 62],
}
_WORKER = "INSERT INTO worker VALUES ('wgone', 999999999, 1, 'here', '[]', 1, NULL)"


@pytest.fixture
def lived_in(program: Program) -> Program:
    """A queue with a row in every table that matters."""
    program.enqueue("--id", "done", "--tag", "t", "echo hi")
    program.drain()
    program.enqueue("--id", "x", "--hold", "true")
    change(program.db, _WORKER)
    return program


def change(db: Path, statement: str, *values: object) -> None:
    conn = sqlite3.connect(db, isolation_level=None, timeout=20)
    conn.execute(statement, values)
    conn.close()


def test_every_nonsense_is_named(lived_in: Program) -> None:
    """Whatever value makes no sense is named by its column; those that a queue wrote are none."""
    store = opened(lived_in.db)
    assert nonsense(store.conn) == []
    for place, values in NONSENSE.items():
        for value in values:
            store.conn.execute("BEGIN")
            store.conn.execute(f"UPDATE {place} = ?", (value,))
            assert nonsense(store.conn) == [place.replace(" SET ", ".")], value
            store.conn.execute("ROLLBACK")
    store.close()


_QUICK = {"job SET tags", "job SET due_at", "worker SET queues"}
_CASES = [
    pytest.param(place, value, marks=[] if place in _QUICK and value == values[0] else [pytest.mark.slow])
    for place, values in NONSENSE.items()
    for value in values
]


@pytest.mark.parametrize(("place", "value"), _CASES)
def test_nonsense_is_told(lived_in: Program, place: str, value: object) -> None:
    """`doctor` says where it is; other commands do their work, or say that the file is damaged."""
    change(lived_in.db, f"UPDATE {place} = ?", value)
    (wrong,) = [check["detail"] for check in lived_in.json("doctor", exit_code=1) if check["check"] == "integrity"]
    assert place.replace(" SET ", ".") in wrong
    assert "doctor --salvage" in wrong
    for words in ("status", "list --json", "show x --json", "logs done", "worker list", "enqueue -q true"):
        done = lived_in.run(*words.split())
        assert done.returncode == 0 or "is damaged" in done.stderr, (words, done)
    assert (done.returncode == 0) == bool(done.stdout), "what was printed is stored, and nothing else"


def test_a_list_that_breaks_off(program: Program) -> None:
    """What fails soon prints nothing; of a long list comes what can be read, and as JSON it is left unfinished."""
    ids = program.enqueue_all(["true"] * 3000)
    whole = ["list", "--limit", "0"]
    change(program.db, f"UPDATE job SET due_at = -1 WHERE id = '{ids[0]}'")
    done = program.run(*whole, "--json", exit_code=1)
    assert "is damaged" in done.stderr
    assert json.loads(done.stdout + "]")[0]["id"] == ids[-1]
    assert set(program.run(*whole, "-q", exit_code=1).stdout.split()) < set(ids)
    change(program.db, f"UPDATE job SET due_at = -1 WHERE id = '{ids[-1000]}'")
    for words in ([], ["--json"], ["-q"]):
        program.refuse(*whole, *words, exit_code=1, says=["is damaged"])


@pytest.mark.parametrize(("place", "value"), [("job SET finished_at", 1 << 62), ("job SET error", b"no")])
def test_the_ui_says_so(lived_in: Program, place: str, value: object) -> None:
    """The UI tells that the file is damaged, and stays; mended, it shows the jobs again."""
    change(lived_in.db, f"UPDATE {place} = ?", value)
    with Screen(lived_in, "--tab", "all", columns=140) as screen:
        screen.shows("is damaged")
        screen.keys("j", "}", "7", "0")
        change(lived_in.db, f"UPDATE {place} = NULL")
        screen.shows("▌", "done")
        screen.keys("q")
        assert screen.end() == 0


@pytest.mark.parametrize("count", [[], ["--count", "2"]])
def test_a_command_that_is_no_text(program: Program, count: list[str]) -> None:
    """Workers that meet text which is none say that the file is damaged; those that wait for idleness end with 1."""
    program.enqueue("true")
    change(program.db, "UPDATE job SET command = CAST(x'ff61' AS TEXT)")
    assert "is damaged" in program.run("--worker", "--until-idle", *count, exit_code=1).stderr


@pytest.mark.parametrize("table", ["queue", "run"])
def test_a_table_that_is_gone(program: Program, table: str) -> None:
    """It is told as damage, by `doctor` too, and who waits for idleness ends with 1."""
    program.enqueue("true")
    change(program.db, f"DROP TABLE {table}")
    said = f"is damaged; `queuectl doctor` says more (no such table: {table})"
    assert said in program.run("--worker", "--until-idle", exit_code=1, timeout=20).stderr
    assert f"the table {table} is gone" in program.run("doctor", exit_code=1).stdout


def test_a_column_that_is_gone(program: Program) -> None:
    """`doctor` names it, and other commands tell it as damage."""
    program.enqueue("true")
    change(program.db, "ALTER TABLE worker DROP COLUMN stop")
    assert "worker.stop is gone" in program.run("doctor", exit_code=1).stdout
    assert "is damaged" in program.run("worker", "list", exit_code=1).stderr


def test_a_job_that_runs_nowhere(program: Program) -> None:
    """A job that is said to run, but not since when, is told as damage."""
    program.enqueue("--id", "j", "true")
    change(program.db, "UPDATE job SET state = 'processing', ready = 0, worker = 'wx', run = 1")
    for words in (["show", "j"], ["doctor"]):
        done = program.run(*words, exit_code=1)
        assert "damaged" in done.stderr or "job.started_at" in done.stdout, done


@pytest.mark.parametrize("place", ["job SET env = ? WHERE id = 'j'", "environment SET data = ?"])
def test_a_job_that_makes_no_sense(program: Program, place: str) -> None:
    """A job whose environment was damaged fails, and its worker goes on with the others."""
    program.enqueue("--id", "j", "--max-retries", "0", "true")
    program.enqueue("--id", "fine", "--no-env", "true")
    conn = sqlite3.connect(program.db, isolation_level=None)
    conn.execute(f"UPDATE {place}", ('{"A": "b',))
    conn.close()
    program.drain()
    assert program.state("fine") == "completed"
    assert program.json("status")["jobs"]["dead"] == 1
    assert "unrunnable j" in program.ok("worker", "logs")
