"""The frozen migrations, the models and the kept statements say the same."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from queuectl_tui.rules.errors import DatabaseUnusable
from queuectl_tui.store import migrations, schema
from queuectl_tui.store.moves import claim, enqueue, settle


@pytest.fixture
def conn() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(conn, "a test")
    return conn


def test_models_have_the_columns_of_the_migrated_tables(conn: sqlite3.Connection) -> None:
    """Every table has a model with the same columns in the same order, and the same of them may be NULL."""
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables - {"sqlite_sequence"} == {model._meta.table_name for model in schema.TABLES}
    for model in schema.TABLES:
        columns = conn.execute(f"PRAGMA table_info({model._meta.table_name})").fetchall()
        assert [column[1] for column in columns] == [field.column_name for field in model._meta.sorted_fields]
        assert {column[1] for column in columns if not column[3]} == {
            field.column_name for field in model._meta.sorted_fields if field.null
        }


def test_models_have_the_primary_keys_of_the_migrated_tables(conn: sqlite3.Connection) -> None:
    """A model's primary key is its table's."""
    for model in schema.TABLES:
        columns = conn.execute(f"PRAGMA table_info({model._meta.table_name})").fetchall()
        key = [column[1] for column in sorted(columns, key=lambda column: int(column[5])) if column[5]]
        assert key == [field.column_name for field in model._meta.get_primary_keys()]  # type: ignore[no-untyped-call]  # peewee's


@pytest.mark.parametrize("module", [claim, settle, enqueue])
def test_kept_statements_prepare_on_the_migrated_schema(conn: sqlite3.Connection, module: object) -> None:
    """Every kept statement of the hot path is valid on the schema that the migrations make."""
    conn.execute(enqueue._SPOOL)
    found = {
        name: text
        for name, text in vars(module).items()
        if isinstance(text, str) and re.match(r"(SELECT|UPDATE|INSERT|DELETE)\b", text)
    }
    assert found
    for text in found.values():
        count = len(set(re.findall(r"\?\d+", text))) or text.count("?")
        params: object = [None] * count if count else dict.fromkeys(re.findall(r":(\w+)", text))
        conn.execute("EXPLAIN " + text, params)  # type: ignore[arg-type]  # a list or a dict


def test_the_claim_reads_what_the_model_would(conn: sqlite3.Connection) -> None:
    """The kept claim statement and the query that peewee builds give the same rows by the same plan."""
    for n, (priority, ready) in enumerate([(0, 1), (5, 1), (5, 0), (9, 0), (5, 1)]):
        conn.execute(
            "INSERT INTO job (id, command, state, queue, priority, ready, held, blocked, due_at, on_interrupt, cwd,"
            " enqueued_by, created_at, updated_at)"
            " VALUES (?, 'x', 'pending', 'q', ?, ?, 0, 0, 0, 'retry', '/', '', 0, 0)",
            (f"j{n}", priority, ready),
        )
    names = [name.strip() for name in claim._COLUMNS.removesuffix("FROM job").split(",")]
    job = schema.Job
    query = (
        job.select(*(getattr(job, name) for name in names))
        .where(schema.Job.ready == 1)
        .order_by(job.priority.desc(), job.seq)
        .limit(1)
    )
    sql, params = query.sql()
    assert conn.execute(claim._FIRST).fetchall() == conn.execute(sql, params).fetchall()
    assert conn.execute(claim._FIRST).fetchone()[1] == "j1"
    kept = [row[3] for row in conn.execute("EXPLAIN QUERY PLAN " + claim._FIRST)]
    built = [
        row[3] for row in conn.execute("EXPLAIN QUERY PLAN " + sql.replace('"ready" = ?', '"ready" = 1'), params[1:])
    ]
    assert [line.replace("t1", "job") for line in built] == kept


def test_a_newer_incompatible_file_is_refused_and_a_compatible_one_is_used(tmp_path: Path) -> None:
    """A file says which program may still use it; that decides, not its version."""
    conn = sqlite3.connect(tmp_path / "q.db", isolation_level=None)
    migrations.migrate(conn, "q.db")
    conn.execute(f"PRAGMA user_version = {migrations.LATEST + 1}")
    migrations.migrate(conn, "q.db")
    conn.execute("INSERT INTO schema_change VALUES (?, ?, 'later', 0)", (migrations.LATEST + 1, migrations.LATEST + 1))
    with pytest.raises(DatabaseUnusable, match="newer queuectl"):
        migrations.migrate(conn, "q.db")


def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    """An SQLite database of another program is not migrated."""
    conn = sqlite3.connect(tmp_path / "q.db", isolation_level=None)
    conn.execute("CREATE TABLE theirs (x)")
    with pytest.raises(DatabaseUnusable, match="another program"):
        migrations.migrate(conn, "q.db")
    assert [name for (name,) in conn.execute("SELECT name FROM sqlite_master")] == ["theirs"]
