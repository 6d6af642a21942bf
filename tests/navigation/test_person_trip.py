"""Going in front of somebody: at a polite distance, not from behind, after who moves, and saying why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin

import numpy as np
import pytest

from carebot.geometry import Pose2D, wrapped_rad
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.goals import Goal
from carebot.navigation.navigator import Inputs, Navigator, Phase, Progress
from carebot.navigation.person_trip import PersonTrip
from carebot.navigation.sighting import Sighting
from tests.navigation.homes import STEP_S, moved, two_rooms

START = Pose2D(0.8, 2.0, 0.0)
SIGHT_RAD = 0.54


class Comer:
    """A robot that does what it wishes, and a person whom its camera sees where they are before it."""

    def __init__(self, person: Callable[[float], Pose2D | None], start: Pose2D = START) -> None:
        self.person, self.pose, self.now_s = person, start, 0.0
        self.costmap = Costmap(two_rooms(), Shape())
        self.navigator = Navigator(self.costmap)

    def come(self, look_in: Goal | None = None, within_s: float = 120.0) -> Progress:
        trip = PersonTrip(self.navigator, self.costmap, look_in, 0.0, within_s)
        while self.now_s < within_s + 1:
            progress = trip.step(Inputs(self.pose), self._seen(), self.now_s)
            if progress.phase in (Phase.ARRIVED, Phase.GAVE_UP):
                return progress
            self.pose = moved(self.pose, progress.twist)
            self.now_s += STEP_S
        raise AssertionError(f"still {progress} at {self.pose}")

    def _seen(self) -> list[Sighting]:
        person = self.person(self.now_s)
        if person is None:
            return []
        dx, dy = person.x_m - self.pose.x_m, person.y_m - self.pose.y_m
        bearing = wrapped_rad(atan2(dy, dx) - self.pose.yaw_rad)
        if abs(bearing) > SIGHT_RAD or not self.costmap.sees((self.pose.x_m, self.pose.y_m), person):
            return []
        away_m = hypot(dx, dy)
        yaw = wrapped_rad(person.yaw_rad - self.pose.yaw_rad)
        return [Sighting(away_m * cos(bearing), away_m * sin(bearing), yaw)]

    def aside_rad(self, person: Pose2D) -> float:
        there = atan2(self.pose.y_m - person.y_m, self.pose.x_m - person.x_m)
        return abs(wrapped_rad(there - person.yaw_rad))

    def away_m(self, person: Pose2D) -> float:
        return hypot(person.x_m - self.pose.x_m, person.y_m - self.pose.y_m)


@pytest.mark.parametrize("yaw_rad", [pi, pi / 2, -pi / 2, 2.4])
def test_it_stops_before_them_and_looks_at_them(yaw_rad: float):
    person = Pose2D(2.0, 2.0, yaw_rad)
    robot = Comer(lambda _: person, Pose2D(0.6, 2.0, 0.3))
    assert robot.come().phase is Phase.ARRIVED
    assert robot.away_m(person) == pytest.approx(1.2, abs=0.15)
    assert robot.aside_rad(person) < 1.2
    bearing = atan2(person.y_m - robot.pose.y_m, person.x_m - robot.pose.x_m)
    assert abs(wrapped_rad(bearing - robot.pose.yaw_rad)) < 0.2


def test_who_walks_on_is_gone_after():
    def walks(now_s: float) -> Pose2D:
        return Pose2D(2.6, 1.0 + min(1.0, max(0.0, 0.5 * (now_s - 1.0))), pi)

    robot = Comer(walks, Pose2D(0.6, 1.0, 0.2))
    assert robot.come().phase is Phase.ARRIVED
    assert robot.away_m(walks(99.0)) == pytest.approx(1.2, abs=0.2)


def test_it_looks_round_and_in_the_room_that_was_named():
    person = Pose2D(5.2, 3.2, -pi / 2)
    robot = Comer(lambda _: person)
    assert robot.come(Goal((4.2, 1.6), pi / 2)).phase is Phase.ARRIVED
    assert robot.away_m(person) == pytest.approx(1.2, abs=0.15)


def test_nobody_there():
    progress = Comer(lambda _: None).come()
    assert progress.phase is Phase.GAVE_UP
    assert progress.reason == "nobody is to be seen here"


def test_who_left_before_it_came_is_not_there():
    progress = Comer(lambda now_s: Pose2D(5.0, 2.0, pi) if now_s < 1.0 else None).come()
    assert progress.phase is Phase.GAVE_UP
    assert progress.reason == "the person has gone"


def test_who_faces_a_corner_leaves_no_room():
    progress = Comer(lambda _: Pose2D(2.6, 0.4, -pi / 4), Pose2D(0.8, 0.6, 0.0)).come()
    assert progress.phase is Phase.GAVE_UP
    assert "no room 1.2 m in front" in progress.reason


def test_who_was_seen_wrongly_in_a_corner_while_out_of_sight_is_found_where_they_were():
    true, wrong = Pose2D(5.0, 2.0, pi), Pose2D(5.65, 0.6, -pi / 4)

    def seen(now_s: float) -> Pose2D | None:
        if now_s < 1.0 or now_s > 15.0:
            return true
        return wrong if 5.0 < now_s < 5.2 else None

    robot = Comer(seen, Pose2D(0.6, 2.0, 0.0))
    assert robot.come().phase is Phase.ARRIVED
    assert robot.away_m(true) == pytest.approx(1.2, abs=0.2)


def test_it_ends_in_time():
    far = Pose2D(5.0, 2.0, pi)
    progress = Comer(lambda _: far).come(within_s=3.0)
    assert progress.phase is Phase.GAVE_UP
    assert "too long" in progress.reason


def test_another_far_away_is_not_taken_for_them():
    navigator = Navigator(costmap := Costmap(two_rooms(), Shape()))
    trip = PersonTrip(navigator, costmap, None, 0.0)
    trip.step(Inputs(START), [Sighting(1.4, 0.0, pi)], 0.0)
    trip.step(Inputs(START), [Sighting(4.0, 1.0, pi)], 0.1)
    assert trip.person is not None
    assert np.hypot(trip.person.x_m - 2.2, trip.person.y_m - 2.0) < 0.05


def test_who_would_be_beyond_the_walls_was_seen_wrongly():
    navigator = Navigator(costmap := Costmap(two_rooms(), Shape()))
    trip = PersonTrip(navigator, costmap, None, 0.0)
    trip.step(Inputs(START), [Sighting(7.0, 0.0, pi)], 0.0)
    assert trip.person is None
