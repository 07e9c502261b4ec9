"""`status`, `list` and `show`, on a queue that has seen something."""

from __future__ import annotations

import os
import re

from tests.cli.contract import JOB, QUEUE, RUN
from tests.cli.covers import covers
from tests.cli.lived import GOOD, STATES
from tests.program import Program, seconds
from tests.terminal import Terminal


@covers(
    "status --json",
    "json:status jobs workers queues active busy",
    "json:queue name paused limit pending processing completed failed dead",
)
def test_status_json(lived: Program) -> None:
    """`status --json` counts jobs by state, workers, and each queue."""
    status = lived.json("status")
    assert set(status) == {"jobs", "workers", "queues"}
    assert status["jobs"] == {"pending": 5, "processing": 0, "completed": 2, "failed": 1, "dead": 4}
    assert status["workers"] == {"active": 0, "busy": 0}
    queues = {queue["name"]: queue for queue in status["queues"]}
    assert set(queues) == {"default", "video", "closed", "open"}
    assert all(set(queue) == QUEUE for queue in queues.values())
    none = dict.fromkeys(("pending", "processing", "completed", "failed", "dead"), 0)
    assert queues["video"] == none | {"name": "video", "paused": False, "limit": 2, "completed": 1, "dead": 1}
    assert queues["closed"] == none | {"name": "closed", "paused": True, "limit": 0, "pending": 1}
    assert queues["default"] == none | {
        "name": "default",
        "paused": False,
        "limit": 0,
        "pending": 3,
        "completed": 1,
        "failed": 1,
        "dead": 2,
    }


@covers("status")
def test_status(lived: Program) -> None:
    """`status` prints a line per state, name first, then workers, and the queues that are paused or limited."""
    said = lived.ok("status")
    for state, count in {"pending": 5, "processing": 0, "completed": 2, "failed": 1, "dead": 4}.items():
        assert re.search(rf"^{state}\s+{count}\b", said, re.M | re.I), (state, said)
    states = [line.split()[0].lower() for line in said.splitlines() if line.strip()][:5]
    assert states == ["pending", "processing", "completed", "failed", "dead"]
    assert re.search(r"workers.*\b0\b", said, re.I)
    assert re.search(r"closed.*paused|paused.*closed", said)
    assert re.search(r"video.*\b2\b", said)
    assert "oldest" in said.lower()
    empty = Program(lived.folder / "empty")
    assert re.search(r"^pending\s+0\b", empty.ok("status"), re.M | re.I)


@covers("list", "list --state --queue --tag --limit -q --quiet --json", "state pending completed failed dead")
def test_list_selects(lived: Program) -> None:
    """`list` takes states in any case, a queue, a tag and a limit; newest first; `-q` prints the bare ids."""
    every = list(lived.jobs())
    assert every == list(STATES)[::-1]
    for state in ("completed", "failed", "dead", "processing"):
        wanted = [name for name in every if STATES[name] == state]
        assert list(lived.jobs("--state", state)) == wanted
    assert lived.ok("list", "-q", "--state", "DEAD", "--state", "Failed").split() == [
        "gone",
        "again",
        "late",
        "killed",
        "bad",
    ]
    assert lived.ok("list", "-q", "--queue", "video").split() == ["late", "good-job"]
    assert lived.ok("list", "-q", "--tag", "x").split() == ["killed", "good-job"]
    assert lived.ok("list", "--quiet", "--tag", "x", "--state", "dead").split() == ["killed"]
    cut = lived.run("list", "-q", "--limit", "3", exit_code=0)
    assert cut.stdout.split() == every[:3]
    assert cut.stderr.strip(), "it says that there are more"
    assert not lived.run("list", "-q", "--limit", "12", exit_code=0).stderr.strip()
    lived.refuse("list", "--state", "asleep", says=["asleep", "pending"])
    lived.refuse("list", "--limit", "-1", says=["limit"])


