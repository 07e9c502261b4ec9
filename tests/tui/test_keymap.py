"""The person's own keys are taken from a file, and a wrong file is told of before anything is drawn."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.tui import app, keymap, preferences
from tests.program import Program
from tests.tui.screen import Screen

#: What the app loads can be given keys.
assert app.__file__


def load(folder: Path, text: str) -> dict[str, str]:
    """Read a file of keys."""
    (folder / "keys.toml").write_text(text)
    return keymap.load(folder)


def test_no_file_no_keys(tmp_path: Path) -> None:
    """Without a file, a folder or a home all keys are as they are declared."""
    assert keymap.load(None) == keymap.load(tmp_path) == keymap.load(tmp_path / "none") == {}


def test_keys_are_named_as_people_do(tmp_path: Path) -> None:
    """One key or several, in a text or a list; a sign stands for itself."""
    text = """
        [keys]
        retry = "f5"
        mark = "ctrl+@, m"
        help = ["?", "f1"]
        sort = "comma"
        settings = "%"
        reverse = "ctrl+pagedown"
    """
    assert load(tmp_path, text) == {
        "retry": "f5",
        "mark": "ctrl+at,m",
        "help": "question_mark,f1",
        "sort": "comma",
        "settings": "percent_sign",
        "reverse": "ctrl+pagedown",
    }


def test_two_acts_may_change_places(tmp_path: Path) -> None:
    """A key is free when its act has been given another one."""
    assert load(tmp_path, '[keys]\nretry = "e"\nedit = "r"\n') == {"retry": "e", "edit": "r"}


def test_every_act_can_be_given_a_key(tmp_path: Path) -> None:
    """Each id that is declared is one that the file may name."""
    for one in keymap.declared():
        assert load(tmp_path, f'[keys]\n{one.binding.id} = "ctrl+f12"\n') == {one.binding.id: "ctrl+f12"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[keys]\nretri = "r"', ["line 2: ", "'retri'", "'retry'", "start_worker"]),
        ('[keys]\nretry = "d"', ["line 2: retry: ", "'d'", "delete"]),
        ('[keys]\n# mine\nretry = "g"', ["line 3: retry: ", "'g'", "top"]),
        ('[keys]\nretry = "f5"\ncancel = "f5"', ["'f5'", "retry", "cancel"]),
        ('[keys]\nyes = "n"', ["line 2: yes: ", "no"]),
        ('[keys]\nretry = "ctrl+c"', ["leave_at_once"]),
        ('[keys]\nretry = "hyperspace"', ["line 2: retry: 'hyperspace' is no key", "pagedown"]),
        ('[keys]\nretry = "cmd+r"', ["'cmd+r' is no key"]),
        ('[keys]\nretry = "shift+r"', ["'R'"]),
        ('[keys]\nretry = ","', ["comma"]),
        ('[keys]\nretry = ""', ["line 2: retry: a key is wanted"]),
        ("[keys]\nretry = 5", ["line 2: retry: a key is wanted"]),
        ("[keys]\nretry = []", ["a key is wanted"]),
        ('[keys]\nretry = "r', ["Unterminated string"]),
        ('[key]\nretry = "r"', ["line 1: 'key' is not known", "[keys]"]),
        ('retry = "r"', ["'retry' is not known"]),
        ('keys = "r"', ["line 1: [keys] is a table"]),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, says: list[str]) -> None:
    """An act or a key that is not known, and one key for two acts of one place: file, line, what, and what there is."""
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path, text)
    for word in (str(tmp_path / "keys.toml"), *says):
        assert word in str(caught.value)


_IDS = [one.binding.id or "" for one in keymap.declared()]
_PIECES = (
    *("[keys]\n", "[", "]", "{", "}", "=", ".", ",", '"', "'", "\n", "\r", "#", "\\", "keys", "theme", "retry", "help"),
    *('"r"', '"f5"', '"ctrl+x"', '"+"', '"ctrl++"', '"shift+r"', '""', '"é"', '"\\u0000"', '"\\ud800"', "1", "inf"),
)
_files = (
    st.binary(max_size=40)
    | st.lists(st.sampled_from(_PIECES), max_size=18).map(lambda parts: "".join(parts).encode())
    | st.builds(
        lambda name, keys: f"[keys]\n{name} = {json.dumps(keys)}\n".encode(),
        st.sampled_from(_IDS),
        st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=3),
    )
)


@given(_files)
@example(b"theme = 1")
def test_any_file_is_read_or_refused(content: bytes) -> None:
    """Whatever stands in the files of the config folder gives keys and a theme, or is refused."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / keymap.NAME).write_bytes(content)
        with contextlib.suppress(InvalidInput):
            found = keymap.load(folder)
            assert found.keys() <= set(_IDS)
            assert all(found.values())
        (folder / preferences.NAME).write_bytes(content)
        theme = preferences.theme(folder)
        assert theme is None or isinstance(theme, str)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Something that is no text file is no reason to crash, nor to go on with other keys than wanted."""
    (tmp_path / "keys.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match=r"keys\.toml: cannot be read"):
        keymap.load(tmp_path)
    (tmp_path / "keys.toml").unlink()
    (tmp_path / "keys.toml").mkdir()
    with pytest.raises(InvalidInput, match=r"keys\.toml: cannot be read"):
        keymap.load(tmp_path)


def test_the_keys_hold_everywhere(program: Program) -> None:
    """Keys of the app, a screen, a part and a dialog act as given, footer and help name them, the old ones are dead."""
    folder = program.folder / "config" / "queuectl"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text(
        '[keys]\nhelp = "f2"\ndown = "i,ctrl+n"\nmark = "m"\ndelete = "f8"\nyes = "f9"\nclose_help = "z"\n'
    )
    program.enqueue_all([{"id": f"job-{n}", "command": f"echo {n}"} for n in range(4)])
    with Screen(program, env={"XDG_CONFIG_HOME": str(program.folder / "config")}) as screen:
        screen.shows("▌  job-0", "m mark", "f8 delete", "f2 keys")
        screen.keys("i", "j", "?", "i")
        screen.shows("▌  job-2")
        screen.keys("f2")
        screen.shows("runs any of these by name", "f8           Delete", "m            Mark")
        screen.keys("z")
        screen.until(lambda text: "runs any" not in text, what="help to close")
        screen.keys("f8")
        screen.shows("(f9)")
        # A yes counts only when the question could be read.
        screen.watch(0.5)
        screen.keys("y", "f9")
        screen.until(lambda text: "job-2" not in text, what="the job to go")


def test_a_wrong_file_keeps_the_ui_closed(program: Program) -> None:
    """With a wrong file the call ends with 2 and a line, and nothing is drawn; other commands do not mind."""
    folder = program.folder / "config" / "queuectl"
    folder.mkdir(parents=True)
    (folder / "keys.toml").write_text('[keys]\nretry = "d"\n')
    with Screen(program, env={"XDG_CONFIG_HOME": str(program.folder / "config")}) as screen:
        assert screen.end() == 2
        assert screen.text.startswith(f"queuectl: {folder / 'keys.toml'}: line 2: retry: ")
        assert b"\x1b" not in screen.seen
    program.ok("status", env={"XDG_CONFIG_HOME": str(program.folder / "config")})
