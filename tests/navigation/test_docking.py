"""Into the charger and out of it, in time that is passed in: a robot on paper, with wheels and a camera that err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import atan2, cos, degrees, hypot, pi, radians, sin

import numpy as np
import pytest

from carebot.geometry import Marker, MarkerLook, Pose2D, Twist2D
from carebot.navigation.docking import Docking, DockingParameters, DockInputs, Doing
from carebot.navigation.frames import composed
from carebot.navigation.marker_place import MarkerPlace, Trail, apart_from
from carebot.navigation.navigator import Phase, Progress
from carebot.navigation.undocking import Undocking

PARAMETERS = DockingParameters(marker_id=7, contact_m=0.33)
STEP_S, PICTURES_S = 0.05, 0.1
IN_THE_CHARGER = Pose2D(-PARAMETERS.contact_m, 0.0, 0.0)
"""The marker hangs at 0, 0 and looks along -x; the robot comes along x."""
MARKER = Pose2D(0.0, 0.0, pi)
LENS_M, OPENING_RAD = 0.15, radians(31)


def seen_from(robot: Pose2D, place: Pose2D) -> Pose2D:
    """`place` in the robot's frame."""
    dx, dy = place.x_m - robot.x_m, place.y_m - robot.y_m
    c, s = cos(robot.yaw_rad), sin(robot.yaw_rad)
    turn = (place.yaw_rad - robot.yaw_rad + pi) % (2 * pi) - pi
    return Pose2D(c * dx + s * dy, -s * dx + c * dy, turn)


@dataclass
class World:
    """A robot before a charger. Its camera is late, its wheels answer late and mislead by two percent."""

    pose: Pose2D
    seed: int = 0
    lateness_s: float = 0.15
    noise: float = 1.0
    marker_id: int = 7
    blinds: Callable[[float, float], bool] = lambda now_s, left_m: False
    stops_at_x: float = 1e9
    stops_back_x: float = -1e9
    charging: bool | None = None
    is_camera_off: bool = False
    odometry: Pose2D = field(default_factory=lambda: Pose2D(3.0, -2.0, 1.0))

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.now_s, self.pictured_s = 100.0, -1.0
        self.twist, self.orders = Twist2D(), [Twist2D()] * 2
        self.on_the_way: list[tuple[float, MarkerLook]] = []
        self.fastest_m_s = 0.0

    def forward(self, wish: Twist2D) -> None:
        self.orders.append(wish)
        self.twist = self.orders.pop(0)
        for _ in range(5):
            self._move(self.twist, STEP_S / 5)
        self.now_s += STEP_S
        self.fastest_m_s = max(self.fastest_m_s, abs(self.twist.vx_m_s))
        if self.now_s - self.pictured_s >= PICTURES_S - 1e-9 and not self.is_camera_off:
            self.pictured_s = self.now_s
            self.on_the_way.append((self.now_s + self.lateness_s, self._look()))

    def looks(self) -> tuple[MarkerLook, ...]:
        come = tuple(look for at_s, look in self.on_the_way if at_s <= self.now_s + 1e-9)
        self.on_the_way = [each for each in self.on_the_way if each[0] > self.now_s + 1e-9]
        return come

    def _move(self, twist: Twist2D, for_s: float) -> None:
        speed, turn = twist.vx_m_s, twist.yaw_rad_s
        yaw = self.pose.yaw_rad + turn * for_s / 2
        x, y = self.pose.x_m + speed * for_s * cos(yaw), self.pose.y_m + speed * for_s * sin(yaw)
        is_blocked = (x > self.stops_at_x and speed > 0) or (x < self.stops_back_x and speed < 0)
        if is_blocked:
            return
        self.pose = Pose2D(x, y, self.pose.yaw_rad + turn * for_s)
        speed, turn = 1.02 * speed, 0.98 * turn + 0.03 * speed
        yaw = self.odometry.yaw_rad + turn * for_s / 2
        x, y = self.odometry.x_m + speed * for_s * cos(yaw), self.odometry.y_m + speed * for_s * sin(yaw)
        self.odometry = Pose2D(x, y, self.odometry.yaw_rad + turn * for_s)

    def _look(self) -> MarkerLook:
        there = seen_from(self.pose, MARKER)
        ahead_m = there.x_m - LENS_M
        is_seen = ahead_m > 0.1 and abs(atan2(there.y_m, ahead_m)) + 0.06 / max(0.1, ahead_m) < OPENING_RAD
        left_m = apart_from(self.pose, MARKER, PARAMETERS.contact_m).left_m
        if not is_seen or self.blinds(self.now_s, left_m):
            return MarkerLook(self.now_s)
        away = hypot(there.x_m, there.y_m)
        errors = self.noise * self.rng.normal(0.0, (0.004 * away, 0.002 * away, radians(1.8) * away**2))
        wrong = Pose2D(there.x_m + errors[0], there.y_m + errors[1], there.yaw_rad + errors[2])
        return MarkerLook(self.now_s, (Marker(self.marker_id, wrong),))


