"""Points at which a test may slow, stop or kill the process: `QUEUECTL_FAILPOINTS=after_claim=sleep:0.06,…`."""

from __future__ import annotations

import os
import signal
import time

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def _parse(text: str) -> dict[str, str]:
    return dict(item.split("=", 1) for item in text.split(",") if "=" in item)


_ACTIONS = _parse(os.environ.get("QUEUECTL_FAILPOINTS", ""))


def hit(name: str) -> None:
    """Do what is asked of this point: `sleep:S`, `kill` or `stop`; nothing otherwise."""
    action = _ACTIONS.get(name) if _ACTIONS else None
    if action is None:
        return
    kind, _, argument = action.partition(":")
    if kind == "sleep":
        time.sleep(float(argument))
    elif kind in _SIGNALS:
        os.kill(os.getpid(), _SIGNALS[kind])
