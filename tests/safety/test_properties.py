"""Whatever comes in whatever order: what must hold always."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carebot.geometry import Twist2D
from carebot.safety.judge import judge
from carebot.safety.outline import outline
from carebot.safety.safety_judge import SafetyJudge
from carebot.safety.verdict import ZERO, ReasonCode, Verdict
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
from tests.safety.situations import NOW_S, P, world

OUTLINE = outline(P)
ANY = st.floats(allow_nan=True, allow_infinity=True)
LITTLE = st.sampled_from([0.0, -0.0, 1e-320, 1e-9, 1e-6, -1e-5])
SPEED = st.one_of(st.floats(-2, 2), LITTLE)
TWIST = st.builds(Twist2D, SPEED, SPEED, SPEED)
WILD = st.one_of(st.floats(-3, 3), ANY)
POINTS = st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=12)
AGE = st.one_of(st.floats(-0.1, 0.5), st.sampled_from([0.0, 0.25, 0.35, -0.05]))


def points(pairs: list[tuple[float, float]]) -> np.ndarray:
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


@st.composite
def worlds(draw: st.DrawFn, number: st.SearchStrategy[float] = WILD) -> World:
    """Anything a robot may be told, nonsense included."""

    def stamp() -> float:
        return NOW_S - draw(AGE)

    def maybe(value: object) -> object:
        return value if draw(st.integers(0, 9)) else None

    some = draw(st.lists(st.tuples(number, number), max_size=4))
    return World(
        scan=maybe(Scan(stamp(), points(some), draw(number), draw(number), draw(number))),
        depth=maybe(Depth(stamp(), points(draw(POINTS)))),
        bumper=maybe(Bumper(stamp(), draw(st.booleans()))),
        people=maybe(PeopleNear(stamp(), tuple(draw(st.lists(st.one_of(st.none(), number), max_size=3))))),
        tilt=maybe(Tilt(stamp(), draw(number), draw(number))),
        cliff=maybe(Cliff(stamp(), draw(st.booleans()))),
        battery=maybe(Battery(stamp(), draw(number))),
        drive=maybe(Drive(stamp(), draw(st.booleans()), draw(number))),
        button=maybe(Button(stamp(), draw(st.booleans()))),
        site=maybe(Site(stamp(), draw(st.booleans()), draw(st.one_of(st.none(), number)))),
        approach=maybe(Approach(stamp(), "bring water")),
        estop=Estop(draw(st.booleans())),
        critical_since_s=draw(st.one_of(st.none(), st.floats(NOW_S - 60, NOW_S))),
        contact=draw(st.booleans()),
    )  # type: ignore[arg-type]


REQUESTS = st.builds(
    MotionRequest,
    st.sampled_from(list(Source)),
    st.one_of(TWIST, st.builds(Twist2D, WILD, WILD, WILD)),
    st.one_of(AGE.map(lambda age_s: NOW_S - age_s), ANY),
    st.sampled_from(["", "Anna", "Bea"]),
)


def assert_sound(verdict: Verdict, wish: Twist2D) -> None:
    """No part larger than wished or turned round, no reason's limit exceeded, and zero is exactly zero."""
    for name in ("vx_m_s", "vy_m_s", "yaw_rad_s"):
        got, asked = getattr(verdict.twist, name), getattr(wish, name)
        assert math.isfinite(got)
        if got != 0:
            assert abs(got) <= abs(asked)
            assert math.copysign(1.0, got) == math.copysign(1.0, asked)
    speed_m_s = OUTLINE.fastest_m_s(verdict.twist)
    assert 0.0 <= verdict.allowed_m_s <= P.max_speed_m_s
    assert speed_m_s <= verdict.allowed_m_s * (1 + 1e-12)
    for reason in verdict.reasons:
        assert speed_m_s <= reason.allowed_m_s * (1 + 1e-12)
    assert abs(verdict.twist.yaw_rad_s) <= P.max_yaw_rad_s * (1 + 1e-12)
    assert verdict.allowed_m_s > 0 or str(verdict.twist) == str(ZERO)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.none(), REQUESTS), worlds())
def test_any_input_gives_a_sound_verdict(request: MotionRequest | None, surroundings: World) -> None:
    verdict = judge(request, surroundings, NOW_S)
    assert_sound(verdict, request.twist if request else ZERO)
    if verdict.twist != ZERO:
        assert request is not None
        age_s = NOW_S - request.stamp_s
        assert -P.future_tolerance_s <= age_s < P.command_lifetime_s
        assert not surroundings.estop.latched
        assert surroundings.scan is not None
        assert surroundings.bumper is not None
        assert request.source is Source.RETREAT or not (surroundings.bumper.pressed or surroundings.contact)


@settings(max_examples=200)
@given(TWIST, POINTS, POINTS)
def test_more_obstacles_never_allow_more_speed(
    twist: Twist2D, some: list[tuple[float, float]], more: list[tuple[float, float]]
) -> None:
    request = MotionRequest(Source.NAVIGATION, twist, NOW_S)
    fewer = judge(request, world(scan=Scan(NOW_S, points(some))), NOW_S)
    all_of_them = judge(request, world(scan=Scan(NOW_S, points(some + more))), NOW_S)
    assert all_of_them.allowed_m_s <= fewer.allowed_m_s
    assert OUTLINE.fastest_m_s(all_of_them.twist) <= OUTLINE.fastest_m_s(fewer.twist) * (1 + 1e-12)
    apart = judge(request, world(scan=Scan(NOW_S, points(some)), depth=Depth(NOW_S, points(more))), NOW_S)
    assert apart == all_of_them


