"""How many workers to start, and for which queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import check_queue
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.screens.form import Entry, Form

_MOST = 256


def _count(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= _MOST):
        raise InvalidInput(f"count: a whole number from 1 to {_MOST} is wanted")
    return int(text)


def _queues(text: str) -> tuple[str, ...]:
    return tuple(check_queue(name, field="queues") for name in text.replace(",", " ").split())


class StartWorkers(Form[tuple[int, tuple[str, ...]]]):
    """Asks for a number and queues."""

    def __init__(self, known: Sequence[str]) -> None:
        self._known = frozenset(known)
        there = f"; there are {line(', '.join(known[:20]))}" if known else ""
        super().__init__(
            "Start workers",
            [
                Entry("count", "count", _count, "1", optional=False, help=f"1 to {_MOST}"),
                Entry("queues", "queues", _queues, hint="all", help=f"Names, with blanks or commas between{there}"),
            ],
            submit="Start",
        )

    def told(self, values: dict[str, Any]) -> str:
        """Say that they stay, and which queues hold nothing so far."""
        new = [name for name in values["queues"] or () if name not in self._known]
        nothing = f"Nothing is in {line(', '.join(new))} so far. " if new else ""
        return f"{nothing}They outlive this screen and the terminal."

    def result(self, values: dict[str, Any]) -> tuple[int, tuple[str, ...]]:
        """Give the number and the queues."""
        return values["count"], values["queues"] or ()
