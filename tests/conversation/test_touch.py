"""Whose touch a press of the bumper is: somebody's who presses a robot that stands, never that of furniture."""

from __future__ import annotations

import pytest

from carebot.conversation.touch import MOTION_LIFE_S, STOOD_S, TouchSense

TICK_S = 0.1


class Robot:
    """A clock, and what the robot's wheels and bumper say ten times a second."""

    def __init__(self, *, has_wheels: bool = True) -> None:
        self.sense, self.now_s, self.has_wheels, self.touches = TouchSense(), 100.0, has_wheels, 0

    def go_on(self, seconds: float, *, moves: bool = False, pressed: bool = False, tells: bool = True) -> None:
        for _ in range(round(seconds / TICK_S)):
            if self.has_wheels and tells:
                self.sense.motion(moves, self.now_s)
            self.touches += self.sense.press(pressed, self.now_s)
            self.now_s += TICK_S


@pytest.mark.parametrize("has_wheels", [True, False])
def test_a_robot_that_stands_is_touched_once_by_one_press(has_wheels: bool) -> None:
    robot = Robot(has_wheels=has_wheels)
    robot.go_on(STOOD_S + 1)
    robot.go_on(2.0, pressed=True)
    assert robot.touches == 1


def test_what_it_drives_against_does_not_touch_it_nor_what_then_leans_on_it() -> None:
    robot = Robot()
    robot.go_on(5.0, moves=True)
    robot.go_on(0.3, moves=True, pressed=True)
    robot.go_on(1.0, moves=True)  # it backs off
    for _ in range(20):
        robot.go_on(STOOD_S - 0.5)
        robot.go_on(0.2, pressed=True)
    assert robot.touches == 0
    robot.go_on(STOOD_S + 0.2)
    robot.go_on(0.2, pressed=True)
    assert robot.touches == 1


@pytest.mark.parametrize(("stood_s", "touches"), [(STOOD_S - 0.2, 0), (STOOD_S + 0.2, 1)])
def test_it_has_to_have_stood_for_a_while(stood_s: float, touches: int) -> None:
    robot = Robot()
    robot.go_on(5.0, moves=True)
    robot.go_on(stood_s)
    robot.go_on(0.2, pressed=True)
    assert robot.touches == touches


def test_of_a_robot_that_does_not_say_any_more_whether_it_moves_nothing_is_known() -> None:
    robot = Robot()
    robot.go_on(10.0)
    robot.go_on(MOTION_LIFE_S + 0.2, tells=False)
    robot.go_on(0.2, pressed=True, tells=False)
    robot.go_on(2.0)
    robot.go_on(0.2, pressed=True)
    assert robot.touches == 0


def test_where_the_first_word_of_motion_comes_late_it_may_have_moved_until_then() -> None:
    robot = Robot()
    robot.go_on(1.0)
    robot.go_on(0.2, pressed=True)
    assert robot.touches == 0
