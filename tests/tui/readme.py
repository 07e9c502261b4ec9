"""The README's table of keys, made from the bindings: `python -m tests.tui.readme` writes it anew."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from textual.binding import Binding

import queuectl_tui.tui
from queuectl_tui.tui.app import QueuectlApp
from queuectl_tui.tui.key_list import by_title, display

README = Path(__file__).parent.parent.parent / "README.md"
_BEGIN, _END = "<!-- keys: made from the bindings; tests/tui/test_keys.py compares -->", "<!-- end of keys -->"


def classes() -> Iterator[type]:
    """Give every class of the UI that declares keys."""
    seen: set[type] = set()
    for module in pkgutil.walk_packages(queuectl_tui.tui.__path__, "queuectl_tui.tui."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and found not in seen and found.__module__ == module.name:
                seen.add(found)
                if "BINDINGS" in vars(found):
                    yield found


def bindings(kind: type) -> list[Binding]:
    """Give the bindings that a class itself declares."""
    declared = vars(kind)["BINDINGS"]
    assert all(isinstance(binding, Binding) for binding in declared), kind
    return list(declared)


def table() -> list[str]:
    """Give the lines of the table: each act once, by the title under which help has it."""
    rows: dict[str, dict[str, str]] = {}
    for kind in classes():
        title = vars(kind).get("KEYS_TITLE") or ("Everywhere" if kind is QueuectlApp else None)
        for binding in bindings(kind) if title else ():
            keys = " ".join(f"`{_cell(display(key.strip()))}`" for key in binding.key.split(","))
            rows.setdefault(title or "", {}).setdefault(f"| {keys} | {_cell(binding.tooltip)} |", "")
    lines = ["| key | does |", "| --- | --- |"]
    for title in sorted(rows, key=by_title):
        lines += [f"| | **{title}** |", *rows[title]]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def shown() -> list[str]:
    """Give the table as the README has it."""
    return README.read_text(encoding="utf-8").split(_BEGIN, 1)[1].split(_END, 1)[0].strip().splitlines()


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    before, after = text.split(_BEGIN, 1)[0], text.split(_END, 1)[1]
    README.write_text("\n".join([before + _BEGIN, *table(), _END + after]), encoding="utf-8")
