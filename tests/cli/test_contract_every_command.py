"""What holds for every command: help with an example, the colon's spelling, --json, and no trace of a mere look."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.covers import covers
from tests.cli.tree import commands
from tests.program import Program

#: Prints text that is no data of the queue.
WITHOUT_JSON = {"queuectl", "demo", "completion", "systemd-unit"}

#: A call of every other command on the queue of `test_json`, in this order; some are refused, all print one document.
CALLS: list[tuple[str, list[str]]] = [
    ("enqueue", ["--id", "new", "--command", "echo \u00e9"]),
    ("run", ["--id", "ran", "--command", "printf '\\303\\251\\n'"]),
    ("status", []),
    ("list", []),
    ("show", ["job-\u00e9", "ran"]),
    ("show", ["ran"]),
    ("history", ["ran"]),
    ("job output", ["ran"]),
    ("logs", ["ran"]),
    ("wait", ["ran", "new", "nobody-\u00e9"]),
    ("metrics", []),
    ("doctor", []),
    ("hold", ["far", "ran"]),
    ("release", ["far", "nobody"]),
    ("edit", ["far", "--priority", "3"]),
    ("cancel", ["far"]),
    ("dlq list", []),
    ("dlq retry", ["far"]),
    ("dlq delete", ["far"]),
    ("retry", ["new"]),
    ("delete", ["ran"]),
    ("prune", ["--older-than", "1h"]),
    ("queue list", []),
    ("queue pause", ["q"]),
    ("queue resume", ["q"]),
    ("queue limit", ["q", "2"]),
    ("config list", []),
    ("config show", []),
    ("config get", ["shell"]),
    ("config set", ["max_retries", "4"]),
    ("config unset", ["max_retries"]),
    ("worker list", []),
    ("worker logs", []),
    ("worker start", []),
    ("worker scale", ["2"]),
    ("worker kill", ["nobody-\u00e9"]),
    ("worker stop", []),
    ("backup", ["copy-\u00e9.db"]),
    ("clear", ["--yes"]),
]

#: Commands that only read, as they are called on a queue that is not there, and how they end.
LOOKS: list[tuple[list[str], int]] = [
    (["status"], 0),
    (["list"], 0),
    (["show", "ghost"], 1),
    (["job", "output", "ghost"], 1),
    (["logs", "ghost"], 1),
    (["history", "ghost"], 1),
    (["wait"], 0),
    (["wait", "ghost"], 1),
    (["metrics"], 0),
    (["dlq", "list"], 0),
    (["queue", "list"], 0),
    (["config", "list"], 0),
    (["config", "show"], 0),
    (["config", "get"], 0),
    (["config", "get", "shell"], 0),
    (["worker", "list"], 0),
    (["worker", "logs"], 0),
    (["doctor"], 0),
]


@covers("every --help -h", "every :")
def test_help(program: Program) -> None:
    """`-h` and `--help` of every command, with a colon too, print its usage and at least one example."""
    assert sum(" " in path for path in commands()) > 12
    for path in commands():
        words = [] if path == "queuectl" else path.split()
        said = program.ok(*words, "-h")
        _, _, text = said.partition("\n")
        assert said.startswith("Usage: queuectl"), said
        assert f"queuectl {' '.join(words)}".strip() in text, f"{path}: no example in its help"
        assert all(line.isprintable() for line in said.splitlines())
        # The long one is asked of the other spelling, where there is one.
        other = path.replace(" ", ":")
        assert program.ok(*([other] if " " in path else words), "--help").replace(other, path) == said
    assert not program.db.parent.exists()


@covers("every :")
def test_colons(program: Program) -> None:
    """A command in a group does the same when it is spelt with a colon."""
    program.ok("config:set", "max-retries", "7")
    assert program.ok("config:get", "max_retries") == "7\n"
    assert json.loads(program.ok("worker:list", "--json")) == []


@covers("every --json")
def test_json(program: Program) -> None:
    """`--json` of every command prints one JSON document, in ASCII, and nothing else on stdout."""
    program.start("--worker", "--count", "1")
    program.enqueue("--id", "far", "--run-at", "2030-01-01", "--command", "echo \u65e5\u672c")
    assert {path for path, _ in CALLS} == set(commands()) - WITHOUT_JSON
    for path, args in CALLS:
        done = program.run(*path.split(), *args, "--json")
        assert done.returncode in (0, 1), (path, done)
        assert done.stdout.isascii(), (path, done.stdout)
        assert isinstance(json.loads(done.stdout), dict | list), path


def test_looking_changes_nothing(program: Program) -> None:
    """Commands that only read show an empty queue where there is none, and make no file."""
    for args, code in LOOKS:
        for flags in ([], ["--json"]):
            done = program.run(*args, *flags)
            assert done.returncode == code, (args, flags, done)
            if flags and code == 0:
                json.loads(done.stdout)
    assert not program.db.parent.exists()
    assert program.json("list") == program.json("dlq", "list") == program.json("queue", "list") == []
    assert program.json("status") == {
        "jobs": dict.fromkeys(("pending", "processing", "completed", "failed", "dead"), 0),
        "workers": {"active": 0, "busy": 0},
        "queues": [],
    }
    assert not Path(program.db.parent).exists()


def test_wrong_usage(program: Program) -> None:
    """A command or a flag that is not there is exit 2: the nearest is named, and nothing changed."""
    program.refuse("enqeue", "true", says=["enqueue"])
    program.refuse("worker", "strat", says=["start"])
    program.refuse("worker:strat", says=["start"])
    for path in commands():
        words = [] if path == "queuectl" else path.split()
        program.refuse(*words, "--no-such-flag", says=["--no-such-flag"])
    assert not program.db.parent.exists()