def play(world: World, parameters: DockingParameters = PARAMETERS, is_inside: bool = False) -> tuple[Docking, Progress]:
    docking = Docking(parameters, world.odometry, world.now_s, is_inside)
    while True:
        inputs = DockInputs(world.odometry, world.looks(), world.charging, world.is_camera_off)
        progress = docking.step(inputs, world.now_s)
        if progress.phase is not Phase.DOCKING:
            return docking, progress
        assert abs(progress.twist.vx_m_s) <= 0.1 + 1e-9
        world.forward(progress.twist)


def before(left_m: float, aside_m: float = 0.0, askew_deg: float = 0.0) -> Pose2D:
    return Pose2D(IN_THE_CHARGER.x_m - left_m, aside_m, radians(askew_deg))


def error_of(world: World) -> tuple[float, float, float]:
    """How far before or past its place the robot stands, how far beside it, and how many degrees askew."""
    apart = apart_from(world.pose, MARKER, PARAMETERS.contact_m)
    return apart.left_m, apart.aside_m, degrees(apart.askew_rad)


@pytest.mark.parametrize("aside_m", [-0.25, -0.12, -0.05, 0.0, 0.05, 0.12, 0.25])
@pytest.mark.parametrize("askew_deg", [-25.0, -10.0, 0.0, 10.0, 25.0])
def test_it_gets_in_from_wherever_it_came_to_stand(aside_m: float, askew_deg: float):
    for seed, left_m in enumerate((0.6, 0.7, 0.85)):
        world = World(before(left_m, aside_m, askew_deg), seed)
        docking, progress = play(world)
        assert progress.phase is Phase.ARRIVED, progress.reason
        assert progress.reason == "the robot stands in its charger; nothing tells whether the battery charges"
        assert docking.tries == 1
        left, aside, askew = error_of(world)
        assert abs(left) < 0.015
        assert abs(aside) < 0.015
        assert abs(askew) < 2.5
        assert world.twist == Twist2D()


def test_without_noise_it_stands_where_it_should_to_a_few_millimetres():
    world = World(before(0.7, 0.08, 5), noise=0.0)
    play(world)
    left, aside, askew = error_of(world)
    assert abs(left) < 0.008
    assert abs(aside) < 0.003
    assert abs(askew) < 1.0


def test_a_slow_safety_judge_changes_nothing_of_the_way():
    """What is steered dies away with the way, not with time."""

    class Slow(World):
        def forward(self, wish: Twist2D) -> None:
            super().forward(wish.scaled(0.4))

    world = Slow(before(0.7, 0.06, 5))
    _, progress = play(world)
    assert progress.phase is Phase.ARRIVED
    assert abs(error_of(world)[1]) < 0.015


def test_the_last_part_goes_without_the_marker():
    """A camera at the robot's front sees nothing of a marker right before it."""
    world = World(before(0.7, 0.04), blinds=lambda _now_s, left_m: left_m < 0.22)
    docking, progress = play(world)
    assert progress.phase is Phase.ARRIVED
    assert docking.tries == 1
    assert abs(error_of(world)[1]) < 0.02


