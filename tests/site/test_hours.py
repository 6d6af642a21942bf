"""Quiet hours: whose hold when, and which cannot be meant."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from carebot.errors import ConfigError
from carebot.site.hours import DAY_MIN, MOST_SPANS, Hours, Quiet, hours_problem, house_hours

MIDNIGHT = datetime(2026, 11, 29)


def hours(*spans: tuple[str, str]) -> tuple[Hours, ...]:
    return tuple(Hours.model_validate({"from": begin, "to": end}) for begin, end in spans)


def minutes_of(span: Hours) -> set[int]:
    return {minute for minute in range(DAY_MIN) if span.holds(MIDNIGHT + timedelta(minutes=minute))}


def test_a_residents_own_hours_hold_for_them_in_place_of_the_houses():
    quiet = Quiet(hours(("21:00", "07:00")), {"Hana": hours(("23:00", "09:00"))})
    at = [MIDNIGHT.replace(hour=hour) for hour in (22, 23, 8, 10)]
    assert [quiet.holds("Hana", each) for each in at] == [False, True, True, False]
    assert [quiet.holds("Jiro", each) for each in at] == [True, True, False, False]
    assert [quiet.holds("", each) for each in at] == [True, True, False, False]


def test_no_own_hours_are_the_houses():
    quiet = Quiet(hours(("21:00", "07:00")), {"Hana": ()})
    assert quiet.holds("Hana", MIDNIGHT)


TIMES = ("00:00", "00:01", "06:00", "12:00", "18:00", "23:59")


@pytest.mark.parametrize("first", [(one, two) for one in TIMES for two in TIMES if one != two])
@pytest.mark.parametrize("second", [(one, two) for one in TIMES for two in TIMES if one != two])
def test_overlap_is_told_exactly_where_a_minute_is_in_both(first: tuple[str, str], second: tuple[str, str]):
    pair = hours(first, second)
    shared = minutes_of(pair[0]) & minutes_of(pair[1])
    assert (hours_problem(pair) == "hours_overlap") == bool(shared)


def test_what_begins_and_ends_at_the_same_time_and_too_many_are_told():
    assert hours_problem(hours(("08:00", "08:00"))) == "hours_empty"
    assert hours_problem(hours(*((f"{hour:02}:00", f"{hour:02}:30") for hour in range(MOST_SPANS + 1)))) == "hours_many"
    assert hours_problem(()) == ""


@pytest.mark.parametrize("time", ["24:00", "7", "08:60", "8.30", "", "-1:00", "٠٨:٠٠x"])
def test_what_is_no_time_of_day_is_refused(time: str):
    with pytest.raises(ValidationError):
        Hours.model_validate({"from": time, "to": "07:00"})


def test_the_site_file_names_the_line_of_what_it_cannot_use(tmp_path: Path):
    file = tmp_path / "site.yaml"
    file.write_text('rooms: []\nquiet_hours: [{from: "22:00", to: "07:00"}]\n')
    assert house_hours(file) == hours(("22:00", "07:00"))
    file.write_text('rooms: []\nquiet_hours:\n  - {from: "22:00", to: "7"}\n')
    with pytest.raises(ConfigError, match=r"site.yaml, line 3.*is no time of day"):
        house_hours(file)
