"""What is asked before an act, in words: how many jobs it hits, which, and what becomes of them. Pure."""

from __future__ import annotations

from queuectl_tui.rules.safe import line
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui import format as show
from queuectl_tui.tui.hit import Hit

#: Of a long command only its beginning can be seen, and made safe.
_SEEN = 400


def needed(move: str, hit: Hit, *, final: bool) -> bool:
    """Tell whether an act asks: it cannot be put right, ends what runs, or hits several jobs or not all the marked."""
    return final or len(hit.states) != 1 or bool(left(hit)) or (move == "cancel" and hit.running > 0)


def title(verb: str, hit: Hit) -> str:
    """Ask whether to do it to so many jobs."""
    return f"{verb} {len(hit.states):,} jobs?" if len(hit.states) != 1 else f"{verb} this job?"


def named(hit: Hit) -> list[tuple[str, str]]:
    """Give the ids and the commands of the first of them, and how many more there are."""
    found = [(line(job.id), line(job.command[:_SEEN])) for job in hit.named]
    more = len(hit.states) - len(found)
    return [*found, (f"and {more:,} more", "")] if found and more > 0 else found


def lines(move: str, hit: Hit, now: int, grace_s: float) -> list[str]:
    """Say what cannot be put right, and what is left alone."""
    found = []
    if move == "delete":
        found.append(f"Runs and output go with {'it' if len(hit.states) == 1 else 'them'}. This cannot be undone.")
    if move == "cancel" and hit.running:
        found += _running(hit, now, grace_s)
    return found + left(hit)


def left(hit: Hit) -> list[str]:
    """Say which jobs it leaves alone."""
    found = []
    if hit.left:
        found.append(f"{len(hit.left):,} marked {_have(len(hit.left))} left this list since.")
    if hit.hidden:
        found.append(f"{hit.hidden:,} marked {_are(hit.hidden)} hidden by the filter: left alone.")
    found += [f"{count:,} {_are(count)} {state}: left alone." for state, count in hit.unfit.items()]
    return found


def _running(hit: Hit, now: int, grace_s: float) -> list[str]:
    took = show.elapsed(max(0, now - hit.since)) if hit.since is not None else ""
    if len(hit.states) == 1:
        who = f"It has run for {took}: it" if took else "It runs: it"
    else:
        who = f"{hit.running:,} of them run{'s' if hit.running == 1 else ''}, for up to {took}: each"
    return [f"{who} is told to end (TERM), and killed if it does not within {show_duration(grace_s)}."]


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