def test_lost_earlier_it_backs_off_and_tries_again():
    lost = [0]

    def blinds(now_s: float, left_m: float) -> bool:
        lost[0] += left_m < 0.5 and now_s < 107
        return left_m < 0.5 and now_s < 107

    world = World(before(0.7), blinds=blinds)
    docking, progress = play(world)
    assert lost[0] > 5
    assert progress.phase is Phase.ARRIVED
    assert docking.tries == 2
    assert max(map(abs, error_of(world)[:2])) < 0.02


def test_lost_each_time_it_ends_with_the_reason():
    world = World(before(0.7), blinds=lambda _now_s, left_m: left_m < 0.5)
    _, progress = play(world)
    assert progress.phase is Phase.GAVE_UP
    assert progress.reason == (
        "the robot did not get into its charger in 3 tries: the charger's marker went out of sight"
    )
    assert world.twist == Twist2D()


def test_a_short_blink_only_makes_it_wait():
    world = World(before(0.7), blinds=lambda now_s, _left_m: 103.0 < now_s < 104.5)
    docking, progress = play(world)
    assert progress.phase is Phase.ARRIVED
    assert docking.tries == 1


@pytest.mark.parametrize("askew_deg", [-55.0, 55.0])
def test_it_looks_round_for_a_marker_that_is_out_of_the_picture(askew_deg: float):
    world = World(before(0.7, 0.0, askew_deg))
    docking, progress = play(world)
    assert progress.phase is Phase.ARRIVED
    assert docking.tries == 1


def test_no_marker_at_all():
    _, progress = play(World(before(0.7), blinds=lambda _now_s, _left_m: True))
    assert progress.reason.endswith("3 tries: the charger's marker 7 is not to be seen")


def test_another_marker_is_named():
    world = World(before(0.7), marker_id=3)
    _, progress = play(world)
    assert progress.phase is Phase.GAVE_UP
    assert progress.reason.endswith("the marker 3 hangs there, and the site file says 7")
    assert hypot(world.pose.x_m - before(0.7).x_m, world.pose.y_m) < 0.02


def test_something_before_the_charger():
    world = World(before(0.7), stops_at_x=before(0.4).x_m)
    _, progress = play(world)
    assert progress.reason.endswith("3 tries: something is in the way before the charger")


def test_something_that_goes_away_again():
    world = World(before(0.7), stops_at_x=before(0.4).x_m)
    docking = Docking(PARAMETERS, world.odometry, world.now_s)
    progress = Progress(Twist2D(), Phase.DOCKING)
    while progress.phase is Phase.DOCKING:
        progress = docking.step(DockInputs(world.odometry, world.looks()), world.now_s)
        world.forward(progress.twist)
        if world.now_s > 120:
            world.stops_at_x = 1e9
    assert progress.phase is Phase.ARRIVED
    assert docking.tries == 2


def test_no_room_behind_for_another_try():
    world = World(before(0.7), stops_at_x=before(0.3).x_m, stops_back_x=before(0.35).x_m)
    world.blinds = lambda _now_s, left_m: left_m < 0.45
    _, progress = play(world)
    assert progress.reason == "there is no room behind the robot for another try"


def test_a_battery_that_says_that_it_charges():
    _, progress = play(World(before(0.7), charging=True))
    assert progress == Progress(Twist2D(), Phase.ARRIVED, 0.0, "the battery charges")


def test_a_battery_that_never_charges():
    world = World(before(0.7), charging=False)
    docking, progress = play(world)
    assert progress.reason.endswith("3 tries: the robot stands in its charger, but the battery does not charge")
    assert docking.tries == 3
    assert abs(error_of(world)[0]) < 0.02, "it stays where it may still charge"


def test_the_camera_is_off():
    _, progress = play(World(before(0.7), is_camera_off=True))
    assert progress.reason == "the camera is off: without it the robot does not find its charger"


def test_nobody_looks_for_the_marker():
    world = World(before(0.7))
    world.pictured_s = 1e9
    _, progress = play(world)
    assert progress.reason == "perception does not look for the charger's marker"


