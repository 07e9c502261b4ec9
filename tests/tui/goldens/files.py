"""The golden files: read, compared with what is on the screen, and written anew."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tests.tui.goldens.picture import Shot, differences, read, shoot, write
from tests.tui.goldens.scenes import THEMES, WALKS, Scene, Walk, go
from tests.tui.piloted import Driven

FOLDER = Path(__file__).parent
#: What has not changed for so long is what there will be: when it is written, and when it is not as it should be;
#: seconds.
_SETTLED_S, _PATIENCE_S = 0.6, 5.0


def file_of(walk: Walk, scene: str) -> Path:
    """Name the file of a screen."""
    return FOLDER / walk.folder / f"{scene}.txt"


def compare(walk: Walk, themes: Sequence[str] = THEMES) -> list[str]:
    """Tell what is other than in the files, in some of the themes."""
    told: list[str] = []

    async def see(ui: Driven, scene: Scene, theme: str) -> None:
        file = file_of(walk, scene.name)
        if not file.exists():
            told.append(f"{file.relative_to(FOLDER)} is not there")
            return
        old = read(file.read_text(encoding="utf-8"))[theme]
        # Who has been disappointed once waits no longer.
        new = await _settled(ui, old, _SETTLED_S if told else _PATIENCE_S)
        if new != old:
            told.extend(["", f"{file.relative_to(FOLDER)} in {theme}:", *differences(old, new)])

    go(walk, see, themes)
    return told


def write_all() -> list[Path]:
    """Write every file anew, remove those of no screen, and give those that are there."""
    files = [file for walk in WALKS for file in _write(walk)]
    for stale in set(FOLDER.glob("*/*.txt")) - set(files):
        stale.unlink()
    return files


def _write(walk: Walk) -> list[Path]:
    shots: dict[str, dict[str, Shot]] = {}

    async def see(ui: Driven, scene: Scene, theme: str) -> None:
        await ui.shows(scene.shows)
        themes = shots.setdefault(scene.name, {})
        # Another theme changes the colours at once.
        themes[theme] = await _settled(ui, None, _SETTLED_S / 4 if themes else _SETTLED_S)

    go(walk, see)
    for scene, found in shots.items():
        file = file_of(walk, scene)
        file.parent.mkdir(exist_ok=True)
        file.write_text(write(THEMES, [found[theme] for theme in THEMES]), encoding="utf-8")
    return [file_of(walk, scene) for scene in shots]


async def _settled(ui: Driven, wanted: Shot | None, patience_s: float) -> Shot:
    """Wait until the screen is as wanted, or has not changed for so long; give it."""
    last, since = None, time.monotonic()
    while True:
        seen = shoot(ui.strips)
        now = time.monotonic()
        if seen == wanted or (seen == last and now - since > patience_s):
            return seen
        if seen != last:
            last, since = seen, now
        await ui.pause(0.02)
