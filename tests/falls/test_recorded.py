"""Real people: keypoints of 23 recordings as the shipped pose model saw them (see make_recorded.py)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carebot.alerts import FallEvent
from carebot.falls import FallMonitor
from carebot.people import People, Person
from tests.falls.scenes import kinds

RECORDED = np.load(Path(__file__).with_name("recorded.npz"))
NAMES = sorted({key.split("/")[0] for key in RECORDED})
LABELS = {name: RECORDED[f"{name}/label"] for name in NAMES}
FLOOR_FALLS = [name for name in NAMES if tuple(LABELS[name][:2]) == ("fall", "no")]
ACTIVITIES = [name for name in NAMES if LABELS[name][0] == "adl"]
ENDS_TOO_SOON = {"s4_fall_02"}
OUT_OF_THE_PICTURE = {"s4_fall_03"}
SIDES = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def recording(name: str, *, world: bool = True) -> list[People]:
    width, height = RECORDED[f"{name}/size"]
    rows = RECORDED[f"{name}/picture"], RECORDED[f"{name}/track_id"]
    keypoints, space = (RECORDED[f"{name}/{key}"].astype(np.float32) for key in ("keypoints", "world_m"))
    people: dict[int, list[Person]] = {}
    for i, (picture, track_id) in enumerate(zip(*rows, strict=True)):
        person = Person(int(track_id), 1.0, keypoints[i], space[i] if world else None)
        people.setdefault(int(picture), []).append(person)
    times = RECORDED[f"{name}/time_s"]
    return [People(float(t), int(width), int(height), tuple(people.get(i, ()))) for i, t in enumerate(times)]


def events_of(pictures: list[People]) -> list[FallEvent]:
    monitor = FallMonitor()
    return [event for picture in pictures for event in monitor.step(picture)]


@pytest.mark.parametrize("world", [True, False], ids=["3d", "2d"])
@pytest.mark.parametrize("name", [name for name in FLOOR_FALLS if name not in OUT_OF_THE_PICTURE])
def test_falls_are_found(name: str, world: bool) -> None:
    events = events_of(recording(name, world=world))
    expected = ["suspected"] if name in ENDS_TOO_SOON else ["suspected", "confirmed"]
    assert kinds(events) == expected
    onset_s = float(LABELS[name][2])
    assert onset_s <= events[0].time_s <= onset_s + 2.5


@pytest.mark.parametrize("world", [True, False], ids=["3d", "2d"])
@pytest.mark.parametrize("name", ACTIVITIES)
def test_daily_activities_are_left_in_peace(name: str, world: bool) -> None:
    assert events_of(recording(name, world=world)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_mirror_changes_nothing(name: str) -> None:
    def mirrored(picture: People) -> People:
        people = []
        for person in picture.people:
            keypoints = person.keypoints[SIDES] * np.float32([-1, 1, 1]) + np.float32([1, 0, 0])
            assert person.world_m is not None
            people.append(Person(person.track_id, 1.0, keypoints, person.world_m[SIDES] * np.float32([-1, 1, 1])))
        return People(picture.time_s, picture.width_px, picture.height_px, tuple(people))

    pictures = recording(name)
    there, back = events_of(pictures), events_of([mirrored(picture) for picture in pictures])
    assert kinds(there) == kinds(back)


@pytest.mark.parametrize("seed", range(3))
def test_jitter_and_dropped_pictures_confirm_nothing_in_daily_life(seed: int) -> None:
    random = np.random.default_rng(seed)
    for name in ACTIVITIES:
        pictures = [picture for picture in recording(name) if random.random() > 0.2]
        for picture in pictures:
            for person in picture.people:
                person.keypoints[:, :2] += random.normal(0.0, 0.01, (17, 2)).astype(np.float32)
        assert "confirmed" not in kinds(events_of(pictures))
