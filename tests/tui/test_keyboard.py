"""What a slow line has split is put together again; what is left of something broken is no key."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

from queuectl_tui.tui.terminal.keyboard import ESCAPE_S, Keyboard, Piece
from tests.program import Program
from tests.tui.screen import Screen

SPECIAL = {
    **{name: f"\x1b[{end}" for name, end in zip(("up", "down", "right", "left", "end", "home"), "ABCDFH", strict=True)},
    **{
        f"{name} of applications": f"\x1bO{end}"
        for name, end in zip(("up", "down", "right", "left"), "ABCD", strict=True)
    },
    **{f"shift+{name}": f"\x1b[1;2{end}" for name, end in (("up", "A"), ("down", "B"))},
    **{name: f"\x1b[{n}~" for name, n in (("insert", 2), ("delete", 3), ("pageup", 5), ("pagedown", 6))},
    **{f"f{n}": f"\x1bO{'PQRS'[n - 1]}" for n in range(1, 5)},
    **{f"f{n}": f"\x1b[{code}~" for n, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)},
    "f1 of the console": "\x1b[[A",
}
#: Everything that may come in: keys and reports, text, pastes.
WHOLE = [
    *SPECIAL.values(),
    "\x1b[<0;12;3M",
    "\x1b[M !!",
    "\x1b[97;5u",
    "\x1b[?2026;2$y",
    "\x1b[3$",
    "j",
    "über 1",
    "\x1b[200~a\x1b[Ab\n\x1b\x1b[201~",
]


def typed(keyboard: Keyboard, *parts: tuple[str, float]) -> list[Piece]:
    """Type parts, each so many seconds after the last, and wait for all that comes of it."""
    now, pieces = 0.0, []
    for text, pause in parts:
        now += pause
        while keyboard.due is not None and keyboard.due < now:
            pieces += keyboard.settle(keyboard.due)
        pieces += keyboard.take(text, now)
    while keyboard.due is not None:
        pieces += keyboard.settle(keyboard.due)
    return pieces


def joined(pieces: list[Piece]) -> list[Piece]:
    """Put keys together that came in parts."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind == piece.kind == "keys":
            found[-1] = Piece("keys", found[-1].text + piece.text)
        else:
            found.append(piece)
    return found


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=5), st.data())
def test_what_is_split_is_put_together(sent: list[str], data: st.DataObject) -> None:
    """However a line splits what is typed, up to 250 ms apart, it means the same."""
    text = "".join(sent)
    cuts = sorted({0, len(text), *data.draw(st.sets(st.integers(0, len(text)), max_size=12))})
    pauses = st.floats(0, 0.25)
    parts = [(text[begin:end], data.draw(pauses)) for begin, end in pairwise(cuts)]
    assert joined(typed(Keyboard(), *parts)) == joined(typed(Keyboard(), (text, 0.0)))


@pytest.mark.parametrize("sequence", [key for key in ANSI_SEQUENCES_KEYS if len(key) > 2 and key[:2] != "\x1b\x1b"])
def test_every_key_is_known_whole(sequence: str) -> None:
    """Each sequence that means a key comes out as one piece, byte by byte as well."""
    assert typed(Keyboard(), *((char, 0.1) for char in sequence)) == [Piece("sequence", sequence)]


@pytest.mark.parametrize("sequence", SPECIAL.values(), ids=SPECIAL)
@pytest.mark.parametrize("pause", [0.35, 0.5, 0.6, 0.75])
def test_what_comes_too_late_is_no_key(sequence: str, pause: float) -> None:
    """When an escape had to count as one, the rest of its sequence does nothing."""
    assert typed(Keyboard(), *((char, pause) for char in sequence)) == [Piece("escape", "\x1b")]


def test_an_escape_is_one_after_its_time() -> None:
    """A lone escape counts when nothing followed for 300 ms, or at once before another."""
    keyboard = Keyboard()
    assert keyboard.take("\x1b", 10.0) == []
    assert keyboard.due == 10.0 + ESCAPE_S
    assert keyboard.settle(10.29) == []
    assert keyboard.settle(10.3) == [Piece("escape", "\x1b")]
    assert typed(Keyboard(), ("\x1b\x1b[A", 0)) == [Piece("escape", "\x1b"), Piece("sequence", "\x1b[A")]


