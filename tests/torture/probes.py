"""Two promises that no kill can put to the test: the fence, and the life of a fleet that a job started."""

from __future__ import annotations

import os
import signal
import sqlite3

from tests.program import QUEUECTL_WORD, Program, alive, wait_for
from tests.torture.check import Found

FENCED = "results past the fence"
FLEET = "fleets ended with their job"


def probe_fence(found: Found, program: Program) -> None:
    """Forge a newer run in mid-job, and just before its end: what its owner knows of the old one must come to nothing.

    Under proof of death nobody else writes a newer run while the owner lives.
    """
    program.ok("worker", "start", env={"QUEUECTL_FAILPOINTS": "before_finish=sleep:0.7"})
    past = []
    for name, command in (("fence-middle", "sleep 1.5"), ("fence-end", "true")):
        program.enqueue("--id", name, "--max-retries", "90", "--command", command)
        program.wait_state(name, "processing")
        old = _forge(program, name)
        # The owner has done with it when it takes the next one.
        next_job = program.enqueue("true")
        program.wait_state(next_job, "completed")
        if any(run["run"] == old and run["outcome"] != "interrupted" for run in program.job(name)["runs"]):
            past.append(f"{name} run {old}")
    found.add(FENCED, past)
    # Whose run is not its own cannot leave in peace: it is killed, and the forged runs are rescued.
    for worker in program.workers():
        os.kill(worker["pid"], signal.SIGKILL)
    program.drain()


def _forge(program: Program, name: str) -> int:
    conn = sqlite3.connect(program.db, timeout=20, isolation_level=None)
    try:
        forge = "UPDATE job SET run = run + 1 WHERE id = ? AND state = 'processing' RETURNING run"
        ((run,),) = conn.execute(forge, (name,)).fetchall()
    finally:
        conn.close()
    return int(run) - 1


def probe_fleet(found: Found, program: Program) -> None:
    """Cancel a job that started a worker: the job's processes are ended, and the worker lives on."""
    first = program.json("worker", "start")["done"]
    note = program.folder / "fleet"
    program.enqueue("--id", "fleet", "--command", f"{QUEUECTL_WORD} worker start > {note}; sleep 600")
    wait_for(lambda: note.exists() and note.read_text().endswith("\n"), what="the job's own worker")
    (pid,) = [worker["pid"] for worker in program.workers() if worker["id"] not in first]
    program.ok("cancel", "fleet")
    found.add(FLEET, [] if alive(pid) else [f"worker process {pid}"])
    program.ok("worker", "stop", "--now")
    program.ok("delete", "fleet")
