"""Nothing that a job is called, says or prints acts on the terminal, on any screen, or on the UI."""

from __future__ import annotations

import json
import operator
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.program import Program, wait_for
from tests.tui.screen import Screen

#: What acts on terminals, on Textual's markup, or on the width of a line.
PAYLOADS = [
    "\x1b]0;pwned\x07title",
    "\x1b]52;c;cHduZWQ=\x07clip",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x1bP1$r0m\x1b\\dcs",
    "\x1b_Gf=100\x1b\\apc",
    "\x1b[2J\x1b[1;1Hhome",
    "\x1b[31;5mblink\x1b[?1049l",
    "\x1b[6n\x1bZreport",
    "\x9b2Jc1\x9d0;x\x9c",
    "\x0e\x0fshift\x08\x08back\rreturn",
    "\u202egnp.exe\u202c \u2066iso\u2069",
    "zero\u200bwidth\ufeffbom\u00adsoft",
    "[/]",
    "[/dev/null]",
    "[@click=app.quit]click[/] [bold]b[/bold] [red",
    "line one\nline two\ttab",
    "👩\u200d👩\u200d👧 ☎\ufe0f 🇩🇪 👍🏽",
    "漢字テスト" * 8,
    "a" + "\u0301\u0302\u0303\u0304" * 40 + "\u20dd",
    "x" * 50_000,
]
#: What a command cannot hold and a program can print: NUL, bytes that are no UTF-8, raw C1, a line of 1 MB, and looks
#: that blink or hide.
PRINTED = [
    r"printf 'nul\000and\000more'",
    r"printf '\377\376\300\200\355\240\200\364\220\200\200\342\202'",
    r"printf '\2332J\2350;pwned\234\220q\234\205\216\217'",
    "head -c 1000000 /dev/zero | tr '\\0' x",
    r"printf '\033[5mblink\033[6mfast\033[8mhidden\033[5;8;31mred\033[7;9;4mstruck\033[21m\033[38;5;1;5mmore'",
]
#: What a foreign writer calls the host of the workers, and the job that runs.
HOST, RUNNING = "\x1b]0;h\x07", "\x1b]0;r\x07"
_CSI = re.compile(r"\x1b\[([<=>?]?)[0-9;:]*([ -/]*[@-~])")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A queue with such jobs in every state, and rows that a foreign writer put there."""
    program = Program(tmp_path_factory.mktemp("hostile"))
    jobs: list[dict[str, object]] = []
    for n, payload in enumerate(PAYLOADS):
        quoted = "'" + payload.replace("'", "'\\''") + "'"
        jobs.append({"id": f"dead-{n}", "command": f"printf %s {quoted} >&2; exit 3", "max_retries": 0})
        jobs.append({"id": f"fine-{n}", "command": f"printf %s {quoted}"})
        jobs.append({"id": f"held-{n}", "command": f": {quoted}", "hold": True})
        jobs.append({"id": f"fail-{n}", "command": f": {quoted}; exit 4", "backoff_base": 1000})
        jobs.append({"id": f"held-env-{n}", "command": "true", "hold": True, "env": {"EVIL": payload[:1000]}})
    for n, command in enumerate(PRINTED):
        jobs.append({"id": f"dead-printed-{n}", "command": f"{{ {command}; }} >&2; exit 3", "max_retries": 0})
        jobs.append({"id": f"fine-printed-{n}", "command": command})
    program.enqueue_all(jobs)
    program.enqueue("--id", "running", "--queue", "slow", "printf '\\033]0;pwned\\007'; sleep 600")
    program.run("worker", "start", "--count", "2")
    states = {"dead": "dead", "fine": "completed", "fail": "failed", "held": "pending", "running": "processing"}

    def done() -> bool:
        return all(job["state"] == states[name.split("-")[0]] for name, job in program.jobs().items())

    wait_for(done, what="each job is where it belongs", timeout_s=60)
    with sqlite3.connect(program.db) as conn:
        evil = "\x1b]0;pwned\x07[/]\u202eq"
        names = (evil, f"{evil}id", json.dumps([evil]))
        conn.execute("UPDATE job SET queue = ?, id = ?, tags = ? WHERE id = 'held-0'", names)
        conn.execute("UPDATE job SET worker = ?, cwd = ? WHERE id = 'dead-1'", (evil, evil))
        conn.execute("UPDATE worker SET host = ?", (HOST,))
        conn.execute("UPDATE job SET id = ? WHERE id = 'running'", (RUNNING,))
        conn.execute("INSERT INTO job_count VALUES (?, 'pending', 1)", (evil,))
        conn.execute("UPDATE job_count SET jobs = jobs - 1 WHERE queue = 'default' AND state = 'pending'")
    yield program
    program.close()


def acting(text: str) -> set[str]:
    """Give what could act on a terminal: escape sequences by their kind, and characters that are not for the eye."""
    found = {f"CSI {match[1]}…{match[2]}" for match in _CSI.finditer(text)}
    rest = _CSI.sub("", text)
    for char in set(rest):
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
            found.add(f"U+{ord(char):04X}")
    return found


#: Goes to every screen: all lists, all panes, the full screen, dialogs, forms, the filter, help and palette.
TOUR = (
    *("0", "}", "}", "}", "1", "enter", "j", "q", "2", "}", "3", "G", "4", "}", "5", "j", "j", "}", "}"),
    *("space", "space", "d", "n", "\\", "e", "esc", "6", "tab", "7", "5", "?", "q", ":", "esc", ",", "esc"),
    *("a", "esc", "/", "dead", "enter"),
)


def tour(screen: Screen) -> None:
    """Look at every screen."""
    for key in TOUR:
        before = screen.picture
        screen.keys(key)
        screen.watch(0.1)
        if key == "esc":
            screen.until(partial(operator.ne, before), what="the dialog is left")
            # A letter right behind esc may be the rest of a key that a slow line has split.
            screen.watch(0.6)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the terminal is sent for harmless jobs."""
    program = Program(tmp_path_factory.mktemp("harmless"))
    program.enqueue_all([{"id": f"dead-{n}", "command": "exit 3", "max_retries": 0} for n in range(20)])
    program.drain()
    program.enqueue("--hold", "true")
    found = toured(program, 80, 24)
    program.close()
    return found


