"""Accept jobs: spooled and checked first, then stored in one short commit, all or nothing.

No peewee here: this is the hot path. `tests/store/test_schema.py` shows that the statements and the models agree.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from queuectl_tui.rules.errors import IdTaken, NoSuchJob
from queuectl_tui.rules.jobs import Request, new_ids
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import settings as stored_settings
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.moves.readiness import recheck
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.trouble import guarded

#: How many jobs are held in memory before they are spooled to SQLite's temporary file.
_IN_MEMORY = 2000
_FIELDS = tuple(field.name for field in fields(Request))
#: What may differ from job to job beside the id and the command.
_VARIED = (
    "queue",
    "priority",
    "max_retries",
    "run_at",
    "due_at",
    "timeout_s",
    "backoff_base",
    "tags",
    "cwd",
    "env",
    "needs",
    "on_interrupt",
    "held",
)
_SPOOLED = ("id", "given", "command", *_VARIED)
_SPOOL = f"CREATE TEMP TABLE spool (n INTEGER PRIMARY KEY, {', '.join(_SPOOLED)})"
_ADD = f"INSERT INTO spool ({', '.join(_SPOOLED)}) VALUES ({', '.join('?' * len(_SPOOLED))})"
_ADD_PLAIN = "INSERT INTO spool (id, command) VALUES (?, ?)"
# A plain command has nothing of its own: what the flags say stands in the parameters.
_OWN = ", ".join(f"coalesce(spool.{name}, :{name}) AS {name}" for name in _VARIED)
_STORE = f"""INSERT INTO job (id, command, state, ready, held, blocked, {", ".join(_VARIED[:-1])},
    environment, enqueued_by, created_at, updated_at)
    SELECT id, command, 'pending', held = 0 AND due_at <= :now, held, 0, {", ".join(_VARIED[:-1])},
    :environment, :actor, :now, :now FROM (SELECT n, id, command, {_OWN} FROM spool) ORDER BY n"""

_DRAWN_TWICE = """SELECT n FROM spool WHERE given IS NOT 1 AND (id IN (SELECT id FROM job)
    OR n IN (SELECT max(n) FROM spool GROUP BY id HAVING count(*) > 1))"""

Row = tuple[Any, ...]


class Origin(NamedTuple):
    """Where jobs come from: the enqueuer's directory, its environment (None: not to be captured), and who it is."""

    cwd: str
    env: dict[str, str] | None
    actor: str


