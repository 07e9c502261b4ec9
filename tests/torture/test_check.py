"""The checker itself: each broken invariant is seen, by name."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from tests.torture import check
from tests.torture.ledger import Line


def job(**changes: Any) -> dict[str, Any]:
    made = {"id": "a", "command": "job.py", "state": "completed", "attempts": 1, "max_retries": 3}
    return made | {"runs": [{"outcome": "completed"}]} | changes


GOOD = [("start", "a", "q-w-1-1"), ("end", "a", "q-w-1-1")]


def broken(ledger: list[tuple[str, str, str]], *jobs: dict[str, Any]) -> set[str]:
    found = check.Found()
    check.check_ledger(found, [Line(*words, pid=1) for words in ledger], list(jobs))
    return found.names


def test_a_good_run_is_good() -> None:
    """One start, one end, completed once: nothing is broken."""
    assert broken(GOOD, job()) == set()


@pytest.mark.parametrize(
    ("name", "ledger", "changes"),
    [
        ("overlaps", [*GOOD, ("overlap", "a", "q-w-1-2")], {}),
        ("two starts of one run", [("start", "a", "q-w-1-1"), *GOOD], {}),
        ("runs begun after a newer one", [("start", "a", "q-w-1-10"), ("start", "a", "q-v-1-9"), *GOOD[1:]], {}),
        ("completed without its end", GOOD[:1], {}),
        ("completed twice", GOOD, {"runs": [{"outcome": "completed"}, {"outcome": "completed"}]}),
        ("attempts over budget", GOOD, {"attempts": 5}),
        ("left processing", GOOD, {"state": "processing"}),
        ("lost jobs", GOOD, {"state": "failed"}),
        ("lost jobs", GOOD, {"state": "dead"}),
        ("lost jobs", GOOD, {"state": "dead", "reason": "canceled"}),
    ],
)
def test_each_broken_invariant_is_named(name: str, ledger: list[tuple[str, str, str]], changes: dict[str, Any]) -> None:
    """A ledger or a row that breaks an invariant is told by that invariant's name."""
    assert broken(ledger, job(**changes)) == {name}


def test_what_waits_when_a_run_was_cut_off_is_not_lost() -> None:
    """A run that was cut off may leave jobs waiting; one that died wrongly is told all the same."""
    found = check.Found()
    check.check_ledger(found, [], [job(id="b", state="failed"), job(id="c", state="dead")], cut=True)
    assert found.broken["lost jobs"] == ["c died"]


def test_a_missing_acknowledged_job_is_seen() -> None:
    """An id that was printed and is not there is told."""
    found = check.Found()
    check.check_acknowledged(found, {"a", "b"}, [job()])
    assert found.broken == {"acknowledged enqueues missing": ["b"]}


def test_a_process_that_holds_a_lock_is_seen(tmp_path: Path) -> None:
    """A lock of a job that is still held is told."""
    (tmp_path / "locks").mkdir()
    with (tmp_path / "locks" / "a").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = check.Found()
        check.check_processes(found, tmp_path, tmp_path / "queue.db")
        assert found.broken == {"processes left behind": ["a"]}
