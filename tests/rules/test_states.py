"""The table of moves."""

from __future__ import annotations

import pytest

from queuectl_tui.rules.states import MOVES, STATES, State, legal


def test_only_the_owner_ends_a_run() -> None:
    """Every move from processing is its owner's; but a cancel is asked for by a person, and made by the owner."""
    for move in MOVES.values():
        if State.PROCESSING in move.ends and move.name != "cancel":
            assert move.owned, move.name


def test_every_state_but_completed_can_be_left_and_all_can_be_reached() -> None:
    """No state is a trap, and none is out of reach."""
    reached = {State.PENDING} | {end for move in MOVES.values() for ends in move.ends.values() for end in ends}
    assert reached == set(STATES)
    for state in STATES:
        assert any(set(move.ends.get(state, (state,))) - {state} for move in MOVES.values()), state


@pytest.mark.parametrize(
    ("move", "state", "wanted"), [("retry", "dead", True), ("delete", "processing", False), ("claim", "dead", False)]
)
def test_legal(move: str, state: str, wanted: bool) -> None:
    """A move is legal only from its own states."""
    assert legal(move, state) is wanted


def test_guards_are_literals() -> None:
    """One state is compared with `=`, so that its partial index serves."""
    assert MOVES["complete"].guard == "state = 'processing'"
    assert MOVES["claim"].guard == "state IN ('pending', 'failed')"
