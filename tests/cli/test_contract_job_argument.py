"""Where JOB is asked: ids, several, from stdin, and their beginnings."""

from __future__ import annotations

import pytest

from tests.cli.covers import covers
from tests.program import Program
from tests.terminal import Terminal

#: Commands that read, and what they are to show of the job.
READING = [["show"], ["job", "output"], ["logs"], ["history"]]


@pytest.fixture
def named(program: Program) -> Program:
    """A queue with jobs of such names that one is the beginning of another."""
    names = ["build", "build-1", "build-2", "deploy"]
    program.enqueue_all([{"id": name, "command": f"echo {name}", "hold": True} for name in names])
    return program


@covers("exit 1")
def test_reading_takes_a_beginning(named: Program) -> None:
    """A unique beginning of three characters serves a command that reads; an exact id wins; else exit 1."""
    assert named.job("dep")["id"] == "deploy"
    assert named.job("build")["id"] == "build"
    for text, word in {"de": "de", "buil": "build-1", "ghost": "ghost"}.items():
        for command in READING:
            assert named.run(*command, text, exit_code=1).stdout == ""
        said = named.run("show", text, exit_code=1).stderr
        assert word in said
    for command in READING:
        named.run(*command, "dep", exit_code=0)


def test_acting_takes_a_beginning_on_a_terminal_only(named: Program) -> None:
    """A command that acts takes a beginning on a terminal only, and prints the whole id."""
    for word in ("release", "hold", "cancel", "delete", "retry"):
        assert named.json(word, "dep", exit_code=1)["done"] == [], word
    assert named.state("deploy") == "pending"
    with Terminal(named, "release", "dep") as terminal:
        assert terminal.end() == 0
        assert "deploy" in terminal.text
    assert named.jobs()["deploy"]["held"] is False
    with Terminal(named, "cancel", "buil") as terminal:
        assert terminal.end() == 1
        assert "build-1" in terminal.text
        assert "build-2" in terminal.text
    with Terminal(named, "delete", "build") as terminal:
        assert terminal.end() == 0
    assert set(named.jobs()) == {"build-1", "build-2", "deploy"}


@covers("list -q", "dlq list -q")
def test_from_stdin(named: Program) -> None:
    """`-` reads ids from stdin, as `list -q` and `dlq list -q` print them."""
    ids = named.ok("list", "-q")
    assert named.json("release", "-", stdin=ids)["done"] == ids.split()
    assert named.json("cancel", "-", stdin="build\n\n  deploy \r\n")["done"] == ["build", "deploy"]
    dead = named.ok("dlq", "list", "-q")
    assert set(dead.split()) == {"build", "deploy"}
    assert set(named.json("dlq", "retry", "-", stdin=dead)["done"]) == {"build", "deploy"}
    named.drain()
    assert named.json("wait", "-", stdin=ids)["done"] == ids.split()
    assert [job["id"] for job in named.json("show", "-", stdin="build-1\nbuild-2\n")] == ["build-1", "build-2"]
    report = named.json("delete", "build", "-", "ghost", stdin="build-1\nbuild-2\n", exit_code=1)
    assert set(report["done"]) == {"build", "build-1", "build-2"}
    assert [item["id"] for item in report["refused"]] == ["ghost"]
    assert named.json("retry", "-", stdin="") == {"done": [], "refused": []}


def test_twice_the_same(named: Program) -> None:
    """An id given twice is acted on once."""
    assert named.json("release", "build", "build") == {"done": ["build"], "refused": []}
