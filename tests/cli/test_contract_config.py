"""`config`: every key is shown, set, refused out of bounds, and unset."""

from __future__ import annotations

import pytest

from tests.cli.contract import SETTINGS
from tests.cli.covers import covers
from tests.program import Program


@covers("config list --json", "config show --json", "config get --json", "json:config value default unit changed")
@covers("config list", "config show", "config get")
def test_shown(program: Program) -> None:
    """`config list` (and `show`) shows every key with its value; with --json its default and unit too."""
    program.set("backoff_max", "10m")
    listed = program.json("config", "list")
    assert list(listed) == list(SETTINGS)
    for key, (default, unit, _, _, _) in SETTINGS.items():
        assert set(listed[key]) == {"value", "default", "unit", "changed"}
        changed = key == "backoff_max"
        assert (listed[key]["value"], listed[key]["changed"]) == (600_000 if changed else default, changed), key
        assert (listed[key]["default"], listed[key]["unit"]) == (default, unit), key
    assert program.json("config", "show") == program.json("config", "get") == listed
    assert program.json("config", "get", "backoff-max") == {"backoff_max": listed["backoff_max"]}
    lines = program.ok("config", "list").splitlines()
    assert [line.split()[0] for line in lines] == list(SETTINGS)
    assert program.ok("config", "show") == program.ok("config", "get") == "\n".join(lines) + "\n"
    assert dict(line.split(None, 1) for line in lines)["max_retries"] == "3"
    assert program.ok("config", "get", "max_retries") == "3\n"
    assert program.ok("config", "get", "shell") == "/bin/sh\n"


@covers("config set --json", "config unset --json", "config set", "config unset")
@pytest.mark.parametrize("key", SETTINGS)
def test_set_and_unset(program: Program, key: str) -> None:
    """A key takes, by each of its names, what is in its bounds, refuses the rest, and goes back to its default."""
    default, _, aliases, (text, value), refused = SETTINGS[key]
    shown = text
    for name in dict.fromkeys([key, key.replace("_", "-"), *aliases]):
        program.ok("config", "set", name, shown)
        got = program.json("config", "get", name)[key]
        assert (got["value"], got["default"], got["changed"]) == (value, default, True), name
        shown = program.ok("config", "get", name).strip()
        program.ok("config", "unset", name)
        assert program.ok("config", "get", key) != f"{shown}\n"
    program.ok("config", "set", key, shown)
    assert program.json("config", "get", key)[key]["value"] == value, "what is shown can be set"
    program.ok("config", "unset", key)
    for bad in refused:
        program.refuse("config", "set", key, "--", bad, says=[key])
    assert program.json("config", "list")[key]["changed"] is False


def test_unknown_keys(program: Program) -> None:
    """A key that is not there is exit 2 and names the nearest."""
    program.refuse("config", "get", "max_retris", says=["max_retries"])
    program.refuse("config", "set", "backof_base", "2", says=["backoff_base"])
    program.refuse("config", "unset", "colour", says=["colour"])
    program.refuse("config", "set", "max_retries")
    assert not program.db.exists()


def test_reports(program: Program) -> None:
    """`config set --json` and `unset --json` say what is done."""
    program.json("config", "set", "max_retries", "5")
    assert program.ok("config", "get", "max_retries") == "5\n"
    program.json("config", "unset", "max_retries")
    assert program.ok("config", "get", "max_retries") == "3\n"
