"""What SQLite and the file system report, in the user's words, and whose fault it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from queuectl_tui.rules.errors import DatabaseBusy, DatabaseFull, DatabaseUnusable, QueuectlError
from queuectl_tui.store.sense import nonsense

#: The byte of the -shm file that SQLite's WAL locks for its one writer (walformat, "WAL-index locks").
_WAL_WRITE_LOCK = 120
#: Where a user is sent with a file that is damaged; `doctor` itself leaves it out.
MORE = "; `queuectl doctor` says more"
#: What SQLite's result codes mean to a user.
_FULL = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be written; is it full?",
}
#: What SQLite, or Python, says of damage that has no code of its own.
_DAMAGE = ("Could not decode to UTF-8", "no such table", "no such column")
#: What comes of values that make no sense.
_OF_NONSENSE = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, AssertionError)
_UNUSABLE = {
    sqlite3.SQLITE_NOTADB: "is not a queue",
    sqlite3.SQLITE_CORRUPT: f"is damaged{MORE}",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: no permission, no such folder, or no space",
}


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn SQLite's errors, and the file system's, into ours: each says what is wrong with which file."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error, path) from error
    except UnicodeDecodeError as error:
        # sqlite3 stumbles over its own message about a schema of noise.
        raise DatabaseUnusable(f"{path} is damaged{MORE}") from error
    except OSError as error:
        raise DatabaseUnusable(f"{error.filename or path}: {error.strerror or error}") from error


def translated(error: sqlite3.Error, path: Path) -> DatabaseUnusable:
    """Name in the user's words what SQLite reports."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        holder = lock_holder(path) or "another process"
        return DatabaseBusy(f"{path} is locked by {holder}; try again when it is done")
    if code in _FULL:
        return DatabaseFull(f"{path}: {_FULL[code]} ({error}); nothing was changed")
    if code == sqlite3.SQLITE_READONLY or (code == sqlite3.SQLITE_CANTOPEN and cannot_write(str(path))):
        # SQLite leaves its companions as read-only as it found the file, and is then stopped by them.
        locked = [name for name in (str(path), f"{path}-wal", f"{path}-shm") if cannot_write(name)]
        return DatabaseUnusable(f"{locked[0] if locked else path} is read-only ({error})")
    if is_damage(error):
        code = code if code in _UNUSABLE else sqlite3.SQLITE_CORRUPT
    return DatabaseUnusable(f"{path} " + _UNUSABLE.get(code, "cannot be used") + f" ({error})")


def in_words(error: Exception, path: Path) -> str:
    """Say an error of SQLite, of the file system, or of ours."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(translated(error, path) if isinstance(error, sqlite3.Error) else error)


def is_damage(error: Exception) -> bool:
    """Tell whether SQLite, or Python for it, reports what no waiting mends."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or any(word in str(error) for word in _DAMAGE)


def cannot_write(name: str) -> bool:
    """Tell whether a file is there and read-only."""
    return os.path.exists(name) and not os.access(name, os.W_OK)  # noqa: PTH110 - text in, text out


def lock_holder(path: Path) -> str | None:
    """Name the process that holds the write lock, as `process 4711 (name)` (Linux only: /proc/locks)."""
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
        inodes = {
            info.st_ino: file
            for file in (path, path.with_name(path.name + "-shm"))
            if (info := _stat(file)) is not None
        }
    except OSError:
        return None
    for line in locks.splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[1] == "->" or fields[3] != "WRITE":
            continue
        inode = int(fields[5].rsplit(":", 1)[1])
        shm = inode in inodes and inodes[inode] != path
        if inode not in inodes or (shm and fields[6] != str(_WAL_WRITE_LOCK)) or int(fields[4]) == os.getpid():
            continue
        return f"process {fields[4]} ({_name(int(fields[4]))})"
    return None


def blame_damage(conn: sqlite3.Connection, path: Path, error: BaseException) -> None:
    """Raise DatabaseUnusable when an error of the program's own is the fault of a damaged file."""
    if isinstance(error, QueuectlError | sqlite3.Error) or not isinstance(error, _OF_NONSENSE):
        return
    try:
        (found,) = conn.execute("PRAGMA quick_check(1)").fetchone()
        damaged = found != "ok" or bool(nonsense(conn))
    except (sqlite3.Error, UnicodeDecodeError):
        damaged = True
    if damaged:
        raise DatabaseUnusable(f"{path} is damaged{MORE}") from error


@contextmanager
def blaming(conn: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Blame a damaged file for what goes wrong meanwhile, if it is to be blamed."""
    try:
        yield
    except Exception as error:
        blame_damage(conn, path, error)
        raise


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "ended meanwhile"


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
