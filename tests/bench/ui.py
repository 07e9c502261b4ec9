"""The terminal UI on a large queue, beside itself on a small one and a Textual app that shows one word.

The installed program runs on a terminal of 120x34. It has painted when its bytes have come; what a key costs is the
CPU of all its threads, until nothing more comes. The keys are pressed in both in turn.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from statistics import median

from tests.bench import output
from tests.bench.drain import Drain
from tests.bench.effort import Effort
from tests.bench.measure import in_turn, pss_kib, ratio
from tests.bench.populate import mixed
from tests.bench.queue import queue
from tests.bench.table import Row, at_least, at_most
from tests.bench.watched import Drawn, Watched
from tests.program import Program

_SMALL = 1000
_BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("painted")

Bare().run()
"""
_MARK = b"ffmpeg"
#: Presses that are measured, those before that bring there, and the budget of each, ms. The cursor goes down in view
#: of all rows, and then so far that the list moves with each step.
_KEYS = {
    "j": (("j",) * 5, ("g",), 6.0),
    "j at the last line": (("j",) * 5, ("g", *("j",) * 24), 6.0),
    "page down": (("\x1b[6~",) * 5, ("g",), 16.0),
    "End": (("\x1b[F",), ("g",), 20.0),
    "another tab": (("3", "4", "5", "0"), ("1",), 20.0),
    "a letter of a filter": (tuple("ffmpeg"), ("\x1b", "/"), 20.0),
}
#: At rest is what has drawn nothing for so long, seconds.
_REST_S = 4.0
#: A job that takes so long makes two changes, and two workers some hundred a second.
_BUSY = "sleep 0.03"
_BUSY_PER_S = 70


def rows(effort: Effort) -> Iterator[Row]:
    """Measure how it opens, what keys cost, and what goes on by itself."""
    with queue() as small, queue() as large:
        mixed(small, _SMALL)
        print(f"ui: filling a queue with {effort.ui_jobs:,} jobs", file=sys.stderr, flush=True)
        mixed(large, effort.ui_jobs)
        yield from _first_paint(small, large, effort)
        with Watched(small) as few, Watched(large) as many:
            few.painted(_MARK)
            many.painted(_MARK)
            yield from _keys(few, many, effort)
            yield _memory(few, many, effort)
        yield from _by_itself(large, effort)
    yield from _beside_a_drain(effort)
    yield from output.rows(effort)


def _first_paint(small: Program, large: Program, effort: Effort) -> Iterator[Row]:
    def opened(program: Program) -> tuple[float, float]:
        with Watched(program) as ui:
            return ui.painted(_MARK) * 1e3, ui.cpu_s * 1e3

    def bare() -> tuple[float, float]:
        with Watched(small, words=[sys.executable, "-c", _BARE]) as app:
            return app.painted(b"painted") * 1e3, app.cpu_s * 1e3

    taken = in_turn(effort.ui_keys, bare, lambda: opened(small), lambda: opened(large), name="ui: first paint")
    for n, kind in enumerate(("", ", CPU")):
        theirs, few, many = ([measured[n] for measured in side] for side in taken)
        ours = f"{median(many):.0f} ms"
        what = f"first paint, {effort.ui_jobs:,} jobs{kind}"
        yield Row(what, f"itself, {_SMALL:,}: {median(few):.0f} ms", ours, ratio(many, few), at_most(1.15))
        yield Row(what, f"bare Textual: {median(theirs):.0f} ms", ours, ratio(many, theirs), at_most(2))


def _keys(few: Watched, many: Watched, effort: Effort) -> Iterator[Row]:
    for what, (keys, before, budget) in _KEYS.items():

        def pressed(ui: Watched, keys: tuple[str, ...] = keys, before: tuple[str, ...] = before) -> list[Drawn]:
            for key in before:
                ui.go(key)
            return [ui.press(key) for key in keys]

        taken = in_turn(effort.ui_keys, lambda: pressed(few), lambda: pressed(many), name=f"ui: {what}")
        theirs, ours = ([drawn for presses in side for drawn in presses] for side in taken)
        cpu = median(drawn.cpu_ms for drawn in ours)
        yield Row(
            f"CPU of {what}",
            f"itself, {_SMALL:,}: {median(drawn.cpu_ms for drawn in theirs):.1f} ms",
            f"{cpu:.1f} ms, {median(drawn.sent_bytes for drawn in ours):,.0f} B",
            cpu,
            at_most(budget, "ms"),
        )


