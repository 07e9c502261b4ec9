"""Other programs at the file: what SQLite allows them costs time, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.program import Program

pytestmark = pytest.mark.slow

#: Checkpoints as hard and as often as it can, and keeps others from writing meanwhile, until its stdin ends.
_STORM = """
import sqlite3, sys, threading, time
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set())).start()
conn = sqlite3.connect(sys.argv[1], timeout=0.05, isolation_level=None)
done = 0
while not ended.wait(0.05):
    try:
        conn.execute("BEGIN EXCLUSIVE")
        time.sleep(0.1)
        conn.execute("ROLLBACK")
    except sqlite3.OperationalError:
        pass
    for mode in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
        try:
            done += not conn.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0]
        except sqlite3.OperationalError:
            pass
print(done)
"""


def test_a_storm_of_checkpoints(program: Program) -> None:
    """While others checkpoint without end, all that is put in is run, once, and the file stays whole."""
    program.enqueue("true")
    words = [sys.executable, "-c", _STORM, str(program.db)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as storm:
        note = program.folder / "note"
        ids = [job for _ in range(4) for job in program.enqueue_all([f"echo x >> {note}"] * 10)]
        program.drain("--count", "2")
        out, _ = storm.communicate("", timeout=20)
    assert int(out) > 5, "the storm did checkpoint"
    assert {program.jobs()[job]["state"] for job in ids} == {"completed"}
    assert note.read_text() == "x\n" * 40
    program.ok("doctor")
