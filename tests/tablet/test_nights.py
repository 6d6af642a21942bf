"""Nights: for how long somebody lay, how often they got up, and what is no getting up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from carebot.people import People
from carebot.records.activity import Doing, Hour
from carebot.tablet.export import fhir_bundle, nights_csv
from carebot.tablet.nights import Night, nights, whole_nights
from carebot.tablet.rises import Rises
from carebot.tablet.robot import RobotView
from tests.tablet.fhir_r4 import validate_r4
from tests.tablet.serve import person
from tests.tablet.test_recorder import Server

RESIDENT = {"type": "Patient", "display": "佐藤 ハル", "identifier": {"value": "r1"}}
Look = tuple[Doing, float]


def times_up(*looks: Look) -> int:
    """`looks` are what is seen, and for how many seconds, ten times a second."""
    rises, count, now_s = Rises(), 0, 1000.0
    for doing, seconds in looks:
        for _ in range(round(seconds * 10)):
            now_s += 0.1
            count += rises.see(doing, now_s)
    return count


LAIN, UP = (Doing.LYING, 70.0), (Doing.UP, 5.0)


@pytest.mark.parametrize(
    ("looks", "count"),
    [
        ([LAIN, UP], 1),
        ([LAIN, (Doing.SITTING, 20.0), UP], 1),
        ([LAIN, (Doing.UNSEEN, 3600.0), UP], 1),
        ([LAIN, UP, UP, (Doing.SITTING, 5.0), UP], 1),
        ([LAIN, UP, LAIN, UP], 2),
        ([LAIN, (Doing.SITTING, 20.0), LAIN], 0),
        ([UP, (Doing.UNSEEN, 60.0), UP], 0),
        ([(Doing.LYING, 30.0), UP], 0),
        ([LAIN, *[(Doing.UP, 1.0), (Doing.LYING, 3.0)] * 20], 0),
        ([*[(Doing.LYING, 10.0), (Doing.UNSEEN, 5.0)] * 6, UP], 1),
        ([LAIN, *[(Doing.UP, 0.5), (Doing.UNSEEN, 0.4)] * 5], 1),
    ],
)
def test_getting_up_is_counted_once_and_flicker_is_none(looks: list[Look], count: int):
    assert times_up(*looks) == count


def hour_at(local: str, rises: int = 0, **spent_s: float) -> Hour:
    began_s = datetime.fromisoformat(local).astimezone().timestamp()
    return Hour(began_s, {Doing(key): value for key, value in spent_s.items()}, rises)


HOURS = [
    hour_at("2030-05-19T19:00", lying=3600.0, rises=3),
    hour_at("2030-05-19T20:00", lying=3000.0, up=600.0, rises=1),
    hour_at("2030-05-20T07:00", lying=1800.0, unseen=1800.0, rises=1),
    hour_at("2030-05-20T08:00", up=3600.0),
    hour_at("2030-05-20T23:00", unseen=3600.0),
]


def test_a_night_goes_from_evening_to_morning_and_is_named_by_its_morning():
    assert nights(HOURS) == [Night("2030-05-20", 4800.0, 5400.0, 2)]
    begins, ends = nights(HOURS)[0].period
    assert (begins.isoformat()[:16], ends.isoformat()[:16]) == ("2030-05-19T20:00", "2030-05-20T08:00")


def test_a_night_of_which_the_evening_is_not_known_any_more_is_left_out():
    evening_s = HOURS[1].began_s
    assert [night.day for night in whole_nights(HOURS[1:], evening_s)] == ["2030-05-20"]
    assert whole_nights(HOURS[2:], evening_s + 1.0) == []


def test_a_night_leaves_as_csv_and_as_fhir():
    rows = list(csv.DictReader(io.StringIO(nights_csv(HOURS))))
    assert rows == [{"night_before": "2030-05-20", "lying_s": "4800.0", "seen_s": "5400.0", "times_up": "2"}]
    bundle = fhir_bundle([], iter(HOURS), RESIDENT, 1e9)
    validate_r4(bundle)
    made = [entry["resource"] for entry in bundle["entry"]]
    (night,) = [each for each in made if each["id"] == "night-2030-05-20"]
    parts = {part["code"]["text"]: part["valueQuantity"] for part in night["component"]}
    assert (parts["lying s"]["value"], parts["lying s"]["code"]) == (4800.0, "s")
    assert (parts["times up"]["value"], parts["times up"]["code"]) == (2.0, "1")
    assert len(made) == 8, "the hours are there beside it"


def seen(*turned_rad: float) -> RobotView:
    people = tuple(person(number, 0.3 + 0.3 * number, turned) for number, turned in enumerate(turned_rad))
    return RobotView("robot", people=People(0.0, 640, 480, people), people_age_s=0.0, camera_age_s=0.0)


LYING_RAD = 1.57


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path, 1_700_000_000.0)
    yield started
    started.close()


@pytest.mark.parametrize(("beside", "count"), [((), 1), ((0.0,), 0)])
def test_times_up_are_kept_and_a_caregiver_who_comes_is_none(server: Server, beside: tuple[float, ...], count: int):
    now_s = 0.0
    for view, seconds in ((seen(LYING_RAD), 70), (seen(0.0, *beside), 60)):
        for _ in range(seconds):
            now_s += 1.0
            server.look(view, now_s)
    found = server.books.activity.hours("robot", server.wall_s - 3600.0, server.wall_s)
    assert sum(hour.rises for hour in found) == count
    assert found[-1].spent_s[Doing.LYING] >= 60.0
