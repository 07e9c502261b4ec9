"""What people type, word for word, and what must come of it."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import time

from tests.program import QUEUECTL, Program, alive, seconds, wait_for


def shell(program: Program, line: str) -> str:
    """Run a line of a shell as a person types it; it must end 0; gives its stdout."""
    folder = QUEUECTL.rpartition("/")[0]
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env=program.env | {"PATH": f"{folder}:{program.env['PATH']}"},
        cwd=program.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (line, done)
    return done.stdout


def test_a_first_hour(program: Program) -> None:
    """The lines of the card and of the README do what they say, in this order, on one queue."""
    folder = program.folder / "jobs"
    folder.mkdir()
    (folder / "job1.json").write_text('{"id":"fromfile","command":"echo from a file","max_retries":3}')
    assert (
        shell(program, """queuectl enqueue '{"id":"job1","command":"echo hi","max_retries":3}'""") == "Enqueued job1\n"
    )
    assert shell(program, "queuectl enqueue jobs/job1.json") == "Enqueued fromfile\n"
    shell(
        program,
        'queuectl enqueue --id j --command "exit 1" --max-retries 2 --priority 10 --run-at 2030-01-01T00:00:00Z',
    )
    shell(program, """queuectl enqueue '{"id":"j2","command":"sleep 2"}' --retries 5 --at 2030-01-01T10:30:00Z""")
    jobs = program.jobs()
    wanted = {"command": "exit 1", "max_retries": 2, "priority": 10, "state": "pending"}
    assert {key: jobs["j"][key] for key in wanted} == wanted
    assert seconds(jobs["j"]["run_at"]) == seconds("2030-01-01T00:00:00Z")
    assert (jobs["j2"]["max_retries"], seconds(jobs["j2"]["run_at"])) == (5, seconds("2030-01-01T10:30:00Z"))
    shell(program, "queuectl worker start --count 3")
    shell(program, "queuectl worker:start --count 2")
    assert len(program.workers()) == 5
    program.wait_state("job1", "completed")
    program.wait_state("fromfile", "completed")
    assert re.search(r"^pending\s+2\b", shell(program, "queuectl status"), re.M)
    listed = shell(program, "queuectl list --state completed")
    assert "job1" in listed
    assert "fromfile" in listed
    assert "j2" not in listed
    assert shell(program, "queuectl job output job1 --stdout") == "hi\n"
    shell(program, "queuectl config set max-retries 5")
    assert re.search(r"^max_retries\s+5$", shell(program, "queuectl config:get"), re.M)
    assert re.search(r"^max_retries\s+5$", shell(program, "queuectl config show"), re.M)
    shell(program, "queuectl cancel j")
    assert "canceled" in shell(program, "queuectl dlq list --json")
    assert re.search(r"^j\s", shell(program, "queuectl dlq list"), re.M)
    shell(program, "queuectl dlq:retry j")
    assert program.state("j") in ("pending", "processing", "failed")
    shell(program, "queuectl retry j || true")
    assert "Success rate" in shell(program, "queuectl metrics")
    shell(program, f"queuectl enqueue --id slow '{program.gate}; echo done'")
    program.wait_state("slow", "processing")
    shell(program, "(sleep 0.5; touch gate) & queuectl worker stop")
    assert program.workers() == []
    assert (program.state("slow"), program.output("slow")) == ("completed", "done\n")
    shell(program, "echo y | queuectl clear")
    assert program.jobs() == {}


def test_a_job_that_always_fails(program: Program) -> None:
    """With two retries and base 2 it starts three times, 2 s and 4 s apart, and is then dead with all that is known."""
    program.enqueue(
        "--id", "j", "--max-retries", "2", "--command", "echo out; echo first >&2; echo no disk >&2; exit 7"
    )
    program.enqueue("--id", "later", "--run-at", "2030-01-01", "true")
    program.drain()
    job = program.job("j")
    assert (job["state"], job["reason"], job["exit_code"], job["error"]) == ("dead", "exhausted", 7, "no disk")
    runs = job["runs"]
    assert [(run["run"], run["attempt"], run["outcome"]) for run in runs] == [(n, n, "failed") for n in (1, 2, 3)]
    gaps = [seconds(after["started_at"]) - seconds(run["finished_at"]) for run, after in itertools.pairwise(runs)]
    assert 2.0 <= gaps[0] < 3.5, gaps
    assert 4.0 <= gaps[1] < 6.5, gaps
    said = program.ok("show", "j")
    assert said.count("no disk") >= 3
    assert "exhausted" in said
    assert "j" in program.ok("dlq", "list", "-q").split()
    program.set("backoff_base", 0)
    program.ok("dlq", "retry", "j")
    assert (program.job("j")["attempts"], program.state("j")) == (0, "pending")
    program.drain()
    job = program.job("j")
    assert [(run["run"], run["attempt"]) for run in job["runs"]] == [(1, 1), (2, 2), (3, 3), (4, 1), (5, 2), (6, 3)]
    assert (job["state"], job["attempts"]) == ("dead", 3)


def test_a_thousand_lines(program: Program) -> None:
    """A thousand commands through a pipe are a thousand jobs, in their order."""
    said = shell(program, "seq 1000 | sed 's/^/echo /' | queuectl enqueue -").splitlines()
    assert len(said) == 1000
    assert all(line.startswith("Enqueued ") for line in said)
    pending = program.json("list", "--state", "pending", "--limit", "0")
    assert [job["command"] for job in pending] == [f"echo {n}" for n in range(1, 1001)]
    program.run("--worker", "--until-idle", "--count", "2", exit_code=0)
    assert program.json("status")["jobs"]["completed"] == 1000
    assert program.output(said[999].split()[1]) == "1000\n"


def test_five_workers_and_two_thousand_jobs(program: Program) -> None:
    """Each of 2,000 jobs runs once, whoever runs it."""
    lines = program.folder / "lines"
    text = "".join(f"echo {n} >> {lines}\n" for n in range(2000))
    program.ok("enqueue", "-", stdin=text)
    program.ok("worker", "start", "--count", "5")
    program.run("wait", "--timeout", "100", exit_code=0, timeout=110)
    seen = lines.read_text().split()
    assert len(seen) == 2000
    assert set(seen) == {str(n) for n in range(2000)}
    assert sum(worker["completed"] for worker in program.workers()) == 2000
    assert len([worker for worker in program.workers() if worker["completed"]]) > 1
    status = program.json("status")["jobs"]
    assert (status["completed"], sum(status.values())) == (2000, 2000)


def test_what_is_left_behind(program: Program) -> None:
    """A child left in the background, in the group or out of it, hangs no worker; what is of the group is ended."""
    program.enqueue("--id", "group", "--command", "sleep 100 & echo $! > group.pid; echo hi")
    left = "echo $$ > session.pid; touch gate; exec sleep 100"
    program.enqueue("--id", "session", "--command", f"setsid sh -c '{left}' & {program.gate}; echo hi")
    program.enqueue("--id", "next", "echo hi")
    begun = time.monotonic()
    program.drain()
    assert time.monotonic() - begun < 50
    for name in ("group", "session", "next"):
        job = program.job(name)
        assert (job["state"], job["exit_code"], program.output(name)) == ("completed", 0, "hi\n"), name
        assert job["duration_ms"] < 20_000
    assert not alive(int((program.folder / "group.pid").read_text()))
    daemon = int((program.folder / "session.pid").read_text())
    assert alive(daemon), "what left the session on purpose is left alone"


def test_a_flood(program: Program) -> None:
    """`yes` is cut to the limit, the cut is counted, and the worker does not grow."""
    program.ok("worker", "start")
    program.enqueue("--id", "warm", "--command", "yes | head -c 3000000")
    program.wait_state("warm", "completed")
    before = program.workers()[0]["rss_bytes"]
    program.enqueue("--id", "yes", "--timeout", "2", "--max-retries", "0", "--command", "yes; sleep 60")
    program.enqueue("--id", "both", "--timeout", "1", "--max-retries", "0", "--command", "yes err >&2 & yes")
    job = program.wait_state("yes", "dead")
    (run,) = job["runs"]
    kept = len(subprocess.run([QUEUECTL, "job", "output", "yes"], env=program.env, capture_output=True).stdout)  # noqa: PLW1510 - its output is what is checked
    assert run["outcome"] == "timeout"
    assert 1 << 20 <= kept <= (1 << 20) + 500
    assert run["output_bytes"] > 2_000_000
    assert run["dropped_bytes"] == run["output_bytes"] - (1 << 20)
    (run,) = program.wait_state("both", "dead")["runs"]
    assert run["dropped_bytes"] == run["output_bytes"] - (2 << 20)
    assert program.workers()[0]["rss_bytes"] < before + (16 << 20)


def test_two_workers_and_json(program: Program) -> None:
    """A script's whole way: enqueue, wait, look at what came of it, by JSON and exit codes alone."""
    ids = json.loads(shell(program, "printf 'echo 1\\nexit 3\\n' | queuectl enqueue --retries 0 --json -"))["done"]
    workers = json.loads(shell(program, "queuectl worker start --json"))["done"]
    wait = json.loads(shell(program, f"queuectl wait {' '.join(ids)} --json || true"))
    assert (wait["done"], [item["id"] for item in wait["refused"]]) == ([ids[0]], [ids[1]])
    assert json.loads(shell(program, f"queuectl show {ids[1]} --json"))["exit_code"] == 3
    assert json.loads(shell(program, "queuectl worker stop --json"))["done"] == workers
    wait_for(lambda: program.workers() == [], what="no worker")
