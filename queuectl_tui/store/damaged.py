"""A damaged queue: its file is never opened, but copied, and the copy opened so that SQLite overlooks what it can."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from queuectl_tui.rules.errors import DatabaseBusy, DatabaseUnusable

#: What reading from a damaged file may raise: text that is none too.
Unreadable = (sqlite3.Error, UnicodeDecodeError)
_TRIES = 5


def copy_of(path: Path, folder: Path) -> Path:
    """Copy the file and its WAL while nobody writes them.

    To open and close the file drops only the locks of this process, which has none.
    """
    copy = folder / "copy.db"
    pairs = [(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix)) for suffix in ("", "-wal")]
    for _ in range(_TRIES):
        before = [_look(original) for original, _ in pairs]
        for original, target in pairs:
            target.unlink(missing_ok=True)
            if original.exists():
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
                shutil.copyfile(original, target)
        if [_look(original) for original, _ in pairs] == before:
            return copy
    raise DatabaseBusy(f"{path} is being written; stop its workers first, or kill them")


def _look(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except FileNotFoundError:
        return None
    return info.st_size, info.st_mtime_ns


def opened(copy: Path, path: Path) -> sqlite3.Connection:
    """Open the copy so that SQLite overlooks what it can of a damaged schema."""
    conn = sqlite3.connect(copy, isolation_level=None)
    try:
        for pragma in ("trusted_schema = OFF", "writable_schema = ON", "cell_size_check = ON"):
            conn.execute(f"PRAGMA {pragma}")
        found = columns(conn, "job")
    except Unreadable as error:
        conn.close()
        raise DatabaseUnusable(f"nothing of {path} can be rescued ({error})") from error
    if "command" not in found:
        conn.close()
        raise DatabaseUnusable(f"nothing of {path} can be rescued: no table of jobs is found in it")
    return conn


def columns(conn: sqlite3.Connection, table: str) -> list[str]:
    """Name the columns of a table; none when it is not there."""
    return [str(row[1]) for row in conn.execute(f"PRAGMA table_info({table})")]
