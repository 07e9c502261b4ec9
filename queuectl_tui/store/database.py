"""Open a queue: its file, its run folder, its pragmas, its locks; all that is SQLite's own stands here."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from types import TracebackType

from queuectl_tui.rules.errors import (
    DatabaseMissing,
    DatabaseUnusable,
    InvalidInput,
)
from queuectl_tui.store import safety, turn
from queuectl_tui.store.migrations import migrate
from queuectl_tui.store.trouble import blame_damage, cannot_write, guarded, translated

#: How long a statement waits for the write lock before the command gives up, seconds.
BUSY_TIMEOUT_S = 10.0
_OLDEST_SQLITE = (3, 35, 0)


def resolve(text: str) -> Path:
    """Give the absolute path that `--db` or `QUEUECTL_DB` names: a path, or `sqlite:///PATH`."""
    if not text.strip():
        raise InvalidInput("the path of the database is empty; give --db PATH or unset QUEUECTL_DB")
    if "\0" in text:
        raise InvalidInput("the path of the database holds a NUL")
    scheme, separator, rest = text.partition("://")
    if separator and scheme.isidentifier():
        if scheme.lower() != "sqlite" or not rest.startswith("/"):
            raise InvalidInput(f"--db: {text!r} is not supported; give a path, or sqlite:///PATH")
        text = rest[1:]
    return Path(os.path.realpath(os.path.expanduser(text)))  # noqa: PTH111 - Path.expanduser raises without a home


class Store:
    """One open queue: a connection and the folder in which its workers meet. Of one thread, never carried over a fork.

    `durable` commits reach the disk before they return; others may be lost by power failure, never by a crash.
    """

    def __init__(self, path: Path, conn: sqlite3.Connection, *, created: bool = False, memory: bool = False) -> None:
        self.path = path
        self.folder = path.with_name(path.name + ".d")
        self.conn = conn
        self.created = created
        self._turn: int | None = None
        self._name = str(path)
        self._file = None if memory else _identity(self._name)

    @property
    def inode(self) -> int:
        """The number of the file: its own, unlike all that is in it, which a copy has too."""
        return self._file[1] if self._file is not None else 0

    def write(self) -> Transaction:
        """Begin a write transaction: `with store.write() as conn`, committed at the end, rolled back on an error."""
        return Transaction(self)

    def check_file(self) -> None:
        """Raise DatabaseMissing when the path no longer leads to the file that is open."""
        if self._file is not None and _identity(self._name) != self._file:
            raise DatabaseMissing(f"{self.path} was deleted or replaced while it was in use")

    def sync(self, durable: bool) -> None:
        """Choose whether the next commits reach the disk before they return."""
        self.conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")

    def turn_file(self) -> int:
        """The open file by whose lock writers take turns."""
        if self._turn is None:
            self._turn = safety.open_own(self.folder / "turn.lock", os.O_RDWR | os.O_CREAT)
        return self._turn

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is not None:
                blame_damage(self.conn, self.path, error)
        finally:
            self.close()
        if isinstance(error, sqlite3.Error):
            # Of a file that was just deleted SQLite may say that the disk cannot be written.
            self.check_file()
            raise translated(error, self.path) from error


class Transaction:
    """A write transaction, begun in its turn."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fd: int | None = None

    def __enter__(self) -> sqlite3.Connection:
        store = self._store
        fd = store.turn_file()
        self._fd = fd if turn.take(fd) else None
        try:
            store.conn.execute("BEGIN IMMEDIATE")
            try:
                store.check_file()
            except BaseException:
                store.conn.execute("ROLLBACK")
                raise
        except BaseException:
            self._release()
            raise
        return store.conn

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        conn = self._store.conn
        try:
            if kind is None:
                conn.execute("COMMIT")
        finally:
            # A failed COMMIT (full disk) or SQLite itself may have ended the transaction.
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            self._release()

    def _release(self) -> None:
        if self._fd is not None:
            turn.give_back(self._fd)
            self._fd = None


