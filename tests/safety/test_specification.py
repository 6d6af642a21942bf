"""What the judge says in which situation: to be read from top to bottom as its specification."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carebot.geometry import Twist2D
from carebot.safety.judge import judge
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import (
    Approach,
    Battery,
    Bumper,
    Button,
    Cliff,
    Depth,
    Drive,
    Estop,
    MotionRequest,
    PeopleNear,
    Scan,
    Sensor,
    Site,
    Source,
    Tilt,
    World,
)
from tests.safety.situations import AHEAD, EVERYTHING, NOTHING, NOW_S, P, obstacles, somebody, wish, world

C = ReasonCode
HALF_CIRCLE = Scan(NOW_S, NOTHING, 0.0, -math.pi / 2, math.pi / 2)

SPECIFICATION: list[tuple[str, MotionRequest | None, World, C, str, float]] = [
    # --- commands
    ("nobody commands", None, world(), C.NO_COMMAND, "Nobody commands a motion.", 0.0),
    (
        "a command of a quarter of a second ago is void",
        wish(age_s=0.25), world(), C.COMMAND_EXPIRED,
        "The command from navigation is 0.25 s old; commands are void after 0.25 s.", 0.0,
    ),
    (
        "a command from the future is void",
        wish(source=Source.TELEOP, age_s=-0.2), world(), C.COMMAND_FROM_FUTURE,
        "The command from teleop is stamped 0.20 s in the future: set the clocks right.", 0.0,
    ),
    (
        "a command with a number that is none",
        wish(Twist2D(math.nan)), world(), C.COMMAND_NOT_FINITE,
        "The command from navigation holds a number that is none.", 0.0,
    ),
    ("a command to stop", wish(source=Source.ESTOP), world(), C.ESTOP, "An emergency stop is asked for.", 0.0),
    # --- emergency stop
    (
        "the emergency stop is latched",
        wish(), world(estop=Estop(True, "the button on the robot")), C.ESTOP,
        "The emergency stop is latched (the button on the robot): a person must reset it by name.", 0.0,
    ),
    (
        "the button at the motor controller is pressed",
        wish(), world(drive=Drive(NOW_S, estop=True)), C.ESTOP_INPUT,
        "The emergency stop button on the robot is pressed.", 0.0,
    ),
    (
        "the button at the computer is pressed",
        wish(), world(button=Button(NOW_S, True)), C.ESTOP_INPUT,
        "The emergency stop button on the robot is pressed.", 0.0,
    ),
    # --- touch
    ("the bumper is pressed", wish(), world(bumper=Bumper(NOW_S, True)), C.BUMPER, "The bumper is pressed.", 0.0),
    (
        "the motors push",
        wish(), world(drive=Drive(NOW_S, current_a=-9.5)), C.CONTACT,
        "The motors push against something (9.5 A).", 0.0,
    ),
    ("after a touch", wish(), world(contact=True), C.CONTACT, "The robot has touched something and waits.", 0.0),
    # --- ground
    ("a drop", wish(), world(cliff=Cliff(NOW_S, True)), C.CLIFF, "There is no floor under a cliff sensor.", 0.0),
    (
        "leaning forward",
        wish(), world(tilt=Tilt(NOW_S, 0.0, -0.3)), C.TILT,
        "The robot leans by 0.30 rad; more than 0.17 rad is a stop.", 0.0,
    ),
    (
        "leaning to the side",
        wish(), world(tilt=Tilt(NOW_S, 0.25, 0.2)), C.TILT,
        "The robot leans by 0.25 rad; more than 0.17 rad is a stop.", 0.0,
    ),
    # --- people
    ("somebody near", wish(), somebody(4.0, 1.2), C.PERSON_NEAR, "Somebody is 1.20 m away.", 0.3),
    ("somebody close", wish(), somebody(1.2, 0.35), C.PERSON_CLOSE, "Somebody is only 0.35 m away.", 0.0),
    (
        "somebody close, and a routine that may approach",
        wish(), somebody(0.35, approach="bring water"), C.APPROACH,
        "The routine bring water may come close to somebody 0.35 m away.", 0.1,
    ),
    (
        "the permission is not for driving by hand",
        wish(source=Source.TELEOP), somebody(0.35, approach="bring water"), C.PERSON_CLOSE,
        "Somebody is only 0.35 m away.", 0.0,
    ),
    (
        "the robot may back off from somebody it touched",
        wish(Twist2D(-0.5), Source.RETREAT), somebody(0.1), C.PERSON_CLOSE,
        "Somebody is only 0.10 m away, and the robot backs off.", 0.05,
    ),
    (
        "somebody whose distance is unknown",
        wish(), somebody(None, 3.0), C.PERSON_UNSURE,
        "Somebody is in view, at an unknown distance.", 0.3,
    ),
    # --- battery and site
    (
        "the battery becomes critical",
        wish(), world(battery=Battery(NOW_S, 0.04)), C.BATTERY_CRITICAL,
        "The battery is critical: 30 s are left to finish.", 0.2,
    ),
    (
        "the battery has been critical for a while",
        wish(), world(critical_since_s=NOW_S - 20), C.BATTERY_CRITICAL,
        "The battery is critical: 10 s are left to finish.", 0.2,
    ),
    (
        "the time to finish is over",
        wish(), world(critical_since_s=NOW_S - 30), C.BATTERY_EMPTY,
        "The battery is critical: the robot stays here.", 0.0,
    ),
    (
        "quiet hours",
        wish(), world(site=Site(NOW_S, night=True)), C.NIGHT, "These are quiet hours: the robot moves slowly.", 0.25,
    ),
    (
        "nobody tells of the home any more",
        wish(), world(site=Site(NOW_S - 7.0)), C.SITE_SILENT,
        "Nobody has told for 7 s whether these are quiet hours: the robot moves slowly.", 0.25,
    ),
    ("a doorway", wish(), world(site=Site(NOW_S, False, 0.8)), C.DOOR, "A doorway is 0.80 m away.", 0.3),
    # --- sensors
    ("a sensor never heard", wish(), world(scan=None), C.SENSOR_MISSING, "The lidar has not been heard yet.", 0.0),
    (
        "a sensor that fell silent",
        wish(), world(scan=Scan(NOW_S - 0.6, NOTHING)), C.SENSOR_STALE, "The lidar has been silent for 0.6 s.", 0.0,
    ),
    (
        "a sensor from the future",
        wish(), world(depth=Depth(NOW_S + 3, NOTHING)), C.SENSOR_FROM_FUTURE,
        "The depth camera is stamped 3.00 s in the future: set the clocks right.", 0.0,
    ),
    (
        "a sensor that tells nonsense",
        wish(), world(battery=Battery(NOW_S, math.nan)), C.SENSOR_NOT_FINITE,
        "The battery tells a number that is none.", 0.0,
    ),
    (
        "a lidar that is blind",
        wish(), world(scan=Scan(NOW_S, NOTHING, 0.5)), C.SCAN_BLIND,
        "The lidar is blind on 50% of its rays: clean it.", 0.0,
    ),
    # --- the way
    (
        "an obstacle ahead: 0.1 v + v²/1.6 = 0.4 m - 0.05 m of margin",
        wish(), obstacles((0.65, 0.0)), C.OBSTACLE, "An obstacle is in the way after 0.35 m.",
        0.8 * (math.sqrt(0.1**2 + 2 * 0.35 / 0.8) - 0.1),
    ),
    (
        "the same in a scan of 0.2 s ago: 0.3 v + v²/1.6",
        wish(), world(scan=Scan(NOW_S - 0.2, np.array([[0.65, 0.0]]))), C.OBSTACLE,
        "An obstacle is in the way after 0.35 m.",
        0.8 * (math.sqrt(0.3**2 + 2 * 0.35 / 0.8) - 0.3),
    ),
    (
        "boxed in: it may creep backwards",
        wish(Twist2D(-0.5)), obstacles((0.28, 0.0), (0.0, 0.25), (0.0, -0.25)), C.CREEP,
        "Something is closer than 0.05 m: the robot only creeps away from it.", 0.1,
    ),
    (
        "boxed in: it may not go on",
        wish(), obstacles((0.28, 0.0)), C.OBSTACLE, "An obstacle is in the way after 0.00 m.", 0.0,
    ),
    (
        "nobody looks behind",
        wish(Twist2D(-0.5)), world(scan=HALF_CIRCLE), C.UNSEEN, "No lidar looks where the robot would go.", 0.1,
    ),
    # --- its own limits
    ("too fast", wish(Twist2D(1.5)), world(), C.SPEED_LIMIT, "The robot never moves faster than 0.80 m/s.", 0.8),
    (
        "too quick a turn",
        wish(Twist2D(0.0, 0.0, 1.5)), world(), C.YAW_LIMIT, "The robot never turns faster than 1.20 rad/s.",
        1.2 * math.hypot(0.25, 0.22),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "surroundings", "code", "words", "allowed_m_s"),
    [line[1:] for line in SPECIFICATION],
    ids=[re.sub(r"\W+", "_", line[0], flags=re.ASCII) for line in SPECIFICATION],
)
def test_specification(
    request_: MotionRequest | None, surroundings: World, code: C, words: str, allowed_m_s: float
) -> None:
    verdict = judge(request_, surroundings, NOW_S)
    [reason] = [reason for reason in verdict.reasons if reason.code is code]
    assert reason.words == words
    assert reason.allowed_m_s == pytest.approx(allowed_m_s, abs=1e-7)
    assert verdict.allowed_m_s == pytest.approx(allowed_m_s, abs=1e-7)
    if allowed_m_s == 0.0:
        assert verdict.twist == ZERO


def test_every_reason_of_the_pure_judge_is_specified() -> None:
    memory = {
        *(C.CLOCK, C.COMMAND_REPLAYED, C.COMMAND_TOO_EARLY, C.DRIVER_UNNAMED, C.DRIVER_SEAT_TAKEN, C.TELEOP_HOLDS),
    }
    assert {line[3] for line in SPECIFICATION} == set(C) - memory


def test_in_an_empty_healthy_world_the_wish_is_granted_as_it_is() -> None:
    for parameters in (P, EVERYTHING):
        verdict = judge(wish(), world(), NOW_S, parameters)
        assert (verdict.twist, verdict.allowed_m_s, verdict.reasons) == (AHEAD, 0.8, ())


def test_what_is_fitted_must_speak_and_nothing_else_is_missed() -> None:
    assert judge(wish(), World(scan=Scan(NOW_S, NOTHING), bumper=Bumper(NOW_S, False)), NOW_S).twist == AHEAD
    silent = judge(wish(), World(), NOW_S, EVERYTHING)
    assert silent.twist == ZERO
    assert [reason.words for reason in silent.reasons if reason.code is C.SENSOR_MISSING] == [
        f"The {name} has not been heard yet."
        for name in (
            *("lidar", "depth camera", "bumper", "camera that looks for people", "tilt sensor", "cliff sensor"),
            *("battery", "motor controller", "emergency stop button", "site's state"),
        )
    ]


@pytest.mark.parametrize("sensor", list(Sensor))
def test_without_any_one_of_the_fitted_sensors_nothing_moves(sensor: Sensor) -> None:
    without: dict[str, Any] = {sensor.value: None}
    verdict = judge(wish(), replace(world(), **without), NOW_S, EVERYTHING)
    assert verdict.twist == ZERO
    assert C.SENSOR_MISSING in [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize(
    "numbers",
    [
        *({"scan": Scan(NOW_S, np.array([[1.0, value]]))} for value in (math.nan, math.inf, -math.inf, 1e5)),
        {"scan": Scan(NOW_S, NOTHING, math.nan)},
        {"scan": Scan(NOW_S, NOTHING, 0.0, math.nan, 1.0)},
        {"scan": Scan(NOW_S, NOTHING, 0.0, 0.0, math.inf)},
        {"scan": Scan(NOW_S, NOTHING, holes_rad=((0.0, 1.0), (0.0, math.nan)))},
        {"depth": Depth(NOW_S, np.array([[math.nan, 1.0]]))},
        {"people": PeopleNear(NOW_S, (1.0, math.nan))},
        {"people": PeopleNear(NOW_S, (math.inf, None))},
        {"tilt": Tilt(NOW_S, math.nan, 0.0)},
        {"tilt": Tilt(NOW_S, 0.0, math.inf)},
        {"battery": Battery(NOW_S, math.inf)},
        {"drive": Drive(NOW_S, False, math.nan)},
        {"site": Site(NOW_S, False, math.nan)},
        *({"bumper": Bumper(value, False)} for value in (math.nan, math.inf, -math.inf)),
    ],
)
def test_a_number_that_is_none_stops_from_any_sensor(numbers: dict[str, Any]) -> None:
    verdict = judge(wish(), world(**numbers), NOW_S)
    assert verdict.twist == ZERO
    assert [reason.code for reason in verdict.reasons] == [C.SENSOR_NOT_FINITE]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 101.0, -101.0])
@pytest.mark.parametrize("part", ["vx_m_s", "vy_m_s", "yaw_rad_s"])
def test_a_number_that_is_none_stops_from_any_command(part: str, value: float) -> None:
    bad: dict[str, Any] = {part: value}
    verdict = judge(wish(Twist2D(**bad)), world(), NOW_S)
    assert (verdict.twist, verdict.allowed_m_s) == (ZERO, 0.0)
    assert [reason.code for reason in verdict.reasons] == [C.COMMAND_NOT_FINITE]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_time_no_motion(value: float) -> None:
    verdict = judge(wish(), world(), value)
    assert verdict.twist == ZERO
    assert verdict.reasons == (Reason(C.CLOCK, "The clock does not tell a time: nothing can be judged."),)
    assert judge(MotionRequest(Source.NAVIGATION, AHEAD, value), world(), NOW_S).twist == ZERO


def test_every_reason_is_told_the_strictest_first() -> None:
    many = world(site=Site(NOW_S, True, 0.5), people=PeopleNear(NOW_S, (1.0,)), bumper=Bumper(NOW_S, True))
    reasons = judge(wish(Twist2D(2.0)), many, NOW_S).reasons
    assert [reason.code for reason in reasons] == [C.BUMPER, C.NIGHT, C.PERSON_NEAR, C.DOOR, C.SPEED_LIMIT]
    without_wish = judge(None, many, NOW_S).reasons
    assert [reason.code for reason in without_wish] == [C.NO_COMMAND, C.BUMPER, C.NIGHT, C.PERSON_NEAR, C.DOOR]


@pytest.mark.parametrize(
    ("surroundings", "request_", "code", "numbers"),
    [
        (world(), wish(age_s=0.5), C.COMMAND_EXPIRED, {"age_s": 0.5}),
        (world(), wish(age_s=-0.5), C.COMMAND_FROM_FUTURE, {"ahead_s": 0.5}),
        (world(), wish(Twist2D(2.0)), C.SPEED_LIMIT, {"wished_m_s": 2.0}),
        (world(), wish(Twist2D(0, 0, -2.0)), C.YAW_LIMIT, {"wished_rad_s": 2.0}),
        (world(drive=Drive(NOW_S, False, -9.0)), wish(), C.CONTACT, {"current_a": 9.0}),
        (world(tilt=Tilt(NOW_S, -0.3, 0.1)), wish(), C.TILT, {"tilt_rad": 0.3}),
        (somebody(1.0), wish(), C.PERSON_NEAR, {"distance_m": 1.0}),
        (somebody(0.1), wish(), C.PERSON_CLOSE, {"distance_m": 0.1}),
        (somebody(0.1, approach="x"), wish(), C.APPROACH, {"distance_m": 0.1}),
        (somebody(0.1), wish(source=Source.RETREAT), C.PERSON_CLOSE, {"distance_m": 0.1}),
        (world(battery=Battery(NOW_S, 0.02)), wish(), C.BATTERY_CRITICAL, {"charge": 0.02, "left_s": 30.0}),
        (world(critical_since_s=900.0), wish(), C.BATTERY_EMPTY, {"charge": 0.8}),
        (world(site=Site(NOW_S, False, 0.25)), wish(), C.DOOR, {"distance_m": 0.25}),
        (world(site=Site(NOW_S - 7.0)), wish(), C.SITE_SILENT, {"age_s": 7.0}),
        (world(cliff=Cliff(NOW_S - 9, False)), wish(), C.SENSOR_STALE, {"age_s": 9.0}),
        (world(cliff=Cliff(NOW_S + 9, False)), wish(), C.SENSOR_FROM_FUTURE, {"ahead_s": 9.0}),
        (world(scan=Scan(NOW_S, NOTHING, 0.75)), wish(), C.SCAN_BLIND, {"lost_rays": 0.75}),
        (obstacles((0.55, 0.0)), wish(), C.OBSTACLE, {"distance_m": 0.25}),
    ],
)
def test_reasons_carry_their_numbers(
    surroundings: World, request_: MotionRequest, code: C, numbers: dict[str, float]
) -> None:
    [reason] = [each for each in judge(request_, surroundings, NOW_S).reasons if each.code is code]
    assert reason.numbers == pytest.approx(numbers)


def test_the_permission_to_approach_expires() -> None:
    for age_s, granted in ((-1.0, False), (-0.04, True), (4.9, True), (5.0, False), (math.nan, False)):
        permit = Approach(NOW_S - age_s, "bring water")
        near = world(people=PeopleNear(NOW_S, (0.3,)), approach=permit)
        assert judge(wish(), near, NOW_S).allowed_m_s == (0.1 if granted else 0.0)


def test_a_retreat_is_not_stopped_by_the_touch_that_it_ends_but_by_everything_else() -> None:
    back = wish(Twist2D(-0.05), Source.RETREAT)
    touched = world(bumper=Bumper(NOW_S, True), drive=Drive(NOW_S, False, 20.0), contact=True)
    assert judge(back, touched, NOW_S).twist == back.twist
    for different in (
        {"cliff": Cliff(NOW_S, True)},
        {"estop": Estop(True, "x")},
        {"drive": Drive(NOW_S, True)},
        {"scan": Scan(NOW_S, np.array([[-0.26, 0.0]]))},
        {"bumper": None},
    ):
        assert judge(back, replace(touched, **different), NOW_S).twist == ZERO
