"""Filters as SQL take exactly the jobs that their terms describe."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.filters import KEYS, parse
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import filtering, pages
from queuectl_tui.store.counting import Counted, count_on
from queuectl_tui.store.database import Store
from queuectl_tui.store.lists import Listing
from tests.store.queue import opened

_HOUR = 3_600_000
_JOBS: dict[str, dict[str, Any]] = {
    "plain": {},
    "killed": {"state": "dead", "reason": "exhausted", "signal": 9, "error": "Killed", "attempts": 4},
    "code": {"state": "dead", "reason": "permanent", "exit_code": 137, "error": "No Space left"},
    "fine": {"state": "completed", "exit_code": 0, "queue": "video", "duration_ms": 90_000, "output_bytes": 5000},
    "runs": {"state": "processing", "started_at": -3 * _HOUR, "command": "echo Größe"},
    "late": {"due_at": 2 * _HOUR, "held": 1, "priority": 5},
    "old": {"created_at": -5 * _HOUR, "command": "echo 100%_sure \\ 'x'", "queue": "sync", "worker": "w1"},
}
_DEFAULTS: dict[str, Any] = {
    "command": "ffmpeg -i A.mov",
    "state": "pending",
    "queue": "default",
    "priority": 0,
    "held": 0,
    "attempts": 0,
    "due_at": 0,
    "created_at": 0,
}
_TIMES = ("due_at", "created_at", "started_at", "finished_at")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A queue with one job of each kind; times are from now."""
    found = opened(tmp_path_factory.mktemp("filters") / "queue.db")
    now = now_ms()
    with found.write() as conn:
        for name, changes in _JOBS.items():
            values = _DEFAULTS | changes
            values |= {key: now + values[key] for key in _TIMES if key in values}
            values |= {"id": name, "cwd": "/", "on_interrupt": "retry", "enqueued_by": "me", "updated_at": now}
            values |= {"ready": 0, "blocked": 0}
            marks = ", ".join("?" * len(values))
            conn.execute(f"INSERT INTO job ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
        seq = conn.execute("SELECT seq FROM job WHERE id = 'fine'").fetchone()[0]
        conn.execute("INSERT INTO job_tag (job, tag) VALUES (?, 'nightly')", (seq,))
    yield found
    found.close()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FFMPEG", "plain killed code fine late"),
        ("killed", "killed"),
        ("command:a.MOV", "plain killed code fine late"),
        ("'100%_sure'", "old"),
        ("100_", ""),
        ("\\", "old"),
        ("error:'no space'", "code"),
        ("error=Killed", "killed"),
        ("id:o", "code old"),
        ("GRÖSSE", ""),
        ("größe", "runs"),
        ("command:gRÖßE", "runs"),
        ("id=old", "old"),
        ("state:dead", "killed code"),
        ("!state:pending,dead", "fine runs"),
        ("queue:video,sync", "fine old"),
        ("!queue:default", "fine old"),
        ("tag:nightly", "fine"),
        ("!tag:nightly state:comp", ""),
        ("worker:w1", "old"),
        ("!worker:w1 held:yes", "late"),
        ("reason:permanent", "code"),
        ("held:yes", "late"),
        ("prio>=5", "late"),
        ("tries:4", "killed"),
        ("exit:137", "killed code"),
        ("exit:KILL", "killed code"),
        ("exit>0", "killed code"),
        ("!exit:0", "plain killed code late old runs"),
        ("age>1h", "old"),
        ("age<1h state:pending", "plain late"),
        ("took>1m", "fine runs"),
        ("took>2h", "runs"),
        ("took<=90s", "fine"),
        ("due>1h", "late"),
        ("due<1h", "plain old"),
        ("output>4k", "fine"),
        ("ffmpeg exit:137 !error:killed", "code"),
    ],
)
def test_what_it_takes(store: Store, text: str, names: str) -> None:
    """A filter takes the jobs for which all its terms hold; what is unknown does not hold, its opposite does."""
    listing = Listing(filter=parse(text))
    assert {job.id for job in pages.seen(store, listing)} == set(names.split())
    counted = Counted()
    while not counted.whole:
        counted = count_on(store, listing, counted, 2)
    assert counted.matches == len(names.split())
    among = {job.id for job in pages.among(store, listing, ["old", "fine", "nobody"])}
    assert among == set(names.split()) & {"old", "fine"}


