"""The table of settings: what is read, what is refused, and what is shown."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.settings import SETTINGS, Settings, as_json, load, parse, resolve, show, store


@pytest.mark.parametrize("name", ["max_retries", "max-retries", "MAX-RETRIES", "default_max_retries", " max_retries "])
def test_a_key_may_be_written_in_many_ways(name: str) -> None:
    """Dashes, underscores, case and aliases name the same key."""
    assert resolve(name).key == "max_retries"


def test_an_unknown_key_names_the_nearest() -> None:
    """A slip of the finger is told what was meant."""
    with pytest.raises(InvalidInput, match="did you mean backoff_base"):
        resolve("backof-base")


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("max_retries", "0", 0),
        ("backoff_base", "1.5", 1.5),
        ("backoff_max", "90s", 90.0),
        ("output_limit", "64KiB", 65536),
        ("output_limit", "1g", 1 << 30),
        ("output_limit", "12", 12),
        ("permanent_exit_codes", "2,64-78,127", ((2, 2), (64, 78), (127, 127))),
        ("permanent_exit_codes", "none", ()),
        ("capture_env", "None", "none"),
        ("shell", "/bin/bash", "/bin/bash"),
    ],
)
def test_values_are_read_and_shown_and_read_back(key: str, text: str, value: Any) -> None:
    """A value survives being shown, and being kept."""
    setting = SETTINGS[key]
    assert parse(setting, text) == value
    assert parse(setting, show(setting, value)) == value
    assert load(setting, store(setting, value)) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [("max_retries", text) for text in ("-1", "1001", "x", "1.0", "", "9" * 30)]
    + [("backoff_base", text) for text in ("nan", "inf", "-1", "1001", "1_0")]
    + [("backoff_max", "31d"), ("backoff_jitter", "1.1"), ("job_timeout", "366d"), ("kill_grace", "2h")]
    + [("poll_interval", "0.01"), ("poll_interval", "61"), ("output_limit", "2GiB"), ("output_limit", "-1")]
    + [("permanent_exit_codes", text) for text in ("256", "5-2", "a", "1,,2", "-1")]
    + [("capture_env", "some"), ("shell", "sh"), ("shell", "/bin/\0sh"), ("retain_completed", "11y")],
)
def test_values_out_of_bounds_are_refused(key: str, text: str) -> None:
    """A value that is not allowed is refused by the name of its key."""
    with pytest.raises(InvalidInput, match=key):
        parse(SETTINGS[key], text)


def test_defaults_are_within_their_bounds() -> None:
    """Each default is a value that could be set."""
    for setting in SETTINGS.values():
        assert parse(setting, show(setting, setting.default)) == setting.default


def test_json_gives_durations_in_ms_and_sizes_in_bytes() -> None:
    """Scripts read numbers."""
    assert as_json(SETTINGS["backoff_max"], 90.0) == 90_000
    assert as_json(SETTINGS["output_limit"], 1 << 20) == 1 << 20
    assert as_json(SETTINGS["permanent_exit_codes"], ((2, 2),)) == "2"


def test_kept_values_that_cannot_be_read_are_the_default() -> None:
    """A queue that was written by another program is not the end of the world."""
    found = Settings.from_rows([("max_retries", "7"), ("shell", "oops"), ("unknown", "1")])
    assert (found.max_retries, found.shell) == (7, "/bin/sh")
    assert found is Settings.from_rows([("max_retries", "7"), ("shell", "oops"), ("unknown", "1")])


_PIECES = [*"0123456789,.- eEkKmMgGiIbBsh_/", "none", "all", "nan", "inf", "64KiB", "1-5", "/bin/sh", "\u0663"]


@given(st.text(max_size=40) | st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_no_text_crashes_a_setting(text: str) -> None:
    """Any text is a value or a clear refusal."""
    for setting in SETTINGS.values():
        with contextlib.suppress(InvalidInput):
            value = parse(setting, text)
            assert parse(setting, show(setting, value)) == load(setting, store(setting, value)) == value
            as_json(setting, value)
    with contextlib.suppress(InvalidInput):
        resolve(text)
