"""A part of a command that is put in the place of another. Pure."""

from __future__ import annotations

from typing import NamedTuple

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.fields import check_command


class Swap(NamedTuple):
    """Text to look for, as it is and in its case, and what takes its place wherever it stands."""

    old: str
    new: str

    def of(self, command: str) -> str:
        """Give a command with the new part. Raises InvalidInput when it lacks the old one, or becomes no command."""
        if self.old not in command:
            raise InvalidInput(f"its command lacks {self.old!r}")
        return check_command(command.replace(self.old, self.new))
