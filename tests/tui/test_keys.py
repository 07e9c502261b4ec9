"""Every key is declared, told of, and means one thing."""

from __future__ import annotations

from itertools import combinations

from tests.tui import readme


def test_the_readme_lists_the_keys() -> None:
    """The table has every key of the bindings with what it does (`python -m tests.tui.readme` writes it)."""
    assert readme.shown() == readme.table()


def test_every_binding_is_told_of() -> None:
    """Each binding has an id, a label and a tooltip that fits its line in help."""
    for kind in readme.classes():
        for binding in readme.bindings(kind):
            assert binding.id, (kind, binding)
            assert binding.description, (kind, binding)
            assert 0 < len(binding.tooltip) <= 48, (kind, binding)


def test_ids_are_unique() -> None:
    """No two acts share an id, so that a key can be given to each."""
    ids = [(binding.id, kind.__name__) for kind in readme.classes() for binding in readme.bindings(kind)]
    assert [pair for pair in combinations(sorted(ids, key=str), 2) if pair[0][0] == pair[1][0]] == []