def test_a_letter_soon_after_an_escape_is_dropped() -> None:
    """On a far line it may be the rest of a key with alt for half a second; then, and in sequences, it counts."""
    dropped = [Piece("escape", "\x1b"), Piece("dropped", "x")]
    assert typed(Keyboard(), ("\x1b", 0), ("x", 0.4)) == dropped
    assert typed(Keyboard(), ("\x1b", 0), ("x", 0.12)) == dropped
    assert typed(Keyboard(), ("\x1b", 0), ("x", 0.6))[1:] == [Piece("keys", "x")]
    assert typed(Keyboard(), ("\x1b", 0), ("\x1b[A", 0.4))[1:] == [Piece("sequence", "\x1b[A")]
    assert typed(Keyboard(), ("\x1b", 0), ("xx", 0.4)) == [*dropped, Piece("keys", "x")]
    assert typed(Keyboard(), ("\x1bx", 0)) == [Piece("alt", "\x1bx")]


@pytest.mark.parametrize("pause", [0.06, 0.2, 0.31, 0.45])
def test_a_letter_after_an_escape_counts_on_a_line_that_splits_nothing(pause: float) -> None:
    """Near the terminal a letter that comes after escape was pressed by somebody; what came with it is alt."""
    near = Keyboard(far=False)
    assert typed(near, ("\x1b", 0), ("x", pause)) == [Piece("escape", "\x1b"), Piece("keys", "x")]
    assert typed(near, ("\x1b", 0), ("x", 0.01)) == [Piece("alt", "\x1bx")]
    assert typed(near, ("\x1b", 0), ("[", 0.4), ("A", 0.1)) == [Piece("escape", "\x1b")]


@pytest.mark.parametrize("key", ["5", "/", "*", " ", ":", "\r"])
def test_a_key_pressed_soon_after_escape_counts(key: str) -> None:
    """Who presses escape and at once another key has pressed both, unless it may be the rest of a sequence."""
    assert typed(Keyboard(), ("\x1b", 0), (key, 0.12)) == [Piece("escape", "\x1b"), Piece("keys", key)]
    assert typed(Keyboard(), ("\x1b", 0), (key, 0.01)) == [Piece("alt", "\x1b" + key)]
    assert typed(Keyboard(), ("\x1b[200~\x1b", 0), (key, 0.12), ("\x1b[201~", 0.12)) == [Piece("paste", "\x1b" + key)]


@pytest.mark.parametrize(
    "text", ["\x1b[1;", "\x1b[\x1b", "\x1bO", "\x1b]11;rgb:0/0/0", "\x1b]11;x\x1b", "\x1bP1", "\x1b]"]
)
def test_what_is_never_finished_is_no_key(text: str) -> None:
    """The beginning of a sequence gives nothing, and what is typed later counts again."""
    found = typed(Keyboard(), (text, 0), ("j", 3.0))
    assert [piece for piece in found if piece.kind != "escape"] == [Piece("keys", "j")]


@pytest.mark.parametrize("text", ["\x1b]11;rgb:0/0/0\x07", "\x1b]52;c;eA==\x1b\\", "\x1bP>|term\x1b\\"])
def test_answers_that_nobody_asked_for_are_no_keys(text: str) -> None:
    """What a terminal says of itself does nothing, however it is split."""
    assert typed(Keyboard(), *((char, 0.1) for char in text)) == []


def test_nothing_in_a_paste_is_a_key() -> None:
    """Escapes, sequences and a long silence in a paste are part of its text; one never closed ends by itself."""
    inner = "x\x1b[A\x1b" + "q" * 40
    assert typed(Keyboard(), ("\x1b[200~x\x1b", 0), ("[A", 3.0), ("\x1b" + "q" * 40 + "\x1b[201~", 1.0)) == [
        Piece("paste", inner)
    ]
    assert typed(Keyboard(), ("\x1b[200~x\x1b[20", 0), ("j", 9.0)) == [Piece("paste", "x\x1b[20"), Piece("keys", "j")]