def test_list_limits_to_a_hundred(program: Program) -> None:
    """Without --limit, `list` gives a hundred and says on stderr that there are more; 0 is all, in running order."""
    ids = program.ok("enqueue", "-q", "-", stdin="true\n" * 120).split()
    cut = program.run("list", "-q", "--state", "pending", exit_code=0)
    assert cut.stdout.split() == ids[:100]
    assert cut.stderr.strip()
    every = program.run("list", "-q", "--state", "pending", "--limit", "0", exit_code=0)
    assert (every.stdout.split(), every.stderr) == (ids, "")


def test_pending_in_the_order_they_will_run(lived: Program) -> None:
    """The pending are listed in the order they will run: the ready by priority, then the ones due later."""
    order = lived.ok("list", "-q", "--state", "pending").split()
    assert order[0] == "free"
    assert order.index("stalled") < order.index("later")
    assert set(order) == {name for name, state in STATES.items() if state == "pending"}


@covers("list --sort")
def test_sort(lived: Program) -> None:
    """`--sort` orders by a column; one that is not there is wrong usage that names those that are."""
    assert lived.ok("list", "-q", "--sort", "id").split() in (sorted(STATES), sorted(STATES)[::-1])
    jobs = lived.json("list", "--sort", "prio")
    priorities = [job["priority"] for job in jobs]
    assert priorities in (sorted(priorities), sorted(priorities)[::-1])
    commands = [job["command"] for job in lived.json("list", "--sort", "COMMAND")]
    assert commands in (sorted(commands), sorted(commands)[::-1])
    lived.refuse("list", "--sort", "colour", says=["colour", "id"])


def test_list_is_a_table(lived: Program) -> None:
    """The table has its columns in order, whole when it is no terminal's, cut to the width on one."""
    said = lived.ok("list")
    lines = said.splitlines()
    assert lines[0].split() == ["ID", "STATE", "QUEUE", "PRIO", "TRY", "DUE", "EXIT", "COMMAND"]
    row = next(line for line in lines if line.startswith("good-job"))
    assert row.split()[:4] == ["good-job", "completed", "video", "7"]
    assert row.rstrip().endswith(GOOD["command"])
    assert "\x1b" not in said
    with Terminal(lived, "list", columns=50) as terminal:
        assert terminal.end() == 0
        plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.text)
        assert max(map(len, plain.splitlines())) <= 50
        assert "good-job" in plain
    with Terminal(lived, "list", env={"NO_COLOR": "1"}) as terminal:
        assert terminal.end() == 0
        assert "\x1b" not in terminal.text


@covers(
    "show --json",
    "json:job id command state queue priority tags after held attempts max_retries run_at due_at created_at updated_at",
    "json:job started_at finished_at duration_ms exit_code signal error reason timeout_s backoff_base on_interrupt",
    "json:job cwd env worker output_bytes runs",
)
def test_job_json(lived: Program) -> None:
    """A job in JSON has exactly the keys of the contract, each with what the job was given or how its run ended."""
    job = lived.job("good-job")
    assert set(job) == JOB | {"runs"}
    same = set(GOOD) - {"timeout", "run_at"}
    assert {key: job[key] for key in same} == {key: GOOD[key] for key in same}
    assert (job["timeout_s"], seconds(job["run_at"])) == (60, seconds(GOOD["run_at"]))
    assert (job["state"], job["attempts"], job["exit_code"], job["cwd"]) == ("completed", 1, 0, str(lived.folder))
    assert [job[key] for key in ("signal", "reason", "waiting")] == [None, None, None]
    assert (job["after"], job["held"], job["output_bytes"]) == ([], False, 8)
    times = [seconds(job[key]) for key in ("created_at", "started_at", "finished_at", "updated_at")]
    assert times == sorted(times)
    assert 200 <= job["duration_ms"] < 20_000
    # From the claim to the record: a little longer than the command took.
    assert -5 <= (times[2] - times[1]) * 1000 - job["duration_ms"] < 5000
    assert job["worker"] == job["runs"][0]["worker"]
    assert all(set(other) == JOB for other in lived.jobs().values())
    assert lived.jobs()["good-job"] == {key: value for key, value in job.items() if key != "runs"}
    killed = lived.jobs()["killed"]
    assert (killed["exit_code"], killed["signal"], killed["reason"]) == (None, 9, "exhausted")
    assert lived.jobs()["needs"]["after"] == ["bad", "plain"]
    assert lived.jobs()["held"]["held"] is True