def test_it_gives_up_after_its_time():
    parameters = DockingParameters(7, 0.33, time_limit_s=5.0)
    world = World(before(0.7))
    _, progress = play(world, parameters)
    assert progress.reason == "it took longer than 5 s"
    assert world.now_s < 105.2


def test_in_the_charger_already():
    world = World(IN_THE_CHARGER)
    _, progress = play(world, is_inside=True)
    assert progress.phase is Phase.ARRIVED
    assert hypot(world.pose.x_m - IN_THE_CHARGER.x_m, world.pose.y_m) < 0.01


def test_in_the_charger_without_sight_of_the_marker_it_backs_out_before_it_turns():
    world = World(IN_THE_CHARGER, blinds=lambda _now_s, left_m: left_m < 0.2)
    docking = Docking(PARAMETERS, world.odometry, world.now_s, is_inside=True)
    progress = Progress(Twist2D(), Phase.DOCKING)
    while progress.phase is Phase.DOCKING:
        progress = docking.step(DockInputs(world.odometry, world.looks()), world.now_s)
        assert docking.doing is not Doing.SEARCHING
        world.forward(progress.twist)
    assert progress.phase is Phase.ARRIVED


def test_a_lone_wrong_sighting_is_doubted_and_many_are_believed():
    place = MarkerPlace()
    assert place.take(Pose2D(1.0, 0.0, pi), 1.0)
    assert not place.take(Pose2D(2.0, 0.0, pi), 1.0)
    assert place.pose.x_m == pytest.approx(1.0)
    assert [place.take(Pose2D(2.0, 0.0, pi), 1.0) for _ in range(5)] == [False, False, False, True, True]
    assert place.pose.x_m == pytest.approx(2.0)


def test_a_near_sighting_counts_more_than_a_far_one():
    place = MarkerPlace()
    place.take(Pose2D(1.0, 0.1, pi - 0.1), 1.0)
    place.take(Pose2D(1.0, 0.0, -pi + 0.001), 0.3)
    assert abs(place.pose.y_m) < 0.002
    assert abs(abs(place.pose.yaw_rad) - pi) < 0.003


def test_where_the_robot_was():
    trail = Trail()
    assert trail.at(1.0) is None
    trail.add(1.0, Pose2D(0.0, 0.0, 3.1))
    trail.add(2.0, Pose2D(1.0, 2.0, -3.1))
    half = trail.at(1.5)
    assert half is not None
    assert (half.x_m, half.y_m) == (0.5, 1.0)
    assert abs(half.yaw_rad) == pytest.approx(pi)
    assert trail.at(9.0) == Pose2D(1.0, 2.0, -3.1)
    assert trail.at(0.5) is None


def test_there_and_back_between_frames():
    robot, place = Pose2D(1.0, 2.0, 2.5), Pose2D(0.4, -0.3, -2.0)
    again = seen_from(robot, composed(robot, place))
    assert (again.x_m, again.y_m, again.yaw_rad) == pytest.approx((0.4, -0.3, -2.0))


def undock(world: World) -> Progress:
    undocking = Undocking(world.odometry, world.now_s)
    while True:
        progress = undocking.step(world.odometry, world.now_s)
        if progress.phase is not Phase.UNDOCKING:
            return progress
        assert -0.1 <= progress.twist.vx_m_s < 0
        world.forward(progress.twist)


def test_out_of_the_charger_straight_back():
    world = World(IN_THE_CHARGER)
    assert undock(world) == Progress(Twist2D(), Phase.ARRIVED)
    assert world.pose.x_m == pytest.approx(before(0.5).x_m, abs=0.03)
    assert abs(world.pose.y_m) < 0.02


def test_somebody_behind_the_robot_keeps_it_in_its_charger():
    progress = undock(World(IN_THE_CHARGER, stops_back_x=before(0.1).x_m))
    assert progress.phase is Phase.GAVE_UP
    assert progress.reason == "something stands behind the robot: it cannot leave its charger"


def test_with_enough_room_to_turn_it_is_content():
    world = World(IN_THE_CHARGER, stops_back_x=before(0.3).x_m)
    assert undock(world).phase is Phase.ARRIVED