#: The row that a key goes to from the sixth of 200; every other key leaves all as it is.
ROWS = {"up": 4, "down": 6, "home": 0, "pageup": 0, "end": 199, "shift+up": 4, "shift+down": 6}
GAP_S = 0.25


def press_apart(keys: dict[Screen, str]) -> bool:
    """Press a key on each screen, its characters apart in time; False when the machine was slower than that."""
    in_time = True
    for n in range(max(map(len, keys.values()))):
        begun = time.monotonic()
        for screen, key in keys.items():
            screen.send(key[n : n + 1])
        time.sleep(GAP_S)
        in_time = in_time and time.monotonic() - begun < ESCAPE_S - 0.01
    return in_time


def stand(screens: Iterable[Screen]) -> dict[Screen, str]:
    """Put the cursor of each on the sixth row, without marks; gives the pictures."""
    for screen in screens:
        screen.send("\\g")
        screen.shows("▌  job-000")
        screen.send("jjjjj")
    return {screen: screen.shows("▌  job-005", " job-005  Output") for screen in screens}


def test_every_key_split_on_a_slow_line(program: Program) -> None:
    """Every arrow, paged key and function key, its characters 250 ms apart, acts as itself."""
    program.enqueue_all([{"id": f"job-{n:03}", "command": f"echo {n}"} for n in range(200)])
    names = list(SPECIAL)
    with contextlib.ExitStack() as stack:
        screens = [stack.enter_context(Screen(program, columns=80, rows=24)) for _ in range(9)]
        for begin in range(0, len(names), len(screens)):
            here = dict(zip(screens, names[begin : begin + len(screens)], strict=False))
            for _ in range(5):
                before = stand(here)
                if press_apart({screen: SPECIAL[name] for screen, name in here.items()}):
                    break
            else:
                pytest.skip("the machine is too slow to type 250 ms apart")
            for screen, name in here.items():
                row = ROWS.get(name.removesuffix(" of applications"))
                if row is not None:
                    screen.shows(f"▌{'● ' if 'shift' in name else '  '}job-{row:03}")
                elif name == "pagedown":
                    screen.until(lambda text: "▌  job-0" in text and "▌  job-005" not in text, what="a page down")
                else:
                    assert screen.picture == before[screen], name


def test_what_a_very_slow_line_leaves_is_no_key(program: Program) -> None:
    """Of a key whose characters come 600 ms apart nothing acts but the escape."""
    program.enqueue_all([{"id": f"job-{n:03}", "command": f"echo {n}"} for n in range(200)])
    with contextlib.ExitStack() as stack:
        here = {stack.enter_context(Screen(program)): key for key in ("\x1b[5~", "\x1bOD", "\x1b[A", "\x1b[1;2B")}
        before = {}
        for screen in here:
            screen.shows("▌  job-000")
            screen.send("jjjjj")
            before[screen] = screen.shows("▌  job-005", " job-005  Output")
        for n in range(6):
            for screen, key in here.items():
                screen.send(key[n : n + 1])
            time.sleep(0.6)
        for screen in here:
            assert screen.picture == before[screen]


def test_a_letter_behind_an_escape_acts_on_a_near_line(program: Program) -> None:
    """Who leaves a dialog with esc and presses the next key at once gets what that does."""
    program.enqueue("--id", "waits", "--hold", "true")
    with Screen(program) as screen:
        screen.shows("▌  waits")
        screen.send(":")
        screen.shows("KEY", "DOES")
        screen.send("\x1b")
        screen.until(lambda text: "DOES" not in text, what="the palette is left")
        screen.send("a")
        screen.shows("Enqueue a command")


def test_a_letter_that_is_dropped_is_told_of(program: Program) -> None:
    """By SSH a letter right behind esc does nothing, and the UI says so."""
    program.enqueue("--id", "waits", "--hold", "true")
    with Screen(program, env={"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}) as screen:
        screen.shows("▌  waits")
        for _ in range(9):
            screen.send("\x1b")
            time.sleep(0.15)
            screen.send("g")
            screen.watch(0.5)
            # A busy machine may read both at once, or the second too late.
            if "g came right behind esc" in screen.picture:
                return
    pytest.fail("no letter was told of")
