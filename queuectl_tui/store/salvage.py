"""Rescue what can be read of a damaged queue into a new one; the damaged file is never opened, only copied.

Tables with a row number are read in stretches, each halved where SQLite stumbles, so that a bad page costs only the
rows that are on it. What belongs to a job is then looked up for each job that was rescued.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import UnionType
from typing import NamedTuple

from queuectl_tui.rules import settings
from queuectl_tui.rules.errors import DatabaseUnusable, InvalidInput
from queuectl_tui.rules.fields import check_command, check_cwd, check_id, check_queue
from queuectl_tui.rules.times import LATEST_MS
from queuectl_tui.store import safety
from queuectl_tui.store.damaged import Unreadable, columns, copy_of, opened
from queuectl_tui.store.database import open_store
from queuectl_tui.store.moves.readiness import READY
from queuectl_tui.store.moves.settle import Finish, settle
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.output import kept_bytes
from queuectl_tui.store.sense import is_document, is_time
from queuectl_tui.store.settings import load
from queuectl_tui.store.trouble import guarded

#: So many looks at one table at most: each bad page costs some, and a file of noise must come to an end.
_LOOKS = 100_000
#: A row number of this size is noise; so many rows are looked for when the file does not say how many there are.
_BEYOND, _MANY = 1 << 50, 1_000_000
#: The index that knows the row numbers of a table too.
_BY_JOB = {"output": "output_run", "journal": "journal_job"}
_OF_A_JOB = ("run", "dependency")
Row = tuple[object, ...]
#: What a column of each type may hold; SQLite itself keeps anything in any.
_KINDS: dict[str, type | UnionType] = {"INTEGER": int, "REAL": int | float, "TEXT": str, "BLOB": bytes}


class Salvaged(NamedTuple):
    """What was rescued, by table, and what was not."""

    rescued: dict[str, int]
    #: Row numbers, by table, that could not be read; some may have belonged to nothing any more.
    unreadable: dict[str, int]
    #: The ids of lost jobs, as far as the file's index still names them.
    lost: list[str]
    #: Jobs that are held, since something that they need was lost.
    held: list[str]
    #: Jobs that ran, so the file says, and maybe still do: interrupted, and held.
    running: list[str]


def salvage(path: Path, out: Path, *, actor: str, now: int) -> Salvaged:
    """Rescue a queue into a new file, which must not be there yet; on an error none is left."""
    with guarded(path):
        if found := safety.problems(path):
            raise DatabaseUnusable(f"{path} is not safe to use: " + "; ".join(found))
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".salvage-") as folder:
            copy = copy_of(path, Path(folder))
            with closing(opened(copy, path)) as source:
                return _rescue_into(out, source, actor, now)


def _rescue_into(out: Path, source: sqlite3.Connection, actor: str, now: int) -> Salvaged:
    store = open_store(out)
    try:
        with store, store.write() as conn:
            return _Salvage(source, conn).run(actor, now)
    except BaseException:
        for suffix in ("", "-wal", "-shm"):
            out.with_name(out.name + suffix).unlink(missing_ok=True)
        shutil.rmtree(store.folder, ignore_errors=True)
        raise


class _Salvage:
    """One rescue, from one connection to another."""

    def __init__(self, source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        self._source = source
        self._target = target
        self._rescued: dict[str, int] = {}
        self._unreadable: dict[str, int] = {}
        self._kinds: dict[str, dict[str, type | UnionType]] = {}
        self._looks = 0

    def run(self, actor: str, now: int) -> Salvaged:
        """Rescue every table, and mend what hangs together."""
        self._numbered("job", "seq")
        jobs = [seq for (seq,) in self._target.execute("SELECT seq FROM job ORDER BY seq").fetchall()]
        for table in ("environment", "output", "journal"):
            self._numbered(table, "id")
        for table in _OF_A_JOB:
            self._of_jobs(table, jobs)
        for table in ("setting", "queue"):
            self._whole(table)
        held = self._mend(now)
        return Salvaged(self._rescued, self._unreadable, self._lost(), held, self._interrupt(actor, now))

    def _numbered(self, table: str, key: str) -> None:
        """Rescue a table with row numbers."""
        names = self._shared(table)
        self._looks = 0
        for row in self._stretch(table, key, names, 1, self._end(table, key)):
            self._insert(table, names, row)

    def _end(self, table: str, key: str) -> int:
        """Give a number that no row of a table is beyond, as well as the file says."""
        for query in (
            f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
            f"SELECT max({key}) FROM {table} NOT INDEXED",
            f"SELECT max({key}) FROM {table} INDEXED BY {_BY_JOB.get(table, '')}",
        ):
            try:
                ((end,),) = self._source.execute(query).fetchall()
            except (*Unreadable, ValueError):
                continue
            if isinstance(end, int) and end < _BEYOND:
                return end
            if end is None:
                return 0
        return _MANY

    def _stretch(self, table: str, key: str, names: Sequence[str], low: int, high: int) -> Iterator[Row]:
        """Read rows by number, halving what cannot be read until it is one row."""
        left = [(low, high)]
        query = f"SELECT {key}, {', '.join(names)} FROM {table} NOT INDEXED WHERE {key} BETWEEN ? AND ? ORDER BY {key}"
        while left:
            low, high = left.pop()
            self._looks += 1
            try:
                for number, *row in self._source.execute(query, (low, high)):
                    yield tuple(row)
                    low = number + 1
            except Unreadable:
                if low >= high or self._looks > _LOOKS:
                    self._unreadable[table] = self._unreadable.get(table, 0) + high - low + 1
                else:
                    middle = (low + high) // 2
                    left += [(middle + 1, high), (low, middle)]

    def _of_jobs(self, table: str, jobs: Sequence[int]) -> None:
        """Rescue what belongs to jobs, job by job."""
        names = self._shared(table)
        for seq in jobs:
            try:
                rows = self._source.execute(f"SELECT {', '.join(names)} FROM {table} WHERE job = ?", (seq,)).fetchall()
            except Unreadable:
                self._unreadable[table] = self._unreadable.get(table, 0) + 1
                if table == "dependency":
                    self._depend_as_asked(seq)
                continue
            for row in rows:
                self._insert(table, names, row)

    def _depend_as_asked(self, seq: int) -> None:
        """Let a job wait for what it was told to, when the table that says what is left of it cannot be read."""
        (needs,) = self._target.execute("SELECT needs FROM job WHERE seq = ?", (seq,)).fetchone()
        for needed in json.loads(needs or "[]"):
            self._target.execute(
                "INSERT OR IGNORE INTO dependency (job, needs)"
                " VALUES (?, coalesce((SELECT seq FROM job WHERE id = ?), 0))",
                (seq, needed),
            )

    def _whole(self, table: str) -> None:
        """Rescue a small table as far as it can be read."""
        names = self._shared(table)
        try:
            for row in self._source.execute(f"SELECT {', '.join(names)} FROM {table}"):
                self._insert(table, names, row)
        except Unreadable:
            self._unreadable[table] = self._unreadable.get(table, 0) + 1

    def _shared(self, table: str) -> list[str]:
        """Name the columns of a table that both files have."""
        kinds = {str(row[1]): _KINDS[row[2]] for row in self._target.execute(f"PRAGMA table_info({table})")}
        self._kinds[table] = kinds
        try:
            theirs = set(columns(self._source, table))
        except Unreadable:
            theirs = set()
        return [name for name in kinds if name in theirs] or ["NULL"]

    def _insert(self, table: str, names: Sequence[str], row: Sequence[object]) -> None:
        values = ", ".join("?" * len(names))
        try:
            _check(table, dict(zip(names, row, strict=True)), self._kinds[table])
            self._target.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})", tuple(row))
        except (sqlite3.Error, UnicodeEncodeError, OverflowError, InvalidInput):
            # It was read from a damaged page.
            self._unreadable[table] = self._unreadable.get(table, 0) + 1
        else:
            self._rescued[table] = self._rescued.get(table, 0) + 1

    def _mend(self, now: int) -> list[str]:
        """Make the tables agree; hold, and give, the jobs that would start without something that they need."""
        run = self._target.execute
        for table in ("run", "output", "journal"):
            run(f"DELETE FROM {table} WHERE job NOT IN (SELECT seq FROM job)")
        lost = (
            "(environment IS NOT NULL AND environment NOT IN (SELECT id FROM environment)"
            " OR seq IN (SELECT job FROM dependency WHERE needs NOT IN (SELECT seq FROM job)))"
        )
        held = run(f"SELECT id FROM job WHERE state IN ('pending', 'failed') AND held = 0 AND {lost} ORDER BY seq")
        ids = [str(row[0]) for row in held.fetchall()]
        run(f"UPDATE job SET held = 1, ready = 0 WHERE state IN ('pending', 'failed') AND {lost}")
        run("UPDATE job SET environment = NULL WHERE environment NOT IN (SELECT id FROM environment)")
        run("DELETE FROM dependency WHERE needs NOT IN (SELECT seq FROM job)")
        run("INSERT OR IGNORE INTO job_tag (job, tag) SELECT seq, value FROM job, json_each(tags)")
        used = "SELECT environment AS id, count(*) AS jobs FROM job GROUP BY environment"
        run("UPDATE environment SET jobs = 0")
        run(f"UPDATE environment SET jobs = used.jobs FROM ({used}) AS used WHERE used.id = environment.id")
        run("DELETE FROM environment WHERE jobs = 0")
        for column in ("created_at", "updated_at", "started_at", "finished_at"):
            run(f"UPDATE job SET {column} = ? WHERE {column} > ?", (now, now))
        blocked = (
            "SELECT count(*) FROM dependency JOIN job AS needed ON needed.seq = dependency.needs"
            " WHERE dependency.job = job.seq AND needed.state <> 'completed'"
        )
        run(f"UPDATE job SET ready = 0, blocked = ({blocked}) WHERE state IN ('pending', 'failed')")
        run(f"UPDATE job SET ready = {READY} WHERE state IN ('pending', 'failed')", (now,))
        run("INSERT INTO job_count (queue, state, jobs) SELECT queue, state, count(*) FROM job GROUP BY queue, state")
        return ids

    def _interrupt(self, actor: str, now: int) -> list[str]:
        """End the runs that the file says are going on, as a rescue does; but hold the jobs, and give their ids."""
        running = self._target.execute(
            "SELECT id, seq, run, worker, coalesce(started_at, updated_at), output_bytes FROM job"
            " WHERE state = 'processing' AND worker IS NOT NULL ORDER BY seq"
        ).fetchall()
        limits, tally = load(self._target), Tally()
        for _, seq, run, worker, started_at, output_bytes in running:
            finish = Finish(
                seq=seq,
                run=run,
                worker=worker,
                host=os.uname().nodename,
                outcome="interrupted",
                exit_code=None,
                signal=None,
                error="the queue was damaged, and rescued",
                started_at=started_at,
                finished_at=now,
                duration_ms=max(0, now - started_at),
                cpu_ms=None,
                max_rss_kib=None,
                output_bytes=output_bytes,
                dropped_bytes=max(0, output_bytes - kept_bytes(self._target, seq, run)),
                actor=actor,
            )
            settle(self._target, finish, limits, tally)
            self._target.execute("UPDATE job SET held = 1, ready = 0 WHERE seq = ? AND state = 'failed'", (seq,))
        tally.write(self._target)
        return [str(job) for job, *_ in running]

    def _lost(self) -> list[str]:
        """Name the jobs that the index of ids knows and that were not rescued."""
        there = {seq for (seq,) in self._target.execute("SELECT seq FROM job")}
        found = []
        try:
            for seq, name in self._source.execute("SELECT seq, id FROM job INDEXED BY sqlite_autoindex_job_1"):
                if seq not in there:
                    found.append(str(name))
        except Unreadable:
            pass
        return found


def _check(table: str, row: Mapping[str, object], kinds: Mapping[str, type | UnionType]) -> None:
    """Refuse a row that makes no sense, with InvalidInput; the schema refuses others."""
    for name, kind in kinds.items():
        value = row.get(name)
        if value is not None and not isinstance(value, kind):
            raise InvalidInput(f"{table}: {name}")
        if is_time(name) and isinstance(value, int) and not 0 <= value <= LATEST_MS:
            raise InvalidInput(f"{table}: {name}")
    if table == "job":
        check_id(row["id"])
        check_queue(row["queue"])
        check_command(row["command"])
        check_cwd(row["cwd"])
        for name, kind_of in (("env", "dict"), ("tags", "list"), ("needs", "list")):
            _check_json(row.get(name), kind_of)
    elif table == "environment":
        _check_json(row["data"], "dict")
    elif table == "setting":
        parsed = settings.SETTINGS.get(str(row["key"]))
        if parsed is not None:
            settings.load(parsed, str(row["value"]))


def _check_json(text: object, kind: str) -> None:
    if text is not None and not is_document(text, kind):
        raise InvalidInput("no document of texts")
