"""The architecture holds: who imports what, how large things are, and what the README draws."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.rules import settings
from queuectl_tui.rules.filters import KEYS
from queuectl_tui.rules.states import MOVES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "queuectl_tui"
ROOMS = ("rules", "store", "work", "cli", "tui")
#: The faces: neither imports the other.
FACES = {"cli", "tui"}
#: Which room alone imports a library.
OWNERS = {"peewee": "store", "psutil": "work", "click": "cli", "textual": "tui", "rich": "tui"}
#: Files, classes and functions that may be larger than the lines allow.
ALLOWED: dict[str, int] = {}
FILE_LINES, CLASS_LINES, FUNCTION_LINES = 400, 250, 60


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    inner = path.relative_to(PACKAGE).parts
    return inner[0] if len(inner) > 1 else ""


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""
            if node.module and node.module.startswith("queuectl_tui"):
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """A room imports only the rooms below it, and only its owner a library."""
    own = room(path)
    for _, name in imports(ast.parse(path.read_text())):
        parts = name.split(".")
        if parts[0] == "queuectl_tui" and len(parts) > 1 and parts[1] in ROOMS and own:
            assert ROOMS.index(parts[1]) <= ROOMS.index(own), name
            assert {parts[1], own} != FACES, name
        if parts[0] in OWNERS:
            assert own in (OWNERS[parts[0]], ""), name


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_import_is_deferred(path: Path) -> None:
    """Imports stand at the top; only the door to the UI and the lazy group with its `--worker` load by name."""
    tree = ast.parse(path.read_text())
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(function)
    }
    assert not [name for node, name in imports(tree) if id(node) in inner]
    text = path.read_text()
    if path.relative_to(PACKAGE).as_posix() not in ("__main__.py", "cli/main.py"):
        assert "import_module" not in text
        assert "__import__" not in text


def test_sizes() -> None:
    """Files, classes and functions stay small enough to be read at once; nothing is excused."""
    assert ALLOWED == {}
    found = []
    for path in sources():
        text = path.read_text()
        lines = len(text.splitlines())
        if lines > FILE_LINES:
            found.append(f"{path.name}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            limit = {ast.ClassDef: CLASS_LINES, ast.FunctionDef: FUNCTION_LINES}.get(type(node))
            if limit is not None:
                assert isinstance(node, ast.ClassDef | ast.FunctionDef)
                size = (node.end_lineno or 0) - node.lineno + 1
                if size > limit:
                    found.append(f"{path.name}: {node.name} has {size} lines")
    assert found == []


def test_docstrings() -> None:
    """Every module, and every public class and function, says in its first sentence what it is or does."""
    missing = []
    for path in sources():
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        nested = {id(node) for outer in functions for node in ast.walk(outer) if node is not outer}
        nodes: list[ast.Module | ast.ClassDef | ast.FunctionDef] = [tree, *functions]
        nodes += [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for node in nodes:
            name = getattr(node, "name", path.name)
            inner = isinstance(node, ast.FunctionDef) and id(node) in nested
            if not name.startswith("_") and not inner and not ast.get_docstring(node):
                missing.append(f"{path.name}: {name}")
    assert missing == []


def loaded(code: str) -> set[str]:
    """Give the modules that a fresh interpreter has loaded after some code."""
    code += "\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_enqueue_loads_neither_peewee_nor_psutil() -> None:
    """The command that scripts call most loads nothing that it does not use."""
    found = loaded("import queuectl_tui.__main__, queuectl_tui.cli.enqueue")
    assert not found & {"peewee", "psutil", "textual", "rich", "asyncio", "logging", "subprocess"}
    # Nor what is read from the queue: to make its records takes a tenth of the whole call.
    assert "queuectl_tui.rules.records" not in found


def test_nothing_loads_textual() -> None:
    """The headless rooms never load the UI's library."""
    headless = [path for path in sources() if room(path) != "tui"]
    names = [str(path.relative_to(ROOT)).removesuffix(".py").replace("/", ".") for path in headless]
    found = loaded("\n".join(f"import {name}" for name in names if not name.endswith("__main__")))
    assert not found & {"textual", "rich"}


def test_rooms_are_mirrored() -> None:
    """Each room has its tests in a folder of the same name."""
    for name in ROOMS:
        assert list((ROOT / "tests" / name).glob("test_*.py")), name


def part_of_readme(name: str) -> list[str]:
    text = (ROOT / "README.md").read_text()
    inner = text.split(f"<!-- {name}:", 1)[1].split(f"<!-- end of {name} -->", 1)[0]
    return [line.strip() for line in inner.splitlines()[1:] if line.strip()]


def test_the_readme_draws_the_table_of_moves() -> None:
    """The diagram has exactly the moves that change a state, or retry."""
    drawn = [line for line in part_of_readme("states") if "-->" in line]
    wanted = ["[*] --> pending: enqueue"]
    for move in MOVES.values():
        if move.name in ("hold", "release", "edit", "delete"):
            continue
        wanted += [f"{start} --> {end}: {move.name}" for start, ends in move.ends.items() for end in ends]
    assert sorted(drawn) == sorted(wanted)


def test_the_readme_lists_the_filters() -> None:
    """The table has every key of the filter language with its operators."""
    rows = [line for line in part_of_readme("filters") if line.startswith("| `")]
    assert rows == [
        f"| `{' '.join((key.name, *key.others))}` | {' '.join(f'`{name}`' for name in key.operators)} | {key.help} |"
        for key in KEYS.values()
    ]


def test_the_readme_lists_the_settings() -> None:
    """The table has every setting with its default and meaning."""
    rows = [line for line in part_of_readme("settings") if line.startswith("| `")]
    assert rows == [
        f"| `{key}` | {settings.show(setting, setting.default)} | {setting.help} |"
        for key, setting in settings.SETTINGS.items()
    ]
