"""Trips: arriving as asked, driving around what the map does not know, freeing itself, giving up with a reason."""

from __future__ import annotations

from math import hypot, pi

import numpy as np
import pytest

from carebot.geometry import Pose2D, Twist2D, wrapped_rad
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.follower import Follower, FollowerParameters
from carebot.navigation.navigator import Inputs, Navigator, Phase
from carebot.navigation.obstacles import Sweep
from carebot.navigation.planner import Path, plan
from tests.navigation.homes import Walked, box, two_rooms

START = Pose2D(1.0, 2.0, pi)


@pytest.fixture
def robot() -> Walked:
    return Walked(Navigator(Costmap(two_rooms(), Shape())), START)


def test_it_arrives_where_and_as_it_was_asked(robot: Walked):
    assert robot.go((5.0, 3.3), -pi / 2).phase is Phase.ARRIVED
    assert hypot(robot.pose.x_m - 5.0, robot.pose.y_m - 3.3) < 0.12
    assert abs(wrapped_rad(robot.pose.yaw_rad + pi / 2)) < 0.08
    costmap = Costmap(two_rooms(), Shape())
    assert min(costmap.clearance_at(pose.x_m, pose.y_m) for pose in robot.track) > 0.25


def test_without_a_goal_it_stands():
    navigator = Navigator(Costmap(two_rooms(), Shape()))
    progress = navigator.step(Inputs(START), 0.0)
    assert progress.phase is Phase.IDLE
    assert progress.twist.vx_m_s == progress.twist.yaw_rad_s == 0.0


def test_it_stands_once_it_was_stopped(robot: Walked):
    robot.navigator.go((5.0, 3.3), None, 0.0)
    assert robot.navigator.step(Inputs(START), 0.0).phase is Phase.DRIVING
    robot.navigator.stop()
    assert robot.navigator.step(Inputs(START), 0.05).phase is Phase.IDLE


def test_it_drives_around_what_the_map_does_not_know(robot: Walked):
    robot.things = box(2.0, 2.0)
    assert robot.go((5.0, 2.0)).phase is Phase.ARRIVED
    nearest = min(np.hypot(*(robot.things - (pose.x_m, pose.y_m)).T).min() for pose in robot.track)
    assert nearest > 0.24


def test_it_waits_for_somebody_in_the_door_and_goes_on(robot: Walked):
    robot.things = box(3.0, 1.95)
    robot.may_move = lambda: True
    leave_s = 16.0

    def step_aside() -> bool:
        if robot.now_s > leave_s:
            robot.things = np.empty((0, 2))
        return True

    robot.may_move = step_aside
    assert robot.go((5.0, 2.0)).phase is Phase.ARRIVED
    assert Phase.WAITING in robot.phases
    assert robot.now_s > leave_s


def test_it_gives_up_where_the_door_stays_blocked(robot: Walked):
    robot.things = box(3.0, 1.95)
    progress = robot.go((5.0, 2.0), within_s=290.0)
    assert progress.phase is Phase.GAVE_UP
    assert "blocked" in progress.reason
    assert max(pose.x_m for pose in robot.track) < 2.75


def test_it_gives_up_where_nothing_lets_it_move(robot: Walked):
    robot.may_move = lambda: False
    progress = robot.go((5.0, 2.0), within_s=310.0)
    assert progress.phase is Phase.GAVE_UP
    assert progress.reason == "something is in the way"
    assert robot.pose == START


def test_a_goal_inside_a_wall_is_refused_in_words(robot: Walked):
    progress = robot.go((3.0, 3.5), within_s=1.0)
    assert progress.phase is Phase.GAVE_UP
    assert "inside of something" in progress.reason


def test_it_never_wishes_for_more_than_its_speed(robot: Walked):
    seen = []
    step = robot.navigator.step

    def watched(inputs: Inputs, now_s: float):
        progress = step(inputs, now_s)
        seen.append(progress.twist)
        return progress

    robot.navigator.step = watched  # type: ignore[method-assign]
    robot.go((5.0, 3.3), 0.0)
    limits = FollowerParameters()
    assert max(abs(twist.vx_m_s) for twist in seen) <= limits.max_speed_m_s
    assert max(abs(twist.yaw_rad_s) for twist in seen) <= limits.max_yaw_rad_s


def test_it_drives_back_a_little_where_it_cannot_turn(robot: Walked):
    robot.may_move = lambda: (
        robot.navigator.phase is Phase.MAKING_ROOM or hypot(robot.pose.x_m - START.x_m, robot.pose.y_m - 2.0) > 0.15
    )
    assert robot.go((5.0, 2.0)).phase is Phase.ARRIVED
    assert Phase.MAKING_ROOM in robot.phases


def test_where_it_cannot_turn_as_asked_it_has_arrived_all_the_same(robot: Walked):
    robot.may_move = lambda: hypot(robot.pose.x_m - 0.6, robot.pose.y_m - 2.0) > 0.07
    progress = robot.go((0.6, 2.0), 0.0)
    assert progress.phase is Phase.ARRIVED
    assert progress.reason == "there is no room to turn where it was sent"


