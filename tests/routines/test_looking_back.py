"""What is told of the days before: every medicine and every exercise that the records hold, whatever they look like."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carebot.records import routine_notes, routine_runs
from carebot.records import schedule as store
from carebot.records.database import Database
from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run, RunState
from carebot.records.schedule import ScheduleChange
from carebot.records.schema import open_records
from carebot.routines.looking_back import Exercise, exercises, medicines, why_not_back
from tests.routines.world import START_S

HANA, KEN, ZONE = "Hana Sato", "Ken Sato", "Asia/Tokyo"
HOUR_S, DAY_S = 3600.0, 86_400.0
PILL = {"medicine": "the white pill"}
PLAN: dict[str, dict[str, Any]] = {
    "pill": {"routine": "medication_reminder", "with": PILL},
    "water": {"routine": "hydration_reminder"},
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_records(tmp_path / "records.sqlite", "the test")
    yield opened
    opened.close()


def remind(
    database: Database, run_id: str, due_s: float, became: str = "", after_s: float = 60.0, **given: Any
) -> None:
    run = Run(run_id, "medication_reminder", {**PILL, **given}, requested_at_s=due_s, state=RunState.SUCCEEDED)
    with database.transaction() as connection:
        routine_runs.save(connection, [run])
        if became:
            routine_notes.add(connection, [Note(run_id, "do.1", f"medicine_{became}", HANA, {}, due_s + after_s)])


def exercise(database: Database, run_id: str, at_s: float, who: str = "", **content: Any) -> None:
    with database.transaction() as connection:
        routine_notes.add(connection, [Note(run_id, "do.9", "exercised", who, content, at_s)])


def leave_out(database: Database, entry: str, due_s: float, verdict: str, why: str) -> None:
    with database.transaction() as connection:
        store.add_occurrence(connection, entry, due_s, verdict, why, due_s)


def told(database: Database, since_s: float = START_S, until_s: float = START_S + DAY_S, **more: Any) -> list[Any]:
    with database.transaction() as connection:
        return medicines(connection, PLAN, ZONE, since_s, until_s, HANA, **more)


def done(database: Database, only_resident: str = HANA) -> list[Exercise]:
    with database.transaction() as connection:
        return exercises(connection, ZONE, START_S, START_S + DAY_S, only_resident)


def test_each_medicine_is_told_with_what_became_of_it_by_day_and_time(database: Database) -> None:
    remind(database, "c", START_S + 3 * HOUR_S, "missed", 900.0)
    remind(database, "b", START_S + HOUR_S, "taken", 2400.0, resident=KEN)
    remind(database, "a", START_S, "taken")
    leave_out(database, "pill", START_S + 2 * HOUR_S, "paused", "in hospital")
    leave_out(database, "pill", START_S + 4 * HOUR_S, "missed", "the robot was off")
    leave_out(database, "water", START_S + 2 * HOUR_S, "paused", "in hospital")
    found = told(database)
    assert [(each.due, each.became, each.at) for each in found] == [
        ("12:00", "taken", "12:01"),
        ("13:00", "late", "13:40"),
        ("14:00", "left_out", ""),
        ("15:00", "missed", "15:15"),
        ("16:00", "missed", ""),
    ]
    assert [each.resident for each in found] == [HANA, KEN, HANA, HANA, HANA]
    assert found[2].why == "in hospital"
    assert told(database, late_after_s=3000.0)[1].became == "taken"


def test_it_begins_with_the_first_time_and_ends_before_the_second(database: Database) -> None:
    for number, due_s in enumerate((START_S - 1.0, START_S, START_S + DAY_S)):
        remind(database, str(number), due_s, "taken")
        exercise(database, f"e{number}", due_s, movement="arm_raises", times=number)
        leave_out(database, "pill", due_s, "paused", "")
    assert [(each.due, each.became) for each in told(database)] == [("12:00", "taken"), ("12:00", "left_out")]
    assert [each.times for each in done(database)] == [1]


def test_a_medicine_that_a_caregiver_planned_and_took_out_again_is_told(database: Database) -> None:
    drops = {"routine": "medication_reminder", "with": {"medicine": "drops", "resident": KEN}}
    with database.transaction() as connection:
        for what, content in (("set", drops), ("remove", {})):
            store.add_change(connection, ScheduleChange(START_S, "Aiko", what, "drops", content))
    leave_out(database, "drops", START_S + 60.0, "paused", "away")
    assert [(each.resident, each.medicine, each.why) for each in told(database)] == [(KEN, "drops", "away")]


def test_each_exercise_is_told_with_how_many_there_were(database: Database) -> None:
    exercise(database, "b", START_S + HOUR_S, KEN, movement="knee_lifts", times=3)
    exercise(database, "a", START_S, movement="arm_raises", times="8")
    assert done(database) == [
        Exercise("2026-05-28", "12:00", HANA, "arm_raises", 8),
        Exercise("2026-05-28", "13:00", KEN, "knee_lifts", 3),
    ]
    assert done(database, "")[0].resident == ""


@pytest.mark.parametrize("times", [None, True, "some", [5], -1, 10**400, 2**31, math.inf, math.nan, "9" * 5000])
def test_how_many_there_were_is_not_known_where_no_number_is_written(database: Database, times: Any) -> None:
    exercise(database, "a", START_S, movement=["arm_raises"], times=times)
    assert done(database) == [Exercise("2026-05-28", "12:00", HANA, "", 0)]


def test_what_nobody_would_write_today_hides_nothing_else(database: Database) -> None:
    remind(database, "a", START_S, "taken")
    remind(database, "b", START_S + HOUR_S, "taken", resident=7, medicine=None)
    remind(database, "c", START_S + 2 * HOUR_S, "taken")
    exercise(database, "d", START_S)
    broken = {"one": [], "two": {"routine": "medication_reminder", "with": ["drops"]}, "three": {"routine": 3}}
    for entry in broken:
        leave_out(database, entry, START_S + 3 * HOUR_S, "paused", "")
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE routine_runs SET parameters = '[1]' WHERE id = 'c'")
        connection.exec_driver_sql("UPDATE routine_notes SET content = '\"five\"'")
        found = medicines(connection, broken, ZONE, START_S, START_S + DAY_S, HANA)  # type: ignore[arg-type]
    assert [(each.due, each.became) for each in found] == [
        ("12:00", "taken"),
        ("13:00", "taken"),
        ("14:00", "taken"),
        ("15:00", "left_out"),
    ]
    assert done(database) == [Exercise("2026-05-28", "12:00", HANA, "", 0)]


def test_where_nothing_was_there_is_nothing_to_tell(database: Database) -> None:
    assert (told(database), done(database)) == ([], [])


@pytest.mark.parametrize(
    ("since_s", "until_s"),
    [(-400 * DAY_S, 0.0), (-HOUR_S, 12 * HOUR_S), (-401 * DAY_S, -2 * DAY_S)],
)
def test_the_last_400_days_can_be_asked_for_to_the_end_of_today(since_s: float, until_s: float) -> None:
    assert why_not_back(START_S + since_s, START_S + until_s, START_S) == ""


@pytest.mark.parametrize(
    ("since_s", "until_s"),
    [
        (-401 * DAY_S, 0.0),
        (-403 * DAY_S, -402 * DAY_S),
        (0.0, 0.0),
        (1.0, 0.0),
        (0.0, 2 * DAY_S),
        (math.nan, 0.0),
        (0.0, math.nan),
        (-math.inf, 0.0),
        (0.0, math.inf),
        (math.inf, math.inf),
    ],
)
def test_other_times_are_refused_in_a_sentence(since_s: float, until_s: float) -> None:
    assert "400 days" in why_not_back(START_S + since_s, START_S + until_s, START_S)
