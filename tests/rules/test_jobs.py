"""The request to enqueue: what is read, and how each mistake is told."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queuectl_tui.rules import fields, jobs
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.jobs import Request, commands_from_lines, from_line, from_text, is_json, new_ids


def test_every_key_is_read() -> None:
    """Each JSON key reaches its field."""
    text = json.dumps(
        {
            "id": "a",
            "command": "echo hi",
            "queue": "q",
            "priority": -3,
            "retries": 2,
            "at": "2030-01-01T00:00:00Z",
            "timeout": "10m",
            "backoff_base": 1.5,
            "tags": ["x", "y"],
            "cwd": "/tmp",
            "env": {"A": "b"},
            "after": ["z"],
            "on_interrupt": "dead",
            "hold": True,
        }
    )
    assert from_text(text) == [
        Request(
            "echo hi",
            "a",
            "q",
            -3,
            2,
            1893456000000,
            None,
            600.0,
            1.5,
            ("x", "y"),
            "/tmp",
            {"A": "b"},
            ("z",),
            "dead",
            True,
        )
    ]


def test_null_means_not_given() -> None:
    """A key with null is as if it were not there."""
    assert from_text('{"command": "x", "queue": null, "max_retries": null}') == [Request("x")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"command": ', "line 1, column"),
        ('{"command": "x"} trailing', "line 1, column 18"),
        ('{"comand": "x"}', "did you mean command"),
        ('{"command": "x", "priority": true}', "priority: true or false given"),
        ('{"command": "x", "priority": 1001}', "from -1000 to 1000"),
        ('{"command": "x", "priority": 1.0}', "priority: a number given, a whole number"),
        ('{"command": "x", "max_retries": "3"}', "max_retries: text given"),
        ('{"command": "x", "retries": 1, "max_retries": 1}', "mean the same"),
        ('{"command": "x", "run_at": "2030-01-01", "delay": 5}', "exclude each other"),
        ('{"command": "x", "command": "y"}', "given twice"),
        ('{"command": "x", "timeout": NaN}', "NaN"),
        ('{"command": "x", "backoff_base": 1e999}', "backoff_base"),
        ('{"command": "x", "timeout": ' + "9" * 5000 + "}", "digits"),
        ('{"id": "x"}', "command: is missing"),
        ('{"command": "  "}', "command: is empty"),
        ('{"command": "a\\u0000b"}', "NUL"),
        ('{"command": "\\ud800"}', "surrogate"),
        ('{"command": "x", "env": {"A": 1}}', "env.A: a number given"),
        ('{"command": "x", "env": {"1A": "x"}}', "env: '1A'"),
        ('{"command": "x", "tags": "t"}', "tags: text given, an array"),
        ('{"command": "x", "tags": ["ok", "-"]}', "tags[2]"),
        ('{"command": "x", "id": "-x"}', "id: '-x'"),
        ('{"command": "x", "id": "' + "a" * 129 + '"}', "127"),
        ('{"command": "x", "hold": 1}', "hold: a number given"),
        ('{"command": "x", "on_interrupt": "maybe"}', "retry or dead"),
        ('[{"command": "x"}, {"id": "b"}]', "job 2 (b): command"),
        ("[" * 100_000, "nested too deeply"),
        ("[1]", "job 1: a number given"),
    ],
)
def test_each_mistake_is_told(text: str, said: str) -> None:
    """A refusal names the field, the place, and what is allowed."""
    with pytest.raises(InvalidInput, match=re.escape(said)):
        from_text(text)


def test_a_command_may_be_100_kib_long_and_no_longer() -> None:
    """The limit counts bytes."""
    assert from_line(b"x" * 102_400, 1)
    with pytest.raises(InvalidInput, match=r"line 7: command: is 102,401 bytes"):
        from_line(b"x" * 102_401, 7)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{", True),
        ("[{", True),
        ("[ {", True),
        ("[1", True),
        ("[ -f x ]", False),
        ("[\t-f x ]", False),
        ("echo {", False),
        (" {", False),
    ],
)
def test_what_is_json(text: str, wanted: bool) -> None:
    """`{`, and `[` that no shell test begins with."""
    assert is_json(text) is wanted


def test_lines() -> None:
    """Blank lines are skipped, a trailing CR is dropped, and what is not UTF-8 is told by its line."""
    assert from_line(b"  \r", 1) is None
    assert from_line(b"echo hi\r", 1) == [Request("echo hi")]
    with pytest.raises(InvalidInput, match="line 3: is not UTF-8"):
        from_line(b"\xff", 3)


@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=6))
def test_the_quick_road_reads_as_the_slow_one(lines: list[bytes]) -> None:
    """Many lines at once are read exactly as one by one, or not at all."""
    quick = commands_from_lines(lines)
    if quick is not None:
        slow = [request.command for n, line in enumerate(lines, 1) for request in from_line(line, n) or []]
        assert quick == slow


def test_ids_are_ten_characters_without_look_alikes() -> None:
    """Drawn ids are what the contract says, and differ."""
    found = new_ids(5000)
    assert len(set(found)) == 5000
    assert all(re.fullmatch(r"[a-hjkmnp-z2-9]{10}", name) for name in found)


#: Of any characters, halves of pairs among them.
_odd = st.text(st.characters(), max_size=5)
_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | _odd,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*jobs.JSON_KEYS, "x"]), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["A", "B_1", "="]), inner, max_size=2)
    ),
)


def texts_of(value: object) -> list[str]:
    """Give every text in a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for item in pair for text in texts_of(item)]
    return [text for item in value for text in texts_of(item)] if isinstance(value, (list, tuple)) else []


