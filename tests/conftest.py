"""What every test may ask for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.cli.lived import live
from tests.program import Program

# The same examples each time, however slow the machine: who sees a test fail has broken something. `search` looks
# further, and elsewhere each time.
settings.register_profile("queue", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=5000)
settings.load_profile("queue")


def pytest_configure() -> None:
    """Give signals their default back: whoever started this (nohup, a job in the background) may ignore some.

    What the tests start would inherit that, and a ctrl-c would do nothing. Python itself ignores SIGPIPE and SIGXFSZ,
    and gives them back to its children.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A fresh queue and the installed program; nothing of it outlives the test."""
    program = Program(tmp_path)
    yield program
    program.close()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder for what is dear to make, which all the processes of a test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A queue with a job of every kind behind it (tests/cli/lived.py); for tests that only read."""
    program = live(Program(tmp_path_factory.mktemp("lived")))
    yield program
    program.close()
