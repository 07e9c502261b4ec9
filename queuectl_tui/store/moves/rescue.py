"""Take a job back from a worker that is proved dead, and prune at rest: what workers do beside their own runs."""

from __future__ import annotations

from queuectl_tui.rules.errors import StaleClaim
from queuectl_tui.store import settings as stored_settings
from queuectl_tui.store.database import Store
from queuectl_tui.store.moves.erase import erase
from queuectl_tui.store.moves.settle import End, Finish, settle
from queuectl_tui.store.moves.tally import Tally
from queuectl_tui.store.output import kept_bytes

_PRUNED_AT_ONCE = 200


def rescue(store: Store, finish: Finish) -> End:
    """Record the run of a dead worker as interrupted and move its job on.

    To be called only when its worker is proved dead and no process of the run is left. Raises StaleClaim when
    somebody else was first.
    """
    with store.write() as conn:
        tally = Tally()
        kept = kept_bytes(conn, finish.seq, finish.run)
        finish = finish._replace(dropped_bytes=max(0, finish.output_bytes - kept))
        end = settle(conn, finish, stored_settings.load(conn), tally)
        if end is None:
            raise StaleClaim(f"run {finish.run} was taken over before it could be rescued")
        tally.write(conn)
    return end


def prune_completed(store: Store, now: int) -> int:
    """Delete a small batch of the completed jobs that are older than `retain_completed`; give how many."""
    retain_s = stored_settings.load(store.conn).retain_completed
    if not retain_s:
        return 0
    limit = now - round(retain_s * 1000)
    old = "SELECT seq FROM job WHERE state = 'completed' AND finished_at < ? ORDER BY finished_at LIMIT ?"
    if not store.conn.execute(old, (limit, 1)).fetchall():
        return 0
    with store.write() as conn:
        tally = Tally()
        seqs = [seq for (seq,) in conn.execute(old, (limit, _PRUNED_AT_ONCE)).fetchall()]
        deleted = erase(conn, seqs, tally, now)
        tally.write(conn)
    return deleted
