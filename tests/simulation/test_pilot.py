"""The robot is driven through a home by the parts that a real one has, and stops when one of them fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import pi

import pytest

from carebot.geometry import Pose2D, Twist2D
from carebot.simulation.expectations import (
    Course,
    RobotArrivesWithin,
    RobotFollows,
    RobotMark,
    RobotStopsWithin,
    RobotTouchesNothing,
)
from carebot.simulation.faults import Faults, parse_faults
from carebot.simulation.pilot import Pilot
from carebot.simulation.robot import WheelMotor
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator
from carebot.simulation.way import Way

Script = Callable[..., Scenario]
ALONG_THE_CORRIDOR = {"at": [0.9, 3.9], "facing_deg": 0, "drive": [[4.4, 3.9]], "from_s": 0.2}


def piloted(scripted: Script, *faults: object, **robot: object) -> tuple[Simulator, Pilot]:
    place = {**ALONG_THE_CORRIDOR, **robot}
    scenario = scripted({"stand": 100}, world="home", start={"at": [7.6, 0.9]}, robot=place)
    simulator = Simulator(scenario, 0, 64, 48)
    assert scenario.robot is not None
    pilot = Pilot(simulator, scenario.robot.way(), scenario.robot.from_s, Faults(parse_faults(list(faults)), 0), 0)
    simulator.on_tick = pilot.tick
    return simulator, pilot


def test_way_turns_first_then_drives_and_ends() -> None:
    way = Way(((1.0, 0.0), (1.0, 1.0)))
    assert way.wish(Pose2D(0, 0, pi / 2)) == Twist2D(yaw_rad_s=-0.8)
    ahead = way.wish(Pose2D(0, 0, 0.1))
    assert ahead.vx_m_s == pytest.approx(0.5)
    assert ahead.yaw_rad_s == pytest.approx(-0.18)
    assert way.wish(Pose2D(0.9, 0, 0)).yaw_rad_s > 0.7
    assert way.wish(Pose2D(1.0, 0.95, pi / 2)) == Twist2D()
    assert way.ended


def test_robot_arrives_by_way_of_judge_drive_and_bytes(scripted: Script) -> None:
    simulator, pilot = piloted(scripted)
    simulator.step(12.0)
    assert pilot.way.ended
    pose = simulator.robot.pose
    assert (pose.x_m, pose.y_m) == pytest.approx((4.4, 3.9), abs=0.2)
    simulator.step(2.0)
    assert simulator.robot.truth().speed_m_s == pytest.approx(0.0, abs=0.01)


def test_judge_stops_it_before_a_wall(scripted: Script) -> None:
    simulator, pilot = piloted(scripted, at=[3.0, 3.9], facing_deg=180, drive=[[-1.0, 3.9]])
    simulator.step(12.0)
    assert not pilot.way.ended
    assert pilot.verdict is not None
    assert "obstacle" in [reason.code.value for reason in pilot.verdict.reasons]
    assert 0.05 + 0.25 < simulator.robot.pose.x_m < 0.75
    assert not simulator.robot.touched


@pytest.mark.parametrize(
    ("fault", "most_m"),
    [
        ({"lidar_stale": {"at_s": 4, "for_s": 2}}, 0.4),
        ({"serial_unplugged": {"at_s": 4, "for_s": 2}}, 0.35),
        ({"serial_slow": {"at_s": 4, "for_s": 2, "delay_s": 0.6}}, 0.5),
        ({"tablet_cut": {"at_s": 4, "for_s": 2}}, 0.35),
        ({"process_stopped": {"at_s": 4, "for_s": 2, "process": "tablet"}}, 0.35),
        ({"process_stopped": {"at_s": 4, "for_s": 2, "process": "safety"}}, 0.35),
        ({"process_killed": {"at_s": 4, "for_s": 2, "process": "safety"}}, 0.35),
        ({"process_stopped": {"at_s": 4, "for_s": 2, "process": "drive"}}, 0.35),
        ({"process_killed": {"at_s": 4, "for_s": 2, "process": "drive"}}, 0.35),
    ],
)
def test_fault_stops_it_within_its_braking_way_and_it_goes_on_afterwards(
    scripted: Script, fault: dict, most_m: float
) -> None:
    simulator, pilot = piloted(scripted, fault)
    simulator.step(4.0)
    assert simulator.robot.truth().speed_m_s > 0.4
    before = simulator.robot.pose.x_m
    simulator.step(1.9)
    assert simulator.robot.truth().speed_m_s == pytest.approx(0.0, abs=0.01)
    assert simulator.robot.pose.x_m - before < most_m
    simulator.step(16.0)
    assert pilot.way.ended


def test_drive_that_was_killed_counts_its_wheels_anew_and_one_that_hung_goes_on(scripted: Script) -> None:
    for fault in ("process_killed", "process_stopped"):
        simulator, pilot = piloted(scripted, {fault: {"at_s": 4, "for_s": 1, "process": "drive"}})
        simulator.step(4.9)
        stands_m = simulator.robot.pose.x_m
        simulator.step(8.0)
        there_m = simulator.robot.pose.x_m
        assert there_m == pytest.approx(4.4, abs=0.2)
        from_m = stands_m if fault == "process_killed" else 0.9
        assert pilot.odometry.x_m == pytest.approx(there_m - from_m, abs=0.05)


def test_held_wheel_is_noticed_by_the_controller(scripted: Script) -> None:
    simulator, _ = piloted(scripted, {"motor_stalled": {"at_s": 4, "wheel": "left"}})
    simulator.step(8.0)
    assert simulator.robot.truth().speed_m_s == pytest.approx(0.0, abs=0.02)
    assert simulator.robot.pose.x_m < 4.0


def test_empty_battery_lets_it_finish_slowly(scripted: Script) -> None:
    simulator, pilot = piloted(scripted, {"battery_low": {"at_s": 4}})
    simulator.step(4.0)
    assert simulator.robot.truth().speed_m_s > 0.4
    simulator.step(1.5)
    assert simulator.robot.truth().speed_m_s == pytest.approx(0.2, abs=0.03)
    assert pilot.verdict is not None
    assert "battery_critical" in [reason.code.value for reason in pilot.verdict.reasons]


def test_tyres_without_grip_turn_on_the_spot(scripted: Script) -> None:
    gone = []
    for faults in ((), ({"wheel_slipping": {"at_s": 0.2, "for_s": 3}},)):
        simulator, _ = piloted(scripted, *faults)
        simulator.step(3.0)
        gone.append(simulator.robot.pose.x_m - 0.9)
    assert gone[1] < 0.75 * gone[0]


def test_motor_counts_on_when_its_wheel_begins_anew() -> None:
    motor = WheelMotor()
    motor.turned(3.0, 1.0, 0.6)
    motor.rebase()
    motor.turned(0.5, 1.0, 0.6)
    assert motor.position_rad == 3.5
    assert motor.current_a == pytest.approx(1.0)


def test_motor_goes_no_faster_than_its_supply_reaches() -> None:
    motor = WheelMotor()
    motor.step(100.0, 0.002, 12.0)
    assert motor.reachable_rad_s == pytest.approx(20.0)
    motor.step(None, 0.002, 12.0)
    assert motor.reachable_rad_s == 0.0


def marks(*speeds: float, touched: bool = False, arrived: bool = False) -> tuple[RobotMark, ...]:
    return tuple(RobotMark(0.1 * n, 0.1 * n, 0.0, speed, touched, arrived) for n, speed in enumerate(speeds))


def test_what_is_expected_of_the_robot() -> None:
    driving = Course((), (), 1.0, marks(0.5, 0.5, 0.5, 0.0), (0.1,))
    assert RobotStopsWithin(metres=0.25).verdict(driving) == (True, "stood after 20 cm")
    assert RobotStopsWithin(metres=0.15).verdict(driving)[0] is False
    assert RobotStopsWithin(metres=1).verdict(Course((), (), 1.0, marks(0.0, 0.0), (0.0,)))[0] is False
    assert RobotStopsWithin(metres=1).verdict(Course((), (), 1.0, marks(0.5, 0.5), (0.0,)))[0] is False
    assert RobotArrivesWithin(seconds=1).verdict(driving) == (False, "never arrived")
    assert RobotArrivesWithin(seconds=1).verdict(Course((), (), 1.0, marks(0.1, arrived=True)))[0] is True
    assert RobotTouchesNothing().verdict(driving)[0] is True
    assert RobotTouchesNothing().verdict(Course((), (), 1.0, marks(0.1, touched=True)))[0] is False


@pytest.mark.parametrize(
    ("away_m", "speeds", "met"),
    [
        ((1.4, 2.0, 1.4), (0.5, 0.5, 0.0), True),
        ((1.4, 0.5, 1.4), (0.5, 0.5, 0.0), False),  # it pushes
        ((1.4, 0.5, 1.4), (0.5, 0.0, 0.0), True),  # they came up to it
        ((1.4, 6.0, 1.4), (0.5, 0.5, 0.0), False),
        ((1.4, 2.0, 2.4), (0.5, 0.5, 0.0), False),
        ((1.4, 1.4, 1.4), (0.0, 0.0, 0.0), False),  # it never drove
    ],
)
def test_what_following_means(away_m: tuple[float, ...], speeds: tuple[float, ...], met: bool) -> None:
    course = tuple(replace(mark, person_m=m) for mark, m in zip(marks(*speeds), away_m, strict=True))
    assert RobotFollows().verdict(Course((), (), 1.0, course))[0] is met


def test_way_ends_facing_as_it_should() -> None:
    way = Way(((1.0, 0.0),), facing_rad=pi / 2)
    assert way.wish(Pose2D(1.0, 0.0, 0.0)) == Twist2D(yaw_rad_s=0.8)
    assert not way.ended
    assert not way.is_end(Pose2D(1.0, 0.0, 0.0))
    assert way.wish(Pose2D(1.0, 0.0, pi / 2)) == Twist2D()
    assert way.ended
    assert way.is_end(Pose2D(1.2, 0.0, 1.5))
    assert Way(()).is_end(Pose2D(5.0, 5.0, 1.0))


def test_resident_waits_for_the_robot_but_not_for_ever(scripted: Script) -> None:
    place = {"at": [0.9, 3.9], "facing_deg": 0, "drive": [[4.4, 3.9]]}
    scenario = scripted({"wait_for_robot": 2}, world="home", start={"at": [7.6, 0.9]}, robot=place)
    simulator = Simulator(scenario, 0, 64, 48)
    simulator.step(1.5)
    assert not simulator.finished
    simulator.step(1.0)
    assert simulator.finished, "nobody drives it"
    near = scripted({"wait_for_robot": 60}, world="home", start={"at": [7.6, 0.9]}, robot={**place, "at": [4.5, 3.9]})
    simulator = Simulator(near, 0, 64, 48)
    simulator.step(0.1)
    assert simulator.finished
