"""Deliberately broken twins of the program: `python -m tests.torture.broken NAME ARGS…` patches it and runs it.

A harness that passes one of them is the defect. Nothing of the kind ships.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from queuectl_tui.__main__ import main
from queuectl_tui.store import watch
from queuectl_tui.store.database import Store
from queuectl_tui.work import rescue, tree


def no_tree_kill() -> None:
    """Rescue a job while what is left of its old run lives on."""

    def empty(store: Store, worker: str, run: watch.Owned) -> bool:  # noqa: ARG001 - the shape of what it replaces
        return True

    rescue._empty = empty


def no_run_lock() -> None:
    """Rescue without the run's lock: processes are known by group and marker only, and nothing is waited for."""
    trace = rescue._trace

    def without_lock(store: Store, worker: str, run: watch.Owned) -> tree.Trace:
        return trace(store, worker, run)._replace(lock=None)

    rescue._trace = without_lock


TWINS: dict[str, Callable[[], None]] = {"no_tree_kill": no_tree_kill, "no_run_lock": no_run_lock}


if __name__ == "__main__":
    TWINS[sys.argv.pop(1)]()
    main()
