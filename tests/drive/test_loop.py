from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.drive.kinematics import differential
from carebot.drive.loop import COMMAND_LIFETIME_S, FUTURE_TOLERANCE_S, TELEMETRY_LIFETIME_S, Command, DriveLoop, Stop
from carebot.geometry import Twist2D
from carebot.robot import MotionLimits
from tests.drive.strategies import twists

DT_S = 0.02
BASE = differential(0.0625, 0.34)
LIMITS = MotionLimits()


@dataclass(frozen=True)
class Complaint:
    code: str
    text: str


@dataclass(frozen=True)
class Seen:
    """Telemetry of wheels that stand."""

    stamp_s: float
    positions_rad: tuple[float, ...] = (0.0, 0.0)
    speeds_rad_s: tuple[float, ...] = (0.0, 0.0)
    faults: tuple[Complaint, ...] = ()
    estop: bool = False
    watchdog_tripped: bool = False


@dataclass
class Robot:
    """A loop that is stepped at 50 Hz with telemetry that always comes."""

    loop: DriveLoop = field(default_factory=lambda: DriveLoop(BASE, LIMITS))
    now_s: float = 100.0

    def __post_init__(self) -> None:
        self.loop.reconnected(self.now_s)

    def step(self, command: Command | None, **seen):
        self.now_s += DT_S
        return self.loop.step(command, Seen(self.now_s, **seen), self.now_s)

    def drive(self, speed_m_s: float, seconds: float, **seen):
        for _ in range(round(seconds / DT_S)):
            order = self.step(Command(Twist2D(speed_m_s), self.now_s + DT_S), **seen)
        return order


def test_a_fresh_command_is_followed_up_to_its_speed() -> None:
    order = Robot().drive(0.5, 3.0)
    assert order.twist == Twist2D(0.5)
    assert order.rad_s == pytest.approx((8.0, 8.0))
    assert order.waiting_for == ""


@pytest.mark.parametrize(
    ("age_s", "counts"),
    [
        (-FUTURE_TOLERANCE_S - 0.001, False),
        (-FUTURE_TOLERANCE_S + 0.001, True),
        (0.0, True),
        (COMMAND_LIFETIME_S - 0.001, True),
        (COMMAND_LIFETIME_S + 0.001, False),
        (10.0, False),
        (-1e9, False),
    ],
)
def test_a_command_counts_from_its_stamp_until_it_expires(age_s, counts) -> None:
    robot = Robot()
    robot.drive(0.0, 1.0)
    order = robot.step(Command(Twist2D(0.3), robot.now_s + DT_S - age_s))
    assert (order.twist.vx_m_s > 0) == counts
    assert bool(order.waiting_for) != counts


def test_silence_is_zero_at_once() -> None:
    robot = Robot()
    robot.drive(0.5, 3.0)
    last = Command(Twist2D(0.5), robot.now_s)
    since_s, speeds = robot.now_s, []
    while robot.now_s - since_s < 1.0:
        speeds.append(robot.step(last).twist.vx_m_s)
    expired = round(COMMAND_LIFETIME_S / DT_S)
    assert speeds[expired - 1] == pytest.approx(0.5)
    assert set(speeds[expired + 1 :]) == {0.0}
    assert robot.step(None).rad_s == (0.0, 0.0)
    assert 0 < robot.step(Command(Twist2D(0.5), robot.now_s + DT_S)).twist.vx_m_s < 0.02, "it starts from standstill"


def test_a_command_of_zero_brakes_at_full_deceleration() -> None:
    robot = Robot()
    robot.drive(0.5, 3.0)
    steps = math.ceil(0.5 / LIMITS.deceleration_m_s2 / DT_S)
    assert robot.drive(0.0, (steps - 1) * DT_S).twist.vx_m_s > 0
    assert robot.drive(0.0, 2 * DT_S).twist == Twist2D()


@given(st.lists(st.tuples(twists, st.floats(-1.0, 1.0)), min_size=1, max_size=40))
def test_without_a_fresh_command_nothing_ever_speeds_up(wishes) -> None:
    robot = Robot()
    before = 0.0
    for twist, age_s in wishes:
        stamp_s = robot.now_s + DT_S - age_s
        order = robot.step(Command(twist, stamp_s))
        is_fresh = -FUTURE_TOLERANCE_S <= age_s <= COMMAND_LIFETIME_S and stamp_s > 100.0
        size = abs(order.twist.vx_m_s) + abs(order.twist.yaw_rad_s)
        if not is_fresh and abs(age_s - COMMAND_LIFETIME_S) > 1e-6 and abs(age_s + FUTURE_TOLERANCE_S) > 1e-6:
            assert size <= before + 1e-12
        before = size


