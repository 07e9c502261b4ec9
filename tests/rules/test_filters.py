"""The filter language: what it takes, and where it says it is wrong."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.filters import KEYS, Filter, Term, parse


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("ffmpeg", [Term(None, ":", ("ffmpeg",))]),
        ("  two words ", [Term(None, ":", ("two",)), Term(None, ":", ("words",))]),
        ('"two words"', [Term(None, ":", ("two words",))]),
        ("'https://x'", [Term(None, ":", ("https://x",))]),
        ("!old", [Term(None, ":", ("old",), negated=True)]),
        ("queue:a,b", [Term("queue", ":", ("a", "b"))]),
        ("error:'no space',full", [Term("error", ":", ("no space", "full"))]),
        ("PRIORITY>=5", [Term("prio", ">=", (5,))]),
        ("age>1h", [Term("age", ">", (3_600_000,))]),
        ("exit:SIGKILL", [Term("exit", ":", (137,))]),
        ("exit:kill,2", [Term("exit", ":", (137, 2))]),
        ("!state:comp", [Term("state", ":", ("completed",), negated=True)]),
        ("output>1.5k", [Term("output", ">", (1536,))]),
        ("a,b", [Term(None, ":", ("a,b",))]),
        ("--preset=slow", [Term(None, ":", ("--preset=slow",))]),
        ("3>2", [Term(None, ":", ("3>2",))]),
    ],
)
def test_what_is_read(text: str, terms: list[Term]) -> None:
    """Words, keys under their names, operators, units, lists, quotes and `!` are read as written down here."""
    assert parse(text) == Filter(tuple(terms))


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_blank_is_no_filter(text: str) -> None:
    """Nothing asked takes everything."""
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exot:1", "at 1: no key 'exot'; did you mean exit?"),
        ("a xyzzy:1", "at 3: no key 'xyzzy'; one of id,"),
        ("age:1h", "at 4: age takes < <= > >="),
        ("queue>x", "at 6: queue takes : ="),
        ("exit!=7", "at 5: write !exit:… for what is not so"),
        ("exit:", "at 6: exit: a value is missing"),
        ("queue:a,", "at 9: queue: a value is missing"),
        ("tries:many", "at 7: tries: a whole number is wanted"),
        ("exit:NOPE", "at 6: exit: an exit code, or a signal such as KILL, is wanted"),
        ("age>soon", "at 5: age: a duration such as 90s"),
        ("state:d e", ""),
        ("state:x", "at 7: state: one of pending, processing"),
        ("state:p", "at 7: state: one of pending, processing"),
        ('a "b', 'at 3: the quote " is not closed'),
        ("!", "at 1: a word is missing after !"),
        ("a !exot:1", "at 4: no key 'exot'"),
        ('""', "at 1: an empty word"),
        ("x" * 1001, "longer than 1000"),
        ("nul\0", "filter: holds a NUL character"),
        ("\udcff", "filter: is not valid Unicode"),
    ],
)
def test_where_it_is_wrong(text: str, told: str) -> None:
    """A wrong filter says at which character, and what is allowed there."""
    if not told:
        assert parse(text) is not None
        return
    with pytest.raises(InvalidInput) as error:
        parse(text)
    assert told in str(error.value)


def test_which_filters_age() -> None:
    """Only a filter that compares with the time takes other jobs later, though nothing has happened to them."""
    found = {text: parse(text) for text in ("x", "exit:1 queue:a", "x age>1h", "!ended<1m", "due<1m", "took>1h")}
    assert [text for text, read in found.items() if read and read.ages] == list(found)[2:]


#: A value of each kind, and what is nearly one.
_VALUES = ["KILL", "SIGX", "137", "-1", "1h", "1e400", "nan", "2M", "²", "٣", "pend", "9" * 30 + "d", "9" * 19 + "k"]
_terms = st.tuples(st.sampled_from(list(KEYS)), st.sampled_from([":", "<", ">=", "="]), st.sampled_from(_VALUES))


@given(
    _terms.map("".join)
    | st.text(max_size=60)
    | st.lists(st.sampled_from([*KEYS, *":=<>!,\"' 1hk9", "KILL", "\0"]), max_size=12).map("".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text does anything but give a filter or be refused."""
    with contextlib.suppress(InvalidInput):
        parse(text)