@covers(
    "json:run run attempt worker host started_at finished_at duration_ms outcome exit_code signal error cpu_ms",
    "json:run max_rss_kib output_bytes dropped_bytes",
    "outcome completed failed timeout",
)
def test_runs_json(lived: Program) -> None:
    """`show --json` has the runs, oldest first, with the keys of the contract."""
    runs = lived.job("bad")["runs"]
    assert all(set(run) == RUN for run in runs)
    assert [(run["run"], run["attempt"], run["outcome"], run["exit_code"]) for run in runs] == [
        (1, 1, "failed", 3),
        (2, 2, "failed", 3),
    ]
    for run in runs:
        assert (run["error"], run["signal"], run["output_bytes"], run["dropped_bytes"]) == ("oops", None, 17, 0)
        assert run["host"] == os.uname().nodename
        assert isinstance(run["cpu_ms"], int)
        assert 0 <= run["cpu_ms"] < 5000
        assert 100 < run["max_rss_kib"] < 100_000
        span = seconds(run["finished_at"]) - seconds(run["started_at"])
        assert -5 <= span * 1000 - run["duration_ms"] < 5000
    (late,) = lived.job("late")["runs"]
    assert (late["outcome"], late["exit_code"]) == ("timeout", None)
    assert 900 <= late["duration_ms"] < 20_000
    (killed,) = lived.job("killed")["runs"]
    assert (killed["outcome"], killed["signal"]) == ("failed", 9)
    assert lived.job("good-job")["runs"][0]["outcome"] == "completed"


@covers("json:job waiting", "waiting due held paused after no-worker")
def test_waiting(lived: Program) -> None:
    """`waiting` says in a word why a job is not run; `list` and `show` say for what."""
    waiting = {name: job["waiting"] for name, job in lived.jobs().items() if job["state"] in ("pending", "failed")}
    assert waiting == {
        "held": "held",
        "later": "due",
        "stalled": "paused",
        "needs": "after",
        "free": "no worker",
        "again": "due",
    }
    assert {lived.jobs()[name]["waiting"] for name in ("plain", "bad")} == {None}
    rows = {line.split()[0]: line for line in lived.ok("list", "--limit", "0").splitlines()}
    said = {"held": "held", "later": "2030-01-01T00:00", "stalled": "paused queue closed", "needs": "after bad (dead)"}
    for name, words in (said | {"free": "no worker"}).items():
        assert words in rows[name]
        assert words in lived.ok("show", name)


@covers("show")
def test_show(lived: Program) -> None:
    """`show` prints everything of a job and of its runs."""
    said = lived.ok("show", "good-job")
    for word in ["good-job", GOOD["command"], "completed", "video", "7", "x", "y", str(lived.folder), "2001-02-03"]:
        assert word in said, (word, said)
    said = lived.ok("show", "bad")
    assert said.count("oops") >= 2
    assert "exhausted" in said
    both = lived.ok("show", "bad", "plain")
    assert "oops" in both
    assert "plain" in both


@covers("list --filter")
def test_filter(program: Program) -> None:
    """`--filter` lists what the expression takes, with every other flag; a wrong one says where, with exit 2."""
    program.enqueue_all(
        [{"id": f"{queue}-{n}", "command": f"echo {n}", "queue": queue} for queue in ("a", "b") for n in range(3)]
    )
    assert program.ok("list", "-q", "--filter", "queue:a !id:a-1").split() == ["a-2", "a-0"]
    assert program.ok("list", "-q", "--filter", "'echo 2'", "--queue", "b").split() == ["b-2"]
    assert program.ok("list", "-q", "--filter", " ", "--limit", "0").split() == program.ok("list", "-q").split()
    program.refuse("list", "--filter", "queue:a exot:1", says=["at 9", "exit"])
