"""The faults: what counts as one."""

from __future__ import annotations

from random import Random

from tests.program import Program
from tests.torture.faults import Faults
from tests.torture.ledger import Ledger


def test_a_strike_without_a_victim_is_no_fault(program: Program) -> None:
    """Only what hit is counted: where no worker is, and no job runs, nothing that needs one counts."""
    faults = Faults(program, Random(1), Ledger(program.folder / "ledger"), longest_stop=1.0)
    for _ in range(30):
        faults.strike()
    faults.settle()
    faults.finish()
    assert not faults.failures
    assert faults.by_kind.keys() <= {"call", "lock"}
    assert faults.aimed == 0
