"""Random moves on a real database, against a model: no illegal state, and the counts always equal a recount."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.states import MOVES, State
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import checks, past, queries
from queuectl_tui.store import settings as stored_settings
from queuectl_tui.store.moves import acts, cleanup, edit
from queuectl_tui.store.moves import rescue as rescues
from queuectl_tui.store.moves.claim import Claim
from tests.store.queue import enqueue, finish, opened, register, turn

WORKERS = ("w1", "w2", "w3")
HOUR_MS = 3_600_000


class Model:
    """What the machine believes of one job."""

    def __init__(self, max_retries: int, once: bool, needs: str | None) -> None:
        self.state = "pending"
        self.attempts = 0
        self.max_retries = max_retries
        self.once = once
        self.needs = needs
        self.runs = 0
        self.asked_to_cancel = False


class Moves(RuleBasedStateMachine):
    """Enqueue, claim, end runs in every way, and act on jobs, in any order."""

    jobs: Bundle[str] = Bundle("jobs")

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "queue.db"
        self.store = opened(self.path)
        stored_settings.save(self.store, {"backoff_base": "0"})
        for worker in WORKERS:
            register(self.store, worker)
        self.model: dict[str, Model] = {}
        self.owned: dict[str, Claim] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(
        target=jobs,
        priority=st.integers(-2, 2),
        queue=st.sampled_from(["default", "other"]),
        max_retries=st.integers(0, 2),
        hold=st.booleans(),
        later=st.booleans(),
        once=st.booleans(),
    )
    def enqueue(self, priority: int, queue: str, max_retries: int, hold: bool, later: bool, once: bool) -> str:
        request = Request(
            command="true",
            priority=priority,
            queue=queue,
            max_retries=max_retries,
            hold=hold,
            delay_s=3600.0 if later else None,
            on_interrupt="dead" if once else "retry",
        )
        (job,) = enqueue(self.path, request)
        self.model[job] = Model(max_retries, once, None)
        return job

    @rule(target=jobs, needed=jobs)
    def enqueue_after(self, needed: str) -> Any:
        if needed not in self.model:
            return multiple()
        (job,) = enqueue(self.path, Request(command="true", after=(needed,), max_retries=0))
        self.model[job] = Model(0, once=False, needs=needed)
        return job

    @rule(worker=st.sampled_from(WORKERS))
    def claim(self, worker: str) -> None:
        if worker in self.owned:
            return
        claimed = turn(self.store, worker).claim
        ready = [job for job in queries.iter_jobs(self.store, states=("pending", "failed")) if job.waiting is None]
        if claimed is None:
            assert not [job for job in ready if job.waiting_for is None and self._ready(job.id)]
            return
        job = self.model[claimed.id]
        assert job.state in MOVES["claim"].ends
        needed = self.model.get(job.needs or "")
        assert job.runs or needed is None or needed.state == "completed"
        job.state = "processing"
        job.attempts += 1
        job.runs += 1
        assert (claimed.attempt, claimed.run) == (job.attempts, job.runs)
        self.owned[worker] = claimed

    def _ready(self, job: str) -> bool:
        return bool(self.store.conn.execute("SELECT ready FROM job WHERE id = ?", (job,)).fetchone()[0])

    @rule(worker=st.sampled_from(WORKERS), outcome=st.sampled_from(["completed", "failed", "timeout", "handed_back"]))
    def settle(self, worker: str, outcome: str) -> None:
        claimed = self.owned.pop(worker, None)
        if claimed is None:
            return
        job = self.model[claimed.id]
        end = turn(self.store, worker, finish(claimed, worker, outcome), want=False).end
        assert end is not None
        if outcome == "completed":
            job.state = "completed"
        elif job.asked_to_cancel:
            job.state = "dead"
        elif outcome == "handed_back":
            job.state = "pending"
            job.attempts -= 1
        else:
            job.state = "failed" if job.attempts <= job.max_retries else "dead"
        job.asked_to_cancel = False
        assert end.state == job.state

    @rule(worker=st.sampled_from(WORKERS))
    def rescue(self, worker: str) -> None:
        claimed = self.owned.pop(worker, None)
        if claimed is None:
            return
        job = self.model[claimed.id]
        rescues.rescue(self.store, finish(claimed, worker, "interrupted", actor="a rescuer"))
        again = job.attempts <= job.max_retries and not job.once and not job.asked_to_cancel
        job.state = "failed" if again else "dead"
        job.asked_to_cancel = False
        # The late owner finds itself fenced, and changes nothing.
        late = turn(self.store, worker, finish(claimed, worker), want=False)
        assert late.end is None

    @rule(job=jobs)
    def retry(self, job: str) -> None:
        if self._act("retry", job, acts.retry):
            model = self.model[job]
            if model.state != "failed":
                model.state, model.attempts = "pending", 0

    @rule(job=jobs)
    def cancel(self, job: str) -> None:
        model = self.model.get(job)
        report = acts.cancel(self.store, [job], actor="me")
        if model is None or State(model.state) not in MOVES["cancel"].ends:
            assert report.refused
        elif model.state == "processing":
            assert report.stopping == (job,)
            model.asked_to_cancel = True
        else:
            assert report.done == (job,)
            model.state = "dead"

    @rule(job=jobs)
    def hold(self, job: str) -> None:
        self._act("hold", job, acts.hold)

    @rule(job=jobs)
    def release(self, job: str) -> None:
        self._act("release", job, acts.release)

    @rule(job=jobs, queue=st.sampled_from(["default", "other"]), due=st.sampled_from([None, 0, HOUR_MS]))
    def edit(self, job: str, queue: str, due: int | None) -> None:
        run_at = None if due is None else now_ms() + due
        changes = Request(command="", queue=queue, run_at=run_at)
        self._act("edit", job, lambda store, ids, *, actor: edit.edit(store, ids, changes, actor=actor))

    @rule(job=jobs)
    def delete(self, job: str) -> None:
        model = self.model.get(job)
        waiting = [
            name
            for name, other in self.model.items()
            if other.needs == job and other.state in ("pending", "failed") and model and model.state != "completed"
        ]
        report = acts.delete(self.store, [job], actor="me")
        if model is None or model.state == "processing" or waiting:
            assert report.refused
            assert not report.done
        else:
            assert report.done == (job,)
            self._forget({job})

    @rule()
    def clear(self) -> None:
        gone = {name for name, job in self.model.items() if job.state != "processing"}
        assert cleanup.clearable(self.store) == len(gone)
        assert cleanup.clear(self.store) == len(gone)
        self._forget(gone)

    def _forget(self, gone: set[str]) -> None:
        self.model = {name: job for name, job in self.model.items() if name not in gone}
        for job in self.model.values():
            if job.needs in gone:
                job.needs = None

    def _act(self, move: str, job: str, act: object) -> bool:
        model = self.model.get(job)
        report = act(self.store, [job], actor="me")  # type: ignore[operator]  # an act
        if model is None or State(model.state) not in MOVES[move].ends:
            assert report.refused
            assert not report.done
            return False
        assert report.done == (job,)
        return True

    @invariant()
    def states_are_those_of_the_model(self) -> None:
        if hasattr(self, "store"):
            there = {job.id: (job.state, job.attempts, job.run) for job in queries.iter_jobs(self.store)}
            assert there == {name: (job.state, job.attempts, job.runs) for name, job in self.model.items()}

    @invariant()
    def counts_equal_a_recount(self) -> None:
        if hasattr(self, "store"):
            assert checks.recount(self.store) == []
            assert sum(queries.counts(self.store).jobs.values()) == len(self.model)

    @invariant()
    def readiness_holds_only_where_the_rule_says(self) -> None:
        if hasattr(self, "store"):
            wrong = self.store.conn.execute(
                "SELECT id FROM job WHERE ready = 1 AND due_at > ? OR (state IN ('pending', 'failed') AND blocked <>"
                " (SELECT count(*) FROM dependency JOIN job AS n ON n.seq = dependency.needs"
                " WHERE dependency.job = job.seq AND n.state <> 'completed') AND run = 0)",
                (now_ms(),),
            ).fetchall()
            assert wrong == []

    @invariant()
    def histories_lead_to_the_present(self) -> None:
        if hasattr(self, "store"):
            for name, job in self.model.items():
                changes = past.history(self.store, name)
                assert changes[-1].after == job.state
                for change in changes[1:]:
                    ends = MOVES[change.move].ends
                    assert State(change.before or "") in ends, (name, change)
                    assert State(change.after or "") in ends[State(change.before or "")], (name, change)

    @invariant()
    def environments_are_kept_while_they_are_used(self) -> None:
        if hasattr(self, "store"):
            kept = dict(self.store.conn.execute("SELECT id, jobs FROM environment").fetchall())
            used = "SELECT environment, count(*) FROM job WHERE environment IS NOT NULL GROUP BY environment"
            assert kept == dict(self.store.conn.execute(used).fetchall())


TestMoves = Moves.TestCase
TestMoves.settings = settings(
    max_examples=settings().max_examples // 4,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