def toured(program: Program, columns: int, rows: int) -> set[str]:
    """Look at every screen, and give what kinds of things the terminal was sent."""
    with Screen(program, columns=columns, rows=rows) as screen:
        screen.shows("Pending")
        tour(screen)
        screen.shows("/ dead")
        return acting(screen.seen.decode("utf-8"))


@pytest.mark.parametrize(("columns", "rows"), [(120, 34), (80, 24)])
def test_no_screen_lets_anything_through(hostile: Program, usual: set[str], columns: int, rows: int) -> None:
    """On a queue of hostile jobs the terminal is sent no kind of thing that it is not sent for harmless ones."""
    assert toured(hostile, columns, rows) - usual == set()


@pytest.mark.parametrize("tab", ["all", "pending", "completed", "failed", "dead"])
def test_columns_stay_straight(hostile: Program, tab: str) -> None:
    """Whatever a command or an error holds, the columns behind it begin where their titles do."""
    with Screen(hostile, "--tab", tab, columns=140, rows=50) as screen:
        screen.shows("default", "▌")
        screen.watch(0.5)
        rows = [line for line in screen.cells if "default" in line]
        [title] = [line for line in screen.cells if " QUEUE " in line and " TRY " in line]
        assert len(rows) >= 15
        assert {line.index("default") for line in rows} == {title.index("QUEUE")}


def test_clicks_do_nothing_but_select(hostile: Program) -> None:
    """Clicks all over the screen run nothing that a text asks for, and change no job."""
    before = {name: job["state"] for name, job in hostile.jobs().items()}
    with Screen(hostile, "--tab", "dead", columns=120, rows=34) as screen:
        screen.shows("dead-19")
        for y in range(4, 33, 2):
            for x in range(2, 118, 9):
                screen.send(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m")
        screen.watch(0.5)
        screen.keys("3")
        screen.shows("fine-19")
        screen.keys("q")
        assert screen.end() == 0
    assert {name: job["state"] for name, job in hostile.jobs().items()} == before


def test_what_is_said_of_errors_is_harmless(tmp_path: Path) -> None:
    """A notification that repeats a path which acts on terminals and on markup shows it, and sends none of it."""
    program = Program(tmp_path)
    program.enqueue("--id", "held-1", "--hold", "true")
    evil = "/dev/null/\x1b]0;pwned\x07[/]\u202e[@click=app.quit]x[/]"
    with Screen(program, columns=120, rows=34, env={"XDG_CONFIG_HOME": evil}) as screen:
        screen.shows("held-1")
        screen.keys("T", "down", "enter")
        screen.shows("not remembered", "␛]0;pwned␇[/]<U+202E>")
        assert b"\x1b]" not in screen.seen
        assert "\u202e" not in screen.seen.decode()
    program.close()


def test_no_look_blinks_or_hides(hostile: Program) -> None:
    """Of the looks that output asks for only colours are sent: nothing of it blinks, hides or is struck."""
    with Screen(hostile, "--tab", "dead", "--job", "dead-printed-4", columns=120, rows=34) as screen:
        screen.shows("blinkfasthiddenred", "struck")
        screen.keys("enter")
        screen.watch(0.5)
        asked = {int(code) for found in re.findall(r"\x1b\[([0-9;]*)m", screen.seen.decode()) for code in looks(found)}
    assert not asked & {5, 6, 8, 9, 21}


def looks(codes: str) -> list[str]:
    """Give the codes of an SGR sequence that are no part of a colour."""
    plain = re.sub(r"(?:38|48);(?:5;\d+|2;\d+;\d+;\d+)", "0", codes)
    return [code for code in plain.split(";") if code]


@pytest.mark.parametrize(
    ("job", "shown"),
    [
        ("dead-printed-0", "nul␀and␀more"),
        ("dead-printed-1", r"\xff\xfe\xc0\x80"),
        ("dead-printed-2", "pwned"),
        ("dead-printed-3", "xxxxxxxx"),
    ],
)
def test_what_is_no_text_is_shown(hostile: Program, job: str, shown: str) -> None:
    """NUL, bytes that are no UTF-8, raw controls and a line of 1 MB are drawn as signs, and none of them is sent."""
    with Screen(hostile, "--tab", "dead", "--job", job, columns=120, rows=34) as screen:
        screen.shows(shown)
        assert not re.search("[\0\x80-\x9f]", screen.seen.decode())


def test_details_and_workers_are_harmless(hostile: Program) -> None:
    """A job's environment and a worker's host are drawn as signs where they are shown, and none of them is sent."""
    with Screen(hostile, "--job", "held-env-0", columns=140, rows=50) as screen:
        screen.shows("held-env-0")
        screen.keys("enter", "}", "}")
        screen.shows("EVIL=␛]0;pwned␇title")
        screen.keys("q", "6")
        screen.shows("␛]0;h␇", "␛]0;r␇")
        assert b"\x1b]" not in screen.seen
        assert "\u202e" not in screen.seen.decode()
