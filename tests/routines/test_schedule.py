"""The schedule over changes of the clock, pauses, downtime and clocks set wrong; all with time passed in."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from carebot.routines.schedule import Entry, Pause, Schedule, Verdict

PARIS, NEW_YORK, LORD_HOWE = "Europe/Paris", "America/New_York", "Australia/Lord_Howe"


def at(zone: str, *parts: int) -> float:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp()


def entry(**values: object) -> Entry:
    return Entry.model_validate({"id": "e", "routine": "medication_reminder", **values})


def local_times(zone: str, entries: list[Entry], begin_s: float, days: float, step_s: float = 600.0, pauses=()):
    """Every run as local ISO time, stepping through so many days."""
    schedule = Schedule(entries, pauses, zone, {}, begin_s)
    found, now_s = [], begin_s
    while now_s < begin_s + days * 86_400:
        now_s += step_s
        found += list(schedule.step(now_s))
    return [datetime.fromtimestamp(each.due_at_s, ZoneInfo(zone)).isoformat() for each in found]


def test_in_spring_a_time_that_is_left_out_runs_after_the_jump():
    found = local_times(PARIS, [entry(at=["02:30"])], at(PARIS, 2026, 3, 28, 12), 3)
    assert found == ["2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00", "2026-03-31T02:30:00+02:00"]


def test_in_autumn_a_time_that_comes_twice_runs_the_first_time():
    found = local_times(PARIS, [entry(at=["02:30"])], at(PARIS, 2026, 10, 24, 12), 3)
    assert found == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-27T02:30:00+01:00"]


def test_real_time_intervals_do_not_care_about_the_clock():
    found = local_times(PARIS, [entry(every_s=7200)], at(PARIS, 2026, 10, 24, 23, 30), 0.3)
    assert len(found) == 3
    instants = [datetime.fromisoformat(each).timestamp() for each in found]
    assert [later - earlier for earlier, later in itertools.pairwise(instants)] == [7200, 7200]


@pytest.mark.parametrize("zone", [PARIS, NEW_YORK, LORD_HOWE, "Asia/Tokyo"])
@pytest.mark.parametrize("time", ["00:00", "01:30", "02:00", "02:15", "02:59", "03:00", "03:15", "23:59"])
def test_a_daily_entry_runs_once_on_every_day_of_the_year(zone: str, time: str):
    begin_s = at(zone, 2026, 1, 1)
    schedule = Schedule([entry(at=[time])], [], zone, {}, begin_s - 1)
    due = [each for day in range(1, 366) for each in schedule.step(begin_s + day * 86_400 + 7200)]
    dates = [datetime.fromtimestamp(each.due_at_s, ZoneInfo(zone)).date() for each in due]
    first = datetime(2026, 1, 1, tzinfo=timezone.utc).date()
    assert dates[:365] == [first + timedelta(days=day) for day in range(365)]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([PARIS, NEW_YORK, LORD_HOWE]),
    st.integers(0, 47),
    st.lists(st.floats(1, 200_000), min_size=1, max_size=60),
)
def test_steps_of_any_size_give_the_same_occurrences(zone: str, half_hour: int, gaps: list[float]):
    time = f"{half_hour // 2:02d}:{30 * (half_hour % 2):02d}"
    begin_s = at(zone, 2026, 3, 1)
    stepped = Schedule([entry(at=[time])], [], zone, {}, begin_s)
    now_s, found = begin_s, []
    for gap_s in gaps:
        now_s += gap_s
        found += [each.due_at_s for each in stepped.step(now_s)]
        stepped = Schedule([entry(at=[time])], [], zone, stepped.marks, now_s)  # a restart
    whole = Schedule([entry(at=[time])], [], zone, {}, begin_s)
    assert found == [each.due_at_s for each in whole.step(now_s)]


def test_a_clock_set_back_runs_nothing_twice():
    begin_s = at(PARIS, 2026, 6, 1, 7)
    schedule = Schedule([entry(at=["08:00"])], [], PARIS, {}, begin_s)
    assert len(schedule.step(begin_s + 3600)) == 1
    assert schedule.step(begin_s) == []
    assert schedule.step(begin_s + 3600) == []


def test_cron_days_are_those_of_crontab():
    for expression in ("0 8 * * 1-5", "0 8 * * mon-fri"):
        found = local_times("UTC", [entry(cron=expression)], at("UTC", 2026, 6, 6), 7)  # a Saturday
        assert [each[:10] for each in found] == [f"2026-06-{day:02d}" for day in range(8, 13)]
    sundays = local_times("UTC", [entry(cron="0 8 * * 0,7")], at("UTC", 2026, 6, 6), 7)
    assert [each[:10] for each in sundays] == ["2026-06-07"]


def test_after_a_time_without_power_each_entry_does_as_it_says():
    def verdicts(**values: object) -> list[Verdict]:
        schedule = Schedule([entry(at=["08:00", "09:00"], **values)], [], "UTC", {"e": at("UTC", 2026, 6, 1)}, 0)
        return [each.verdict for each in schedule.step(at("UTC", 2026, 6, 1, 9, 30))]

    assert verdicts() == [Verdict.MISSED_TELL, Verdict.RUN_LATE]
    assert verdicts(run_within_s=600) == [Verdict.MISSED_TELL, Verdict.MISSED_TELL]
    assert verdicts(if_missed="skip") == [Verdict.MISSED, Verdict.MISSED]
    assert verdicts(if_missed="tell") == [Verdict.MISSED_TELL, Verdict.MISSED_TELL]


def test_a_hospital_stay_leaves_out_one_resident_and_a_holiday_all():
    entries = [
        Entry.model_validate({"id": who, "routine": "r", "at": ["08:00"], "with": {"resident": who}})
        for who in ("sato", "dupont")
    ]
    stay = Pause(first_day="2026-06-02", last_day="2026-06-03", reason="hospital", resident="sato")
    holiday = Pause(first_day="2026-06-04", last_day="2026-06-04", reason="holiday")
    schedule = Schedule(entries, [stay, holiday], PARIS, {}, at(PARIS, 2026, 6, 1))
    due = schedule.step(at(PARIS, 2026, 6, 5))
    paused = [(each.entry.id, each.why) for each in due if each.verdict is Verdict.PAUSED]
    assert sorted(paused) == [("dupont", "holiday"), ("sato", "holiday"), ("sato", "hospital"), ("sato", "hospital")]


def test_an_interval_keeps_to_its_part_of_the_day():
    found = local_times(PARIS, [entry(every_s=3600, between=["22:00", "06:00"])], at(PARIS, 2026, 6, 1, 12), 1)
    assert [each[11:13] for each in found] == ["22", "23", "00", "01", "02", "03", "04", "05"]


@pytest.mark.parametrize("every_s", [50_000, 90_000, 3 * 86_400 + 7200])
def test_an_interval_that_seldom_meets_its_part_of_the_day_goes_on_for_good(every_s: int):
    found = local_times("UTC", [entry(every_s=every_s, between=["09:00", "11:00"])], at("UTC", 2026, 6, 1), 360)
    assert len(found) > 5
    assert {each[11:13] for each in found} <= {"09", "10"}
    assert found[-1][:7] >= "2027-04", "it stopped"


def test_from_and_until():
    limited = entry(at=["08:00"], from_day="2026-06-02", until_day="2026-06-03")
    schedule = Schedule([limited], [], "UTC", {}, at("UTC", 2026, 6, 1))
    runs = [each for each in schedule.step(at("UTC", 2026, 6, 8)) if each.verdict is not Verdict.PAUSED]
    assert len(runs) == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "exactly one way"),
        ({"at": ["08:00"], "cron": "0 8 * * *"}, "exactly one way"),
        ({"at": ["8"]}, "no time of day"),
        ({"at": [1110]}, "stands in quotes"),  # 18:30 without them
        ({"every_s": 600, "between": [480, "20:00"]}, "stands in quotes"),
        ({"at": ["24:00"]}, "no time of day"),
        ({"at": ["08:60"]}, "no time of day"),
        ({"at": ["08:00"], "days": ["monday"]}, "mon"),
        ({"cron": "0 8 * *"}, "4 fields"),
        ({"cron": "61 8 * * *"}, "higher than"),
        ({"cron": "0 8 * * 1", "days": ["mon"]}, "belong to at"),
        ({"every_s": 1}, "60"),
        ({"every_s": 86_400, "between": ["08:00", "20:00"]}, "never due"),
        ({"every_s": 3600, "between": ["08:10", "08:50"]}, "never due"),
        ({"at": ["08:00"], "between": ["08:00", "09:00"]}, "belongs to every_s"),
        ({"at": ["08:00"], "routine": "No Such"}, "pattern"),
    ],
)
def test_what_makes_no_sense_is_refused(values: dict, words: str):
    with pytest.raises(ValidationError, match=words):
        entry(**values)


def test_a_pause_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="before it begins"):
        Pause(first_day="2026-06-02", last_day="2026-06-01", reason="holiday")
