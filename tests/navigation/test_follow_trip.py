"""Following somebody: near but not too near, through a door, and what is said where they are lost."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin

import numpy as np
import pytest

from carebot.geometry import Pose2D, wrapped_rad
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.follow_trip import FollowTrip
from carebot.navigation.frames import in_robot
from carebot.navigation.goals import Goal
from carebot.navigation.navigator import Inputs, Navigator, Phase, Progress
from carebot.navigation.obstacles import Sweep
from carebot.navigation.sighting import Sighting, apart_m
from tests.navigation.homes import STEP_S, moved, two_rooms

SIGHT_RAD, SEES_M = 0.54, 6.0
Somewhere = Callable[[float], "Pose2D | None"]


def walking(*corners: tuple[float, float], speed_m_s: float = 0.5, from_s: float = 1.0) -> Callable[[float], Pose2D]:
    """A person who walks from corner to corner, and stands at the last."""

    def at(now_s: float) -> Pose2D:
        left_m, (x, y), yaw = speed_m_s * max(0.0, now_s - from_s), corners[0], 0.0
        for to in corners[1:]:
            leg_m, yaw = hypot(to[0] - x, to[1] - y), atan2(to[1] - y, to[0] - x)
            if left_m < leg_m:
                return Pose2D(x + (to[0] - x) * left_m / leg_m, y + (to[1] - y) * left_m / leg_m, yaw)
            left_m, (x, y) = left_m - leg_m, to
        return Pose2D(x, y, yaw)

    return at


class Companion:
    """A robot that does what it wishes, and people whom its camera sees where they are before it."""

    def __init__(
        self,
        *people: Somewhere,
        start: Pose2D = Pose2D(0.8, 2.0, 0.0),  # noqa: B008 - frozen
        legs: Pose2D | None = None,
    ) -> None:
        self.people, self.pose, self.legs, self.now_s = people, start, legs, 0.0
        self.costmap = Costmap(two_rooms(), Shape())
        self.trip: FollowTrip | None = None
        self.away_m: list[float] = []
        self.from_legs_m: list[float] = []
        self.reasons: set[str] = set()

    def follow(self, for_s: float, look_in: Goal | None = None) -> Progress:
        self.trip = FollowTrip(Navigator(self.costmap), self.costmap, look_in, 0.0, for_s)
        while self.now_s < for_s + 1:
            progress = self.trip.step(Inputs(self.pose, sweep=self._sweep()), self._seen(), self.now_s)
            self.reasons.add(progress.reason)
            if progress.phase in (Phase.ARRIVED, Phase.GAVE_UP):
                return progress
            self._move(progress)
        raise AssertionError(f"still {progress} at {self.pose}")

    def _move(self, progress: Progress) -> None:
        self.pose = moved(self.pose, progress.twist)
        self.now_s += STEP_S
        person = self.people[0](self.now_s)
        if self.legs is not None:
            self.from_legs_m.append(apart_m(self.legs, self.pose))
        if person is not None:
            self.away_m.append(hypot(person.x_m - self.pose.x_m, person.y_m - self.pose.y_m))

    def _sweep(self) -> Sweep | None:
        """What the lidar meets of whoever stands at `legs`."""
        if self.legs is None:
            return None
        angles = np.linspace(0.0, 2 * pi, 12)
        legs_m = np.array((self.legs.x_m, self.legs.y_m)) + 0.08 * np.column_stack((np.cos(angles), np.sin(angles)))
        return Sweep(self.now_s, in_robot(legs_m, self.pose), np.empty((0, 2)))

    def _seen(self) -> list[Sighting]:
        found = [person(self.now_s) for person in self.people]
        return [sighting for person in found if person and (sighting := self._sighting(person))]

    def _sighting(self, person: Pose2D) -> Sighting | None:
        away_m = hypot(person.x_m - self.pose.x_m, person.y_m - self.pose.y_m)
        bearing = wrapped_rad(atan2(person.y_m - self.pose.y_m, person.x_m - self.pose.x_m) - self.pose.yaw_rad)
        is_hidden = not self.costmap.sees((self.pose.x_m, self.pose.y_m), person)
        if abs(bearing) > SIGHT_RAD or away_m > SEES_M or is_hidden:
            return None
        return Sighting(away_m * cos(bearing), away_m * sin(bearing), wrapped_rad(person.yaw_rad - self.pose.yaw_rad))


@pytest.mark.parametrize("speed_m_s", [0.3, 0.5, 0.8])
def test_it_keeps_behind_who_walks_through_a_door(speed_m_s: float):
    robot = Companion(walking((1.8, 2.0), (4.4, 2.0), (4.6, 3.4), speed_m_s=speed_m_s))
    progress = robot.follow(40.0)
    assert (progress.phase, progress.reason) == (Phase.ARRIVED, "")
    assert min(robot.away_m) > 0.9
    assert robot.away_m[-1] == pytest.approx(1.4, abs=0.16)
    assert robot.pose.x_m > 3.0


def test_who_stands_is_waited_for_and_faced():
    robot = Companion(lambda _: Pose2D(2.2, 2.4, 0.0))
    assert robot.follow(15.0).phase is Phase.ARRIVED
    stands = robot.pose
    assert robot.follow(30.0).phase is Phase.ARRIVED
    assert (robot.pose.x_m, robot.pose.y_m) == (stands.x_m, stands.y_m)
    assert abs(wrapped_rad(atan2(2.4 - robot.pose.y_m, 2.2 - robot.pose.x_m) - robot.pose.yaw_rad)) < 0.36


def test_who_comes_up_to_it_finds_it_standing():
    robot = Companion(walking((2.4, 2.0), (1.2, 2.0)))
    assert robot.follow(12.0).phase is Phase.ARRIVED
    assert (robot.pose.x_m, robot.pose.y_m) == pytest.approx((1.0, 2.0), abs=0.25)


def test_who_goes_out_of_sight_for_good_is_lost_in_words():
    walk = walking((1.8, 2.0), (5.4, 2.0))
    robot = Companion(lambda now_s: walk(now_s) if now_s < 4.0 else None)
    progress = robot.follow(120.0)
    assert (progress.phase, progress.reason) == (Phase.GAVE_UP, "the person is out of sight")
    assert robot.now_s < 70.0


def test_who_turned_a_corner_behind_the_door_is_found_again():
    robot = Companion(walking((1.8, 2.0), (3.5, 2.0), (3.5, 3.5), (5.0, 3.5), speed_m_s=0.7))
    assert robot.follow(60.0).phase is Phase.ARRIVED
    assert "the person is out of sight" in robot.reasons
    assert robot.away_m[-1] < 1.7


def test_who_was_walking_past_a_door_and_is_gone_went_through_it():
    walk = walking((2.4, 3.4), (2.5, 2.0), speed_m_s=0.4)
    robot = Companion(lambda now_s: walk(now_s) if now_s < 4.2 else Pose2D(3.4, 3.8, 0.0), start=Pose2D(0.9, 3.2, 0.0))
    assert robot.follow(60.0).phase is Phase.ARRIVED
    assert "the person is out of sight" in robot.reasons
    assert robot.away_m[-1] < 1.7


@pytest.mark.parametrize("there", [Pose2D(2.0, 2.1, pi), Pose2D(2.0, 1.5, 0.0), Pose2D(2.6, 2.6, pi)])
def test_whom_the_camera_took_for_further_away_is_not_driven_up_to(there: Pose2D):
    robot = Companion(lambda now_s: Pose2D(5.0, 2.0, pi) if now_s < 1.0 else None, legs=there)
    robot.follow(15.0)
    assert min(robot.from_legs_m) > 0.8


def test_what_has_stood_there_for_long_is_passed_by():
    robot = Companion(lambda now_s: Pose2D(5.0, 2.0, pi) if now_s < 1.0 else None, legs=Pose2D(2.0, 2.1, pi))
    robot.follow(50.0)
    assert robot.pose.x_m > 3.0


def test_nobody_is_there():
    progress = Companion(lambda _: None).follow(60.0)
    assert (progress.phase, progress.reason) == (Phase.GAVE_UP, "nobody is to be seen here")


def test_it_looks_first_in_the_room_that_was_named():
    robot = Companion(lambda _: Pose2D(5.2, 3.2, -pi / 2))
    assert robot.follow(60.0, Goal((4.2, 1.6), pi / 2)).phase is Phase.ARRIVED
    assert robot.away_m[-1] < 1.7


def test_another_who_stands_further_away_is_not_followed():
    visitor = Pose2D(2.6, 3.5, 0.0)
    robot = Companion(walking((1.8, 1.6), (2.6, 1.0), speed_m_s=0.3), lambda _: visitor)
    robot.follow(20.0)
    assert robot.trip is not None
    assert robot.trip.person is not None
    assert hypot(robot.trip.person.x_m - 2.6, robot.trip.person.y_m - 1.0) < 0.1
