"""One thread that reads output: the lines in view, again while they grow, and a search between two looks."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from queuectl_tui.rules.errors import DatabaseMissing, QueuectlError
from queuectl_tui.store import watch
from queuectl_tui.store.database import Store, open_reader
from queuectl_tui.tui.log.lines import Around, Extract, at_one_moment, extract
from queuectl_tui.tui.log.search import Hits, Search
from queuectl_tui.tui.log.stretches import Place

#: What grows is looked at this often, and shown at most this often; matches are told this often; seconds.
_LOOK_S, _PAINT_S, _TELL_S = 0.1, 0.25, 0.1
#: After trouble it is tried again so much later, seconds.
_AGAIN_S = 1.0


class Sought(NamedTuple):
    """A text to search for, from a place on; `serial` counts the searches."""

    pattern: str
    origin: Place | None
    serial: int


class Ask(NamedTuple):
    """Lines of a run that are wanted: so many before a place, and after it; of long ones `least` are enough."""

    job: int
    run: int
    around: Around
    before: int
    after: int
    #: The run goes on.
    live: bool = False
    sought: Sought | None = None
    #: Counts the questions, so that an answer is known by it.
    serial: int = 0
    least: int = 1


class Answer(NamedTuple):
    """What was asked for, and what the search has found so far."""

    ask: Ask
    extract: Extract
    hits: Hits | None = None


class LogReader(threading.Thread):
    """Reads what was asked for last, and posts it; nothing else in the UI reads output."""

    def __init__(self, path: Path, post: Callable[[Answer], object]) -> None:
        super().__init__(name="output", daemon=True)
        self._path = path
        self._post = post
        self._asked = threading.Condition()
        self._ask: Ask | None = None
        self._new = False
        self._over = False
        self._search: tuple[Sought, Search] | None = None

    def ask(self, ask: Ask | None) -> None:
        """Say what is wanted now (None: nothing)."""
        with self._asked:
            self._ask = ask
            self._new = True
            self._asked.notify()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        with self._asked:
            self._over = True
            self._asked.notify()
        if self.is_alive():
            self.join(5.0)

    def run(self) -> None:
        """Answer until told to stop; the feed tells what is wrong with the queue, here it is tried again."""
        while not self._over:
            with self._asked:
                self._asked.wait_for(lambda: self._ask is not None or self._over)
            try:
                with open_reader(self._path) as store:
                    self._answer(store)
            except (QueuectlError, sqlite3.Error, OSError):
                with self._asked:
                    self._new = True
                    self._asked.wait_for(lambda: self._over, _AGAIN_S)

    def _answer(self, store: Store) -> None:
        """Answer from one connection until told to stop; raises DatabaseMissing when the file is another one."""
        last: Answer | None = None
        version, painted = -1, 0.0
        while True:
            with self._asked:
                searching = self._ask is not None and self._search is not None and not self._search[1].done
                live = self._ask is not None and self._ask.live
                wait = 0 if searching else _LOOK_S if live else None
                self._asked.wait_for(lambda: self._new or self._over, wait)
                ask, new, self._new = self._ask, self._new, False
            if self._over:
                return
            if ask is None:
                last = None
                continue
            now = time.monotonic()
            if new or (ask.live and now - painted >= _PAINT_S and watch.version(store.conn) != version):
                store.check_file()
                if not store.inode:
                    raise DatabaseMissing(f"{self._path} is not there")
                version, painted = watch.version(store.conn), now
                self._turn_to(ask)
                if self._search is not None and ask.live:
                    self._search[1].resume()
                last = self._tell(ask, self._read(store, ask), None if new else last)
            elif searching and last is not None:
                self._go_on(store, now + _TELL_S)
                last = self._tell(ask, last.extract, last)

    def _turn_to(self, ask: Ask) -> None:
        """Begin another search, if another one is wanted."""
        if ask.sought is None:
            self._search = None
        elif self._search is None or self._search[0] != ask.sought:
            self._search = (ask.sought, Search(ask.sought.pattern, ask.job, ask.run, ask.sought.origin))

    def _go_on(self, store: Store, until: float) -> None:
        """Search until it is time to tell what was found, or until something else is wanted."""
        assert self._search is not None
        search = self._search[1]
        while not (search.done or self._new or self._over) and time.monotonic() < until:
            with at_one_moment(store.conn):
                search.step(store.conn)

    def _read(self, store: Store, ask: Ask) -> Extract:
        with at_one_moment(store.conn):
            return extract(store.conn, ask.job, ask.run, ask.around, ask.before, ask.after, ask.least)

    def _tell(self, ask: Ask, found: Extract, last: Answer | None) -> Answer:
        answer = Answer(ask, found, self._search[1].found if self._search is not None else None)
        if answer != last:
            self._post(answer)
        return answer
