"""The fence: a run that was taken over is dropped by its old owner, and its processes are ended."""

from __future__ import annotations

import sqlite3

from tests.program import Program, alive, wait_for


def test_a_forged_newer_run_fences_the_old_owner(program: Program) -> None:
    """With a newer `run` in the database the old owner ends its child at once and its result is dropped."""
    pid_file = program.folder / "pid"
    program.ok("worker", "start")
    program.enqueue("--id", "forged", "--command", f"echo $$ > {pid_file}; sleep 60; echo done")
    pid = int(wait_for(lambda: pid_file.exists() and pid_file.read_text().strip(), what="the job's pid"))
    owner = program.job("forged")["worker"]
    conn = sqlite3.connect(program.db, timeout=10)
    with conn:
        conn.execute("UPDATE job SET run = run + 1, worker = 'wsomeone' WHERE id = 'forged'")
    conn.close()
    wait_for(lambda: not alive(pid), what="the end of the fenced child", timeout_s=5)
    wait_for(lambda: "dropped" in program.ok("worker", "logs", owner), what="the dropped result")
    assert "taken away" in program.ok("worker", "logs", owner)
    job = program.job("forged")
    assert (job["state"], job["worker"]) == ("processing", "wsomeone")
    assert [run["outcome"] for run in job["runs"]] == ["running"]
    # The old owner works on.
    program.enqueue("--id", "next", "--command", "true")
    assert program.wait_state("next", "completed")["worker"] == owner


def test_a_forged_run_fences_a_result_that_was_ready(program: Program) -> None:
    """A result that arrives after the run was taken over changes nothing."""
    program.ok("worker", "start", env={"QUEUECTL_FAILPOINTS": "before_finish=sleep:1.5"})
    program.enqueue("--id", "late", "--command", "true")
    program.wait_state("late", "processing")
    conn = sqlite3.connect(program.db, timeout=10)
    with conn:
        conn.execute("UPDATE job SET run = run + 1 WHERE id = 'late'")
    conn.close()
    wait_for(lambda: "dropped" in program.ok("worker", "logs"), what="the dropped result")
    job = program.job("late")
    assert job["state"] == "processing"
    assert [run["outcome"] for run in job["runs"]] == ["running"]
