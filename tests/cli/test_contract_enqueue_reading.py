"""How `enqueue` reads what it is given, and what it prints."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.covers import covers
from tests.program import Program


def waiting(program: Program) -> list[str]:
    """The commands in the queue, in the order they will run."""
    return [job["command"] for job in program.json("list", "--state", "pending", "--limit", "0")]


@covers("enqueue", "enqueue -q --quiet --json", "json:report done", "exit 0")
def test_it_prints_the_ids(program: Program) -> None:
    """`Enqueued ID` a line, with -q the bare ids, with --json the list of them; ids are short and hard to misread."""
    said = program.run("enqueue", "echo hi", exit_code=0)
    assert re.fullmatch(r"Enqueued [a-z0-9]{10}\n", said.stdout), said.stdout
    short = program.ok("enqueue", "-q", "-", stdin="echo a\necho b\n" * 100).splitlines()
    bare = program.ok("enqueue", "--quiet", "echo hi").splitlines()
    done = program.json("enqueue", "-", stdin="echo a\necho b\n")
    assert list(done) == ["done"]
    assert len(done["done"]) == 2
    ids = [said.stdout.split()[1], *short, *bare, *done["done"]]
    assert len(set(ids)) == 204
    assert all(re.fullmatch(r"[a-z0-9]{10}", job_id) for job_id in ids)
    letters = set("".join(ids))
    assert not {"0", "o"} <= letters
    assert len(letters & {"1", "l", "i"}) <= 1
    assert set(ids) == set(program.jobs())


@covers("enqueue --command")
def test_words(program: Program) -> None:
    """A single word is a shell command, several or what comes after -- an argv, --command is taken as it is."""
    program.enqueue("echo 'a  b' | tr a c; echo $HOME")
    program.enqueue("printf", "%s\\n", "a  b", "$HOME")
    program.enqueue("--", "echo hi")
    program.enqueue("--", "echo", "--priority", "it's")
    program.enqueue("[ -e /nowhere ] || echo none")
    program.enqueue("--command", "{ echo grouped; }")
    program.enqueue("--command", "[1]")
    assert waiting(program)[0] == "echo 'a  b' | tr a c; echo $HOME"
    assert waiting(program)[4:] == ["[ -e /nowhere ] || echo none", "{ echo grouped; }", "[1]"]
    program.set("max_retries", 0)
    program.set("capture_env", "none")
    program.drain()
    printed = [program.output(job_id) for job_id in program.jobs()][::-1]
    assert printed[:2] == [f"c  b\n{program.home}\n", "a  b\n$HOME\n"]
    assert "not found" in printed[2]
    assert printed[3:6] == ["--priority it's\n", "none\n", "grouped\n"]


@covers("in command id")
def test_json_words(program: Program) -> None:
    """A word that begins as JSON is JSON: an object, or an array of objects, with or without blanks."""
    assert program.enqueue('{"command":"echo 1","id":"one"}') == "one"
    assert program.ok("enqueue", "-q", '[{"command":"echo 2"},{"command":"echo 3","id":"three"}]').split()[1] == "three"
    program.enqueue('[  {"command":"echo 4"} ]')
    program.enqueue('[\n{"command":"echo \\u00e9 5"}]')
    assert waiting(program) == ["echo 1", "echo 2", "echo 3", "echo 4", "echo é 5"]


@pytest.mark.parametrize(
    "text", ["{ echo hi; }", "[1]", '["echo hi"]', '{"command":"echo hi"', "[{]", '{"command":"a"} x']
)
def test_broken_json(program: Program, text: str) -> None:
    """What begins as JSON must be JSON, of objects: exit 2, nothing enqueued."""
    program.refuse("enqueue", text)
    assert not program.db.exists()


def test_files(program: Program) -> None:
    """Words ending in .json, .jsonl and .ndjson are files of jobs, several at once."""
    one, many, lines = program.folder / "one.json", program.folder / "many.jsonl", program.folder / "sub" / "l.ndjson"
    lines.parent.mkdir()
    one.write_text('{\n  "command": "echo 1"\n}\n')
    many.write_text('{"command": "echo 2"}\n\n{"command": "echo 3"}\r\n')
    lines.write_text('{"command": "echo 4"}\n{"command": "echo 5"}')
    program.ok("enqueue", "one.json", str(many), "sub/l.ndjson")
    one.write_text('[{"command": "echo 6"}, {"command": "echo 7"}]')
    program.ok("enqueue", "--priority", "-1", "one.json")
    assert waiting(program) == [f"echo {n}" for n in range(1, 8)]


def test_bad_files(program: Program) -> None:
    """Files are all or nothing: a missing one, a folder, or a bad line (named) is exit 2 and nothing is enqueued."""
    (program.folder / "good.json").write_text('{"command": "echo 1"}')
    (program.folder / "folder.json").mkdir()
    (program.folder / "bad.jsonl").write_text('{"command": "echo 2"}\n{"command": "echo 3", "priority": "high"}\n')
    (program.folder / "not.ndjson").write_bytes(b'{"command": "echo 2"}\n{"command": "\xff"}\n')
    (program.folder / "words.jsonl").write_text("echo hi\n")
    program.refuse("enqueue", "good.json", "nowhere.json", says=["nowhere.json"])
    program.refuse("enqueue", "good.json", "folder.json", says=["folder.json"])
    program.refuse("enqueue", "good.json", "bad.jsonl", says=["bad.jsonl", "2", "priority"])
    program.refuse("enqueue", "good.json", "not.ndjson", says=["not.ndjson", "2"])
    program.refuse("enqueue", "good.json", "words.jsonl", says=["words.jsonl", "1"])
    assert not program.db.exists()


def test_stdin(program: Program) -> None:
    """`-` reads lines, each JSON or a command; blank lines are skipped and a trailing CR dropped."""
    text = 'echo 1\n\n   \n{"command":"echo 2"}\r\necho 3\r\n[{"command":"echo 4"},{"command":"echo 5"}]\necho é'
    assert len(program.ok("enqueue", "-q", "-", stdin=text).split()) == 6
    assert waiting(program) == ["echo 1", "echo 2", "echo 3", "echo 4", "echo 5", "echo é"]


@pytest.mark.parametrize("bad", [b"caf\xe9", b'{"command":1}', b'{"command":"a"', b'{"nocommand":"a"}', b"a\0b"])
def test_bad_stdin(program: Program, bad: bytes) -> None:
    """A bad line is named with its number, and none of the lines is enqueued."""
    program.refuse("enqueue", "-", stdin=b"echo 1\n\n" + bad + b"\necho 4\n", says=["3"])
    assert not program.db.exists()


def test_a_slow_pipe_holds_no_lock(program: Program) -> None:
    """While `enqueue -` waits for more lines, others enqueue; its jobs become visible together, at the end."""
    slow = program.start("enqueue", "-", "--json", stdin=subprocess.PIPE)
    assert slow.stdin is not None
    for n in range(3000):
        slow.stdin.write(f"echo {n}\n".encode())
    slow.stdin.flush()
    program.run("enqueue", "echo between", exit_code=0, timeout=8)
    assert waiting(program) == ["echo between"]
    out, _ = slow.communicate(timeout=20)
    assert slow.returncode == 0
    assert len(json.loads(out)["done"]) == 3000
    assert program.json("status")["jobs"]["pending"] == 3001


def test_flags_win_over_json(program: Program) -> None:
    """Flags apply to every job given, over its JSON; what no flag names keeps its own."""
    ids = program.ok(
        "enqueue",
        "-q",
        "--priority",
        "7",
        "--queue",
        "video",
        "--tag",
        "all",
        '[{"command":"a","priority":1,"tags":["own"],"max_retries":9},{"command":"b"}]',
    ).split()
    jobs = program.jobs()
    assert [jobs[job_id]["priority"] for job_id in ids] == [7, 7]
    assert [jobs[job_id]["queue"] for job_id in ids] == ["video", "video"]
    assert [jobs[job_id]["max_retries"] for job_id in ids] == [9, 3]
    assert "all" in jobs[ids[1]]["tags"]


def test_no_job_at_all(program: Program) -> None:
    """`enqueue` without a word is wrong usage; so are --command and words at once."""
    program.refuse("enqueue")
    program.refuse("enqueue", "--command", "a", "b")
    assert not Path(program.db).exists()
