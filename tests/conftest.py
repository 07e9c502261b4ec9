"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A fresh queue and the installed program; nothing of it outlives the test."""
    program = Program(tmp_path)
    yield program
    program.close()
