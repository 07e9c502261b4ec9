"""The UI keeps to the colours and characters that its terminal has, and to the theme that the person chose."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.tui import preferences
from queuectl_tui.tui.surroundings import lacks_unicode
from queuectl_tui.tui.terminal.keyboard import LETTER_S
from tests.program import Program
from tests.tui.piloted import Driven, drive
from tests.tui.screen import Screen

_SGR = re.compile(rb"\x1b\[([0-9;]*)m")
#: What opens each dialog from a list of jobs, and what is in it.
DIALOGS = {
    "?": "runs any of these",
    ":": "the id of a job",
    "d": "Delete this job?",
    "a": "Enqueue",
    ",": "backoff_base",
    "e": "Edit",
    "T": "high-contrast",
}


def codes(seen: bytes) -> set[str]:
    """Give the kinds of SGR codes that were sent: `38;5`, `48;2`, and single ones."""
    found: set[str] = set()
    for match in _SGR.finditer(seen):
        parts = match[1].decode().split(";")
        while parts:
            code = parts.pop(0)
            if code in ("38", "48"):
                code += ";" + parts[0]
                del parts[: 2 if parts[0] == "5" else 4]
            found.add(code)
    return found


@pytest.fixture
def filled(program: Program) -> Program:
    """A queue with a job in most states, some with other letters."""
    program.enqueue("--id", "gone", "--max-retries", "0", "echo cannot: größer 漢字 … >&2; exit 3")
    program.enqueue("--id", "done", "echo ünïcode ─│█")
    program.drain()
    program.enqueue_all([{"id": f"job-{n:03}", "command": f"echo ⟶ {n} 🙂", "run_at": "2090-01-01"} for n in range(60)])
    return program


def look_round(screen: Screen) -> None:
    """Open every tab and dialog."""
    screen.shows("job-000")
    for key in "034567":
        screen.keys(key)
        screen.watch(0.2)
    screen.keys("5")
    screen.shows("gone", "exhausted")
    for key, words in DIALOGS.items():
        screen.keys(key)
        screen.shows(words)
        screen.keys("esc")
        screen.gone(words)
        # A letter so soon after an escape would be taken for the rest of a key.
        screen.watch(0.6)
    screen.keys("q")
    assert screen.end() == 0


def test_ascii_everywhere(filled: Program) -> None:
    """With `--ascii` not one byte beyond ASCII is sent, whatever jobs are called, print, and is opened."""
    with Screen(filled, "--ascii") as screen:
        look_round(screen)
        assert screen.seen.isascii()


@pytest.mark.parametrize(
    ("env", "plain"),
    [
        ({}, False),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_GB.utf8"}, False),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LC_ALL": "", "LANG": "de_DE@euro"}, True),
        ({"LANG": "de_DE.UTF-8", "TERM": "linux"}, True),
        ({"LANG": "de_DE.UTF-8", "TERM": "vt100"}, True),
        ({"LANG": "de_DE.UTF-8", "TERM": "tmux-256color"}, False),
    ],
)
def test_where_ascii_is_all_there_is(env: dict[str, str], plain: bool) -> None:
    """A locale that is set and is not UTF-8, and an old terminal, are drawn on in ASCII."""
    assert lacks_unicode(env) == plain


def test_a_locale_that_python_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python puts C.UTF-8 in the place of a locale that is C: the person's own word counts."""
    assert not lacks_unicode({"LANG": "C", "LC_CTYPE": "C.UTF-8"})
    monkeypatch.setattr(sys, "flags", type("Flags", (), {"utf8_mode": 1}))
    assert lacks_unicode({"LANG": "C", "LC_CTYPE": "C.UTF-8"})


@pytest.mark.parametrize(
    ("env", "ascii_only", "few"),
    [
        ({"TERM": "linux", "LC_ALL": "C.UTF-8"}, True, True),
        ({"TERM": "vt100", "LC_ALL": "C.UTF-8"}, True, True),
        ({"TERM": "screen", "LC_ALL": "C.UTF-8"}, False, True),
        ({"TERM": "xterm-256color", "LC_ALL": "", "LANG": "C"}, True, False),
        ({"TERM": "tmux-256color", "LC_ALL": "C.UTF-8"}, False, False),
    ],
    ids=lambda value: value["TERM"] if isinstance(value, dict) else "",
)
def test_terminals(filled: Program, env: dict[str, str], ascii_only: bool, few: bool) -> None:
    """Each terminal is sent its own characters only, and its sixteen colours where it has no more."""
    with Screen(filled, env=env | {"COLORTERM": ""}) as screen:
        screen.shows("job-000")
        screen.keys("q")
        assert screen.end() == 0
        assert screen.seen.isascii() == ascii_only
        sent = codes(screen.seen)
        assert not sent & {"38;2", "48;2"}
        assert bool(sent & {"38;5", "48;5"}) != few
        old = env["TERM"] in ("linux", "vt100")
        assert (b"\x1b[>1u" in screen.seen) != old