class Batch:
    """Jobs on their way in: any number of them, in bounded memory, visible all at once or not at all.

    `flags` is what the command line gives over each job's own words. The database is opened, and made, only when
    there is something to store.
    """

    def __init__(self, path: Path, origin: Origin, flags: Request) -> None:
        self._path = path
        self._origin = origin
        self._now = now_ms()
        self._given = {
            name: value for name in _FIELDS if name != "command" and (value := getattr(flags, name)) is not None
        }
        self._plain = dict(zip(_VARIED, self._row("", "x", flags)[3:], strict=True))
        self._rows: list[Row] = []
        self._store: Store | None = None
        self._spooled = False

    def add(self, requests: Iterable[Request]) -> None:
        """Take jobs, each under the flags."""
        for request in requests:
            merged = replace(request, **self._given) if self._given else request
            if merged.run_at is not None and merged.delay_s is not None:
                # The later word wins: a flag over the job's own.
                merged = replace(merged, delay_s=None) if "run_at" in self._given else replace(merged, run_at=None)
            self._rows.append(self._row(request.command, merged.id, merged))
        self._relieve()

    def add_commands(self, commands: Sequence[str]) -> None:
        """Take plain commands, already checked: the quick road for long inputs."""
        if not self._spooled and len(self._rows) + len(commands) < _IN_MEMORY:
            # Not so many that a queue should be made before all of the input was seen.
            plain = tuple(self._plain.values())
            fresh = zip(new_ids(len(commands)), commands, strict=True)
            self._rows += [(job_id, 0, command, *plain) for job_id, command in fresh]
            return
        self._spool()
        with guarded(self._path):
            self.store.conn.execute("SAVEPOINT spooling")
            self.store.conn.executemany(_ADD_PLAIN, zip(new_ids(len(commands)), commands, strict=True))
            self.store.conn.execute("RELEASE spooling")

    def commit(self) -> int:
        """Store all jobs, and give how many; nothing is stored when it raises.

        Raises IdTaken, NoSuchJob (`after` names no job), DatabaseUnusable.
        """
        self._spool()
        store = self.store
        with guarded(self._path), store.write() as conn:
            self._refuse_taken(conn)
            settings = stored_settings.load(conn)
            jobs = int(conn.execute("SELECT count(*) FROM spool").fetchone()[0])
            env = self._origin.env if settings.capture_env == "all" else None
            environment = _keep_environment(conn, env, jobs)
            values = {"now": self._now, "environment": environment, "actor": self._origin.actor}
            self._insert(conn, values)
            self._link(conn)
            tally = Tally()
            for queue, count in conn.execute("SELECT queue, count(*) FROM spool GROUP BY queue").fetchall():
                tally.move(queue or self._plain["queue"], None, "pending", count)
            tally.write(conn)
        return jobs

    @property
    def store(self) -> Store:
        """The open queue."""
        if self._store is None:
            self._store = open_store(self._path)
        return self._store

    def ids(self) -> Iterator[str]:
        """The ids of all jobs, in order; after `commit`."""
        for (job_id,) in self.store.conn.execute("SELECT id FROM spool ORDER BY n"):
            yield job_id

    def close(self) -> None:
        """Let go of the queue and of what was spooled."""
        if self._store is not None:
            self._store.close()

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self, command: str, job_id: str | None, request: Request) -> Row:
        due = self._now
        run_at = request.run_at
        if request.delay_s is not None:
            run_at = self._now + round(request.delay_s * 1000)
        if run_at is not None:
            due = run_at
        return (
            job_id or new_ids(1)[0],
            0 if job_id is None else 1,
            command,
            request.queue or "default",
            request.priority or 0,
            request.max_retries,
            run_at,
            due,
            request.timeout_s,
            request.backoff_base,
            _json(list(dict.fromkeys(request.tags))) if request.tags else None,
            os.path.join(self._origin.cwd, request.cwd or "").rstrip("/") or "/",  # noqa: PTH118 - text in, text out
            _json(request.env) if request.env else None,
            _json(list(dict.fromkeys(request.after))) if request.after else None,
            request.on_interrupt or "retry",
            1 if request.hold else 0,
        )

    def _relieve(self) -> None:
        if len(self._rows) >= _IN_MEMORY:
            self._spool()

    def _spool(self) -> None:
        conn = self.store.conn
        with guarded(self._path):
            if not self._spooled:
                conn.execute("PRAGMA temp.cache_size = -8000")
                # A large batch touches all of the index of ids.
                conn.execute("PRAGMA cache_size = -64000")
                conn.execute(_SPOOL)
                self._spooled = True
            if self._rows:
                conn.execute("SAVEPOINT spooling")
                conn.executemany(_ADD, self._rows)
                conn.execute("RELEASE spooling")
        self._rows = []

    def _refuse_taken(self, conn: sqlite3.Connection) -> None:
        """Refuse a given id that is in use, or given twice."""
        row = conn.execute("SELECT id, state FROM spool JOIN job USING (id) WHERE given = 1 LIMIT 1").fetchone()
        if row:
            raise IdTaken(f"id {row[0]!r} is already taken by a job that is {row[1]}; nothing was enqueued")
        row = conn.execute("SELECT id FROM spool WHERE given = 1 GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchone()
        if row:
            raise IdTaken(f"id {row[0]!r} is given to two jobs; nothing was enqueued")

    def _insert(self, conn: sqlite3.Connection, values: dict[str, Any]) -> None:
        """Copy the spool into the queue; an id that chance gave twice is drawn again."""
        while True:
            try:
                conn.execute(_STORE, self._plain | values)
            except sqlite3.IntegrityError:
                clashes = conn.execute(_DRAWN_TWICE).fetchall()
                if not clashes:
                    raise
                for (n,) in clashes:
                    conn.execute("UPDATE spool SET id = ? WHERE n = ?", (new_ids(1)[0], n))
            else:
                return

    def _link(self, conn: sqlite3.Connection) -> None:
        """Store the tags and the dependencies of those jobs that have any."""
        linked = conn.execute(
            "SELECT n, spool.id, coalesce(spool.tags, :tags), coalesce(spool.needs, :needs) FROM spool"
            " WHERE coalesce(spool.tags, :tags, spool.needs, :needs) IS NOT NULL",
            {"tags": self._plain["tags"], "needs": self._plain["needs"]},
        ).fetchall()
        if any(needs for *_, needs in linked):
            conn.execute("CREATE INDEX temp.spool_id ON spool (id)")
        for n, job_id, tags, needs in linked:
            (seq,) = conn.execute("SELECT seq FROM job WHERE id = ?", (job_id,)).fetchone()
            for tag in json.loads(tags or "[]"):
                conn.execute("INSERT INTO job_tag (job, tag) VALUES (?, ?)", (seq, tag))
            for needed in json.loads(needs or "[]"):
                earlier = conn.execute(
                    "SELECT job.seq, spool.n FROM job LEFT JOIN spool USING (id) WHERE id = ?", (needed,)
                ).fetchone()
                if earlier is None or (earlier[1] is not None and earlier[1] >= n):
                    raise NoSuchJob(f"after: no job {needed!r} to wait for; nothing was enqueued")
                conn.execute("INSERT INTO dependency (job, needs) VALUES (?, ?)", (seq, earlier[0]))
            if needs:
                recheck(conn, seq, self._now)


def _keep_environment(conn: sqlite3.Connection, env: dict[str, str] | None, jobs: int) -> int | None:
    """Store a captured environment once, however many jobs have it."""
    if env is None or not jobs:
        return None
    row = conn.execute(
        "INSERT INTO environment (data, jobs) VALUES (?, ?) ON CONFLICT (data)"
        " DO UPDATE SET jobs = jobs + excluded.jobs RETURNING id",
        (_json(env), jobs),
    ).fetchall()
    return int(row[0][0])


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
