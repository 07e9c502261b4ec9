"""`wait`, and `enqueue --wait`."""

from __future__ import annotations

import subprocess
import time

from tests.cli.covers import covers
from tests.program import Program, wait_for


def _ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


@covers("wait", "wait --json --timeout -q --quiet", "exit 124", "exit 0 1", "json:report done refused id why")
def test_wait(program: Program) -> None:
    """`wait` ends when each job is completed, dead or deleted: 0 only when all completed, 124 when its time ran out."""
    program.enqueue_all(
        [
            {"id": "good", "command": "sleep 0.6"},
            {"id": "bad", "command": "exit 1", "max_retries": 0},
            {"id": "deleted", "command": "true", "hold": True},
            {"id": "stays", "command": "true", "hold": True},
        ]
    )
    begun = time.monotonic()
    said = program.run("wait", "stays", "--timeout", "1", exit_code=124)
    assert 0.9 < time.monotonic() - begun < 20
    assert said.stdout == "" or "stays" in said.stdout
    late = program.json("wait", "stays", "--timeout", "0.1s", exit_code=124)
    assert (late["done"], [item["id"] for item in late["refused"]]) == ([], ["stays"])
    waits = {name: program.start("wait", name, "--json") for name in ("good", "bad", "deleted")}
    both = program.start("wait", "good", "bad", "--json")
    time.sleep(0.5)  # gives a wrong program the time to end early; a right one waits
    assert not any(_ended(process) for process in [*waits.values(), both])
    program.ok("delete", "deleted")
    wait_for(lambda: _ended(waits["deleted"]), what="the end of the wait for what was deleted")
    assert not _ended(both)
    program.drain()
    codes = {name: process.wait(20) for name, process in waits.items()}
    assert codes == {"good": 0, "bad": 1, "deleted": 1}
    out, _ = both.communicate(timeout=20)
    assert both.returncode == 1
    assert program.json("wait", "good", "bad", exit_code=1)["done"] == ["good"]
    refused = program.json("wait", "good", "bad", exit_code=1)["refused"]
    assert [item["id"] for item in refused] == ["bad"]
    assert "dead" in refused[0]["why"]
    assert b'"good"' in out
    assert program.json("wait", "good") == {"done": ["good"], "refused": []}
    assert program.ok("wait", "good") == "good completed\n"
    for quiet in ("-q", "--quiet"):
        assert program.run("wait", quiet, "good", "bad", exit_code=1).stdout == ""
    assert program.json("wait", "ghost", exit_code=1)["refused"][0]["id"] == "ghost"


@covers("wait --queue --timeout", "exit 124")
def test_wait_for_all(program: Program) -> None:
    """Without a job `wait` waits for all, with `--queue` for all of that queue; of nothing it is done at once."""
    assert program.json("wait") == {"done": [], "refused": []}
    program.enqueue("--id", "a", "--queue", "video", "--command", program.gate)
    program.enqueue("--id", "held", "--hold", "true")
    program.start("--worker")
    program.wait_state("a", "processing")
    program.run("wait", "--timeout", "0.2", exit_code=124)
    program.run("wait", "--queue", "video", "--timeout", "0.2", exit_code=124)
    waits = program.start("wait", "--queue", "video", "--timeout", "20")
    program.open_gate()
    assert waits.wait(20) == 0
    assert program.state("a") == "completed"
    program.run("wait", "--timeout", "0.2", exit_code=124)
    program.ok("release", "held")
    program.run("wait", "--timeout", "20", exit_code=0)
    assert program.state("held") == "completed"


@covers("enqueue --wait")
def test_enqueue_and_wait(program: Program) -> None:
    """`enqueue --wait` ends when its jobs have, 0 only when all completed."""
    program.start("--worker")
    flag = program.folder / "flag"
    program.run("enqueue", "--wait", "--command", f"sleep 0.7; touch {flag}", exit_code=0)
    assert flag.exists()
    said = program.run("enqueue", "--wait", "--max-retries", "0", "--id", "bad", "--command", "exit 3", exit_code=1)
    assert "bad" in said.stdout
    assert program.state("bad") == "dead"