@pytest.mark.parametrize("event", ["reconnected", "armed"])
def test_after_a_return_only_commands_made_since_then_count(event) -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    held = Command(Twist2D(0.5), robot.now_s)
    getattr(robot.loop, event)(robot.now_s + 0.001)
    for _ in range(5):
        order = robot.step(held)
        assert order.rad_s == (0.0, 0.0)
        assert order.waiting_for == "new command"
    assert robot.step(Command(Twist2D(0.5), robot.now_s + DT_S)).twist.vx_m_s > 0


@pytest.mark.parametrize(
    ("seen", "code"),
    [({"estop": True}, "estop"), ({"faults": (Complaint("over_current", "too much"),)}, "fault_over_current")],
)
def test_stop_and_faults_stop_at_once_and_void_what_was_commanded(seen, code) -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    stop = robot.drive(0.5, 0.1, **seen)
    assert isinstance(stop, Stop)
    assert stop.code == code
    held = Command(Twist2D(0.5), robot.now_s)
    assert robot.step(held).rad_s == (0.0, 0.0)
    again = robot.step(Command(Twist2D(0.5), robot.now_s + DT_S))
    assert 0 < again.twist.vx_m_s < 0.02, "it starts from standstill"


def test_a_controller_that_falls_silent_stops() -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    heard_s = robot.now_s
    while robot.now_s - heard_s < TELEMETRY_LIFETIME_S - 0.001:
        robot.now_s += DT_S
        order = robot.loop.step(Command(Twist2D(0.5), robot.now_s), None, robot.now_s)
    assert isinstance(order, Stop)
    assert order.code == "silent"
    assert "0.2" in order.reason


@pytest.mark.parametrize("pause_s", [0.21, 0.4, 60.0])
def test_a_loop_that_hung_starts_from_standstill_with_a_new_command_only(pause_s) -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    robot.now_s += pause_s
    held = Command(Twist2D(0.5), robot.now_s)
    assert robot.step(held).rad_s == (0.0, 0.0)
    assert robot.step(held).rad_s == (0.0, 0.0)
    assert 0 < robot.step(Command(Twist2D(0.5), robot.now_s + DT_S)).twist.vx_m_s < 0.02


def test_a_watchdog_that_tripped_means_standstill() -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    tripped = robot.step(Command(Twist2D(0.5), robot.now_s), watchdog_tripped=True)
    assert tripped.twist.vx_m_s < 0.02
    assert robot.drive(0.5, 2.0, watchdog_tripped=True).twist == Twist2D(0.5), "one trip is one standstill"


def test_nothing_moves_before_the_first_telemetry() -> None:
    loop = DriveLoop(BASE, LIMITS)
    order = loop.step(Command(Twist2D(0.5), 1.0), None, 1.0)
    assert isinstance(order, Stop)
    assert order.code == "no_telemetry"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_counted_and_brakes(bad) -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    for twist in (Twist2D(bad), Twist2D(0.0, bad), Twist2D(0.0, 0.0, bad)):
        before = robot.loop.refused_commands
        order = robot.step(Command(twist, robot.now_s + DT_S))
        assert order.waiting_for == "finite command"
        assert robot.loop.refused_commands == before + 1
        assert all(map(math.isfinite, order.rad_s))
    assert order.twist.vx_m_s < 0.5
    assert robot.step(Command(Twist2D(0.5), bad)).waiting_for


def test_a_refused_command_is_counted_once_however_often_it_is_seen() -> None:
    robot = Robot()
    future = Command(Twist2D(0.5), robot.now_s + 5)
    for _ in range(10):
        robot.step(future)
    assert robot.loop.refused_commands == 1


def test_a_command_that_comes_too_late_is_counted_and_one_that_merely_runs_out_is_not() -> None:
    robot = Robot()
    good = Command(Twist2D(0.5), robot.now_s + DT_S)
    for _ in range(30):
        robot.step(good)
    assert robot.loop.refused_commands == 0
    robot.step(Command(Twist2D(0.5), robot.now_s - 0.3))
    assert robot.loop.refused_commands == 1


def test_odometry_follows_the_telemetry() -> None:
    robot = Robot()
    robot.step(None)
    robot.step(None, positions_rad=(1.0, 1.0))
    assert robot.loop.odometry.pose.x_m == pytest.approx(0.0625)
    robot.loop.reconnected(robot.now_s)
    robot.step(None, positions_rad=(0.0, 0.0))
    assert robot.loop.odometry.pose.x_m == pytest.approx(0.0625)
    assert robot.loop.jumps == 0


def test_a_latched_emergency_stop_is_zero_at_once_and_voids_what_was_commanded() -> None:
    robot = Robot()
    robot.drive(0.5, 2.0)
    last = Command(Twist2D(0.5), robot.now_s + DT_S)
    robot.now_s += DT_S
    order = robot.loop.step(last, Seen(robot.now_s), robot.now_s, is_halted=True)
    assert isinstance(order, Stop)
    assert order.code == "emergency_stop"
    released = robot.step(last)
    assert (released.waiting_for, released.twist) == ("new command", Twist2D())
    assert robot.drive(0.5, 0.1).twist.vx_m_s > 0
