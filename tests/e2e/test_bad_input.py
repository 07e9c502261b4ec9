"""Bad input gets a clear error and loses nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.program import QUEUECTL, QUEUECTL_WORD, Program
from tests.tools import peak_kib


def refused(program: Program, *args: str | Path, said: str, stdin: bytes | None = None, code: int = 2) -> None:
    """The call is refused with a word on stderr, nothing on stdout, and nothing enqueued."""
    before = program.ok("list", "-q")
    done = program.run(*args, stdin=stdin)
    assert (done.returncode, done.stdout) == (code, ""), done
    assert said in done.stderr, done.stderr
    assert program.ok("list", "-q") == before


def test_broken_json_says_where(program: Program) -> None:
    """The line and the column of what is wrong."""
    refused(program, "enqueue", '{"command": "x",\n oops}', said="line 2, column 2")


def test_one_bad_job_of_a_thousand(program: Program) -> None:
    """It is named, and none of the others is enqueued: in an array, in a file, on stdin."""
    jobs = [{"id": f"j{n}", "command": "true"} for n in range(1, 1001)]
    jobs[699] = {"id": "j700", "command": "true", "priority": "high"}
    refused(program, "enqueue", json.dumps(jobs), said="job 700 (j700): priority")
    (program.folder / "jobs.json").write_text(json.dumps(jobs))
    refused(program, "enqueue", "jobs.json", said="jobs.json: job 700 (j700): priority")
    lines = "\n".join(map(json.dumps, jobs)).encode()
    refused(program, "enqueue", "-", stdin=lines, said="line 700: priority")
    assert not program.db.exists(), "a refused first call makes no queue"


def test_files_that_are_none(program: Program) -> None:
    """Missing, a folder, binary: exit 2 with the file's name, and the good file beside it is not enqueued."""
    (program.folder / "good.json").write_text('{"command": "true"}')
    (program.folder / "folder.json").mkdir()
    (program.folder / "binary.json").write_bytes(bytes(range(256)))
    refused(program, "enqueue", "good.json", "missing.json", said="missing.json: No such file")
    refused(program, "enqueue", "good.json", "folder.json", said="folder.json: Is a directory")
    refused(program, "enqueue", "good.json", "binary.json", said="binary.json: is not UTF-8")
    refused(program, "enqueue", "-", stdin=b"true\n\xff\xfe\n", said="line 2: is not UTF-8")


def peak_of(program: Program, megabytes: int) -> int:
    """Enqueue so many megabytes of lines and give the memory that it took, KiB."""
    line = b"echo " + b"x" * 994 + b"\n"
    lines = program.folder / "lines"
    with lines.open("wb") as file:
        for _ in range(megabytes):
            file.write(line * 1000)
    program.env["QUEUECTL_DB"] = str(program.folder / f"{megabytes}.db")
    peak = peak_kib([QUEUECTL, "enqueue", "-q", "-"], stdin=lines, env=program.env, folder=program.folder)
    assert program.json("status")["jobs"]["pending"] == megabytes * 1000
    lines.unlink()
    return peak


def test_100_mb_on_stdin_stream(program: Program) -> None:
    """A long input is stored whole in bounded memory."""
    assert peak_of(program, 100) < 120 << 10


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_does_not_grow_with_the_input(program: Program) -> None:
    """Half a gigabyte takes little more than a hundred megabytes do."""
    assert peak_of(program, 500) < peak_of(program, 100) + (24 << 10)


def test_a_line_without_an_end_is_refused(program: Program) -> None:
    """A line of many megabytes is no job, and is not held in memory."""
    refused(program, "enqueue", "-", stdin=b"x" * (20 << 20), said="line 1: is longer than 16 MiB")
    refused(program, "enqueue", "-", stdin=b"x" * 200_000, said="line 1: command: is 200,000 bytes")


