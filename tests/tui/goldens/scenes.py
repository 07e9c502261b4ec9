"""The screens that are kept, and how one comes to each: walks through the UI, by keys alone."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from textual.app import App

from queuectl_tui.rules.records import Report
from queuectl_tui.tui.app import QueuectlApp
from queuectl_tui.tui.key_order import _PATIENCE_S, OrderedKeys
from queuectl_tui.tui.screens.main import MainScreen
from tests.tui.goldens.queue import filled, frozen
from tests.tui.piloted import Driven

THEMES = ("queuectl-dark", "queuectl-light", "ansi")


class Scene(NamedTuple):
    """A screen: the keys that lead to it from where the one before ended, words on it, and the keys that leave it."""

    name: str
    keys: str
    shows: str
    back: str = ""
    #: Its colours are set as it opens, so it is opened in each theme.
    anew: bool = False


class Walk(NamedTuple):
    """Screens seen one after the other at one size, in a queue with jobs of all kinds or in an empty one."""

    size: tuple[int, int]
    scenes: tuple[Scene, ...]
    jobs: bool = True

    @property
    def folder(self) -> str:
        """Where its goldens are."""
        return "x".join(map(str, self.size))


_TABS = (
    Scene("pending", "1", "limit 2/2"),
    Scene("all", "0", "✗ dead"),
    Scene("completed", "3", "241 passed"),
    Scene("failed", "4", "in 42s"),
    Scene("processing", "2 G", "277% CPU"),
    Scene("metrics", "7", "HOW LONG"),
    Scene("workers", "6", "lost"),
)
_FORMS = (
    Scene("start-workers", "W", "Start workers", "escape"),
    Scene("kill-worker", "X", "Kill worker", "escape"),
    Scene("theme", "T", "enter keeps it", "escape"),
    Scene("edit", "5 j j e", "Edit film-a", "escape"),
    Scene("delete", "d", "Delete this job?", "escape"),
    Scene("report", "exclamation_mark", "is canceled", "escape"),
    Scene("settings-error", "comma x", "is not", "escape"),
)
_OF_A_JOB = (
    Scene("dead", "5 j j", "VBV underflow"),
    Scene("attempts", "}", "STARTED"),
    Scene("details", "}", "2 of 2"),
    Scene("details-whole", "enter", "on interrupt"),
    Scene("output-whole", "{ {", "size=   17673kB", "escape"),
)
_FINDING = (
    Scene("search", "enter slash v b v enter", "vbv 1/1", "escape escape"),
    Scene("filter", "slash q u e u e colon v i d e o enter", "1 of 5 match", "escape"),
    Scene("filter-error", "slash e x i t colon x", "wanted", "escape"),
)
_DIALOGS = (
    Scene("marked", "1 space space space", "3 marked"),
    Scene("edit-many", "e", "Edit 3 jobs", "escape"),
    Scene("delete-many", "d", "Delete 3 jobs?", "escape"),
    Scene("help", "question_mark", "Run again", "escape", anew=True),
    Scene("palette", "colon", "the id of a job", "escape"),
    Scene("settings", "comma", "then dead · 84s", "escape"),
    Scene("enqueue", "a t r u e", "run at", "escape"),
)
_EMPTY = (
    Scene("empty", "1", "Nothing waits"),
    Scene("empty-workers", "6", "WORKER"),
    Scene("empty-metrics", "7", "HOW LONG"),
)
_SMALL = (
    Scene("pending", "1", "film-c"),
    Scene("delete", "d", "Delete", "escape"),
    Scene("settings", "comma", "max_retries", "escape"),
    Scene("enqueue", "a", "command", "escape"),
    Scene("help", "question_mark", "Run again", "escape", anew=True),
)
WALKS = (
    Walk((80, 24), (*_TABS, *_FORMS)),
    Walk((80, 24), (*_OF_A_JOB, *_FINDING, *_DIALOGS)),
    Walk((80, 24), _EMPTY, jobs=False),
    # A question and a short form look the same in the middle of a wide screen.
    Walk((140, 40), _TABS),
    Walk((140, 40), (*_OF_A_JOB, *_DIALOGS)),
    Walk((140, 40), _EMPTY, jobs=False),
    Walk((40, 12), _SMALL),
    # Below this size the driver alone says that it is too small: tests/tui/test_sizes.py.
    Walk((20, 6), (Scene("pending", "1", "ffmpeg"),)),
)

#: What is done at each screen in each theme.
See = Callable[[Driven, Scene, str], Awaitable[None]]


def go(walk: Walk, see: See, themes: Sequence[str] = THEMES) -> None:
    """Open the UI, and look at one screen after the other in each theme."""

    async def play(path: Path) -> None:
        app = QueuectlApp(path, tab="pending")
        order = tuple(themes)
        async with app.run_test(size=walk.size) as pilot:
            ui = Driven(pilot)
            assert isinstance(app.screen, MainScreen)
            app.screen.last = _REPORT
            for scene in walk.scenes:
                for theme in order:
                    app.theme = theme
                    if scene.anew or theme == order[0]:
                        await _press(ui, scene.keys)
                    await see(ui, scene, theme)
                    if scene.anew or theme == order[-1]:
                        await _press(ui, scene.back)
                # What is worn now comes first at the next screen.
                order = order[::-1]

    with _queue(jobs=walk.jobs) as path:
        asyncio.run(play(path))


async def _press(ui: Driven, keys: str) -> None:
    """Press keys, each once the one before has done all it does, and the list that it opened has its rows."""
    for key in keys.split():
        await ui.press(key)
        await ui.until(partial(_is_done, ui.app), f"{key} is done")


def _is_done(app: App[Any], _: str) -> bool:
    assert isinstance(app, OrderedKeys)
    screen = app.screen
    # What closes a dialog may be lost with it, and is not waited for any longer then.
    under_way = app._given_at is not None and time.monotonic() - app._given_at < _PATIENCE_S
    if app._waiting or under_way:
        return False
    return not (isinstance(screen, MainScreen) and screen.lists_jobs) or screen.jobs.view.loaded


_REPORT = (
    "Canceled 1 job; 2 were refused",
    Report(
        done=("img-060",),
        refused=(("img-069", "is canceled already"), ("tests", "is completed, which cannot be canceled")),
    ),
)


@contextlib.contextmanager
def _queue(*, jobs: bool) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, frozen(Path(folder)) as clock:
        path = Path(folder) / "queue.db"
        with filled(path, clock) if jobs else contextlib.nullcontext():
            yield path
