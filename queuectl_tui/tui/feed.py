"""One thread that reads: what is on the screen, again when the queue has changed; it posts frozen snapshots."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from queuectl_tui.rules.errors import DatabaseMissing, QueuectlError
from queuectl_tui.rules.records import Counts
from queuectl_tui.rules.states import STATES
from queuectl_tui.store.database import Store, open_reader
from queuectl_tui.store.trouble import translated
from queuectl_tui.tui.bell import Bell
from queuectl_tui.tui.look import Snapshot, Want
from queuectl_tui.tui.survey import Survey

#: The queue is looked at this often; what changed is shown at most this often; what lives is looked at this often; s.
LOOK_S, PAINT_S, LIVE_S = 0.1, 0.25, 1.0
#: When nothing has happened for so long, the queue is looked at less often, and what lives where nothing runs; seconds.
_REST_S, _REST_LOOK_S, _REST_LIVE_S = 3.0, 0.45, 3.0
#: A look that goes on for longer than this is given up when other rows are wanted, seconds.
_PATIENCE_S = 0.3
#: A search that goes on for longer is told of, seconds.
_SAY_S = 0.2
#: What a filter takes is counted when nothing was asked for so long: between two letters it would be in vain; seconds.
_PAUSE_S = 0.4
#: Of the time that goes by, looks at what has changed take at most one part in so many.
_SHARE = 5
#: Steps of SQLite's machine between two thoughts about that: about a millisecond.
_STEPS = 20_000
_NOTHING = Counts(jobs=dict.fromkeys((state.value for state in STATES), 0), queues=())


class Feed(threading.Thread):
    """Reads what is wanted and posts it when it differs from the last; nothing else in the UI reads the queue."""

    def __init__(self, path: Path, post: Callable[[Snapshot], object]) -> None:
        super().__init__(name="feed", daemon=True)
        self._path = path
        self._post = post
        self._wanted = Want()
        self._asked = threading.Lock()
        self._bell = Bell()
        self._new = True
        self._soon = False
        self._over = False
        self._frozen = False
        self._existed = False
        self._last: Snapshot | None = None

    def want(self, wanted: Want, *, at_once: bool = True, soon: bool = False) -> None:
        """Say what is on the screen now; it is read at once, when it is time for a paint, or when the queue changes."""
        with self._asked:
            self._wanted = wanted
            self._new = self._new or at_once
            self._soon = self._soon or soon
        if at_once:
            self._bell.ring()

    def wake(self) -> None:
        """Read again now: something was done."""
        with self._asked:
            self._new = True
        self._bell.ring()

    def freeze(self, frozen: bool) -> None:
        """Follow no more what changes, or again; what is asked for is still read."""
        with self._asked:
            self._frozen = frozen
            self._new = not frozen
        self._bell.ring()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._over = True
        self._bell.ring()
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
                self._rest(LIVE_S)

    def _follow(self, store: Store) -> None:
        """Read from one connection until told to stop, or until the file is another one."""
        survey = Survey(store)
        next_paint = live = asked_at = busy_at = 0.0
        counting = False
        with self._asked:
            self._new = True
        self._bell.ring()
        while True:
            resting = time.monotonic() - busy_at > _REST_S
            self._bell.wait(0 if counting else _REST_LOOK_S if resting else LOOK_S)
            if self._over:
                return
            now = time.monotonic()
            paint = now >= next_paint
            with self._asked:
                wanted, frozen, soon = self._wanted, self._frozen, paint and self._soon
                asked = self._new or soon
                self._new, self._soon = False, self._soon and not asked
            asked_at = now if asked else asked_at
            due = not frozen and paint and now - live >= (_REST_LIVE_S if resting and self._quiet(wanted) else LIVE_S)
            follow = not frozen and paint and survey.changed(surely=due)
            busy_at = now if asked or follow else busy_at
            if not (asked or due or follow):
                counting = survey.uncounted and now >= asked_at + _PAUSE_S
                if counting:
                    counted = self._patiently(survey.count, store, wanted, 0.0, say=False)
                    if paint or not survey.uncounted:
                        next_paint = now + PAINT_S
                        self._tell(counted)
                continue
            if due:
                live = now
                if not store.inode and self._path.exists():
                    return
                store.check_file()
            look = partial(survey.look, wanted, follow=follow, live=due)
            self._tell(self._patiently(look, store, wanted, _PATIENCE_S, say=asked))
            if follow or soon:
                next_paint = now + max(PAINT_S, _SHARE * (time.monotonic() - now))

    def _quiet(self, wanted: Want) -> bool:
        """Nothing runs, and nobody looks at workers."""
        return self._last is not None and not self._last.counts.jobs["processing"] and wanted.tab != "workers"

    def _rest(self, seconds: float) -> None:
        """Do nothing for a while, unless told to stop."""
        until = time.monotonic() + seconds
        while not self._over and (left := until - time.monotonic()) > 0:
            self._bell.wait(left)

    def _patiently(
        self, look: Callable[[], Snapshot | None], store: Store, wanted: Want, patience_s: float, *, say: bool
    ) -> Snapshot | None:
        """Look at something; None when that took longer than the patience, and other rows are wanted by now.

        `say`: someone waits for it, and is told when it takes long.
        """
        begun = time.monotonic()
        told = not say

        def in_vain() -> bool:
            nonlocal told
            passed = time.monotonic() - begun
            if not told and passed > _SAY_S and self._last is not None:
                told = True
                self._tell(replace(self._last, searching=True))
            return (self._over or self._wanted.urgent != wanted.urgent) and passed >= patience_s

        store.conn.set_progress_handler(in_vain, _STEPS)
        try:
            return look()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
                raise
            return None
        finally:
            store.conn.set_progress_handler(None, 0)

    def _tell(self, snapshot: Snapshot | None) -> None:
        if snapshot is not None and snapshot != self._last:
            self._last = snapshot
            self._post(snapshot)
