"""Nothing from outside acts on a terminal."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queuectl_tui.rules.safe import Cleaner, block, decode, line, width

#: C0 (but newline and tab), DEL, C1, bidi, zero width, line ends.
_HARM = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
hostile = st.text(
    st.sampled_from("ab\x1b[]0;1m?h\x07\x9b\x9c\x9d\x90\\P\r\n\t\x00\x7f\u202e\u200b\u0301日é\x85"), max_size=60
)


@given(st.text() | hostile)
def test_a_line_is_one_line_and_harmless(text: str) -> None:
    """No control of any kind is left, and it does not change a second time."""
    shown = line(text)
    assert not _HARM.search(shown)
    assert "\n" not in shown
    assert "\t" not in shown
    assert line(shown) == shown


@given(st.text() | hostile)
def test_a_block_is_harmless(text: str) -> None:
    """Only newlines and tabs stay."""
    assert not _HARM.search(block(text))


@given(st.text() | hostile)
def test_with_colours_only_colours_stay(text: str) -> None:
    """What is left of escapes sets colours, and the text ends with a reset."""
    shown = block(text, colours=True)
    rest = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert not _HARM.search(rest)
    if "\x1b" in shown:
        assert shown.endswith("\x1b[0m")


@given(st.lists(st.binary(max_size=8) | hostile.map(str.encode), max_size=10), st.booleans())
@example([b"\xc2\x90\xc2\x9b", b"@", b"\xc2\x9c"], False)
@example([b"\x1bP", b"\x07"], False)
@example([b"\x1b]0;\r", b"\r", b"\n\x1b", b"\\"], False)
@example(["a\u0301\u0301\u0301".encode(), "\u0301\u0301".encode()], False)
@example([b"\x1b[31", b"mred", b"still red"], True)
def test_pieces_make_no_difference(pieces: list[bytes], colours: bool) -> None:
    """However output is cut into pieces, nothing harmful comes out, and the text is that of the whole."""
    cleaner = Cleaner(colours=colours)
    shown = "".join(cleaner.feed(piece) for piece in pieces) + cleaner.end()
    assert not _HARM.search(re.sub(r"\x1b\[[0-9;]*m", "", shown) if colours else shown)
    assert shown == block(decode(b"".join(pieces)), colours=colours)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb\x1b[0mc", "abc"),
        ("\x1b]52;c;aGk=\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$qm\x1b\\x", "x"),
        ("\x9b31mx", "x"),
        ("a\rb", "a␍b"),
        ("a\r\nb", "a\nb"),
        ("\x07", "␇"),
        ("\x1b", "␛"),
        ("\u202e", "<U+202E>"),
    ],
)
def test_payloads(text: str, shown: str) -> None:
    """Sequences go; what is left of controls is seen."""
    assert block(text) == shown


def test_colours_stay_in_output_and_nothing_else() -> None:
    """Red stays; blink, cursor moves and the alternate screen go."""
    assert block("\x1b[31mred", colours=True) == "\x1b[31mred\x1b[0m"
    assert block("\x1b[38;5;200mx", colours=True).startswith("\x1b[38;5;200m")
    for harmful in ("\x1b[5m", "\x1b[8m", "\x1b[2J", "\x1b[?1049h", "\x1b[38;9m", "\x1b[6n"):
        assert block(harmful + "x", colours=True) == "x"


def test_of_a_mixed_sequence_its_colours_stay() -> None:
    """Bold red, as compilers write it, stays red; what makes no sense as a whole goes as a whole."""
    assert block("\x1b[01;31mx", colours=True) == "\x1b[31mx\x1b[0m"
    assert block("\x1b[1;38;2;1;2;3;4mx", colours=True) == "\x1b[38;2;1;2;3mx\x1b[0m"
    assert block("\x1b[31;38;5mx", colours=True) == "x"
    assert block("\x1b[1;mx", colours=True) == "\x1b[0mx\x1b[0m"


def test_marks_do_not_pile_up() -> None:
    """A storm of combining marks stays on its line."""
    assert len(line("a" + "\u0301" * 1000)) <= 5


@pytest.mark.parametrize("begun", ["\x9d", "\x1b]", "\x9b", "\x1b[", "\x1bP\x1b", "\x90x", "\r"])
def test_it_takes_no_longer_than_the_text_is_long(begun: str) -> None:
    """However many sequences are begun and never ended, each character is looked at a few times."""
    plain, hostile = "\u00e9" * 400_000, begun * (400_000 // len(begun))
    spent = []
    for text in (plain, hostile):
        before = time.process_time()
        block(text)
        spent.append(time.process_time() - before)
    assert spent[1] < 20 * spent[0] + 0.5


def test_an_endless_sequence_does_not_hide_the_rest() -> None:
    """A sequence that is never ended is given up, in bounded memory and in linear time."""
    cleaner = Cleaner()
    shown = "".join(cleaner.feed(b"\x1b]0;" + b"x" * 10_000) for _ in range(200))
    assert len(shown) > 1_900_000
    cleaner = Cleaner()
    shown = cleaner.feed(b"\x1b]0;") + "".join(cleaner.feed(b"x" * 1000) for _ in range(200))
    assert len(shown) > 190_000


def test_width() -> None:
    """Wide characters take two cells, combining ones none."""
    assert [width(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]


def test_what_terminals_measure_differently_is_not_shown() -> None:
    """Selectors of an emoji's look and skin go, flags are two letters, and fillers are seen."""
    assert line("☎️ ❤️ 👍🏽 🇩🇪 a\u3164") == "☎ ❤ 👍 DE a<U+3164>"


def test_marks_take_no_cells() -> None:
    """Marks on a character, and the middle and end of a Hangul syllable, are as wide as nothing."""
    assert [width(text) for text in ("e\u0301", "\u0e01\u0e47", "\u1112\u1161\u11ab", "漢", "ｱ")] == [1, 1, 2, 2, 1]