_VALUES = st.text("aeo\u01c5\u00df%_\\'\"137kKd.- ", max_size=5) | st.sampled_from(
    ["KILL", "yes", "dead", "1h", "99999999999", "9" * 300 + "y", "1.5k", "1e999", "\u0130", "exhausted"]
)
_TERMS = st.builds(
    lambda begin, values: begin + ",".join(values),
    st.sampled_from([f"{key.name}{operator}" for key in KEYS.values() for operator in key.operators] + [""]),
    st.lists(_VALUES, min_size=1, max_size=3),
)


@given(_TERMS)
@example("id:" + ",".join("\u01c5" * 498))
@example("\u01c5" * 900)
@example("took>" + "9" * 20 + "d")
def test_whatever_is_read_can_be_asked(store: Store, text: str) -> None:
    """A job is taken by each term that can be written, or by its opposite; long ones are no exception."""
    try:
        taken, others = (Listing(filter=parse(mark + text)) for mark in ("", "!"))
    except InvalidInput:
        return
    if taken.filter is None or len(taken.filter.terms) != 1:
        return
    names = [job.id for listing in (taken, others) for job in pages.seen(store, listing)]
    assert sorted(names) == sorted(_JOBS)


@given(st.lists(st.sampled_from([*"ab:,!='\u01c5", " ", "x y", "q:a"]), max_size=1000).map("".join))
@example("\u01c5 " * 500)
@example("! ".join(["q:a,b"] * 140))
def test_long_filters_can_be_asked(store: Store, text: str) -> None:
    """As many terms and values as the language lets through are not too many for SQLite."""
    with contextlib.suppress(InvalidInput):
        pages.seen(store, Listing(filter=parse(text)))


def test_a_tag_is_looked_up_from_either_side(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag that many jobs have takes the same ones as if few had it, and its list is read by the list's own index."""
    monkeypatch.setattr(filtering, "_FEW", 0)
    for text, names in (("tag:nightly", {"fine"}), ("!tag:nightly", set(_JOBS) - {"fine"}), ("tag:none", set())):
        assert {job.id for job in pages.seen(store, Listing(filter=parse(text)))} == names
    plan = plan_of_first_page(store, Listing("dead", filter=parse("tag:nightly")))
    assert "job_in_dead" in plan
    assert "TEMP B-TREE" not in plan


def test_states_use_their_index(store: Store) -> None:
    """A state in a filter is found by the state's own index, as a tab is."""
    plan = plan_of_first_page(store, Listing(filter=parse("state:dead")))
    assert "job_in_dead" in plan
    assert "TEMP B-TREE" not in plan


def plan_of_first_page(store: Store, listing: Listing) -> str:
    [sql] = traced(store, "SELECT * FROM job", lambda: pages.beginning(store, listing, 10))
    return " ".join(row[3] for row in store.conn.execute(f"EXPLAIN QUERY PLAN {sql}"))


def traced(store: Store, begins: str, read: Callable[[], object]) -> list[str]:
    """Give the statements that a reader makes."""
    found: list[str] = []
    store.conn.set_trace_callback(found.append)
    read()
    store.conn.set_trace_callback(None)
    return [text for text in found if text.startswith(begins)]


def test_a_count_goes_by_the_order_of_the_list(store: Store) -> None:
    """Each part of a count walks one stretch of the state's own index, none looks for its jobs one by one."""
    listing = Listing("completed", filter=parse("exit:0"))
    found = traced(store, "SELECT", lambda: count_on(store, listing, Counted(), 1))
    plans = [row[3] for sql in found for row in store.conn.execute(f"EXPLAIN QUERY PLAN {sql}") if "FROM job " in sql]
    assert plans
    assert all("job_in_completed" in step and "seq>?" in step for step in plans), plans
