"""The judge over time: what it remembers, and what nobody can talk it out of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from carebot.geometry import Twist2D
from carebot.safety.parameters import SafetyParameters
from carebot.safety.safety_judge import SafetyJudge
from carebot.safety.verdict import ZERO, Reason, ReasonCode, Verdict
from carebot.safety.world import Battery, Bumper, Button, Cliff, Drive, Estop, MotionRequest, Scan, Source, World
from tests.safety.situations import AHEAD, P, codes, world

C = ReasonCode
TICK_S = 1 / 64  # exact in binary, so that sums are
GAIN_M_S = P.acceleration_m_s2 * TICK_S
QUICK = replace(P, acceleration_m_s2=100.0, yaw_acceleration_rad_s2=100.0)


@dataclass
class Robot:
    """A judge, its clock, and what it said last."""

    parameters: SafetyParameters = QUICK
    estop: Estop = field(default_factory=Estop)
    now_s: float = 100.0

    def __post_init__(self) -> None:
        self.judge = SafetyJudge(self.parameters, self.now_s, self.estop)
        self.verdict = Verdict(ZERO, 0.0)

    def tick(self, twist: Twist2D | None = AHEAD, source: Source = Source.NAVIGATION, **different: Any) -> Verdict:
        """A command of this moment (none where `twist` is None) in a healthy world but for `different`."""
        self.now_s += TICK_S
        if twist is not None:
            self.judge.hear(MotionRequest(source, twist, self.now_s, "Anna"), self.now_s)
        self.verdict = self.judge.decide(world(self.now_s, **different), self.now_s)
        return self.verdict

    def run(self, duration_s: float, twist: Twist2D | None = AHEAD, **different: Any) -> list[Verdict]:
        return [self.tick(twist, **different) for _ in range(round(duration_s / TICK_S))]


def test_a_command_moves_it_and_silence_stops_it() -> None:
    robot = Robot()
    assert robot.tick().twist == AHEAD
    moved = [verdict.twist != ZERO for verdict in robot.run(0.4, None)]
    assert moved == [True] * 15 + [False] * 11
    assert codes(robot.verdict) == [C.COMMAND_EXPIRED]


def test_its_own_parameters_decide() -> None:
    robot = Robot(replace(QUICK, max_speed_m_s=0.4))
    assert robot.tick().allowed_m_s == 0.4
    assert robot.verdict.twist == Twist2D(0.4)
    late = Robot(replace(QUICK, command_lifetime_s=0.125))
    late.tick()
    assert [verdict.twist != ZERO for verdict in late.run(0.2, None)] == [True] * 7 + [False] * 6


def test_a_number_that_is_none_stops_what_was_fine_before() -> None:
    robot = Robot()
    robot.tick()
    assert robot.tick(Twist2D(math.nan)).twist == ZERO
    assert codes(robot.verdict) == [C.COMMAND_NOT_FINITE]
    assert robot.tick().twist == AHEAD


def test_a_reset_right_after_the_start() -> None:
    robot = Robot(estop=Estop(True, "the tablet"))
    assert robot.judge.why_no_reset("Anna") == ""
    assert robot.judge.reset("Anna", robot.now_s)
    assert robot.tick().twist == AHEAD


def test_nobody_has_ever_commanded() -> None:
    assert codes(Robot().tick(None)) == [C.NO_COMMAND]


def test_speeding_up_takes_time_and_braking_does_not() -> None:
    robot = Robot(P)
    speeds = [verdict.twist.vx_m_s for verdict in robot.run(1.0)]
    assert speeds == pytest.approx([GAIN_M_S * (step + 1) for step in range(64)])
    assert robot.tick(Twist2D(0.1)).twist == Twist2D(0.1)
    robot.run(1.0)
    assert robot.tick(ZERO).twist == ZERO
    assert robot.tick().twist.vx_m_s == pytest.approx(GAIN_M_S)


def test_the_ramp_starts_from_what_was_allowed_not_from_what_was_wished() -> None:
    robot = Robot(P)
    robot.run(1.0)
    near = np.array([(P.front_m + P.margin_m + 0.05, 0.0)])
    slowed = robot.tick(scan=Scan(robot.now_s + TICK_S, near)).twist.vx_m_s
    assert slowed < 0.25
    assert robot.tick().twist.vx_m_s == pytest.approx(slowed + GAIN_M_S)


def test_nothing_from_before_the_start_counts() -> None:
    robot = Robot()
    for stamp_s, counts in ((99.9, False), (100.0, False), (100.01, True)):
        reason = robot.judge.hear(MotionRequest(Source.NAVIGATION, AHEAD, stamp_s), 100.01)
        assert (reason is None) == counts


def test_the_first_step_is_counted_from_the_start() -> None:
    assert Robot(P).tick().twist.vx_m_s == pytest.approx(GAIN_M_S)


def test_a_clock_that_does_not_run_forwards_stops() -> None:
    for value in (99.0, math.nan, math.inf, -math.inf):
        robot = Robot(P)
        robot.run(0.2)
        verdict = robot.judge.decide(world(robot.now_s), value)
        assert verdict.twist == ZERO
        assert verdict.reasons == (Reason(C.CLOCK, "The clock does not run forwards: nothing can be judged."),)
        assert robot.tick().twist.vx_m_s == pytest.approx(GAIN_M_S)
    robot = Robot()
    robot.tick()
    assert robot.judge.decide(world(robot.now_s), robot.now_s).twist == AHEAD


# --- emergency stop ---------------------------------------------------------------------------------------------------


def test_once_latched_nothing_moves_until_a_named_person_resets_it_and_somebody_commands_anew() -> None:
    robot = Robot()
    robot.tick()
    assert robot.judge.emergency_stop("the tablet", "Bea")
    assert robot.judge.estop == Estop(True, "the tablet", "Bea")
    for verdict in robot.run(10.0):
        assert verdict.twist == ZERO
        assert C.ESTOP in codes(verdict)
    for name in ("", "  ", "\n"):
        assert not robot.judge.reset(name, robot.now_s)
        assert robot.tick().twist == ZERO
    given_before = MotionRequest(Source.NAVIGATION, AHEAD, robot.now_s + 0.01)
    assert robot.judge.reset("Anna", robot.now_s + 0.015)
    assert robot.judge.estop == Estop()
    robot.judge.hear(given_before, robot.now_s + 0.016)
    assert robot.tick(None).twist == ZERO
    assert codes(robot.verdict) == [C.COMMAND_TOO_EARLY]
    assert robot.tick().twist == AHEAD


def test_commands_that_stood_when_it_was_latched_are_gone() -> None:
    robot = Robot()
    robot.tick()
    robot.judge.emergency_stop("the tablet")
    robot.judge.reset("Anna", robot.now_s)
    assert robot.tick(None).twist == ZERO
    later = Robot()
    later.tick()
    later.judge.emergency_stop("the tablet")
    later.judge.hear(MotionRequest(Source.NAVIGATION, AHEAD, later.now_s + 0.01), later.now_s + 0.01)
    later.tick(None)
    later.judge.reset("Anna", 0.0)
    assert later.tick(None).twist == ZERO


def test_the_first_cause_is_kept() -> None:
    robot = Robot()
    assert robot.judge.emergency_stop("the tablet", "Bea")
    assert not robot.judge.emergency_stop("the voice")
    assert robot.judge.estop == Estop(True, "the tablet", "Bea")


def test_it_is_remembered_from_before() -> None:
    robot = Robot(estop=Estop(True, "the tablet", "Bea"))
    assert robot.tick().twist == ZERO
    assert codes(robot.verdict)[-1] is C.ESTOP
    assert "the tablet" in robot.verdict.reasons[-1].words


def test_why_no_reset() -> None:
    robot = Robot()
    nothing = "The emergency stop is not latched: nothing is to be reset."
    assert robot.judge.why_no_reset("Anna") == nothing
    assert not robot.judge.reset("Anna", 0.0)
    robot.judge.emergency_stop("the tablet")
    assert robot.judge.why_no_reset(" ") == "Say who resets the emergency stop: the name is missing."
    robot.tick(drive=Drive(robot.now_s, estop=True))
    assert robot.judge.why_no_reset("Anna") == "The button on the robot is still pressed: release it first."
    assert not robot.judge.reset("Anna", robot.now_s)
    assert robot.judge.estop.latched
    robot.tick()
    assert robot.judge.why_no_reset("Anna") == ""


@pytest.mark.parametrize("which", ["drive", "button"])
def test_a_button_on_the_robot_latches(which: str) -> None:
    robot = Robot()
    robot.tick()
    pressed: Any = Drive(robot.now_s, estop=True) if which == "drive" else Button(robot.now_s, True)
    assert robot.tick(**{which: pressed}).twist == ZERO
    assert robot.judge.estop == Estop(True, "the button on the robot", "")
    assert robot.tick().twist == ZERO
    assert codes(robot.verdict) == [C.NO_COMMAND, C.ESTOP]


def test_a_command_to_stop_latches_whatever_it_holds() -> None:
    robot = Robot()
    robot.tick()
    command = MotionRequest(Source.ESTOP, Twist2D(math.nan), math.nan, "Bea")
    assert robot.judge.hear(command, robot.now_s) is None
    assert robot.judge.estop == Estop(True, "a command", "Bea")
    assert robot.tick().twist == ZERO


# --- contact ----------------------------------------------------------------------------------------------------------


def touch(robot: Robot) -> dict[str, Any]:
    return {"bumper": Bumper(robot.now_s + TICK_S, True)}


def test_a_touch_stops_backs_off_a_little_waits_and_needs_a_new_command() -> None:
    robot = Robot()
    robot.run(0.2)
    way_m, twists = 0.0, []
    for tick in range(400):
        verdict = robot.tick(None, **(touch(robot) if tick < 20 else {}))
        twists.append(verdict.twist)
        way_m += verdict.twist.vx_m_s * TICK_S
    assert twists == [ZERO] * 13 + [Twist2D(-0.05)] * 39 + [ZERO] * 348
    assert way_m == pytest.approx(-0.03, abs=0.0011)
    assert robot.tick().twist == AHEAD


def test_commands_during_a_contact_do_not_count() -> None:
    robot = Robot()
    robot.run(0.2)
    robot.tick(**touch(robot))
    for verdict in robot.run(2.7):
        assert verdict.twist in (ZERO, Twist2D(-0.05))
    assert C.CONTACT in codes(robot.verdict)
    robot.run(0.4, None)
    assert robot.verdict.twist == ZERO
    assert robot.tick().twist == AHEAD


def test_a_drop_that_flickers_does_not_let_it_on_step_by_step() -> None:
    robot = Robot()
    robot.run(0.2)
    way_m = 0.0
    for tick in range(400):
        drop = tick % 20 < 5
        way_m += abs(robot.tick(cliff=Cliff(robot.now_s, drop)).twist.vx_m_s) * TICK_S
    assert way_m == 0.0
    assert robot.run(2.5)
    assert robot.tick().twist == AHEAD


def test_a_motor_that_pushes_is_a_touch() -> None:
    robot = Robot()
    robot.run(0.2)
    robot.tick(drive=Drive(robot.now_s, False, 12.0))
    robot.run(0.3, None)
    assert robot.verdict.twist == Twist2D(-0.05)


def test_it_still_knows_how_it_came_while_it_rolls_out() -> None:
    """From 0.8 m/s: 0.1 s of latency and 1 s of braking."""
    for pause_s, backs_off in ((1.06, True), (1.13, False)):
        robot = Robot()
        robot.run(0.2)
        robot.run(pause_s, ZERO)
        robot.tick(None, **touch(robot))
        robot.run(0.3, None)
        assert (robot.verdict.twist == Twist2D(-0.05)) == backs_off, pause_s


def test_who_stands_and_is_bumped_stays() -> None:
    robot = Robot()
    robot.run(0.2, None)
    robot.tick(None, **touch(robot))
    assert all(verdict.twist == ZERO for verdict in robot.run(3.0, None))


def test_an_emergency_stop_ends_a_retreat_for_good() -> None:
    robot = Robot()
    robot.run(0.2)
    robot.tick(None, **touch(robot))
    robot.judge.emergency_stop("the tablet")
    robot.judge.reset("Anna", robot.now_s)
    assert all(verdict.twist == ZERO for verdict in robot.run(1.0, None))
    stopped = Robot()
    stopped.run(0.2)
    stopped.judge.emergency_stop("the tablet")
    stopped.judge.reset("Anna", stopped.now_s)
    stopped.tick(None, **touch(stopped))
    assert all(verdict.twist == ZERO for verdict in stopped.run(1.0, None))


def test_a_retreat_stops_before_what_is_behind() -> None:
    robot = Robot()
    robot.run(0.2)
    robot.tick(None, **touch(robot))
    wall = np.array([(-0.27, 0.0)])
    for _ in range(40):
        assert robot.tick(None, scan=Scan(robot.now_s + TICK_S, wall)).twist == ZERO


# --- battery ----------------------------------------------------------------------------------------------------------


def charged(robot: Robot, charge: float) -> Verdict:
    return robot.tick(battery=Battery(robot.now_s + TICK_S, charge))


def test_a_critical_battery_lets_finish_and_then_stops_until_it_is_charged() -> None:
    robot = Robot()
    assert charged(robot, 0.06).allowed_m_s == 0.8
    for _ in range(30 * 64):
        assert charged(robot, 0.05).allowed_m_s == 0.2
    for charge in (0.05, 0.09, 0.1):
        assert charged(robot, charge).twist == ZERO
        assert codes(robot.verdict) == [C.BATTERY_EMPTY]
    assert charged(robot, 0.11).allowed_m_s == 0.8
    assert charged(robot, 0.06).allowed_m_s == 0.8
    assert charged(robot, 0.05).allowed_m_s == 0.2


def test_a_battery_that_falls_silent_or_talks_nonsense_does_not_recover() -> None:
    robot = Robot()
    charged(robot, 0.04)
    assert charged(robot, math.nan).twist == ZERO
    robot.tick(battery=Battery(robot.now_s - 60.0, 0.9))
    assert C.BATTERY_CRITICAL in codes(robot.verdict)
    robot.tick(battery=None)
    assert codes(robot.verdict) == [C.BATTERY_CRITICAL]


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_refusal_is_the_answer_to_why_it_stands() -> None:
    robot = Robot()
    robot.judge.hear(MotionRequest(Source.TELEOP, AHEAD, robot.now_s + 0.01, ""), robot.now_s + 0.01)
    robot.tick(None)
    assert codes(robot.verdict) == [C.DRIVER_UNNAMED]
    robot.run(1.2, None)
    assert codes(robot.verdict) == [C.NO_COMMAND]


def test_what_counts_is_not_explained_away() -> None:
    robot = Robot()
    robot.tick()
    robot.judge.hear(MotionRequest(Source.TELEOP, AHEAD, robot.now_s, ""), robot.now_s)
    assert robot.tick().reasons == ()


def test_an_empty_world_stops() -> None:
    robot = Robot()
    robot.tick()
    robot.now_s += TICK_S
    robot.judge.hear(MotionRequest(Source.NAVIGATION, AHEAD, robot.now_s), robot.now_s)
    verdict = robot.judge.decide(World(), robot.now_s)
    assert verdict.twist == ZERO
    assert codes(verdict) == [C.SENSOR_MISSING, C.SENSOR_MISSING]
