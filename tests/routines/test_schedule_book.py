"""The schedule on real records: restarts neither miss nor double a run, and changes are signed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from carebot.errors import RecordsError
from carebot.records import routine_runs
from carebot.records.database import Database
from carebot.records.routine_runs import RunState
from carebot.records.schema import open_records
from carebot.routines.schedule import Entry, Verdict
from carebot.routines.schedule_book import MISSED, MOST_OCCURRENCES, ScheduleBook

ENTRY = {"id": "morning", "routine": "medication_reminder", "at": ["08:00"], "with": {"resident": "sato"}}
Open = Callable[..., ScheduleBook]


def at(hour: int, minute: int = 0, day: int = 1) -> float:
    return datetime(2026, 6, day, hour, minute, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_records(tmp_path / "records.sqlite", "the test")
    yield made
    made.close()


@pytest.fixture
def opened(database: Database) -> Open:
    def _open(now_s: float, *entries: dict) -> ScheduleBook:
        checked = [Entry.model_validate(entry) for entry in entries or (ENTRY,)]
        return ScheduleBook(database, checked, (), "Asia/Tokyo", lambda routine: 7, now_s)

    return _open


def test_an_occurrence_starts_one_run_over_restarts(opened: Open, database: Database):
    opened(at(7))
    _, [run] = opened(at(7, 30)).step(at(8))
    assert run.id == "morning@2026-06-01T08:00:00+09:00"
    assert run.priority == 7
    for minute in range(1, 5):
        assert opened(at(8, minute)).step(at(8, minute)) == ([], [])
    with database.transaction() as connection:
        assert [each.id for each in routine_runs.unfinished(connection)] == [run.id]


def test_what_was_due_without_power_is_judged_when_it_is_back(opened: Open):
    opened(at(7))
    due, [_] = opened(at(8, 30)).step(at(8, 30))
    assert [each.verdict for each in due] == [Verdict.RUN_LATE]
    due, runs = opened(at(7, day=4)).step(at(7, day=4))
    assert [each.verdict for each in due] == [Verdict.MISSED_TELL] * 2
    assert [(run.state, run.outcome) for run in runs] == [(RunState.ENDING, MISSED)] * 2


def test_a_change_is_in_force_at_once_signed_and_survives(opened: Open):
    book = opened(at(7))
    assert book.set_entry({**ENTRY, "at": ["09:00"]}, "Aiko", at(7)) == ""
    assert book.step(at(8, 30)) == ([], [])
    again = opened(at(8, 45))
    assert len(again.step(at(9))[1]) == 1
    assert again.remove_entry("morning", "Ben", at(10)) == ""
    assert opened(at(11)).step(at(12, day=3)) == ([], [])
    assert [(each.who, each.what, each.subject) for each in again.changes()] == [
        ("Aiko", "set", "morning"),
        ("Ben", "remove", "morning"),
    ]


def test_a_pause_is_set_and_ended(opened: Open):
    book = opened(at(7))
    pause = {
        "first_day": "2026-06-01",
        "last_day": "2026-06-02",
        "reason": "hospital",
        "resident": "sato",
        "id": "stay",
    }
    assert book.set_pause(pause, "Aiko", at(7)) == ""
    due, runs = book.step(at(9))
    assert [each.verdict for each in due] == [Verdict.PAUSED]
    assert runs == []
    assert book.remove_pause("stay", "Aiko", at(10)) == ""
    assert len(book.step(at(8, day=2))[1]) == 1


def test_what_cannot_be_used_is_told_in_a_sentence(opened: Open):
    book = opened(at(7))
    assert "exactly one way" in book.set_entry({"id": "x", "routine": "r"}, "Aiko", at(7))
    assert "name of the person" in book.set_entry(ENTRY, " ", at(7))
    assert "no entry 'y'" in book.remove_entry("y", "Aiko", at(7))
    assert "no pause 'y'" in book.remove_pause("y", "Aiko", at(7))
    assert "before it begins" in book.set_pause(
        {"first_day": "2026-06-02", "last_day": "2026-06-01", "reason": "x"}, "Aiko", at(7)
    )
    assert book.changes() == []


def test_a_disk_that_fails_delays_and_loses_nothing(tmp_path: Path):
    (tmp_path / "file").touch()
    database = open_records(tmp_path / "file" / "records.sqlite", "the test")
    book = ScheduleBook(database, [Entry.model_validate(ENTRY)], (), "Asia/Tokyo", lambda routine: 0, at(7))
    assert book.step(at(8)) == ([], [])
    assert "Not recorded" in book.fault
    (tmp_path / "file").unlink()
    assert len(book.step(at(8, 1))[1]) == 1
    assert book.fault == ""
    database.close()


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """`full(True)`: SQLite finds no room for another page, as on a disk that is full."""

    def _full(is_full: bool) -> None:
        monkeypatch.undo()
        if is_full:
            for name in ("add_occurrence", "add_change", "save_marks"):
                monkeypatch.setattr(f"carebot.records.schedule.{name}", _as_of_a_full_disk)

    return _full


def _as_of_a_full_disk(connection: Connection, *_: object) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1")
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS ballast AS SELECT randomblob(100000)")


def test_while_the_disk_is_full_the_schedule_runs_on_and_is_written_down_later(
    opened: Open, database: Database, full: Callable[[bool], None]
):
    book = opened(at(7))
    full(True)
    with pytest.raises(RecordsError, match="is full: free some space"):
        book.remove_entry("morning", "Aiko", at(7, 30))
    assert "is full" in book.fault
    assert [each.is_removed for each in book.lines()] == [False]
    runs = book.step(at(8))[1]
    assert [run.id for run in runs] == ["morning@2026-06-01T08:00:00+09:00"]
    assert book.step(at(8, 1)) == ([], [])
    shown, _ = book.between(at(7), at(9, 0, 2), at(8, 2))
    assert [(each.entry, each.verdict) for each in shown] == [("morning", "run"), ("morning", "planned")]
    full(False)
    assert book.step(at(8, 3)) == ([], [])
    assert book.fault == ""
    with database.transaction() as connection:
        assert [run.id for run in routine_runs.unfinished(connection)] == [runs[0].id]
    assert opened(at(8, 4)).step(at(8, 4)) == ([], [])
    assert book.remove_entry("morning", "Aiko", at(8, 5)) == ""


def test_a_change_made_right_after_the_disk_is_back_doubles_nothing(opened: Open, full: Callable[[bool], None]):
    book = opened(at(7))
    full(True)
    assert len(book.step(at(8))[1]) == 1
    full(False)
    assert book.set_entry({**ENTRY, "id": "evening", "at": ["20:00"]}, "Aiko", at(8, 0)) == ""
    assert book.step(at(8, 1)) == ([], [])


def test_what_was_missed_before_the_disk_was_full_is_told_all_the_same(opened: Open, full: Callable[[bool], None]):
    book = opened(at(7), {**ENTRY, "if_missed": "tell"})
    full(True)
    [run] = book.step(at(12))[1]
    assert (run.state, run.outcome) == (RunState.ENDING, MISSED)


def test_what_a_caregiver_changes_holds_until_it_is_restored(opened: Open):
    book = opened(at(7))
    assert book.set_entry({**ENTRY, "at": ["09:00"]}, "Aiko", at(7)) == ""
    assert book.remove_entry("morning", "Ben", at(7)) == ""
    (line,) = book.lines()
    assert (line.is_in_file, line.is_removed, line.change and line.change.who) == (True, True, "Ben")
    assert line.holds.at == tuple(ENTRY["at"])
    assert book.restore("morning", "Chie", at(7)) == ""
    (again,) = opened(at(7)).lines()
    assert (again.is_removed, again.change) == (False, None)
    assert "has no entry" in book.restore("nothing", "Chie", at(7))


def test_two_stays_for_one_reason_are_two_pauses(opened: Open):
    book = opened(at(7))
    for key, resident in (("one", "sato"), ("two", "ito")):
        pause = {"first_day": "2026-06-01", "last_day": "2026-06-02", "reason": "hospital", "resident": resident}
        assert book.set_pause({**pause, "id": key}, "Aiko", at(7)) == ""
    assert {key for key, _ in book.pause_lines()} == {"one", "two"}


def test_what_is_planned_and_what_became_of_it_are_one_list(opened: Open):
    book = opened(at(7))
    book.step(at(9))
    pause = {"id": "day", "first_day": "2026-06-03", "last_day": "2026-06-03", "reason": "holiday"}
    assert book.set_pause(pause, "Aiko", at(9)) == ""
    found, is_whole = book.between(at(0), at(0) + 3 * 86_400, at(9))
    assert is_whole
    assert [each.verdict for each in found] == ["run_late", "planned", "paused"]
    assert found[2].why == "holiday"


def test_what_comes_too_often_is_cut_and_said_to_be(opened: Open):
    book = opened(at(7))
    assert book.set_entry({"id": "often", "routine": "r", "every_s": 60}, "Aiko", at(7)) == ""
    found, is_whole = book.between(at(7), at(7) + 30 * 86_400, at(7))
    assert not is_whole
    assert len(found) <= MOST_OCCURRENCES


def test_an_entry_that_the_site_cannot_use_is_not_taken(tmp_path: Path):
    database = open_records(tmp_path / "records.sqlite", "the test")
    book = ScheduleBook(database, (), (), "Asia/Tokyo", lambda routine: 0, at(7), lambda entry: "No such routine.")
    assert book.set_entry(ENTRY, "Aiko", at(7)) == "No such routine."
    assert book.lines() == []
    database.close()


def test_a_change_that_cannot_be_recorded_changes_nothing(tmp_path: Path):
    database = open_records(tmp_path / "records.sqlite", "the test")
    book = ScheduleBook(database, [Entry.model_validate(ENTRY)], (), "Asia/Tokyo", lambda routine: 0, at(7))
    lock = sqlite3.connect(tmp_path / "records.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(RecordsError):
        book.remove_entry("morning", "Aiko", at(7))
    lock.execute("ROLLBACK")
    lock.close()
    assert [each.is_removed for each in book.lines()] == [False]
    assert book.remove_entry("morning", "Aiko", at(7)) == ""
    database.close()


PILLS = {**ENTRY, "at": ["08:00", "12:00", "20:00"]}
LONE = {**ENTRY, "at": ["08:00", "12:00"]}


def test_a_clock_a_day_ahead_that_is_right_again_loses_no_reminder(opened: Open):
    book = opened(at(7), PILLS)
    assert [run.id for run in book.step(at(8))[1]] == ["morning@2026-06-01T08:00:00+09:00"]
    due, _ = book.step(at(9, day=2))  # a day ahead
    assert [each.verdict for each in due] == [Verdict.MISSED_TELL] * 2 + [Verdict.RUN_LATE]
    for hour, day, run_id in (
        (12, 1, "morning@2026-06-01T12:00:00+09:00~2"),
        (20, 1, "morning@2026-06-01T20:00:00+09:00~2"),
        (8, 2, "morning@2026-06-02T08:00:00+09:00~2"),
        (12, 2, "morning@2026-06-02T12:00:00+09:00"),
    ):
        assert book.step(at(hour, day=day) - 1) == ([], [])
        due, [run] = book.step(at(hour, day=day))
        assert (run.id, run.state, due[0].verdict) == (run_id, RunState.WAITING, Verdict.RUN)
        assert book.step(at(hour, 1, day=day)) == ([], [])


def test_it_is_right_again_while_carebot_is_off(opened: Open):
    opened(at(7), LONE).step(at(9, day=2))
    runs = [run.id for hour in (10, 11, 12, 13) for run in opened(at(hour), LONE).step(at(hour))[1]]
    assert runs == ["morning@2026-06-01T12:00:00+09:00~2"]
    assert [run.id for run in opened(at(8, day=2), LONE).step(at(8, day=2))[1]] == [
        "morning@2026-06-02T08:00:00+09:00~2"
    ]


def test_what_ran_less_than_an_hour_ahead_of_its_time_does_not_run_again(opened: Open):
    book = opened(at(7), PILLS)
    assert len(book.step(at(12))[1]) == 2  # one is told as missed
    assert [each.due_at_s for each in book.step(at(11, 30))[0]] == []
    for minute in range(31, 60):
        assert book.step(at(11, minute)) == ([], [])
    _, runs = book.step(at(12))
    assert runs == []
    assert len(book.step(at(20))[1]) == 1


def test_a_clock_that_is_right_again_is_taken_in_also_while_the_disk_fails(
    opened: Open, monkeypatch: pytest.MonkeyPatch
):
    book = opened(at(7), LONE)
    book.step(at(9, day=2))
    with monkeypatch.context() as failing:
        failing.setattr("carebot.records.schedule.add_occurrence", failing_write)
        failing.setattr("carebot.records.schedule.take_back", failing_write)
        assert book.step(at(10)) == ([], [])
        assert book.fault
        assert len(book.step(at(12))[1]) == 1
    book.step(at(12, 1))
    assert not book.fault
    assert opened(at(12, 2), LONE).step(at(13)) == ([], [])


def failing_write(*_: object) -> None:
    raise RecordsError("the disk is full")