def _memory(few: Watched, many: Watched, effort: Effort) -> Row:
    small, large = (pss_kib([ui.pid]) / 1024 for ui in (few, many))
    return Row(
        f"memory, {effort.ui_jobs:,} jobs, PSS",
        f"itself, {_SMALL:,}: {small:.1f} MiB",
        f"{large:.1f} MiB",
        large - small,
        at_most(10, "MiB more"),
    )


def _by_itself(program: Program, effort: Effort) -> Iterator[Row]:
    """Watch it at rest, with two workers at rest beside it, and then while these work."""
    program.ok("worker", "start", "--count", "2", "--queue", "busy")
    with Watched(program) as ui:
        ui.painted(_MARK)
        ui.settle(_REST_S)
        print("ui: at rest", file=sys.stderr, flush=True)
        rest = ui.watch(effort.ui_watch_s)
        yield Row("at rest, sent", "", f"{rest.bytes_per_s:.1f} B/s", rest.bytes_per_s, at_most(0, "B/s"))
        yield Row("at rest, CPU", "one core", f"{rest.cpu_percent:.2f} %", rest.cpu_percent, at_most(0.1, "%"))
        jobs = round(_BUSY_PER_S * (effort.ui_watch_s + 4))
        program.ok("enqueue", "-q", "--queue", "busy", "--priority", "9", "-", stdin=f"{_BUSY}\n" * jobs)
        ui.watch(1)
        print("ui: following changes", file=sys.stderr, flush=True)
        before = _completed(program)
        busy = ui.watch(effort.ui_watch_s)
        rate = 2 * (_completed(program) - before) / effort.ui_watch_s
    what = f"following {rate:.0f} changes/s"
    yield Row(f"{what}, CPU", "one core", f"{busy.cpu_percent:.1f} %", busy.cpu_percent, at_most(4, "%"))
    sent = busy.bytes_per_s / 1000
    yield Row(f"{what}, sent", "", f"{sent:.1f} kB/s", sent, at_most(6, "kB/s"))


def _completed(program: Program) -> int:
    queues = program.json("status")["queues"]
    return next(int(queue["completed"]) for queue in queues if queue["name"] == "busy")


def _beside_a_drain(effort: Effort) -> Iterator[Row]:
    """Drain beside a UI that follows it, and beside the same while it is stopped.

    Two drains differ by more than what the UI costs, which its share of the CPU tells more surely.
    """
    used: list[float] = []
    with queue() as program:
        program.ok("worker", "start", "--count", "8")
        drain = Drain(program, effort.drain_jobs)
        over = threading.Event()
        with Watched(program) as ui:
            ui.settle(0.5)
            reader = threading.Thread(target=ui.watch_until, args=(over,))
            reader.start()

            def rate(signaled: signal.Signals) -> float:
                ui.signal(signaled)
                before, begun = ui.cpu_s, time.monotonic()
                taken = drain.once().wall
                if signaled == signal.SIGCONT:
                    used.append((ui.cpu_s - before) / (time.monotonic() - begun) * 100)
                return effort.drain_jobs / taken

            try:
                alone, beside = in_turn(
                    effort.beside_rounds,
                    lambda: rate(signal.SIGSTOP),
                    lambda: rate(signal.SIGCONT),
                    name="ui: a drain beside it",
                )
            finally:
                over.set()
                reader.join()
        drain.close()
    what = "drain, 8 workers, the UI open"
    share = ratio(beside, alone)
    yield Row(what, f"UI stopped: {median(alone):.0f}/s", f"{median(beside):.0f}/s", share, at_least(0.97))
    cpu = median(used)
    yield Row(f"{what}, its CPU", "one core", f"{cpu:.1f} %", cpu, at_most(5, "%"))
