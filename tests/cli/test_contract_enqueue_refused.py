"""What `enqueue` refuses: exit 2 for what is not allowed, 1 for what the queue says no to; nothing is enqueued."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.covers import covers
from tests.program import Program

#: What is wrong, and the word that must be named.
BAD_KEYS: list[tuple[dict[str, Any], str]] = [
    ({"comand": "x"}, "command"),
    ({"priorty": 1}, "priority"),
    ({"max_retires": 1}, "max_retries"),
    ({"priority": True}, "priority"),
    ({"priority": "5"}, "priority"),
    ({"priority": 1.5}, "priority"),
    ({"priority": 1001}, "priority"),
    ({"priority": -1001}, "priority"),
    ({"max_retries": -1}, "max_retries"),
    ({"max_retries": 1001}, "max_retries"),
    ({"retries": True}, "retries"),
    ({"timeout": -1}, "timeout"),
    ({"timeout": True}, "timeout"),
    ({"timeout": "soon"}, "timeout"),
    ({"delay": -5}, "delay"),
    ({"delay": True}, "delay"),
    ({"backoff_base": -1}, "backoff_base"),
    ({"backoff_base": "2"}, "backoff_base"),
    ({"run_at": "yesterday"}, "run_at"),
    ({"run_at": "1969-12-31T23:59:59Z"}, "run_at"),
    ({"run_at": "2030-13-01T00:00:00Z"}, "run_at"),
    ({"at": 5.5e20}, "at"),
    ({"run_at": "2030-01-01T00:00:00Z", "delay": 5}, "delay"),
    ({"id": ""}, "id"),
    ({"id": "-a"}, "id"),
    ({"id": "a b"}, "id"),
    ({"id": "a" * 129}, "id"),
    ({"id": 7}, "id"),
    ({"queue": "a/b"}, "queue"),
    ({"queue": "q" * 65}, "queue"),
    ({"tags": "a"}, "tags"),
    ({"tags": ["a", "b c"]}, "tag"),
    ({"tags": [1]}, "tag"),
    ({"env": ["A=1"]}, "env"),
    ({"env": {"A": 1}}, "env"),
    ({"env": {"1A": "x"}}, "env"),
    ({"env": {"A": "x\0y"}}, "env"),
    ({"after": "a"}, "after"),
    ({"on_interrupt": "again"}, "on_interrupt"),
    ({"hold": "yes"}, "hold"),
    ({"hold": 1}, "hold"),
    ({"cwd": 1}, "cwd"),
    ({"cwd": "a\0b"}, "cwd"),
    ({"command": ""}, "command"),
    ({"command": " \t"}, "command"),
    ({"command": 1}, "command"),
    ({"command": "a\0b"}, "command"),
    ({"command": "a\ud800b"}, "command"),
    ({"command": "x" * (100 * 1024 + 1)}, "command"),
    ({"command": None}, "command"),
]


def _brief(case: object) -> str:
    return json.dumps(case)[:40]


@covers("exit 2")
@pytest.mark.parametrize(("bad", "word"), BAD_KEYS, ids=_brief)
def test_bad_json(program: Program, bad: dict[str, Any], word: str) -> None:
    """A bad key or value is exit 2 and named; the good jobs before it are not enqueued either."""
    job = {"command": "true"} | bad
    program.refuse("enqueue", "-", stdin='{"command":"true"}\n' + json.dumps(job) + "\n", says=[word, "2"])
    assert not program.db.exists()


@covers("exit 2")
@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--priority", "high"], "priority"),
        (["--priority", "1001"], "priority"),
        (["--max-retries", "-1"], "retries"),
        (["--retries", "1001"], "retries"),
        (["--run-at", "tomorrow"], "run"),
        (["--at", "9999999-01-01"], "at"),
        (["--delay", "5x"], "delay"),
        (["--run-at", "2030-01-01T00:00:00Z", "--delay", "5"], "delay"),
        (["--timeout", "-1"], "timeout"),
        (["--backoff-base", "nan"], "backoff"),
        (["--backoff-base", "inf"], "backoff"),
        (["--tag", "a b"], "tag"),
        (["--queue", ""], "queue"),
        (["--id", "-x"], "id"),
        (["--env", "1A=x"], "env"),
        (["--env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE"),
        (["--on-interrupt", "again"], "interrupt"),
        (["--nonsense"], "nonsense"),
        (["--command", ""], "command"),
    ],
    ids=_brief,
)
def test_bad_flags(program: Program, flags: list[str], word: str) -> None:
    """A bad flag is exit 2, names what is wrong, prints nothing on stdout and makes no file."""
    program.refuse("enqueue", *flags, *(() if "--command" in flags else ("true",)), says=[word])
    assert not program.db.exists()


@covers("enqueue --id", "exit 2")
def test_one_id_for_one_job(program: Program) -> None:
    """--id names one job: with several it is wrong usage."""
    program.refuse("enqueue", "--id", "x", '[{"command":"a"},{"command":"b"}]', says=["id"])
    program.refuse("enqueue", "--id", "x", "-", stdin="a\nb\n", says=["id"])
    assert not program.db.exists()
    assert program.enqueue("--id", "x", "true") == "x"
    assert program.enqueue("--id", "A1._:-" + "y" * 122, "true").startswith("A1._:-")


@covers("exit 1")
def test_a_taken_id(program: Program) -> None:
    """An id that is taken is exit 1 and says in which state that job is; none of the batch is enqueued."""
    program.enqueue("--id", "x", "true")
    program.refuse("enqueue", "--id", "x", "false", exit_code=1, says=["x", "pending"])
    program.refuse("enqueue", '[{"command":"a"},{"command":"b","id":"x"}]', exit_code=1, says=["x", "pending"])
    program.refuse("enqueue", '[{"command":"a","id":"y"},{"command":"b","id":"y"}]', exit_code=1, says=["y"])
    program.drain()
    program.refuse("enqueue", "--id", "x", "false", exit_code=1, says=["x", "completed"])
    assert list(program.jobs()) == ["x"]


@covers("exit 1", "enqueue --after", "in after")
def test_after_nothing(program: Program) -> None:
    """To wait for a job that is not there is exit 1; earlier ones of the same batch may be named, later ones not."""
    program.refuse("enqueue", "--after", "ghost", "true", exit_code=1, says=["ghost"])
    program.refuse("enqueue", '{"command":"true","after":["ghost"]}', exit_code=1, says=["ghost"])
    later = [{"command": "a", "after": ["second"]}, {"command": "b", "id": "second"}]
    program.refuse("enqueue", json.dumps(later), exit_code=1, says=["second"])
    assert program.jobs() == {}
    program.enqueue_all([{"command": "a", "id": "first"}, {"command": "b", "after": ["first"], "id": "then"}])
    assert program.jobs()["then"]["after"] == ["first"]


def test_null_is_not_given(program: Program) -> None:
    """A key that is null counts as not given."""
    keys = "id queue priority max_retries run_at delay timeout backoff_base tags cwd env after on_interrupt hold"
    job_id = program.enqueue(json.dumps({"command": "true"} | dict.fromkeys(keys.split())))
    plain = program.enqueue("true")
    jobs = program.jobs()
    own = {"id", "created_at", "updated_at", "due_at"}
    assert {k: v for k, v in jobs[job_id].items() if k not in own} == {
        k: v for k, v in jobs[plain].items() if k not in own
    }
