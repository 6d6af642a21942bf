"""The schedule in the site file, and runs that were missed while the robot was off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.errors import ConfigError, RecordsError
from carebot.records.routine_runs import RunState
from carebot.routines.agenda import check_buttons, load_agenda
from carebot.routines.schedule import Entry
from carebot.routines.schedule_book import ScheduleBook
from tests.routines.world import CAREGIVERS, SITE, START_S, House, own_library

LIBRARY = own_library()
PILL = {"id": "pill", "routine": "medication_reminder", "at": ["12:30"], "with": {"medicine": "the white pill"}}


def agenda(tmp_path: Path, *entries: dict[str, Any], **more: Any) -> Any:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"name": "Home", "schedule": list(entries), **more}), encoding="utf-8")
    return load_agenda(path, LIBRARY, SITE, CAREGIVERS)


def test_an_agenda_is_read(tmp_path: Path):
    assert [entry.id for entry in agenda(tmp_path, PILL).schedule] == ["pill"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"routine": "nonsense"},
            r"line \d+: schedule.0.routine: there is no routine 'nonsense': use one of battery_low",
        ),
        ({"with": {}}, r"line \d+: schedule.0.with: the parameter medicine \(text\) must be given"),
        ({"with": {"medicine": "x", "rounds": 99}}, "schedule.0.with: the parameter rounds is 99: at most 10"),
        ({"with": {"medicine": "x", "resident": "Mr X"}}, "names the resident 'Mr X'"),
        ({"at": ["25:00"]}, r"line \d+: schedule.0: '25:00' is no time of day"),
        ({"at": []}, "must say when in exactly one way"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, entry: dict[str, Any], words: str):
    with pytest.raises(ConfigError, match=words):
        agenda(tmp_path, {**PILL, **entry})


def test_two_entries_of_one_name_are_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"line \d+: schedule.1.id: two entries are called 'pill'"):
        agenda(tmp_path, PILL, PILL)


@pytest.fixture
def house() -> Iterator[House]:
    made = House(LIBRARY)
    yield made
    made.close()


def schedule(house: House) -> ScheduleBook:
    entries = [Entry.model_validate(PILL)]
    return ScheduleBook(house.database, entries, (), "Asia/Tokyo", lambda name: LIBRARY[name].priority, house.now_s)


def test_a_reminder_that_fell_into_a_power_cut_is_told_once_and_recorded(house: House):
    assert house.now_s == START_S
    schedule(house)
    house.crash(away_s=6 * 3600.0)
    [run] = schedule(house).step(house.now_s)[1]
    assert run.state is RunState.ENDING
    house.engine.adopt(run, house.now_s)
    house.forward(3)
    assert house.notes() == [("medicine_missed", "Hana Sato/the white pill")]
    [(_, _, body)] = house.world.told
    assert "was not reminded of the white pill as planned (the robot was off when it was due)" in body
    [run] = house.book.latest()
    assert (run.state, run.outcome) == (RunState.FAILED, "the robot was off when it was due")
    house.crash()
    assert schedule(house).step(house.now_s) == ([], [])
    house.forward(3)
    assert len(house.world.told) == len(house.notes()) == 1


def test_on_a_full_disk_the_reminder_comes_and_is_written_down_when_there_is_room(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    book = schedule(house)
    house.forward(60)

    def full() -> Any:
        raise RecordsError("The disk is full: free some space.")

    with monkeypatch.context() as patched:
        patched.setattr(house.database, "transaction", full)
        house.now_s += 3600.0 * 6
        for run in book.step(house.now_s)[1]:
            house.engine.adopt(run, house.now_s)
        house.until(lambda: house.world.told)
    assert "was not reminded of the white pill" in house.world.told[0][2]
    house.forward(3)
    assert book.step(house.now_s) == ([], [])
    assert (house.engine.fault, book.fault) == ("", "")
    [run] = house.book.latest()
    assert run.state is RunState.FAILED
    assert house.notes() == [("medicine_missed", "Hana Sato/the white pill")]


def test_one_that_is_a_little_late_is_run(house: House):
    schedule(house)
    house.crash(away_s=40 * 60.0)
    house.world.answers = ["yes"]
    due, _ = schedule(house).step(house.now_s)
    assert len(due) == 1
    house.engine.reload()
    house.until(lambda: house.notes() == [("medicine_taken", "Hana Sato/the white pill")])


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("nonsense", "line 5: mqtt.buttons.1: there is no routine 'nonsense': use one of battery_low"),
        (
            "medication_reminder",
            "line 5: mqtt.buttons.1: medication_reminder cannot be a button, the parameter medicine",
        ),
    ],
)
def test_a_button_that_could_start_nothing_is_refused_with_its_line(tmp_path: Path, button: str, words: str):
    path = tmp_path / "site.yaml"
    path.write_text(f"mqtt:\n  host: broker\n  buttons:\n    - come_here\n    - {button}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        check_buttons(path, ("come_here", button), LIBRARY, SITE, CAREGIVERS)
    check_buttons(path, ("come_here", "goodnight"), LIBRARY, SITE, CAREGIVERS)
