"""A command is written in the person's own editor, and the terminal is the UI's again after it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.program import Program
from tests.tui.screen import Screen


def editor(program: Program, script: str) -> dict[str, str]:
    """Write an editor, and give the environment that names it."""
    path = program.folder / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return {"VISUAL": f"'{path}' -x"}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('head -c 200000 /dev/zero | tr "\\0" x > "$2"', "at most 102,400 bytes"),
        ('printf "\\377" > "$2"', "not UTF-8"),
        ('printf "a\\000b" > "$2"', "holds a NUL character"),
        (': > "$2"', "command: is empty"),
        ('rm "$2"', "No such file"),
        ("kill -9 $$", "ended with -9"),
    ],
)
def test_what_cannot_be_a_command(program: Program, script: str, told: str) -> None:
    """What the editor leaves that is no command is told, and the job stays as it was."""
    program.enqueue("--id", "kept", "--hold", "echo one")
    with Screen(program, env=editor(program, script)) as screen:
        screen.shows("kept", "held")
        screen.keys("e")
        screen.shows("Edit kept")
        screen.send("\x05")
        screen.shows(told, "Edit kept")
        screen.keys("esc")
        screen.until(lambda text: "Edit kept" not in text, what="the form is left")
    assert program.job("kept")["command"] == "echo one"


def test_an_editor_that_is_not_there(program: Program) -> None:
    """A name that is no program is told with what to do."""
    with Screen(program, env={"VISUAL": "", "EDITOR": "no-such-editor"}) as screen:
        screen.shows("Nothing waits")
        screen.keys("a")
        screen.shows("Enqueue a command")
        screen.send("\x05")
        screen.shows("no-such-editor cannot be run", "set $EDITOR")


def test_the_editor_has_the_terminal(program: Program) -> None:
    """The editor reads what is typed, line by line and seen, as from a shell; the UI has its own settings after it."""
    script = 'printf "ready> "; read -r words; printf "%s" "$words" > "$2"'
    with Screen(program, env=editor(program, script)) as screen:
        screen.shows("Nothing waits")
        ours = screen.settings
        screen.keys("a")
        screen.shows("Enqueue a command")
        screen.send("\x05")
        screen.shows("ready>")
        assert screen.settings != ours
        screen.send("echo from the editor\n")
        screen.shows("Enqueue a command", "echo from the editor")
        assert screen.settings == ours
        screen.keys("enter")
        screen.shows("enqueued")
    [job] = program.jobs().values()
    assert job["command"] == "echo from the editor"


def test_the_ui_ends_though_an_editor_is_open(program: Program) -> None:
    """SIGTERM ends the UI within about a second, whatever the editor does."""
    with Screen(program, env=editor(program, "echo waiting; sleep 60")) as screen:
        screen.shows("Nothing waits")
        screen.keys("a")
        screen.shows("Enqueue a command")
        screen.send("\x05")
        screen.wait_for("waiting")
        begin = time.monotonic()
        screen.signal(signal.SIGTERM)
        assert screen.wait(20) == 128 + signal.SIGTERM
        assert time.monotonic() - begin < 8


def test_nothing_of_the_command_is_left_behind(program: Program) -> None:
    """The file that the editor gets is for the person alone, and gone after it."""
    script = 'stat -c %a "$(dirname "$2")" > "$HOME/mode"; echo "$2" > "$HOME/path"'
    program.enqueue("--id", "kept", "--hold", "echo secret")
    with Screen(program, env=editor(program, script)) as screen:
        screen.shows("kept", "held")
        screen.keys("e")
        screen.shows("Edit kept")
        screen.send("\x05")
        screen.until(lambda _: (program.home / "path").exists(), what="the editor was there")
        screen.shows("Edit kept")
        screen.watch(0.2)
    assert (program.home / "mode").read_text().strip() == "700"
    path = Path((program.home / "path").read_text().strip())
    assert path.name == "command.sh"
    assert not path.parent.exists()
