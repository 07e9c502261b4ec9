"""However much goes on in the queue, the feed brings four snapshots a second at most, but for what a key asks."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

from queuectl_tui.rules.jobs import Request
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui.feed import PAINT_S, Feed
from queuectl_tui.tui.look import Snapshot, Want
from tests.store.queue import enqueue

#: Snapshots that are waited for.
LOOKS = 12


def test_changes_are_brought_at_the_pace_of_paints(tmp_path: Path) -> None:
    """With changes all the time, each of which moves the cursor, snapshots come no sooner than paints may."""
    path = tmp_path / "queue.db"
    ids = enqueue(path, *(Request(command="true") for _ in range(LOOKS * 2)))
    came: list[float] = []
    enough = threading.Event()
    wanted = Want(listing=Listing("pending"), after=5, serial=1, urgent=1)

    def post(snapshot: Snapshot) -> None:
        del snapshot
        came.append(time.monotonic())
        # As a list does whose cursor's job has left it.
        feed.want(wanted._replace(detail=ids[len(came)]), at_once=False, soon=True)
        if len(came) > LOOKS:
            enough.set()

    feed = Feed(path, post)
    feed.want(wanted)
    feed.start()
    try:
        while not enough.wait(0.01):
            enqueue(path, Request(command="true"))
    finally:
        feed.stop()
    # The first ones are asked for.
    between = [later - earlier for earlier, later in pairwise(came[2:])]
    assert min(between) > 0.8 * PAINT_S
