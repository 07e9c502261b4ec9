"""Times and durations: what people write is read, and what is shown is read back."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.times import LATEST_MS, parse_duration, parse_time, show_duration, show_time


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2030-01-01T10:30:00Z", 1893493800000),
        ("2030-01-01T12:30:00+02:00", 1893493800000),
        ("2030-01-01 10:30:00.5Z", 1893493800500),
        ("4192-06-20T02:43:26.605Z", 70_134_345_806_605),
        ("9999-12-31T23:59:59.999Z", LATEST_MS),
    ],
)
def test_times_are_read(text: str, ms: int) -> None:
    """ISO 8601 with Z or an offset is that moment."""
    assert parse_time(text) == ms


def test_a_time_without_an_offset_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """What names no zone is meant where the user is."""
    import time

    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert parse_time("2030-01-01T05:30:00") == parse_time("2030-01-01T00:00:00Z")
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2030-13-01",
        "1969-12-31T23:59:59Z",
        "10000-01-01",
        "2030",
        5,
        None,
        True,
        "2030-01-01T25:00",
        "٢٠٣٠-01-01",
    ],
)
def test_other_times_are_refused(text: object) -> None:
    """What is no time, or out of bounds, is refused with the field and what is allowed."""
    with pytest.raises(InvalidInput, match=r"run_at: .*ISO 8601"):
        parse_time(text, field="run_at")


@given(st.integers(0, LATEST_MS))
def test_shown_times_are_read_back(ms: int) -> None:
    """A time survives being shown."""
    shown = show_time(ms)
    assert shown is not None
    assert shown.endswith("Z")
    assert parse_time(shown) == ms


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (90, 90),
        (0.5, 0.5),
        ("90", 90),
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("3d", 259200),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("1.5h", 5400),
        (" 10 M ", 600),
        ("10y", 315360000),
    ],
)
def test_durations_are_read(value: object, seconds: float) -> None:
    """A number is seconds; text may name units."""
    assert parse_duration(value) == seconds


@pytest.mark.parametrize(("value", "seconds"), [("500ms", 0.5), ("1.5h", 5400), (" 10 M ", 600), ("10y", 315_360_000)])
def test_durations_in_other_units_are_read(value: str, seconds: float) -> None:
    """Fractions, spaces, capitals, milliseconds and years are understood too."""
    assert parse_duration(value) == seconds


@pytest.mark.parametrize(
    "value", ["", "x", "-1", -1, True, None, [], "1q", "s", "1e400", float("inf"), float("nan"), 10**400]
)
def test_other_durations_are_refused(value: object) -> None:
    """What is no duration, negative or endless, is refused with the field."""
    with pytest.raises(InvalidInput, match="timeout: "):
        parse_duration(value, field="timeout")


@given(st.floats(0, 1e9))
def test_shown_durations_are_read_back(seconds: float) -> None:
    """A duration survives being shown, exactly."""
    assert parse_duration(show_duration(seconds)) == pytest.approx(seconds, abs=1e-12)


def test_durations_are_shown_in_the_largest_exact_unit() -> None:
    """An hour is 1h, ninety seconds are 90s."""
    assert [show_duration(s) for s in (0, 1, 90, 3600, 5400, 86400, 0.05)] == [
        "0s",
        "1s",
        "90s",
        "1h",
        "90m",
        "1d",
        "0.05s",
    ]


def pieces(*words: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from([*"0123456789-:+. TZWwmshdyeE_,", *words]), max_size=12).map("".join)


@given(st.text(max_size=30) | pieces("2030-01-01", "T10:30", "+02:00", "9999-12-31", "24:00", "-23:59", "1970-01-01"))
@example("9999-12-31T23:59:59-23:59")
@example("1970-01-01T00:00:00+23:59")
def test_any_text_is_a_time_or_refused(text: str) -> None:
    """What is read lies within the bounds and survives being shown."""
    with contextlib.suppress(InvalidInput):
        found = parse_time(text)
        assert 0 <= found <= LATEST_MS
        assert parse_time(show_time(found)) == found


@given(st.text(max_size=30) | pieces("ms", "nan", "inf", "1e5") | st.floats() | st.integers())
@example("9" * 64)
@example("1y" * 32)
def test_any_value_is_a_duration_or_refused(value: object) -> None:
    """What is read is finite, not negative, and survives being shown."""
    with contextlib.suppress(InvalidInput):
        found = parse_duration(value)
        assert 0 <= found < float("inf")
        assert parse_duration(show_duration(found)) == pytest.approx(found, abs=1e-12)