@pytest.mark.parametrize(("away_m", "expected_rad_s"), [(0.5, 0.5), (0.7, 1.2)])
def test_it_turns_gently_while_somebody_walks_by_close_to_it(away_m: float, expected_rad_s: float):
    navigator = Navigator(Costmap(two_rooms(), Shape()))
    navigator.go((2.4, 2.0), None, 0.0)
    sweep = Sweep(0.0, np.array([(0.0, away_m)]), np.empty((0, 2)))
    wish = navigator.step(Inputs(Pose2D(1.2, 2.0, pi), 0.0, sweep), 0.0).twist
    assert (wish.vx_m_s, abs(wish.yaw_rad_s)) == (0.0, expected_rad_s)


def test_the_way_around_somebody_is_left_once_they_have_gone(robot: Walked):
    robot.things = box(2.0, 2.0)
    robot.navigator.go((5.0, 2.0), None, 0.0)
    sweeps = [Sweep(0.0, robot.things - (1.0, 2.0), np.empty((0, 2)))]
    angles = np.linspace(0, 2 * pi, 120, endpoint=False)
    sweeps += [Sweep(0.0, np.empty((0, 2)), 6.0 * np.column_stack((np.cos(angles), np.sin(angles))))] * 40
    aside_m = []
    for number, sweep in enumerate(sweeps):
        robot.navigator.step(Inputs(Pose2D(1.0, 2.0, 0.02 * number), 0.0, sweep), 0.05 * number)
        assert robot.navigator.path is not None
        aside_m.append(float(np.abs(robot.navigator.path.points_m[:30, 1] - 2.0).max()))
    assert aside_m[0] > 0.3
    assert aside_m[-1] < 0.15


@pytest.mark.parametrize(
    ("corner", "expected"),
    [((-0.28, 0.0), Twist2D(0.2)), ((-0.6, 0.0), Twist2D(-0.2)), ((-0.27, 0.24), Twist2D(-0.2, 0.0, 0.3))],
)
def test_it_frees_itself_where_its_corners_graze_nothing(corner: tuple[float, float], expected: Twist2D):
    navigator = Navigator(Costmap(two_rooms(), Shape()))
    navigator.go((5.0, 2.0), None, 0.0)
    twist = Twist2D()
    for number in range(460):
        sweep = Sweep(0.05 * number, np.array([corner, (0.5, 2.0)]), np.empty((0, 2)))
        progress = navigator.step(Inputs(Pose2D(1.2, 2.0, 0.0), 0.0, sweep), 0.05 * number)
        if progress.phase is Phase.MAKING_ROOM and progress.twist.vx_m_s:
            twist = progress.twist
            break
    assert twist == expected


@pytest.mark.parametrize(("aside_m", "backs_up"), [(0.4, False), (0.8, True)])
def test_it_does_not_back_up_past_somebody_close_behind_it(aside_m: float, backs_up: bool):
    navigator = Navigator(Costmap(two_rooms(), Shape()))
    navigator.go((5.0, 2.0), None, 0.0)
    slowest_m_s = 0.0
    for number in range(300):
        sweep = Sweep(0.05 * number, np.array([(-0.35, aside_m), (0.5, 2.0)]), np.empty((0, 2)))
        progress = navigator.step(Inputs(Pose2D(1.2, 2.0, 0.0), 0.0, sweep), 0.05 * number)
        slowest_m_s = min(slowest_m_s, progress.twist.vx_m_s)
    assert (slowest_m_s < 0) is backs_up


@pytest.mark.parametrize(("beside_m", "least_m_s", "most_m_s"), [(0.46, 0.0, 0.0), (0.6, 0.15, 0.4), (0.9, 0.45, 0.5)])
def test_it_passes_who_walks_beside_it_as_fast_as_there_is_room(beside_m: float, least_m_s: float, most_m_s: float):
    navigator = Navigator(Costmap(two_rooms(), Shape()))
    navigator.go((2.4, 2.0), None, 0.0)
    sweep = Sweep(0.0, np.array([(-0.1, beside_m)]), np.empty((0, 2)))
    speed_m_s = navigator.step(Inputs(Pose2D(1.2, 2.0, 0.0), 0.0, sweep), 0.0).twist.vx_m_s
    assert least_m_s <= speed_m_s <= most_m_s


def test_it_gains_speed_before_it_has_turned_to_its_way():
    costmap = Costmap(two_rooms(), Shape())
    found = plan(costmap, Pose2D(0.8, 2.0), (2.4, 2.0))
    assert isinstance(found, Path)
    follower = Follower(found, FollowerParameters())
    turns, drives = (follower.twist(Pose2D(0.8, 2.0, yaw_rad), 0.0, costmap) for yaw_rad in (-1.5, -0.7))
    assert (turns.vx_m_s, drives.vx_m_s > 0.1) == (0.0, True)
    assert drives.yaw_rad_s > 0.5
