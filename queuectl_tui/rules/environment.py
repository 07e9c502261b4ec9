"""What a job takes of its enqueuer's environment. Pure."""

from __future__ import annotations

from collections.abc import Mapping

#: What changes by itself, or belongs to the enqueuer's terminal only, is not captured; nor what marks a run.
_NOT_CAPTURED = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "WINDOWID"})
_NOT_CAPTURED_BEGINNINGS = ("TERM", "SSH_", "TMUX", "QUEUECTL_")


def captured(environment: Mapping[str, str]) -> dict[str, str]:
    """Give what is captured of an environment."""
    return {
        name: value
        for name, value in environment.items()
        if name not in _NOT_CAPTURED and not name.startswith(_NOT_CAPTURED_BEGINNINGS)
    }
