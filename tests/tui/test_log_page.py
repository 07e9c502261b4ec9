"""The view of an output goes where it is told, row by row, and stays with its lines when others come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.tui.log.finding import Finding
from queuectl_tui.tui.log.lines import Extract, Line
from queuectl_tui.tui.log.page import Page
from queuectl_tui.tui.log.search import Hit, Hits
from queuectl_tui.tui.log.stretches import Place


def lines(*texts: str, first: int = 0, cut: int = 0) -> tuple[Line, ...]:
    """Make lines, one each row of the store; the second one after a gap, if so wished."""
    return tuple(
        Line(Place(first + n, 0), "stdout", text.encode(), cut=cut if n == 1 else 0) for n, text in enumerate(texts)
    )


def page(*texts: str, width: int = 4, height: int = 3, cut: int = 0) -> Page:
    made = Page()
    made.resize(width, height)
    made.take(Extract(lines(*texts, cut=cut)), jump=True)
    return made


def seen(page: Page) -> list[str]:
    found = []
    for row in page.rows():
        part = page.part(row) if row.part >= 0 else None
        found.append("cut" if part is None else page.shown(row.line).text[part.start : part.end])
    return found


def test_long_lines_are_wrapped_or_cut() -> None:
    """Wrapped, a line goes on in the next row; cut, each line is a row, and the view goes sideways over all."""
    made = page("abcdefghij", "k")
    assert seen(made) == ["abcd", "efgh", "ij"]
    made.move(1)
    assert seen(made) == ["efgh", "ij", "k"]
    made.turn_wrap()
    assert seen(made) == ["abcd", "k"]
    made.move_sideways(3)
    assert seen(made) == ["defg", ""]
    made.move_sideways(100)
    assert seen(made) == ["j", ""]
    made.move_sideways(-100)
    assert seen(made) == ["abcd", "k"]


def test_a_gap_has_a_row_of_its_own() -> None:
    """What was cut stands before the line that follows it, and can be gone to and past."""
    made = page("a", "b", "c", cut=100)
    assert seen(made) == ["a", "cut", "b"]
    made.to_end()
    assert seen(made) == ["cut", "b", "c"]
    made.resize(4, 2)
    assert seen(made) == ["b", "c"]


@given(
    st.lists(st.text("xy日", max_size=12), min_size=1, max_size=12),
    st.integers(2, 5),
    st.integers(1, 6),
    st.lists(st.integers(-20, 20) | st.sampled_from(["end", "start", "wrap", "wide"]), max_size=12),
)
def test_the_view_is_always_full(texts: list[str], width: int, height: int, moves: list[int | str]) -> None:
    """Whatever one does, the view shows rows that follow each other, and as many as there are and fit."""
    made = page(*texts, width=width, height=height, cut=5)
    for move in moves:
        if isinstance(move, int):
            made.move(move)
        elif move == "wrap":
            made.turn_wrap()
        elif move == "wide":
            made.resize(made.width % 5 + 2, height)
        else:
            (made.to_end if move == "end" else made.to_start)()
        rows = made.rows()
        top = rows[0]
        made.to_start()
        everything = []
        tall = page(*texts, width=made.width, height=1000, cut=5)
        tall.wrap = made.wrap
        everything = tall.rows()
        at = everything.index(top)
        assert rows == everything[at : at + height]
        assert len(rows) == min(height, len(everything))
        made.move(at)
        assert made.rows() == rows


def test_a_move_beyond_what_is_held_is_remembered() -> None:
    """How far one wants to go further is told, unless the output ends there."""
    made = page("a", "b", "c", "d", "e")
    assert made.move(10) == 0
    assert made.move(-10) == 0
    made.take(Extract(lines("a", "b", "c", "d", "e"), first=False, last=False), jump=True)
    assert made.move(10) == 8
    assert made.move(-10) == -8


def test_the_view_stays_with_its_line() -> None:
    """Lines that come before or after do not move what is in view."""
    made = page("a", "b", "c", "d", "e", "f")
    made.move(2)
    assert seen(made) == ["c", "d", "e"]
    made.take(Extract(lines("b", "c", "d", "e", "f", "g", "h", first=1)), jump=False)
    assert seen(made) == ["c", "d", "e"]
    made.take(Extract(lines("f", "g", "h", "i", first=5), index=1), jump=True)
    assert seen(made) == ["g", "h", "i"]


def test_a_match_is_brought_into_view() -> None:
    """In the row or the column where it is; what is in view already does not move."""
    made = page("a", "b", "c", "d", "x" * 10 + "y")
    assert made.show(Hit(Place(1, 0), 0))
    assert seen(made) == ["a", "b", "c"]
    assert made.show(Hit(Place(4, 0), 10))
    assert seen(made)[-1] == "xxy"
    made.turn_wrap()
    made.to_start()
    assert made.show(Hit(Place(4, 0), 10))
    assert seen(made)[-1] == "xy"
    assert not made.show(Hit(Place(9, 0), 0))


def test_the_share_in_view() -> None:
    """All in view is all; else where the view begins and ends in the whole."""
    assert page("a", "b").share == (0.0, 1.0)
    made = page(*"abcdefghij")
    assert made.share == pytest.approx((0.0, 0.3))
    made.to_end()
    assert made.share == pytest.approx((0.7, 1.0))


def hits(*places: int, to_end: bool = True, done: bool = True) -> Hits:
    return Hits("x", tuple(Hit(Place(n, 0), 0) for n in places), to_end, done)


def test_a_search_goes_to_the_first_match_from_the_view_on() -> None:
    """As soon as it is known; only when there is none to the end, to the first one above."""
    finding = Finding()
    finding.begin("x", Place(5, 0))
    assert finding.words == "x searching"
    assert finding.take(finding.sought, hits(to_end=False, done=False)) is None
    assert finding.take(finding.sought, hits(7, to_end=False, done=False)) == Hit(Place(7, 0), 0)
    assert finding.words == "x 1/1+"
    assert finding.take(finding.sought, hits(2, 7, 9)) is None
    assert finding.words == "x 2/3"
    assert finding.step(True, None) == Hit(Place(9, 0), 0)
    assert finding.step(True, None) == Hit(Place(2, 0), 0)
    assert finding.step(False, None) == Hit(Place(9, 0), 0)
    finding.begin("x", Place(50, 0))
    assert finding.take(finding.sought, hits(to_end=True, done=False)) is None
    assert finding.take(finding.sought, hits(2, to_end=True, done=False)) == Hit(Place(2, 0), 0)


def test_answers_to_another_search_are_nothing() -> None:
    """What an older search still finds does not count for the new one; one that finds nothing says so."""
    finding = Finding()
    finding.begin("x", None)
    old = finding.sought
    finding.begin("x", None)
    assert finding.take(old, hits(1)) is None
    assert finding.words == "x searching"
    assert finding.take(finding.sought, hits()) is None
    assert finding.words == "x no match"
    assert finding.missed
    finding.begin("", None)
    assert finding.words == ""
    assert finding.marks(Place(1, 0), "x") == []


def test_matches_are_marked() -> None:
    """Every match of a line, and which of them one is at."""
    finding = Finding()
    finding.begin("ab", None)
    finding.take(finding.sought, Hits("ab", (Hit(Place(1, 0), 4),), to_end=True, done=True))
    assert finding.marks(Place(1, 0), "abc AB") == [(0, 2, False), (4, 6, True)]
    assert finding.marks(Place(2, 0), "abc AB") == [(0, 2, False), (4, 6, False)]