_OTHERS = [key for key in jobs.JSON_KEYS if key != "command"]


@given(
    _json
    | st.fixed_dictionaries({"command": _odd}, optional=dict.fromkeys(_OTHERS, _json))
    | st.sampled_from(_OTHERS).flatmap(
        lambda key: st.fixed_dictionaries({"command": st.just("x"), key: _json | st.lists(_odd, max_size=2)})
    )
)
def test_no_json_crashes(found: Any) -> None:
    """Any JSON is requests that can be stored, or a clear refusal."""
    with contextlib.suppress(InvalidInput):
        for request in from_text(json.dumps(found)):
            for text in texts_of(astuple(request)):
                assert "\0" not in text
                assert text.encode() is not None


_PIECES = (
    *('{"command": "x"', '"id": "a"', '"env": {"A": ', '"tags": [', '"priority": ', '"timeout": ', '"run_at": "2030'),
    *("{", "}", "[", "]", '"', ",", ":", " ", "\n", "\r", "\t", "\\", "\ufeff", "é", "\0", "\\u0000", "\\ud800", "NaN"),
    *("-", "0", "1", "9" * 30, "1e999", "-0", ".5", "null", "true", "x", "echo hi"),
)
_texts = (
    st.text()
    | st.lists(st.sampled_from(_PIECES), max_size=20).map("".join)
    | st.lists(st.sampled_from(_PIECES), max_size=2).map(
        lambda found: f'{{"command": "x", "priority": {"".join(found)}}}'
    )
    | st.lists(st.sampled_from(_PIECES), max_size=3).map(lambda found: f'{{"command": "{"".join(found)}"}}')
)


@example(f'{{"command": "x", "priority": {"9" * 5000}}}')
@given(_texts)
def test_no_text_crashes(text: str) -> None:
    """Any text is JSON of jobs that can be stored, or refused."""
    with contextlib.suppress(InvalidInput):
        for request in from_text(text):
            assert "\0" not in request.command
            assert request.command.encode().strip()


@given(st.binary() | _texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_line_crashes(line: bytes) -> None:
    """Any bytes are a blank line, a command, jobs, or refused."""
    with contextlib.suppress(InvalidInput):
        assert all("\0" not in request.command for request in from_line(line, 1) or ())


@given(st.text(max_size=140) | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.text()))
def test_no_value_crashes_a_field(value: object) -> None:
    """Any value of any field is taken, or refused in one line."""
    checks = [check for name, check in vars(fields).items() if name.startswith("check_")]
    assert len(checks) > 10
    for check in checks:
        said = "it: taken"
        try:
            check(value, field="it")
        except InvalidInput as error:
            said = str(error)
        assert said.startswith("it: ")
        assert said.isprintable()