HOSTILE = [
    "a\nb",
    "it's",
    '"',
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "\x1b]0;pwned\x07",
    "日本 é",
    "-rf",
    "*",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_ids_are_refused_and_made_safe(program: Program, word: str) -> None:
    """An id is a plain word; what is not is refused, and the refusal does not act on a terminal."""
    done = program.run("enqueue", "--id", word, "--command", "true")
    assert (done.returncode, done.stdout) == (2, "")
    assert "\x1b" not in done.stderr
    done = program.run("enqueue", json.dumps({"id": word, "command": "true"}))
    assert (done.returncode, done.stdout) == (2, "")


def test_hostile_words_reach_the_command_as_they_are(program: Program) -> None:
    """An argv is quoted, never interpreted; a command is given to the shell whole."""
    program.enqueue("--id", "argv", "--", "printf", "%s|", *HOSTILE)
    program.enqueue("--id", "shell", "--command", "printf '%s' \"$(printf 'a\nb')\"")
    program.drain()
    assert program.ok("job", "output", "argv") == "|".join(HOSTILE) + "|"
    assert program.ok("job", "output", "shell") == "a\nb"
    assert not (program.folder / "pwned").exists()
    assert "\x1b" not in program.ok("list")


def test_nul_is_refused(program: Program) -> None:
    """No NUL anywhere: in JSON, in lines."""
    refused(program, "enqueue", '{"command": "a\\u0000b"}', said="command: holds a NUL")
    refused(program, "enqueue", "-", stdin=b"echo a\0b\n", said="NUL")


@pytest.mark.parametrize("number", ["9" * 400, str((1 << 63) - 1)], ids=["400 digits", "63 bits"])
def test_numbers_beyond_all_bounds(program: Program, number: str) -> None:
    """A number that no machine holds is as good as the largest, or is refused."""
    program.enqueue("--id", "j", "true")
    for words in (["list", "--limit"], ["--worker", "--until-idle", "--max-jobs"]):
        program.ok(*words, number)
    assert program.state("j") == "completed"
    for words in (["prune", "--older-than"], ["logs", "j", "--run"]):
        assert "internal error" not in program.run(*words, number).stderr
    assert program.state("j") == "completed"
    program.ok("doctor")


def test_a_name_that_is_no_unicode(program: Program) -> None:
    """An argument of any bytes names no job, in a word."""
    program.enqueue("true")
    for words in ("show", "history", "logs", "retry", "wait", "dlq retry", "list --filter"):
        done = program.run(*words.split(), "a\udcff", timeout=20)
        assert (done.returncode, "internal error" in done.stderr) in ((1, False), (2, False)), done


def test_two_enqueues_of_one_id_at_once(program: Program) -> None:
    """One wins, the others are told in which state the id is; exit 1."""
    program.enqueue("true")
    calls = [program.start("enqueue", "--id", "one", "--command", "true") for _ in range(6)]
    ends = [(call.wait(30), call.stderr.read() if call.stderr else b"") for call in calls]
    assert sorted(code for code, _ in ends) == [0, 1, 1, 1, 1, 1]
    assert all(b"'one' is already taken by a job that is pending" in said for code, said in ends if code)
    assert program.ok("list", "-q").split().count("one") == 1


def test_two_batches_with_one_id_at_once(program: Program) -> None:
    """Of two batches that share an id one is stored whole, and of the other nothing."""
    program.enqueue("--id", "zero", "--command", "true")
    batches = [[f"{name}{n}" for n in range(500)] + ["shared"] for name in ("a", "b")]
    calls = []
    for ids in batches:
        path = program.folder / f"{ids[0]}.json"
        path.write_text(json.dumps([{"id": job, "command": "true"} for job in ids]))
        calls.append(program.start("enqueue", "-q", path))
    ends = [call.communicate(timeout=30) for call in calls]
    assert sorted(call.returncode for call in calls) == [0, 1]
    winner = next(ids for ids, call in zip(batches, calls, strict=True) if not call.returncode)
    assert [b"'shared' is already taken" in said for _, said in ends if said] == [True]
    assert [said for said, _ in ends if said] == ["".join(f"{job}\n" for job in winner).encode()]
    assert sorted(program.jobs()) == sorted([*winner, "zero"])


def test_an_id_twice_in_one_batch(program: Program) -> None:
    """Two jobs of one id are refused together."""
    refused(
        program, "enqueue", '[{"id":"x","command":"a"},{"id":"x","command":"b"}]', said="'x' is given to two", code=1
    )


def test_a_reader_that_goes_away_loses_nothing(program: Program) -> None:
    """`enqueue - | head` is no error, and every job is in the queue."""
    piped = subprocess.run(
        ["bash", "-c", f"seq 20000 | sed 's/^/echo /' | {QUEUECTL_WORD} enqueue - | head -n 1"],
        capture_output=True,
        env=program.env,
        check=False,
    )
    assert piped.stdout.startswith(b"Enqueued ")
    assert piped.stderr == b""
    assert program.json("status")["jobs"]["pending"] == 20_000


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(program: Program, closed: str) -> None:
    """A stream that cron or a service manager closed is no reason to fail, and no file of ours takes its number."""
    words = " && ".join(
        f"{QUEUECTL_WORD} {command} {closed}"
        for command in ("enqueue --id j 'ls -l /proc/self/fd'", "status", "--worker --until-idle", "list")
    )
    done = subprocess.run(["bash", "-c", words], env=program.env, capture_output=True, text=True, check=False)
    assert (done.returncode, "rror" in done.stderr) == (0, False), done
    assert "0 -> /dev/null" in program.output("j")
    assert "queue.db\n" not in program.output("j")
    program.ok("doctor")


def test_stdin_that_is_closed_is_no_empty_input(program: Program) -> None:
    """`enqueue -` without a stdin is wrong usage, and says so."""
    words = ["bash", "-c", f"{QUEUECTL_WORD} enqueue - <&-"]
    done = subprocess.run(words, env=program.env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, "stdin: is closed" in done.stderr) == (2, "", True), done


@pytest.mark.parametrize("home", [None, "", "/proc/no/such/home", "not/absolute"])
def test_no_home_directory(program: Program, home: str | None) -> None:
    """Without a home that can be used, a given path works; the default is told in one line, or is made elsewhere."""
    env = {"PATH": program.env["PATH"], "XDG_DATA_HOME": str(program.folder / "data")}
    env |= {} if home is None else {"HOME": home}
    words = [QUEUECTL, "--db", str(program.db), "enqueue", "-q", "true"]
    assert subprocess.run(words, env=env, capture_output=True, check=False).returncode == 0
    done = subprocess.run([QUEUECTL, "enqueue", "true"], env=env, capture_output=True, check=False)
    assert (done.returncode, (program.folder / "data" / "queuectl" / "queue.db").exists()) == (0, True), done
    if home == "/proc/no/such/home":
        del env["XDG_DATA_HOME"]
        done = subprocess.run([QUEUECTL, "enqueue", "true"], env=env, capture_output=True, check=False)
        assert (done.returncode, done.stderr.count(b"\n")) == (1, 1), done.stderr
        assert b"/proc/no" in done.stderr


def test_the_current_directory_is_gone(program: Program) -> None:
    """An enqueue from a deleted directory says so."""
    gone = program.folder / "gone"
    gone.mkdir()
    words = ["bash", "-c", f"cd {gone} && rmdir {gone} && {QUEUECTL_WORD} enqueue true"]
    done = subprocess.run(words, env=program.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "current directory was deleted" in done.stderr
