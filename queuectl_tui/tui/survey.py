"""What a screen wants of the queue, read anew only where it may have become another since the last look."""

from __future__ import annotations

from dataclasses import replace

from queuectl_tui.rules.errors import NoSuchJob
from queuectl_tui.rules.records import Counts, Job, Worker, WorkerRow
from queuectl_tui.rules.times import now_ms
from queuectl_tui.store import metrics, pages, past, queries, rates, settings, watch, workers
from queuectl_tui.store.counting import Counted
from queuectl_tui.store.database import Store
from queuectl_tui.store.lists import Listing, Place
from queuectl_tui.tui.look import Anchor, Detail, Figures, Snapshot, Want, Window
from queuectl_tui.tui.matches import Matches
from queuectl_tui.work import fleet, rescue
from queuectl_tui.work.usage import Meter

#: Up to so many jobs the position of a row is counted anew each time.
_COUNTED = 20_000
#: Figures go through many jobs, so they are not made anew at each change, ms; and not through all jobs.
_FIGURES_MS, _NEWEST = 5000, 20_000
#: What a filter takes as time goes by is looked for again after so long, ms.
_AGED_MS = 10_000
_SLOWEST = 8
#: Of so many running jobs the processes are looked at.
_METERED = 200


class Survey:
    """Looks through one connection; it knows what it saw last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = -1
        self._written: object = None
        self._wanted = Want()
        self._last: Snapshot | None = None
        #: When the figures were made, and of which version.
        self._figures_of = (0, -1)
        #: The workers as the queue knows them.
        self._workers: tuple[WorkerRow, ...] = ()
        #: Up to which span the completed jobs were counted.
        self._span = -1
        self._rate = rates.Rate(rates.MINUTE)
        self._meter = Meter()
        self._matches = Matches()
        #: When the rows were read.
        self._read_at = 0

    def changed(self, *, surely: bool) -> bool:
        """Tell whether the queue has changed; what is not sure may miss what was written in the same instant."""
        written = surely or watch.written(self._store) != self._written
        return written and watch.version(self._store.conn) != self._version

    @property
    def uncounted(self) -> bool:
        """What a filter takes is to be counted."""
        return self._last is not None and self._matches.due(self._last.window, self._version)

    def look(self, wanted: Want, *, follow: bool, live: bool) -> Snapshot:
        """Give what is wanted; `follow`: as it is by now, `live`: with what changes outside of the database too."""
        store, now = self._store, now_ms()
        if self._last is None:
            self._last, follow, live = Snapshot(queries.counts(store)), True, True
        last, before = self._last, self._wanted
        written, version = self._written, self._version
        if follow:
            # Before anything is read: what is written meanwhile shows at the next look.
            written, version = watch.written(store), watch.version(store.conn)
        usage = wanted.tab == "workers"
        seen = follow or live or (usage and before.tab != wanted.tab)
        if follow or (seen and usage):
            self._workers = workers.all_(store)
        observed = fleet.observe(store, usage=usage, rows=self._workers) if seen else last.workers
        # A worker may die, and a time come, without a word in the database.
        told = live and (_alive(observed) != _alive(last.workers) or _overdue(last, now))
        new = follow or told or (live and _ages(wanted.listing) and now - self._read_at >= _AGED_MS)
        rows = wanted.listing is not None and (new or last.window is None or wanted.urgent != before.urgent)
        counts = queries.counts(store) if new or rows else last.counts
        window = last.window if wanted.listing is not None else None
        if wanted.listing is not None and rows:
            window = _window(store, wanted, wanted.listing, counts, self._matches.known(wanted.listing))
            self._read_at = now
        detail = last.detail if wanted.detail is not None else None
        if wanted.detail is not None and (new or wanted.detail != before.detail or (live and _runs(detail))):
            detail = _detail(store, wanted.detail)
        self._last = Snapshot(
            counts=counts,
            workers=observed,
            completed=self._completed(now) if follow or (live and self._passed(now)) else last.completed,
            window=window,
            detail=detail,
            figures=self._figures(version, now) if wanted.tab == "metrics" else None,
            usage=self._meter.look(store, _running(window, detail)) if live else last.usage,
            settings=settings.stored(store) if follow else last.settings,
            at=now,
        )
        self._wanted = wanted
        if follow:
            self._written, self._version = written, version
        return self._last

    def count(self) -> Snapshot | None:
        """Count a bit further what the filter takes, and give the last look with that."""
        if self._last is None or self._last.window is None:
            return None
        counted = self._matches.count(self._store, self._last.window.listing, self._version)
        self._last = replace(self._last, window=_counted(self._last.window, counted))
        return self._last

    def _passed(self, now: int) -> bool:
        return self._span != now // rates.MINUTE.each_ms

    def _completed(self, now: int) -> tuple[int, ...]:
        self._span = now // rates.MINUTE.each_ms
        return self._rate.look(self._store, now)

    def _figures(self, version: int, now: int) -> Figures:
        last = self._last.figures if self._last is not None else None
        made_at, made_of = self._figures_of
        old = now - made_at >= _FIGURES_MS and version != made_of
        if last is not None and not old and now // rates.HOUR.each_ms == made_at // rates.HOUR.each_ms:
            return last
        self._figures_of = now, version
        return Figures(
            metrics.metrics(self._store, since=None, now=now, newest=_NEWEST),
            rates.completed(self._store, rates.HOUR, now),
            metrics.slowest(self._store, newest=_NEWEST, count=_SLOWEST),
            _NEWEST,
        )


def _alive(workers: tuple[Worker, ...]) -> list[tuple[str, bool]]:
    return [(worker.id, worker.state != "lost") for worker in workers]


def _overdue(seen: Snapshot, now: int) -> bool:
    """Tell whether a job that waited for its time waits for it no more."""
    return any(job.waiting == "due" and job.due_at <= now for job in _shown(seen.window, seen.detail))


def _runs(detail: Detail | None) -> bool:
    return detail is not None and detail.job is not None and detail.job.state == "processing"


def _running(window: Window | None, detail: Detail | None) -> list[Job]:
    """Give the running jobs among those that are shown."""
    found = {job.seq: job for job in _shown(window, detail) if job.state == "processing"}
    return list(found.values())[:_METERED]


def _shown(window: Window | None, detail: Detail | None) -> list[Job]:
    shown = [row.job for row in window.part.rows] if window is not None else []
    if detail is not None and detail.job is not None:
        shown.append(detail.job)
    return shown


def _ages(listing: Listing | None) -> bool:
    return listing is not None and listing.filter is not None and listing.filter.ages


def _window(store: Store, wanted: Want, listing: Listing, counts: Counts, counted: Counted | None) -> Window:
    """Read the part of the list that is wanted; a job that left it has its neighbours in its place."""
    whole = counts.of(listing.state)
    total = counted.matches if counted is not None and counted.whole else whole
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
    if part.first and part.last:
        total = len(part.rows)
        counted = Counted(total, whole=True)
    if part.first:
        start = 0
    elif part.last:
        start = max(0, total - len(part.rows))
    elif start is None and whole <= _COUNTED:
        start = pages.position(store, listing, part.rows[0].place)
    window = Window(listing, part, max(total, (start or 0) + len(part.rows)), start, wanted.serial)
    return window if counted is None else window._replace(matches=counted.matches, counted=counted.whole)


def _counted(window: Window, counted: Counted) -> Window:
    """Put into a part of a list what is known by now of how long the list is."""
    window = window._replace(matches=counted.matches, counted=counted.whole)
    if not counted.whole:
        return window
    rows = len(window.part.rows)
    start = max(0, counted.matches - rows) if window.part.last else window.start
    return window._replace(start=start, total=max(counted.matches, (start or 0) + rows))


def _place(store: Store, listing: Listing, anchor: Anchor) -> Place | None:
    """Say where an anchor stands now, or stood."""
    found = None if anchor.seq is None else pages.place_of(store, listing, anchor.seq)
    return found or anchor.place


def _detail(store: Store, job_id: str) -> Detail:
    try:
        job, runs, changes = past.whole(store, job_id)
    except NoSuchJob:
        return Detail(None)
    return Detail(job, runs, changes, rescue.stuck(store, job))
