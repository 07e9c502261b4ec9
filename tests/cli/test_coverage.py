"""Every part of the command line's contract has a test that drives the installed program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from queuectl_tui.rules import jobs, states
from queuectl_tui.rules.settings import SETTINGS
from tests.cli import contract
from tests.cli.tree import commands, flags

TESTS = Path(__file__).parent.parent

#: What one test proves of each command; `covers` says so with the word `every`.
OF_EVERY_COMMAND = {"--json", "--help", "-h", ":"}


@cache
def covered() -> frozenset[str]:
    """Every part that a test of the installed program says it covers, one by one."""
    patterns = ("cli/test_contract_*.py", "e2e/test_*.py", "tui/test_*.py")
    files = [file for pattern in patterns for file in TESTS.glob(pattern)]
    return frozenset(part for file in files for item in _items(file) for part in parts(item))


def _items(file: Path) -> Iterator[str]:
    """Read the arguments of `@covers(…)` from the source of a test file: only of functions that are tests."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "covers":
                    yield from (ast.literal_eval(argument) for argument in call.args)


def parts(item: str) -> Iterator[str]:
    """Split an item: `list -q --limit` is `list -q` and `list --limit`; `exit 0 1` is `exit 0` and `exit 1`."""
    words = item.split()
    if words[0] in {"in", "exit", "setting", "every"} or words[0] in contract.VALUES or words[0].startswith("json:"):
        yield from (f"{words[0]} {word}" for word in words[1:])
        return
    path = " ".join(word for word in words if not word.startswith("-"))
    given = [word for word in words if word.startswith("-")]
    yield from (f"{path} {word}" for word in given) if given else (path,)


def missing(wanted: set[str]) -> list[str]:
    return sorted(wanted - covered())


def test_every_command_and_flag() -> None:
    """Each command of the click tree and each spelling of its flags is covered."""
    wanted = set()
    for path, command in commands().items():
        given = set(flags(command))
        if path != "queuectl":
            wanted.add(path)
        wanted |= {f"{path} {flag}" for flag in given - OF_EVERY_COMMAND}
    wanted |= {f"every {flag}" for flag in OF_EVERY_COMMAND}
    assert missing(wanted) == []


def test_every_key_of_input() -> None:
    """Each key that a job in JSON may have, each of its other names included, is covered; they are the contract's."""
    assert set(jobs.JSON_KEYS) == contract.INPUT
    assert missing({f"in {key}" for key in jobs.JSON_KEYS}) == []


def test_every_key_of_output() -> None:
    """Each key that the contract promises in JSON output, and each value of those with few, is covered."""
    wanted = {f"json:{of} {key}" for of, keys in contract.KEYS.items() for key in keys.split()}
    wanted |= {f"{of} {value}" for of, values in contract.VALUES.items() for value in values.split()}
    assert missing(wanted) == []
    assert set(contract.VALUES["reason"].split()) == set(states.REASONS)
    assert set(contract.VALUES["outcome"].split()) == set(states.OUTCOMES)
    assert [state.value for state in states.STATES] == contract.STATES
    assert set(contract.VALUES["move"].split()) == {"enqueue", *states.MOVES} - {"delete"}


def test_every_setting() -> None:
    """Each setting, under each of its names, is covered by a test of what it does; defaults are the contract's."""
    names = {key: setting.aliases for key, setting in SETTINGS.items()}
    assert missing({f"setting {name}" for key, aliases in names.items() for name in (key, *aliases)}) == []
    assert {key: tuple(others) for key, (_, _, others, _, _) in contract.SETTINGS.items()} == names


def test_every_exit_code() -> None:
    """Each exit code is covered."""
    assert missing({f"exit {code}" for code in contract.EXIT_CODES}) == []


def test_nothing_is_covered_that_is_not_there() -> None:
    """A cover that names nothing is a slip of the pen."""
    known = {f"{path} {flag}" for path, command in commands().items() for flag in flags(command)} | set(commands())
    known |= {f"every {flag}" for flag in OF_EVERY_COMMAND} | {f"in {key}" for key in contract.INPUT}
    known |= {f"json:{of} {key}" for of, keys in contract.KEYS.items() for key in keys.split()}
    known |= {f"{of} {value}" for of, values in contract.VALUES.items() for value in values.split()}
    known |= {f"setting {name}" for key, row in contract.SETTINGS.items() for name in (key, *row[2])}
    known |= {f"exit {code}" for code in contract.EXIT_CODES}
    assert sorted(covered() - known) == []
