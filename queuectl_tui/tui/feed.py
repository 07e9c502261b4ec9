"""One thread that reads: what is on the screen, again when the queue has changed; it posts frozen snapshots."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from queuectl_tui.rules.errors import DatabaseMissing, NoSuchJob, QueuectlError
from queuectl_tui.rules.records import Counts, Job, Usage
from queuectl_tui.rules.states import STATES
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import metrics, pages, past, queries, rates, settings, watch
from queuectl_tui.store.database import Store, open_reader, translated
from queuectl_tui.store.pages import Listing, Place
from queuectl_tui.tui.look import Anchor, Detail, Figures, Snapshot, Want, Window
from queuectl_tui.work import fleet, rescue
from queuectl_tui.work.usage import Meter

#: The queue is looked at this often; what changed is shown at most this often; what lives is looked at this often; s.
LOOK_S, PAINT_S, LIVE_S = 0.1, 0.25, 1.0
#: Up to so many jobs the position of a row is counted anew each time.
_COUNTED = 20_000
#: Figures go through many jobs, so they are not made anew at each change, seconds; and not through all jobs.
_FIGURES_S, _NEWEST = 5.0, 20_000
_SLOWEST = 8
#: Of so many running jobs the processes are looked at.
_METERED = 200
_NOTHING = Counts(jobs=dict.fromkeys((state.value for state in STATES), 0), queues=())


class Feed(threading.Thread):
    """Reads what is wanted and posts it when it differs from the last; nothing else in the UI reads the queue."""

    def __init__(self, path: Path, post: Callable[[Snapshot], object]) -> None:
        super().__init__(name="feed", daemon=True)
        self._path = path
        self._post = post
        self._wanted = Want()
        self._asked = threading.Condition()
        self._new = True
        self._over = False
        self._frozen = False
        self._existed = False
        self._last: Snapshot | None = None
        self._figures_at = 0.0
        self._meter = Meter()
        self._usage: Mapping[int, Usage] = {}

    def want(self, wanted: Want, *, at_once: bool = True) -> None:
        """Say what is on the screen now; it is read at once, or when the queue changes."""
        with self._asked:
            self._wanted = wanted
            if at_once:
                self._new = True
                self._asked.notify()

    def wake(self) -> None:
        """Read again now: something was done."""
        with self._asked:
            self._new = True
            self._asked.notify()

    def freeze(self, frozen: bool) -> None:
        """Follow no more what changes, or again; what is asked for is still read."""
        with self._asked:
            self._frozen = frozen
            self._new = not frozen
            self._asked.notify()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        with self._asked:
            self._over = True
            self._asked.notify()
        if self.is_alive():
            self.join(5.0)

    def run(self) -> None:
        """Read until told to stop; what cannot be read is told in a snapshot, and tried again."""
        while not self._over:
            try:
                if self._existed and not self._path.exists():
                    raise DatabaseMissing(f"{self._path} is gone: it was deleted or moved away")
                with open_reader(self._path) as store:
                    self._existed = bool(store.inode)
                    self._follow(store)
            except (QueuectlError, sqlite3.Error, OSError) as error:
                why = translated(error, self._path) if isinstance(error, sqlite3.Error) else error
                self._tell(replace(self._last or Snapshot(_NOTHING), trouble=str(why)))
                with self._asked:
                    self._asked.wait_for(lambda: self._over, LIVE_S)

    def _follow(self, store: Store) -> None:
        """Read from one connection until told to stop, or until the file is another one."""
        version = -1
        painted = live = 0.0
        with self._asked:
            self._new = True
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._new or self._over, LOOK_S)
                asked, wanted, frozen = self._new, self._wanted, self._frozen
                self._new = False
            if self._over:
                return
            now = time.monotonic()
            changed = not frozen and self._last is not None and watch.version(store.conn) != version
            due = not frozen and now - live >= LIVE_S
            if asked or due or (changed and now - painted >= PAINT_S):
                if due:
                    live = now
                    if not store.inode and self._path.exists():
                        return
                    store.check_file()
                version = watch.version(store.conn)
                painted = now
                self._tell(self._read(store, wanted, now, live=due))

    def _tell(self, snapshot: Snapshot) -> None:
        if snapshot != self._last:
            self._last = snapshot
            self._post(snapshot)

    def _read(self, store: Store, wanted: Want, clock: float, *, live: bool) -> Snapshot:
        now = now_ms()
        counts = queries.counts(store)
        figures = None
        if wanted.tab == "metrics":
            figures = self._last.figures if self._last is not None else None
            if figures is None or clock - self._figures_at >= _FIGURES_S:
                self._figures_at = clock
                figures = _figures(store, now)
        window = None if wanted.listing is None else _window(store, wanted, wanted.listing, counts)
        detail = None if wanted.detail is None else _detail(store, wanted.detail)
        if live:
            self._usage = self._meter.look(store, _running(window, detail))
        return Snapshot(
            counts=counts,
            workers=fleet.observe(store),
            completed=rates.completed(store, rates.MINUTE, now),
            window=window,
            detail=detail,
            usage=self._usage,
            figures=figures,
            settings=settings.stored(store),
            at=now,
        )


def _figures(store: Store, now: int) -> Figures:
    return Figures(
        metrics.metrics(store, since=None, now=now, newest=_NEWEST),
        rates.completed(store, rates.HOUR, now),
        metrics.slowest(store, newest=_NEWEST, count=_SLOWEST),
        _NEWEST,
    )


def _running(window: Window | None, detail: Detail | None) -> list[Job]:
    """Give the running jobs among those that are shown."""
    shown = [row.job for row in window.part.rows] if window is not None else []
    if detail is not None and detail.job is not None:
        shown.append(detail.job)
    return list({job.seq: job for job in shown if job.state == "processing"}.values())[:_METERED]


def _window(store: Store, wanted: Want, listing: Listing, counts: Counts) -> Window:
    """Read the part of the list that is wanted; a job that left it has its neighbours in its place."""
    total = sum(counts.jobs.values()) if listing.state is None else counts.jobs[listing.state]
    anchor = wanted.anchor
    start: int | None = None
    if anchor.end:
        part = pages.ending(store, listing, wanted.before + wanted.after)
    elif anchor.position is not None:
        start = max(0, min(anchor.position, total - 1) - wanted.before)
        part = pages.at(store, listing, start, wanted.before + wanted.after, total)
    elif (place := _place(store, listing, anchor)) is None:
        part = pages.beginning(store, listing, wanted.before + wanted.after)
    else:
        part = pages.around(store, listing, place, wanted.before, wanted.after)
    if part.first:
        start = 0
    elif part.last:
        start = max(0, total - len(part.rows))
    elif start is None and total <= _COUNTED:
        start = pages.position(store, listing, part.rows[0].place)
    return Window(listing, part, total, start, wanted.serial)


def _place(store: Store, listing: Listing, anchor: Anchor) -> Place | None:
    """Say where an anchor stands now, or stood."""
    found = None if anchor.seq is None else pages.place_of(store, listing, anchor.seq)
    return found or anchor.place


def _detail(store: Store, job_id: str) -> Detail:
    try:
        job = queries.job(store, job_id)
        return Detail(job, past.runs(store, job_id), past.history(store, job_id), rescue.stuck(store, job))
    except NoSuchJob:
        return Detail(None)