def open_store(path: Path, *, durable: bool = True) -> Store:
    """Open a queue to act on it; make the file (0600) and its folder (0700) on first use.

    Raises DatabaseUnusable for a file that is foreign, damaged, too new, or that others could tamper with.
    """
    with guarded(path):
        created = _make_file(path)
        _refuse_unsafe(path)
        _unlock_companions(path)
        store = Store(path, _connect(path), created=created)
        try:
            _prepare(store, durable)
        except BaseException:
            store.close()
            raise
        return store


def open_reader(path: Path) -> Store:
    """Open a queue only to read it: a missing file is an empty queue, and nothing is created."""
    with guarded(path):
        try:
            missing = not path.exists() or (path.is_file() and path.stat().st_size == 0)
        except PermissionError as error:
            raise DatabaseUnusable(f"{path}: {error.strerror}") from None
        if missing:
            conn = sqlite3.connect(":memory:", isolation_level=None)
            migrate(conn, str(path))
            return Store(path, conn, memory=True)
        _refuse_unsafe(path)
        store = Store(path, _connect(path))
        try:
            migrate(store.conn, str(path))
        except BaseException:
            store.close()
            raise
        return store


def backup(store: Store, target: Path) -> None:
    """Write a consistent copy while the queue is in use, readable by its owner only."""
    with guarded(target):
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            copy = sqlite3.connect(target)
            try:
                store.conn.backup(copy)
            finally:
                copy.close()
        except BaseException:
            target.unlink()
            raise


def _identity(path: str) -> tuple[int, int] | None:
    """Give what tells the file from any other; before each write, so by the plain call."""
    try:
        info = os.stat(path)  # noqa: PTH116 - a tenth of pathlib's time
    except FileNotFoundError:
        return None
    return info.st_dev, info.st_ino


def _make_file(path: Path) -> bool:
    """Make an empty file that only its owner may read, and the folders above it; tell whether it was made."""
    if path.exists():
        return False
    missing = []
    folder = path.parent
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    _refuse_unsafe(path)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    return True


def _unlock_companions(path: Path) -> None:
    """Make SQLite's companions of the file writable again: they stay as read-only as the file once was."""
    if not cannot_write(str(path)):
        for suffix in ("-wal", "-shm"):
            companion = path.with_name(path.name + suffix)
            if cannot_write(str(companion)) and companion.stat().st_uid == os.geteuid():
                companion.chmod(0o600)


def _refuse_unsafe(path: Path) -> None:
    kind = safety.file_system(path)
    if kind in safety.NETWORK_FILE_SYSTEMS:
        raise DatabaseUnusable(
            f"{path} lies on a network file system ({kind}), where SQLite's locks cannot be trusted; "
            "use a local path, such as one under /var/tmp or ~/.local/share"
        )
    if found := safety.problems(path):
        raise DatabaseUnusable(f"{path} is not safe to use: " + "; ".join(found))


def _connect(path: Path) -> sqlite3.Connection:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise DatabaseUnusable(f"SQLite {sqlite3.sqlite_version} is too old; 3.35 or newer is needed")
    quoted = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    conn = sqlite3.connect(
        f"file:{quoted}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, cached_statements=256
    )
    try:
        conn.execute("PRAGMA trusted_schema = OFF")
    except BaseException:
        conn.close()
        raise
    return conn


def _prepare(store: Store, durable: bool) -> None:
    conn = store.conn
    if conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        # A foreign file is refused before anything of it is changed.
        migrate(conn, str(store.path))
        _switch_to_wal(conn)
    else:
        migrate(conn, str(store.path))
    store.sync(durable)
    try:
        store.folder.mkdir(mode=0o700)
    except FileExistsError:
        if problem := safety.folder_problem(store.folder, store.path):
            raise DatabaseUnusable(f"{store.path} is not safe to use: {problem}") from None


def _switch_to_wal(conn: sqlite3.Connection) -> None:
    """Turn WAL on; SQLite's own waiting does not serve this pragma when two processes make the file at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            conn.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
