"""What a test needs of the machine; a test that lacks it is skipped by the tool's name."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

NOBODY = 65534


def need(tool: str) -> str:
    """Give the path of a tool, or skip the test."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"needs {tool}")
    return path


def need_root() -> None:
    """Skip the test for an ordinary user."""
    if os.geteuid() != 0:
        pytest.skip("needs root")


@contextlib.contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """Give a file system of its own of so many MiB."""
    need_root()
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", str(folder)], check=False)
    if made.returncode:
        pytest.skip("needs a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def as_nobody(words: Sequence[str], *, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program as a user without rights, from the packages of this interpreter.

    The venv itself may lie where only root can look: the interpreter is started by root, and then drops its rights.
    """
    need_root()
    code = (
        "import os, sys, queuectl_tui.__main__ as door, encodings.idna\n"
        "from importlib import import_module\n"
        "import pkgutil, queuectl_tui\n"
        "for found in pkgutil.walk_packages(queuectl_tui.__path__, 'queuectl_tui.'):\n"
        "    if not found.name.endswith('__main__'): import_module(found.name)\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "sys.argv[1:] = sys.argv[2:]\n"
        "door.main()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "queuectl", *words],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
