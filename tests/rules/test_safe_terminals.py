"""Terminals as judges of what was made safe: they are told to draw, and a line is as wide as it says."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queuectl_tui.rules.safe import block, line, pictures, width
from tests.program import wait_for
from tests.tools import need

#: What begins, fills and ends sequences, whole or in pieces, and what turns, hides or widens text.
PIECES = (
    *("\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1bX", "\x9b", "\x9d", "\x90", "\x9e", "\x1b#8", "\x1b(0", "\x1bc"),
    *("31m", "2J", "?25l", "?1049h", "6n", "0;x", "52;c;eA==", "8;;http://x", "38;5;", ";", " q", "38;2;1;2;3m", "0m"),
    *("\x07", "\x1b\\", "\x9c", "\x18", "\x1a", "\r", "\r\n", "\n", "\t", "\x08", "\x0e", "\x0f", "\x00", "\x7f"),
    *("A", "z", " ", "\u202e", "\u200b", "\u0301", "\u3164", "\ufe0f", "é", "日", "👩\u200d👧", "🇩🇪", "\ud800", "[/]"),
)
hostile = st.text() | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


class _Judge:
    """A terminal that notes what it is told to do."""

    def __init__(self) -> None:
        self.told: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., None]:
        def note(*_: object, **__: object) -> None:
            self.told.add(name)

        return note


def told(text: str) -> set[str]:
    judge = _Judge()
    pyte.Stream(judge).feed(text)  # type: ignore[arg-type]  # it calls what a screen has
    return judge.told


@given(hostile)
@example("\x1b]0;pwned\x07 \x9b2J \x1b(0")
def test_a_line_only_draws(text: str) -> None:
    """Of one line a terminal is told to draw characters, and nothing else."""
    assert told(line(text)) <= {"draw"}
    assert told(line(text, ascii_only=True)) <= {"draw"}
    assert told(pictures(text)) <= {"draw"}


@given(hostile)
@example("\x1b[31mred\x1b[2J\x1b[38;5;1m")
def test_a_block_draws_lines(text: str) -> None:
    """Of many lines it is told to draw, to go on, and, if that is wanted, to colour."""
    assert told(block(text)) <= {"draw", "linefeed", "tab"}
    assert told(block(text, colours=True)) <= {"draw", "linefeed", "tab", "select_graphic_rendition"}


#: Prints texts, and writes down in which cell the cursor then stands.
_MEASURE = r"""
import json, os, re, sys, tty
tty.setraw(0)
seen, found = b"", []
for text in json.load(open(sys.argv[1])):
    os.write(1, ("\x1b[3;1H\x1b[K" + text + "\x1b[6n").encode())
    while not (place := re.search(rb"\x1b\[(\d+);(\d+)R", seen)):
        seen += os.read(0, 4096)
    seen = seen[place.end():]
    found.append([int(place[1]) - 3, int(place[2]) - 1])
json.dump(found, open(sys.argv[2] + ".new", "w"))
os.rename(sys.argv[2] + ".new", sys.argv[2])
os.read(0, 1)
"""
#: What could be switched, moved or set in a terminal.
_STATE = (
    "pane_title alternate_on cursor_flag insert_flag origin_flag wrap_flag keypad_flag mouse_any_flag"
    " scroll_region_upper scroll_region_lower"
)


class _Tmux:
    """A terminal of 1,000 columns, alone on a server of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words = [need("tmux"), "-u", "-S", str(folder / "tmux"), "-f", "/dev/null"]

    def _ask(self, *words: str) -> str:
        env = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": str(self._folder), "PATH": "/usr/bin:/bin"}
        done = subprocess.run([*self._words, *words], env=env, capture_output=True, text=True, check=False)
        return done.stdout

    def measure(self, texts: list[str]) -> tuple[list[Any], str, str]:
        """Print texts; give where the cursor stood after each, and the terminal's state before and after."""
        asked, answer = self._folder / "texts", self._folder / "places"
        asked.write_text(json.dumps(texts))
        script = self._folder / "measure.py"
        script.write_text(_MEASURE)
        self._ask("new-session", "-d", "-x", "1000", "-y", "24", "cat")
        before = self.state
        self._ask("respawn-pane", "-k", sys.executable, str(script), str(asked), str(answer))
        wait_for(answer.exists, what="the places of the cursor")
        return json.loads(answer.read_text()), before, self.state

    @property
    def state(self) -> str:
        """What programs have set."""
        shown = " ".join(f"#{{{name}}}" for name in _STATE.split())
        return self._ask("display-message", "-p", shown) + self._ask("list-buffers")

    def close(self) -> None:
        """End it."""
        self._ask("kill-server")


@pytest.fixture
def tmux() -> Iterator[_Tmux]:
    """A terminal as people use it; the name of its socket must be short."""
    with tempfile.TemporaryDirectory(prefix="queuectl-test-") as folder:
        terminal = _Tmux(Path(folder))
        yield terminal
        terminal.close()


def _agreed(char: str) -> bool:
    """Tell whether terminals agree how wide a character is: not on vowel signs, nor on what Unicode 16 widened."""
    return unicodedata.category(char) != "Mc" and not 0x2600 <= ord(char) <= 0x26FF and not 0x3200 <= ord(char) < 0x4E00


def test_a_line_is_as_wide_as_it_says(tmux: _Tmux) -> None:
    """Whatever a line holds, a real terminal stays in it, is where `width` says, and is set to nothing else."""
    random = Random(1)
    chars = [chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000 and _agreed(chr(code))]
    texts = [line("".join(random.choices(PIECES, k=12))) for _ in range(300)]
    texts += [line("".join(random.choices(chars, k=12))) for _ in range(1500)]
    places, before, after = tmux.measure(texts)
    assert before == after
    wrong = [(text, place) for text, place in zip(texts, places, strict=True) if place != [0, width(text)]]
    assert wrong == []