def test_no_color(filled: Program) -> None:
    """With NO_COLOR no colour is sent, and what is chosen can be seen; what is started still finds NO_COLOR."""
    with Screen(filled, env={"NO_COLOR": "1", "COLORTERM": "truecolor"}) as screen:
        screen.shows("job-000")
        screen.keys("T")
        screen.shows("NO_COLOR is set")
        screen.keys("a")
        screen.shows("Enqueue")
        screen.send("echo [$NO_COLOR]\r")
        screen.shows("Pending 61")
        screen.keys("q")
        assert screen.end() == 0
        assert codes(screen.seen) <= {"", "0", "1", "2", "3", "4", "7"}
        assert "7" in codes(screen.seen)
    filled.drain()
    assert "[1]" in filled.ok("logs", filled.ok("list", "--state", "completed", "-q", "--limit", "1").strip())


def test_a_theme_is_seen_chosen_and_remembered(filled: Program) -> None:
    """T shows each theme as it is gone to; enter keeps it for next time, esc goes back."""
    config = filled.folder / "config"
    env = {"XDG_CONFIG_HOME": str(config), "COLORTERM": "truecolor"}
    dark, light = b"48;2;13;17;23", b"48;2;255;255;255"
    with Screen(filled, env=env) as screen:
        screen.shows("job-000")
        assert dark in screen.seen
        assert light not in screen.seen
        screen.keys("T")
        screen.shows("▌  queuectl-dark")
        screen.keys("down")
        screen.shows("▌  queuectl-light")
        screen.until(lambda _: light in screen.seen, what="the light theme")
        screen.keys("esc")
        before = len(screen.seen)
        screen.until(lambda text: "queuectl-light" not in text, what="the picker to close")
        screen.until(lambda _: dark in screen.seen[before:], what="the dark theme again")
        assert not (config / "queuectl" / "ui.toml").exists()
        time.sleep(LETTER_S + 0.1)  # a letter that comes sooner after an escape is taken for a part of it
        screen.keys("T", "down", "enter", "q")
        assert screen.end() == 0
    assert (config / "queuectl" / "ui.toml").read_text() == 'theme = "queuectl-light"\n'
    with Screen(filled, env=env) as screen:
        screen.shows("job-000")
        assert light in screen.seen


def test_every_theme_is_listed_above_and_below(filled: Program) -> None:
    """The list of themes opens with as many of them as it has room for, also when the last one is worn."""

    async def scenario(ui: Driven) -> None:
        await ui.shows("job-000")
        ui.app.theme = "solarized-light"
        await ui.press("T")
        await ui.shows("▌  solarized-light", "queuectl-dark", "solarized-dark")

    drive(filled, scenario, size=(80, 24))


def test_the_figures_change_their_colours_at_once(filled: Program) -> None:
    """Metrics that are in view when a theme is chosen are drawn in its colours, though nothing has happened."""

    def colours(ui: Driven) -> set[str]:
        strips = ui.app.screen._compositor.render_strips()
        shown = (part.style for strip in strips for part in strip if "━" in part.text)
        return {str(style.color.triplet.hex) for style in shown if style and style.color and style.color.triplet}

    async def scenario(ui: Driven) -> None:
        await ui.until(lambda text: "1 completed, 1 dead" in text, "the figures")
        assert "#116329" not in colours(ui)
        ui.app.theme = "queuectl-light"
        await ui.until(lambda _: "#116329" in colours(ui), "the green of the light theme", timeout_s=2)

    drive(filled, scenario, tab="metrics")


@pytest.mark.parametrize("text", ['theme = "nonsense"', "theme = 5", "theme = [", "\x00", "", 'theme = "\x1b[2J"'])
def test_a_theme_that_is_not_known(tmp_path: Path, filled: Program, text: str) -> None:
    """A file that says nothing of use, or no theme of ours, is as good as none."""
    config = tmp_path / "config"
    (config / "queuectl").mkdir(parents=True)
    (config / "queuectl" / "ui.toml").write_text(text)
    with Screen(filled, env={"XDG_CONFIG_HOME": str(config), "COLORTERM": "truecolor"}) as screen:
        screen.shows("job-000")
        assert b"48;2;13;17;23" in screen.seen


def test_a_theme_that_cannot_be_remembered(filled: Program) -> None:
    """A config folder that cannot be written is told of, and the theme is worn all the same."""
    with Screen(filled, env={"XDG_CONFIG_HOME": "/dev/null", "COLORTERM": "truecolor"}) as screen:
        screen.shows("job-000")
        screen.keys("T", "down", "enter")
        screen.shows("not remembered", "job-000")
        assert b"48;2;255;255;255" in screen.seen
    with pytest.raises(QueuectlError, match="no home"):
        preferences.remember_theme(None, "ansi")
    assert preferences.theme(None) is None
