"""The states of a job and the one table of legal moves between them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where a job stands."""

    # Accepted and not started; may be held, due later, or waiting for other jobs. A worker claims it. Kept until then.
    PENDING = "pending"
    # One worker owns one run of it. That worker moves it on, or whoever rescues it once that worker is proved dead.
    PROCESSING = "processing"
    # Exit code 0. Nobody moves it on, until a person retries it or `retain_completed` prunes it.
    COMPLETED = "completed"
    # An attempt failed and another is due at `due_at`. A worker claims it then.
    FAILED = "failed"
    # The dead letter queue. Only a person moves it on; kept until then.
    DEAD = "dead"


class Move(NamedTuple):
    """One legal move: where it may start, where each start may end, and whether only the owner of the run may make it.

    An empty tuple of ends: the job is gone.
    """

    name: str
    ends: dict[State, tuple[State, ...]]
    owned: bool = False

    @property
    def sources(self) -> tuple[State, ...]:
        """The states that the move may start from."""
        return tuple(self.ends)

    @property
    def guard(self) -> str:
        """The SQL condition that holds exactly in the states that the move may start from.

        A single state is compared with `=`, so that the partial indexes on that state serve.
        """
        names = ", ".join(f"'{state.value}'" for state in self.ends)
        return f"state IN ({names})" if len(self.ends) > 1 else f"state = {names}"


def _stay(*states: State) -> dict[State, tuple[State, ...]]:
    return {state: (state,) for state in states}


P, R, C, F, D = State.PENDING, State.PROCESSING, State.COMPLETED, State.FAILED, State.DEAD

_MOVES = (
    Move("claim", {P: (R,), F: (R,)}),
    Move("complete", {R: (C,)}, owned=True),
    Move("fail", {R: (F,)}, owned=True),
    Move("bury", {R: (D,)}, owned=True),
    # Back to the queue by `worker stop --now`: the attempt is not counted.
    Move("hand_back", {R: (P,)}, owned=True),
    # The run of a worker that is proved dead: again while the budget lasts, else dead.
    Move("rescue", {R: (F, D)}, owned=True),
    # Failed: due now. Dead or completed: a fresh budget.
    Move("retry", {F: (F,), D: (P,), C: (P,)}),
    # A running job is marked, and its owner makes the move when no process of it is left.
    Move("cancel", {P: (D,), F: (D,), R: (D,)}),
    Move("hold", _stay(P, F)),
    Move("release", _stay(P, F)),
    Move("edit", _stay(P, F, D)),
    Move("delete", {P: (), C: (), F: (), D: ()}),
)

#: Every move that starts from a job that exists, by name. (`enqueue` makes one: nothing → pending.)
MOVES: dict[str, Move] = {move.name: move for move in _MOVES}

#: The states in the order in which people read them.
STATES: tuple[State, ...] = tuple(State)

#: Why a job is dead.
REASONS = ("exhausted", "permanent", "canceled", "interrupted")

#: How a run can end; a live one is `running`.
OUTCOMES = (
    "running",
    "completed",
    "failed",
    "timeout",
    "canceled",
    "interrupted",
    "unrunnable",
    "handed_back",
)


def legal(move: str, state: State | str) -> bool:
    """Tell whether a job in that state may make the move."""
    return State(state) in MOVES[move].ends
