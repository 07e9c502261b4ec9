"""Make the pictures in `screenshots/`: `python -m tests.screenshots`, with Chromium and Fira Code on the machine.

The queue is made anew each time by the program itself, with stand-ins for the commands that its jobs name; only the
times of what has ended are moved into the past.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench import populate
from tests.program import Program, wait_for

FOLDER = Path(__file__).parent.parent / "screenshots"
#: What stands in for the commands of the jobs.
_COMMANDS = {
    "ffmpeg": """case "$*" in
*g.mov*|*h.mov*|*i.mov*) n=1180; while :; do n=$((n+24)); echo "frame= $n fps= 31 q=28.0 size= ${n}kB speed=1.24x"
  test $((n % 5)) = 0 && echo '[libx265] warning: VBV underflow' >&2; sleep 0.3; done;;
esac
echo 'frame= 1204 fps= 31 q=28.0 size=   18432kB time=00:00:48.16 bitrate=3135.1kbits/s speed=1.24x'
echo 'frame= 1240 fps= 31 q=28.0 size=   18944kB time=00:00:49.60 bitrate=3128.8kbits/s speed=1.24x'
echo '[libx265] warning: VBV underflow at frame 1241' >&2; echo Killed >&2; kill -9 $PPID""",
    "rsync": """echo 'sending incremental file list'
echo 'ssh: connect to host backup port 22: Connection timed out' >&2; exit 255""",
    "train": """echo 'epoch 3/10 loss 0.41'
echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB' >&2; exit 1""",
    "curl": "echo 'curl: (22) The requested URL returned error: 503' >&2; exit 22",
    "make": "echo 'make: *** [Makefile:41: link] Error 1' >&2; exit 2",
}
#: (command, queue, minutes ago)
_DEAD = [
    ("tar -czf /vault/etc.tgz /nowhere", "default", 310),
    ("make -C firmware release", "build", 192),
    ("curl -fsS https://api.example.org/v2/reindex -d @q.json", "default", 130),
    ("./migrate.sh tenant-118", "default", 124),
    ("train --fold 5 --lr 3e-4", "gpu", 44),
    ("train --fold 3 --lr 3e-4", "gpu", 41),
    ("rsync -a /srv/out/ backup:/vault/2026-11/ --delete", "sync", 12),
    ("rsync -a /srv/out/ backup:/vault/2026-11/", "sync", 11),
    ("ffmpeg -i /srv/raw/b_0413.mov -c:v libx265 b.mp4", "video", 3),
    ("ffmpeg -i /srv/raw/a_0412.mov -c:v libx265 a.mp4", "video", 3),
]
#: name → (columns, rows, tab, keys)
_PICTURES = {
    "dead-140x34": (140, 34, "dead", "j space j space k k"),
    "dead-80x24": (80, 24, "dead", "j space j space k k"),
    "processing-140x34": (140, 34, "processing", ""),
    "settings-100x30": (100, 30, "failed", "comma tab"),
    "metrics-120x34": (120, 34, "metrics", ""),
}


def build(home: Path) -> Program:
    """Make the queue of the pictures, with workers at work."""
    bin_ = home / "bin"
    bin_.mkdir()
    for name, script in _COMMANDS.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin_ / name).chmod(0o700)
    program = Program(home.parent, env={"PATH": f"{bin_}:/usr/bin:/bin", "HOME": str(home)})
    program.db = home / ".local/share/queuectl/queue.db"
    program.env["QUEUECTL_DB"] = str(program.db)
    for key, value in {"backoff_base": "0", "max_retries": "3"}.items():
        program.set(key, value)
    program.enqueue_all([{"command": command, "queue": queue} for command, queue, _ in _DEAD])
    program.drain("--count", "2")
    program.set("backoff_base", "400")
    program.enqueue_all([{"command": "curl -fsS https://api.example.org/ping", "queue": "sync"}] * 17)
    program.drain("--max-jobs", "17")
    populate.past(program, 8_812)
    _move_into_the_past(program)
    program.ok("config", "unset", "backoff_base")
    film = {"queue": "film", "timeout": "2h"}
    program.enqueue_all(
        [{"command": f"ffmpeg -i /srv/raw/{name}.mov -c:v libx265 {name}.mp4", **film} for name in "ghi"]
    )
    program.enqueue_all([f"ffmpeg -i /srv/raw/{n:04}.mov {n:04}.mp4" for n in range(1204)], "--queue", "video")
    program.ok("queue", "pause", "video")
    program.ok("worker", "start", "--count", "4", "--queue", "film", "--queue", "gpu")
    wait_for(lambda: len(program.jobs("--state", "processing")) == 3, what="three jobs run")
    return program


def _move_into_the_past(program: Program) -> None:
    now = time.time_ns() // 1_000_000
    with sqlite3.connect(program.db) as conn:
        conn.create_function("sin", 1, math.sin)
        for command, _, minutes in _DEAD:
            conn.execute(
                "UPDATE job SET finished_at = ?1, started_at = ?1 - 372000, created_at = ?1 - 400000,"
                " duration_ms = 372000 WHERE command = ?2",
                (now - minutes * 60_000, command),
            )
        conn.execute("UPDATE run SET duration_ms = 372000, max_rss_kib = 2202009 WHERE outcome = 'failed'")
        conn.execute(
            "UPDATE job SET created_at = ?1 - 7200000, duration_ms = 20 + seq % 97,"
            " finished_at = ?1 - (SELECT max(seq) FROM job) * 400 + seq * 400"
            " + CAST(sin(seq / 700.0) * 200000 AS INTEGER)"
            " WHERE state = 'completed'",
            (now,),
        )
        conn.execute("UPDATE job SET finished_at = ? WHERE state = 'completed' AND finished_at > ?", (now, now))
        conn.execute("UPDATE job SET started_at = finished_at - duration_ms WHERE state = 'completed'")
        conn.execute(
            "UPDATE run SET started_at = (SELECT started_at FROM job WHERE seq = run.job) WHERE outcome = 'completed'"
        )


async def _picture(path: Path, columns: int, rows: int, tab: str, keys: Sequence[str]) -> str:
    from queuectl_tui.tui.app import QueuectlApp

    app = QueuectlApp(path, tab=tab)
    async with app.run_test(size=(columns, rows)) as pilot:
        await pilot.pause(2.5)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.2)
        await pilot.pause(1.5)
        return app.export_screenshot()


def _png(svg: Path) -> None:
    """Draw an SVG with Chromium: other programs get the digits wrong."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text(encoding="utf-8"))
    assert box is not None
    size = f"--window-size={round(float(box[1]))},{round(float(box[2]))}"
    words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", size]
    target = svg.with_suffix(".png")
    subprocess.run([*words, f"--screenshot={target}", svg.as_uri()], check=True, capture_output=True)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="queuectl-pictures-"))
    home = folder / "home"
    home.mkdir()
    program = build(home)
    os.environ |= {"HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    try:
        for name, (columns, rows, tab, keys) in _PICTURES.items():
            svg = asyncio.run(_picture(program.db, columns, rows, tab, keys.split()))
            # Fira Code would draw the x of an id's 2x9 as a sign of multiplication.
            svg = svg.replace("<style>", "<style>* { font-variant-ligatures: none; }", 1)
            file = FOLDER / f"{name}.svg"
            file.write_text(svg, encoding="utf-8")
            _png(file)
            print(file.name)
    finally:
        program.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
