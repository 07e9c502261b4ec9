"""What a test needs of the machine; a test that lacks it is skipped by the tool's name."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

NOBODY = 65534
#: Starts a program from a small process: a child of a large one is charged with its parent's memory until it execs.
_MEASURE = """
import json, os, sys
pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_maxrss], file)
"""


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


def fill(folder: Path) -> Path:
    """Fill a file system to the last byte; give the file to be removed."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    return path


def peak_kib(words: Sequence[str], *, stdin: Path, env: Mapping[str, str], folder: Path) -> int:
    """Run a program to its good end and give its own peak memory."""
    report = folder / "peak.json"
    with stdin.open("rb") as file:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", _MEASURE, str(report), *words],
            stdin=file,
            stdout=subprocess.DEVNULL,
            env=dict(env),
            check=True,
        )
    code, peak = json.loads(report.read_text())
    assert code == 0
    return int(peak)


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
