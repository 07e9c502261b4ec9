"""A part of a command is put in the place of another, or it is said why not."""

from __future__ import annotations

import pytest

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.swap import Swap


@pytest.mark.parametrize(
    ("old", "new", "command", "found"),
    [
        ("flase", "true", "flase a && flase b", "true a && true b"),
        ("a.b", "x", "aXb a.b", "aXb x"),
        ("$(x)", "\\1", "$(x)", "\\1"),
        ("aa", "a", "aaaa", "aa"),
        (" -v", "", "run -v", "run"),
    ],
)
def test_it_stands_wherever_the_old_one_stood(old: str, new: str, command: str, found: str) -> None:
    """The text is no pattern, and what was put in is not looked through again."""
    assert Swap(old, new).of(command) == found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Make", "x", "its command lacks 'Make'"),
        ("make", " ", "command: is empty"),
        ("make", "x" * 102_401, "at most 102,400"),
        ("make", "a\0b", "command: holds a NUL"),
    ],
)
def test_what_becomes_no_command_is_refused(old: str, new: str, told: str) -> None:
    """A command that lacks the part, in its case, or would be none with the other, is refused with the reason."""
    with pytest.raises(InvalidInput, match=told):
        Swap(old, new).of("make")
