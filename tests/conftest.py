"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.lived import live
from tests.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A fresh queue and the installed program; nothing of it outlives the test."""
    program = Program(tmp_path)
    yield program
    program.close()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A queue with a job of every kind behind it (tests/cli/lived.py); for tests that only read."""
    program = live(Program(tmp_path_factory.mktemp("lived")))
    yield program
    program.close()