@settings(max_examples=200)
@given(TWIST, st.lists(st.floats(0, 4), max_size=3), st.lists(st.one_of(st.none(), st.floats(0, 4)), max_size=3))
def test_more_people_never_allow_more_speed(twist: Twist2D, some: list[float], more: list[float | None]) -> None:
    request = MotionRequest(Source.NAVIGATION, twist, NOW_S)
    fewer = judge(request, world(people=PeopleNear(NOW_S, tuple(some))), NOW_S)
    all_of_them = judge(request, world(people=PeopleNear(NOW_S, (*some, *more))), NOW_S)
    assert all_of_them.allowed_m_s <= fewer.allowed_m_s


@settings(max_examples=200)
@given(TWIST, worlds(st.floats(-3, 3)), st.sampled_from(list(Sensor)))
def test_losing_a_sensor_that_was_heard_never_allows_more(twist: Twist2D, surroundings: World, sensor: Sensor) -> None:
    """A sensor that falls silent after it was heard is a stop."""
    request = MotionRequest(Source.NAVIGATION, twist, NOW_S)
    reading = getattr(surroundings, sensor.value)
    if reading is not None:
        silent = replace(surroundings, **{sensor.value: replace(reading, stamp_s=NOW_S - 10)})
        assert judge(request, silent, NOW_S).twist == ZERO


# --- sequences --------------------------------------------------------------------------------------------------------

STEP = st.one_of(st.floats(0.001, 0.05), st.sampled_from([0.02, 0.1, 0.3, 2.5, 6.0]))
EVENTS = st.lists(
    st.tuples(
        STEP,
        st.one_of(
            st.tuples(st.just("command"), st.sampled_from([Source.TELEOP, Source.NAVIGATION]), TWIST, AGE),
            st.tuples(st.just("command"), st.sampled_from([Source.TELEOP, Source.NAVIGATION]), TWIST, st.just(0.0)),
            st.tuples(st.just("stop")),
            st.tuples(st.just("reset"), st.sampled_from(["", " ", "Anna"])),
            st.tuples(st.just("touch")),
            st.tuples(st.just("button")),
            st.tuples(st.just("people"), st.floats(0, 3)),
            st.tuples(st.just("obstacle"), st.floats(-1, 1), st.floats(-1, 1)),
            st.tuples(st.just("silent")),
            st.tuples(st.just("restart")),
            st.tuples(st.just("nothing")),
        ),
    ),
    min_size=5,
    max_size=60,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(EVENTS)
def test_no_sequence_of_inputs_and_times_moves_it_when_it_must_not(events: list[tuple]) -> None:
    robot = SafetyJudge(P, NOW_S)
    now_s, before_s = NOW_S, NOW_S
    before = ZERO
    heard: list[MotionRequest] = []
    fresh_after_s, touched_s = NOW_S, -math.inf
    for step_s, (kind, *details) in events:
        now_s += step_s
        different = {}
        if kind == "command":
            source, twist, age_s = details
            command = MotionRequest(source, twist, now_s - age_s, "Anna")
            if robot.hear(command, now_s) is None:
                assert -P.future_tolerance_s <= now_s - command.stamp_s < P.command_lifetime_s
                heard.append(command)
        elif kind == "stop":
            robot.emergency_stop("a test")
        elif kind == "reset":
            if robot.reset(details[0], now_s):
                assert details[0] == "Anna"
                fresh_after_s = max(fresh_after_s, now_s)
        elif kind == "touch":
            different["bumper"] = Bumper(now_s, True)
            touched_s = now_s
        elif kind == "button":
            different["button"] = Button(now_s, True)
        elif kind == "people":
            different["people"] = PeopleNear(now_s, (details[0],))
        elif kind == "obstacle":
            different["scan"] = Scan(now_s, points([(details[0], details[1])]))
        elif kind == "silent":
            different["scan"] = Scan(now_s - 1.0, points([]))
        elif kind == "restart":
            robot, before, fresh_after_s = SafetyJudge(P, now_s, robot.estop), ZERO, now_s
            before_s, touched_s = now_s, -math.inf
        verdict = robot.decide(world(now_s, **different), now_s)
        if robot.estop.latched:
            fresh_after_s = max(fresh_after_s, now_s)
            assert verdict.twist == ZERO
        if verdict.twist != ZERO:
            speed_m_s = OUTLINE.fastest_m_s(verdict.twist)
            alive = [
                command
                for command in heard
                if now_s - command.stamp_s < P.command_lifetime_s and command.stamp_s > fresh_after_s
            ]
            retreats = now_s - touched_s < 1.0 and speed_m_s <= P.retreat_speed_m_s * (1 + 1e-9)
            assert retreats or alive
            if not retreats:
                wish = max(alive, key=lambda each: (each.source is Source.TELEOP, each.stamp_s)).twist
                assert_sound(verdict, wish)
                gained = 0.5 * min(now_s - before_s, 0.1) + 1e-9
                assert abs(verdict.twist.vx_m_s) <= max(abs(before.vx_m_s), 0.0) + gained
            if kind == "people" and not retreats:
                assert speed_m_s <= (0.3 if details[0] <= 1.5 else 0.8) + 1e-9
                assert details[0] > 0.4
            assert kind not in ("stop", "button", "silent", "restart")
        before, before_s = verdict.twist, now_s


def test_the_sequences_above_do_move_it() -> None:
    """So that the property is not kept by a robot that never moves."""
    robot = SafetyJudge(P, NOW_S)
    robot.hear(MotionRequest(Source.NAVIGATION, Twist2D(0.5), NOW_S + 0.02), NOW_S + 0.02)
    assert robot.decide(world(NOW_S + 0.02), NOW_S + 0.02).twist != ZERO
    assert ReasonCode.NO_COMMAND not in [
        reason.code for reason in robot.decide(world(NOW_S + 0.04), NOW_S + 0.04).reasons
    ]
