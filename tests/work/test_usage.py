"""What running jobs use, looked at from outside, by real processes."""

from __future__ import annotations

from queuectl_tui.rules.records import Job, Usage
from queuectl_tui.store import queries
from queuectl_tui.store.database import open_reader
from queuectl_tui.work.usage import Meter
from tests.program import PYTHON_WORD, Program, wait_for

_MIB = 1 << 20
#: Holds 64 MiB in a grandchild and keeps it busy.
_BUSY = f"{PYTHON_WORD} -c \"held = b'x' * (64 << 20)\nwhile True: pass\" & wait"


def test_the_whole_tree_of_a_job_is_measured(program: Program) -> None:
    """A job is charged with the memory and, from the second look on, the CPU of what it started; not so its fellows."""
    for name, command in (("busy", _BUSY), ("calm", "sleep 60")):
        program.enqueue("--id", name, command)
    program.ok("worker", "start", "--count", "2")
    jobs = ["busy", "calm"]
    for name in jobs:
        program.wait_state(name, "processing")
    meter = Meter()
    with open_reader(program.db) as store:

        def look() -> tuple[Usage, Usage] | None:
            shown: list[Job] = queries.by_ids(store, jobs)
            found = meter.look(store, shown)
            return (found[shown[0].seq], found[shown[1].seq]) if len(found) == 2 else None

        first = wait_for(look, what="both are seen")
        assert first is not None
        busy, calm = wait_for(
            lambda: (now := look()) and (now[0].cpu_percent or 0) > 5 and now[0].rss_bytes > 64 * _MIB and now,
            what="the grandchild's share",
        ) or (first[0], first[1])
    assert calm.cpu_percent is not None
    assert calm.cpu_percent < 5
    assert calm.rss_bytes < 32 * _MIB
    assert busy.rss_bytes < 200 * _MIB


def test_a_job_that_has_ended_uses_nothing(program: Program) -> None:
    """A run whose leader is gone is left out: its pid may belong to another process by now."""
    name = program.enqueue("sleep 60")
    program.ok("worker", "start")
    program.wait_state(name, "processing")
    with open_reader(program.db) as store:
        job = queries.job(store, name)
        meter = Meter()
        wait_for(lambda: meter.look(store, [job]), what="it is seen")
        program.ok("cancel", name)
        assert meter.look(store, [job]) == {}
