"""To the charger on the map, and from there by its marker; which charger a goal means, and who stands in one."""

from __future__ import annotations

from math import pi, radians

import pytest

from carebot.geometry import Marker, MarkerLook, Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.dock_trip import DockTrip, dock_around, dock_named, docking_at, staging_of, stands_in
from carebot.navigation.docking import DockInputs
from carebot.navigation.navigator import Inputs, Navigator, Phase, Progress
from carebot.site.file import Site
from tests.navigation.homes import STEP_S, moved, two_rooms
from tests.navigation.test_docking import seen_from

SITE = Site.model_validate(
    {
        "docks": [
            {"name": "charger", "at": [5.62, 2.0], "facing_deg": 0, "marker_id": 7},
            {"name": "plug", "at": [1.0, 1.0], "facing_deg": 90},
        ]
    }
)
DOCK = SITE.docks[0]
MARKER = Pose2D(5.95, 2.0, pi)


class Goer:
    """A robot that does what it wishes, and sees the marker where it is before it."""

    def __init__(self, start: Pose2D) -> None:
        self.pose, self.now_s = start, 0.0
        self.is_charging: bool | None = None
        self.is_camera_off = False
        self.navigator = Navigator(Costmap(two_rooms(), Shape()))
        self.phases: list[Phase] = []

    def go(self, within_s: float = 120.0) -> Progress:
        trip = DockTrip(self.navigator, DOCK, docking_at(DOCK, 0.25), 0.0, within_s)
        while True:
            looks = () if trip.docking is None else (self._look(),)
            inputs = DockInputs(self.pose, looks, self.is_charging, self.is_camera_off)
            progress = trip.step(Inputs(self.pose), inputs, self.now_s)
            self.phases.append(progress.phase)
            if progress.phase in (Phase.ARRIVED, Phase.GAVE_UP):
                return progress
            self.pose = moved(self.pose, progress.twist)
            self.now_s += STEP_S

    def _look(self) -> MarkerLook:
        there = seen_from(self.pose, MARKER)
        return MarkerLook(self.now_s, (Marker(7, there),) if there.x_m > abs(there.y_m) else ())


def test_from_the_other_room_into_the_charger():
    goer = Goer(Pose2D(0.8, 2.0, pi))
    progress = goer.go()
    assert progress.phase is Phase.ARRIVED
    assert Phase.DRIVING in goer.phases
    assert goer.phases.index(Phase.DOCKING) > goer.phases.index(Phase.DRIVING)
    assert (goer.pose.x_m, goer.pose.y_m) == pytest.approx(DOCK.at, abs=0.01)
    assert goer.pose.yaw_rad % (2 * pi) == pytest.approx(0.0, abs=0.03)


def test_who_stands_before_it_already_does_not_drive_about():
    goer = Goer(Pose2D(4.95, 2.05, 0.1))
    assert goer.go().phase is Phase.ARRIVED
    assert Phase.DRIVING not in goer.phases


def test_in_the_charger_and_charging_there_is_nothing_to_do():
    goer = Goer(DOCK.pose)
    goer.is_charging = True
    assert goer.go().reason == "the battery charges"
    assert goer.pose == DOCK.pose


def test_a_camera_that_is_off_is_said_before_it_drives():
    goer = Goer(Pose2D(0.8, 2.0, pi))
    goer.is_camera_off = True
    assert goer.go().reason == "the camera is off: without it the robot does not find its charger"
    assert goer.pose.x_m == 0.8


def test_a_trip_has_its_time():
    progress = Goer(Pose2D(0.8, 2.0, pi)).go(within_s=5.0)
    assert (progress.phase, progress.reason) == (Phase.GAVE_UP, "it took longer than 5 s")


@pytest.mark.parametrize(
    ("name", "kind", "is_it"),
    [
        ("", "dock", True),
        ("charger", "", True),
        ("charger", "dock", True),
        ("charger", "place", False),
        ("plug", "dock", False),
        ("", "", False),
        ("attic", "", False),
        ("", "person", False),
    ],
)
def test_which_goals_mean_a_charger_with_a_marker(name: str, kind: str, is_it: bool):
    assert (dock_named(SITE, name, kind) is DOCK) is is_it


def test_who_stands_in_a_charger():
    assert dock_around(SITE, Pose2D(5.55, 1.95, radians(8))) is DOCK
    assert dock_around(SITE, Pose2D(5.0, 2.0, 0.0)) is None
    assert dock_around(SITE, Pose2D(5.62, 2.0, pi)) is None, "it faces away"
    assert dock_around(SITE, Pose2D(1.0, 1.0, radians(90))) is None, "without a marker there is nothing to back out of"
    assert not stands_in(DOCK, Pose2D(5.62, 2.3, 0.0))


def test_where_it_begins():
    goal = staging_of(DOCK, docking_at(DOCK, 0.25))
    assert goal.at == pytest.approx((5.62 - 0.7, 2.0))
    assert goal.yaw_rad == 0.0
    assert docking_at(DOCK, 0.25).contact_m == pytest.approx(0.33)
