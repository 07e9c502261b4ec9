"""Two promises that no kill can put to the test: the fence, and the life of a fleet that a job started."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3

from tests.program import Program, alive, wait_for
from tests.torture.check import Found

FENCED = "results past the fence"
FLEET = "fleets ended with their job"


def probe_fence(found: Found, program: Program) -> None:
    """Forge a newer run in mid-job: what its owner knows of the old one must come to nothing.

    Under proof of death nobody else writes a newer run while the owner lives.
    """
    program.ok("worker", "start")
    program.enqueue("--id", "fence", "--max-retries", "90", "--command", program.gate)
    program.wait_state("fence", "processing")
    old = _forge(program, "fence")
    program.open_gate()
    # The owner has done with it when it has taken the next one.
    program.wait_state(program.enqueue("true"), "completed")
    runs = [run for run in program.job("fence")["runs"] if run["run"] == old]
    found.add(FENCED, [f"run {run['run']}: {run['outcome']}" for run in runs])
    # Who owns a run that it does not know of cannot leave: it is killed, and the forged run is rescued.
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
    program.enqueue("--id", "fleet", "--command", f"{shlex.join(program.words)} worker start > {note}; sleep 600")
    wait_for(lambda: note.exists() and note.read_text().endswith("\n"), what="the job's own worker")
    (pid,) = [worker["pid"] for worker in program.workers() if worker["id"] not in first]
    # Only a broken engine ends it before.
    canceled = program.run("cancel", "fleet").returncode == 0
    found.add(FLEET, [] if canceled and alive(pid) else [f"worker process {pid}" if canceled else "the job itself"])
    program.ok("worker", "stop", "--now")
    program.ok("delete", "fleet")
