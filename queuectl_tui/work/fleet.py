"""Many workers: start them, see how they are, stop and kill them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.jobs import new_ids
from queuectl_tui.rules.records import Report, Worker, WorkerRow
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import watch, workers
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.work import own, tree, wakeup
from queuectl_tui.work.rescue import rescue
from queuectl_tui.work.spawn import fork_worker
from queuectl_tui.work.worker import Orders

#: A worker that gave no sign for so long is shown as stalled, seconds.
STALLED_S = 15.0
_TICK_S = 0.05
#: What leaves sooner is not worth a word, seconds.
_SAY_AFTER_S = 0.3

Say = Callable[[str], None]


def new_worker_id() -> str:
    """Draw the id of a new worker."""
    return "w" + new_ids(1)[0][:7]


def log_path(store: Store, worker: str) -> Path:
    """Name a worker's log."""
    return workers.file_of(store, worker, "log")


def observe(store: Store, *, usage: bool = True, rows: Sequence[WorkerRow] | None = None) -> tuple[Worker, ...]:
    """See how every worker is; nothing is changed. Without `usage` not its beat, memory and CPU, which always move.

    `rows`: what the queue says of them, when that is known.
    """
    return tuple(_seen(store, row, usage) for row in (workers.all_(store) if rows is None else rows))


def _seen(store: Store, row: WorkerRow, usage: bool) -> Worker:
    beat = workers.beat_at(store, row.id)
    # The pid alone may belong to another process by now.
    process = tree.state(tree.Member(row.pid, row.pid_start))
    state = "lost"
    if not workers.is_dead(store, row.id):
        late = beat is not None and now_ms() - beat > STALLED_S * 1000
        if late or process == "T":
            state = "stalled"
        elif row.stop:
            state = "stopping"
        else:
            state = "busy" if row.job else "idle"
    rss, cpu = _usage(row.pid) if usage and process is not None and state != "lost" else (None, None)
    return Worker(
        id=row.id,
        pid=row.pid,
        host=row.host,
        state=state,
        queues=row.queues,
        job=row.job,
        started_at=row.started_at,
        heartbeat_at=beat if usage else None,
        completed=row.completed,
        failed=row.failed,
        rss_bytes=rss,
        cpu_percent=cpu,
        command=row.command,
    )


def _usage(pid: int) -> tuple[int | None, float | None]:
    """Give the memory of a process, bytes, and the share of one core that it has used since its start, percent."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            age = max(time.time() - process.create_time(), 0.001)
            return process.memory_info().rss, round(sum(process.cpu_times()[:2]) / age * 100, 2)
    except psutil.Error:
        return None, None


def start(path: Path, *, count: int, queues: Sequence[str]) -> list[str]:
    """Start workers that outlive this process and its terminal; give their ids when all are registered.

    They are forked from this one warm process, so that they share its memory.
    """
    own.leave_job()
    with open_store(path) as store:
        rescue(store, actor=f"pid {os.getpid()}")
    reader, writer = os.pipe()
    ids = [new_worker_id() for _ in range(count)]
    said = []
    try:
        for worker in ids:
            fork_worker(path, Orders(id=worker, queues=tuple(queues)), report=writer, detach=True)
    except OSError as error:
        said.append(f"no process can be started: {error.strerror}")
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8", errors="replace") as reports:
        said += reports.read().splitlines()
    ready = {line.split(" ", 1)[0] for line in said if line.endswith(" ready")}
    if missing := [worker for worker in ids if worker not in ready]:
        why = "; ".join(line for line in said if not line.endswith(" ready"))
        raise Refused(f"{len(missing)} of {count} workers did not start: {why or 'no reason given'}")
    return ids


def stop(
    store: Store, ids: Sequence[str] | None, *, now: bool = False, timeout_s: float | None = None, say: Say
) -> Report:
    """Ask workers (None: all) to finish what they run and leave, and wait until they have.

    `now`, or the end of `timeout_s`: their running jobs are stopped and go back to pending.
    """
    rows = {row.id: row for row in workers.all_(store)}
    chosen = list(rows) if ids is None else list(dict.fromkeys(ids))
    refused = tuple((worker, "no such worker") for worker in chosen if worker not in rows)
    waiting = [worker for worker in chosen if worker in rows]
    ask(store, [rows[worker] for worker in waiting], "now" if now else "drain")
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    said: dict[str, str] = {}
    say_at = time.monotonic() + _SAY_AFTER_S
    while True:
        store.check_file()
        rescue(store, actor=f"pid {os.getpid()}")
        left = {worker.id: worker for worker in observe(store) if worker.id in waiting}
        if not left:
            return Report(done=tuple(waiting), refused=refused)
        if deadline is not None and time.monotonic() > deadline:
            ask(store, [rows[worker] for worker in left], "now")
            deadline = None
        for worker in left.values() if time.monotonic() > say_at else ():
            text = _waiting_text(worker)
            if said.get(worker.id) != text:
                said[worker.id] = text
                say(text)
        time.sleep(_TICK_S)


def _waiting_text(worker: Worker) -> str:
    if worker.state == "stalled":
        return f"waiting for {worker.id}, which is stopped or stuck; `queuectl worker kill {worker.id}` ends it"
    return f"waiting for {worker.id}" + (f", which runs {worker.job}" if worker.job else "")


def ask(store: Store, rows: Sequence[WorkerRow], how: str) -> None:
    """Ask workers to leave: `drain`, or `now`; nobody waits for them."""
    workers.ask_to_stop(store, [row.id for row in rows], how)
    wakeup.nudge(store, [row.id for row in rows])
    if how == "now":
        for row in rows:
            _signal(row, signal.SIGCONT)


def kill(store: Store, ids: Sequence[str], *, actor: str) -> Report:
    """Kill worker processes and rescue their jobs at once."""
    rows = {row.id: row for row in workers.all_(store)}
    done, refused = [], []
    for worker in dict.fromkeys(ids):
        row = rows.get(worker)
        if row is None:
            refused.append((worker, "no such worker"))
            continue
        try:
            _signal(row, signal.SIGKILL)
        except PermissionError:
            refused.append((worker, f"process {row.pid} belongs to another user"))
            continue
        if _await_death(store, worker):
            done.append(worker)
        else:
            refused.append((worker, f"process {row.pid} cannot be found from here and holds its lock"))
    deadline = time.monotonic() + 5
    while any(watch.owned(store.conn, worker) for worker in done) and time.monotonic() < deadline:
        rescue(store, actor=actor)
    rescue(store, actor=actor)
    return Report(done=tuple(done), refused=tuple(refused))


def _await_death(store: Store, worker: str) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if workers.is_dead(store, worker):
            return True
        time.sleep(0.01)
    return False


def _signal(row: WorkerRow, number: signal.Signals) -> None:
    """Signal a worker's process, if it is still the one that was registered."""
    tree.signal_all([tree.Member(row.pid, row.pid_start)], number)


def surplus(store: Store, count: int) -> list[str]:
    """Name the workers to drain when only so many are wanted: idle ones first, the youngest first."""
    there = _staying(store)
    there.sort(key=lambda worker: (worker.job is not None, -worker.started_at))
    return [worker.id for worker in there[: max(0, len(there) - count)]]


def fill(path: Path, count: int) -> list[str]:
    """Start as many workers as are missing; give their ids."""
    with open_store(path) as store:
        missing = count - len(_staying(store))
    return start(path, count=missing, queues=()) if missing > 0 else []


def _staying(store: Store) -> list[Worker]:
    return [worker for worker in observe(store) if worker.state not in ("lost", "stopping")]
