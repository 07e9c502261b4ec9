"""`doctor --salvage OUT` rescues what can be read of a damaged queue, into a new one, and makes nothing worse."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.cli.covers import covers
from tests.program import Program, alive, wait_for

PARTS = ("middle", "end", "schema", "truncated", "flipped")


@pytest.fixture
def before(program: Program) -> dict[str, dict[str, Any]]:
    """The jobs of a queue with several pages of everything: waiting, completed with output, dead, needing others."""
    program.set("max_retries", 0)
    program.enqueue_all([f"echo {n}" for n in range(40)] + ["false"])
    program.drain()
    program.enqueue_all([{"command": f"echo waits {n}", "tags": ["night"]} for n in range(2500)])
    program.enqueue("--id", "last", "--after", program.enqueue("--id", "first", "true"), "true")
    return program.jobs()


def damaged(content: bytes, part: str) -> bytes:
    damage = bytearray(content)
    half = len(damage) // 2
    if part == "middle":
        damage[half : half + 50_000] = bytes(50_000)
    elif part == "end":
        damage[half:] = Random(1).randbytes(len(damage) - half)
    elif part == "schema":
        damage[damage.index(b"CREATE TABLE setting") + 12] = 0xDF
    elif part == "truncated":
        del damage[half:]
    else:
        random = Random(2)
        for _ in range(30):
            damage[random.randrange(8192, len(damage))] ^= 1 << random.randrange(8)
    return bytes(damage)


def files(folder: Path) -> dict[str, tuple[bytes | None, int]]:
    """Everything in a folder, and when it was last changed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        regular = path.is_file() and not path.is_symlink()
        found[str(path)] = path.read_bytes() if regular else None, path.lstat().st_mtime_ns
    return found


@pytest.mark.parametrize("part", PARTS)
@covers("doctor --salvage", "json:salvage done rescued unreadable lost held")
def test_what_can_be_read_is_rescued(program: Program, before: dict[str, dict[str, Any]], part: str) -> None:
    """Rescued jobs are as they were, lost ones are named, the new queue works, and the old file is as it was."""
    program.db.write_bytes(damaged(program.db.read_bytes(), part))
    there = files(program.db.parent)
    out = program.folder / "out.db"
    said = program.json("doctor", "--salvage", out)
    assert files(program.db.parent) == there
    assert said["done"] == [str(out)]
    rescued = {job["id"]: job for job in program.json("--db", out, "list", "--limit", "0")}
    assert said["rescued"]["jobs"] == len(rescued) > 300
    assert set(said["held"]) <= set(rescued)
    for job in rescued.values():
        # A flipped bit in a text is no damage that can be seen.
        old = before.get(job["id"], job)
        same = [job[key] == old[key] for key in ("state", "queue", "tags", "attempts", "exit_code")]
        assert all(same) or part == "flipped", (job, old)
    if part == "schema":
        assert set(rescued) == set(before)
    elif part == "middle":
        assert "last" in rescued, "what lies behind a bad page is read"
    elif part in ("end", "truncated"):
        assert len(said["lost"]) > 100
        assert set(said["lost"]) <= set(before) - set(rescued)
        assert said["unreadable"]["jobs"] > 0
    assert program.ok("--db", out, "doctor")
    done = next((name for name, job in rescued.items() if job["state"] == "completed"), None)
    if done is not None and part != "flipped":
        assert program.ok("--db", out, "job", "output", done) == before[done]["command"].removeprefix("echo ") + "\n"
    program.ok("--db", out, "--worker", "--max-jobs", "3")


@pytest.mark.parametrize("place", ["file", "link", "itself", "nowhere"])
def test_nothing_is_overwritten(program: Program, place: str) -> None:
    """What is there already is refused, and so is a folder that is not there."""
    program.enqueue("true")
    out = {"itself": program.db, "nowhere": program.folder / "no" / "out.db"}.get(place, program.folder / "out.db")
    if place == "file":
        out.write_text("mine")
    elif place == "link":
        out.symlink_to(program.folder / "elsewhere")
    there = files(program.folder)
    program.refuse("doctor", "--salvage", out, exit_code=1, says=[str(out if place != "nowhere" else out.parent)])
    assert files(program.folder) == there


@pytest.mark.parametrize("content", [b"", Random(3).randbytes(20_000), b"text\n" * 1000])
def test_what_holds_no_queue_leaves_nothing(program: Program, content: bytes) -> None:
    """Of a file of noise nothing can be rescued: it is said in a line, and nothing is made."""
    program.enqueue("true")
    program.db.write_bytes(content)
    there = files(program.folder)
    said = program.refuse("doctor", "--salvage", program.folder / "out.db", exit_code=1)
    assert "can be rescued" in said
    assert said.count("\n") == 1
    assert files(program.folder) == there


def test_no_queue_at_all(program: Program) -> None:
    """A queue that is not there is not rescued."""
    program.refuse("doctor", "--salvage", program.folder / "out.db", exit_code=1, says=["no queue"])
    assert not (program.folder / "out.db").exists()


def test_what_was_running_is_held(program: Program) -> None:
    """A job that ran may run still: its run is interrupted, and it waits for a person's word."""
    program.enqueue("--id", "once", "--on-interrupt", "dead", "--command", program.gate)
    program.enqueue("--id", "long", "--command", program.gate)
    program.ok("worker", "start", "--count", "2")
    program.wait_state("once", "processing")
    program.wait_state("long", "processing")
    pids = [worker["pid"] for worker in program.workers()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(map(alive, pids)), what="their end")
    out = program.folder / "out.db"
    there = files(program.db.parent)
    said = program.ok("doctor", "--salvage", out)
    assert files(program.db.parent) == there, "nothing is opened, not even what the workers left in its log"
    assert "they may still run" in said
    jobs = {job["id"]: job for job in program.json("--db", out, "list")}
    assert (jobs["long"]["state"], jobs["long"]["held"], jobs["long"]["attempts"]) == ("failed", True, 1)
    assert (jobs["once"]["state"], jobs["once"]["reason"]) == ("dead", "interrupted")
    (run,) = program.json("--db", out, "show", "long")["runs"]
    assert run["outcome"] == "interrupted"
    assert program.ok("--db", out, "doctor")
    program.open_gate()
    program.ok("--db", out, "release", "long")
    program.ok("--db", out, "--worker", "--until-idle")
    assert program.json("--db", out, "show", "long")["state"] == "completed"


def test_what_lost_something_it_needs_is_held(program: Program) -> None:
    """A job whose environment, or whose predecessor, was lost does not start by itself."""
    program.enqueue("--id", "first", "--no-env", "true")
    program.enqueue("--id", "last", "--no-env", "--after", "first", "true")
    program.enqueue("--id", "poor", "--command", "true", env={"RARE": "1"})
    program.enqueue("--id", "well", "--no-env", "true")
    conn = sqlite3.connect(program.db)
    with conn:
        conn.execute("DELETE FROM environment")
        conn.execute("DELETE FROM job WHERE id = 'first'")
    conn.close()
    out = program.folder / "out.db"
    assert sorted(program.json("doctor", "--salvage", out)["held"]) == ["last", "poor"]
    program.ok("--db", out, "--worker", "--until-idle")
    states = {job["id"]: job["state"] for job in program.json("--db", out, "list")}
    assert states == {"last": "pending", "poor": "pending", "well": "completed"}
