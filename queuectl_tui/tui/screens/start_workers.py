"""How many workers to start, and for which queues."""

from __future__ import annotations

from typing import Any

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import check_queue
from queuectl_tui.tui.screens.form import Entry, Form

_MOST = 256


def _count(text: str) -> int:
    if not (text.isascii() and text.strip().isdigit() and 1 <= int(text) <= _MOST):
        raise InvalidInput(f"a whole number from 1 to {_MOST} is wanted")
    return int(text)


def _queues(text: str) -> tuple[str, ...]:
    return tuple(check_queue(name, field="queues") for name in text.replace(",", " ").split())


class StartWorkers(Form[tuple[int, tuple[str, ...]]]):
    """Asks for a number and queues."""

    def __init__(self) -> None:
        super().__init__(
            "Start workers",
            [
                Entry("count", "count", _count, "1", optional=False),
                Entry("queues", "queues", _queues, hint="all"),
            ],
            submit="Start",
        )

    def told(self, values: dict[str, Any]) -> str:
        """Say that they stay."""
        del values
        return "They outlive this screen and the terminal."

    def result(self, values: dict[str, Any]) -> tuple[int, tuple[str, ...]]:
        """Give the number and the queues."""
        return values["count"], values["queues"] or ()
