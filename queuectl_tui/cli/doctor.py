"""Check that all is well with the queue and with this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.salvage import rescue_into
from queuectl_tui.rules.errors import QueuectlError
from queuectl_tui.rules.times import now_ms, show_duration, show_time
from queuectl_tui.store import checks, queries, safety
from queuectl_tui.store.database import Store, open_store
from queuectl_tui.store.trouble import MORE, guarded
from queuectl_tui.work import fleet, logout
from queuectl_tui.work.own import actor
from queuectl_tui.work.rescue import rescue, stuck

_SALVAGE = "; `queuectl doctor --salvage OUT` rescues what can be read"
#: A time in the queue may be so much ahead of the clock before that is worth a word, ms.
_AHEAD_MS = 2000


class Check(NamedTuple):
    """One finding."""

    name: str
    ok: bool
    detail: str


@click.command(epilog="Example: queuectl doctor --json")
@click.option("--salvage", metavar="OUT", help="Rescue what can be read of a damaged file into a new queue.")
@json_option
@pass_place
@click.pass_context
def doctor(ctx: click.Context, place: Place, salvage: str | None, as_json: bool) -> None:
    """Check the file, its safety, the disk, the workers, the counts and the clock; exit 1 if anything is wrong."""
    if salvage is not None:
        rescue_into(place, salvage, as_json=as_json)
        return
    found = list(_checks(place))
    if as_json:
        render.document([{"check": check.name, "ok": check.ok, "detail": check.detail} for check in found])
    else:
        render.table(("CHECK", "", "DETAIL"), [(c.name, "ok" if c.ok else "WRONG", c.detail) for c in found])
    if not all(check.ok for check in found):
        ctx.exit(1)


def _checks(place: Place) -> Iterator[Check]:
    path = place.path
    yield _sqlite()
    yield from _surroundings(path)
    yield _logout()
    if not path.exists():
        yield Check("integrity", True, f"no queue at {path} yet")
        return
    try:
        store = place.reader()
    except QueuectlError as error:
        yield Check("integrity", False, str(error).replace(MORE, _SALVAGE))
        return
    with store:
        for check in (_integrity, _counts, _workers, _clock):
            yield _guarded(check, store)


def _guarded(check: Callable[[Store], Check], store: Store) -> Check:
    try:
        with guarded(store.path):
            return check(store)
    except QueuectlError as error:
        why = str(error)
    except (ValueError, TypeError, ArithmeticError) as error:
        why = f"{store.path} holds what makes no sense ({error}){MORE}"
    return Check(check.__name__.strip("_"), False, why.replace(MORE, _SALVAGE))


def _sqlite() -> Check:
    return Check("sqlite", True, checks.sqlite_version())


def _surroundings(path: Path) -> Iterator[Check]:
    folder = path.parent
    if not folder.exists():
        return
    found = safety.problems(path)
    if path.exists() and not os.access(path, os.W_OK):
        found.append(f"{path} is read-only")
    owner = safety.foreign_owner(path) if path.exists() else None
    detail = "; ".join(found) or ("yours alone" if owner is None else f"belongs to uid {owner}; you are root")
    yield Check("permissions", not found, detail)
    kind = safety.file_system(path)
    yield Check("file system", kind not in safety.NETWORK_FILE_SYSTEMS, kind or "unknown")
    free, floor = safety.free_space(path)
    text = f"{free >> 20:,} MiB free; no job is started below {floor >> 10:,} KiB"
    yield Check("free space", free >= floor, text)


def _logout() -> Check:
    why = logout.kills_workers()
    return Check("logout", why is None, why or "workers outlive it")


def _integrity(store: Store) -> Check:
    found = checks.integrity(store)
    return Check("integrity", not found, "; ".join(found[:5]) + _SALVAGE if found else "the file is whole")


def _counts(store: Store) -> Check:
    found = checks.recount(store)
    return Check("counts", not found, "; ".join(found[:5]) or "the kept counts equal a recount")


def _workers(store: Store) -> Check:
    found = fleet.observe(store)
    wrong = [f"{worker.id} is {worker.state}" for worker in found if worker.state in ("lost", "stalled")]
    running = queries.iter_jobs(store, states=("processing",))
    wrong += [f"{job.id}: {why}" for job in running if (why := stuck(store, job))]
    if any(worker.state == "lost" for worker in found):
        with open_store(store.path) as writer:
            wrong += [f"rescued {job}" for job in rescue(writer, actor=actor())]
    return Check("workers", not wrong, "; ".join(wrong) or f"{len(found)} registered, none stale")


def _clock(store: Store) -> Check:
    newest = queries.newest_time(store)
    ahead = 0 if newest is None else newest - now_ms()
    if ahead > _AHEAD_MS:
        by = show_duration(ahead // 1000)
        return Check("clock", False, f"the queue was last changed at {show_time(newest)}, {by} ahead of this clock")
    return Check("clock", True, show_time(now_ms()) or "")
