"""From the steps of a script to a pose for every tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import atan2, cos, pi, radians, sin

import numpy as np

from carebot.geometry import wrapped_rad
from carebot.simulation import postures, scenario
from carebot.simulation.anatomy import Anatomy
from carebot.simulation.gait import Walker, standing_angles, standing_height
from carebot.simulation.joints import INDEX
from carebot.simulation.motion import (
    TICK_S,
    Frame,
    Key,
    Pose,
    from_angles,
    move_through,
    on_feet,
    planted,
    set_joints,
)
from carebot.simulation.places import Bed, Places, Seat
from carebot.simulation.rotations import Vector, about_z, matrix, minimum_jerk, quaternion
from carebot.simulation.wardrobe import Resident

Movement = Iterator[tuple[str, Pose]]
"""For each tick the name of what the resident is doing, and the pose."""

LONGEST_WALK_S = 60.0
GESTURE_S = 1.1


class Choreographer:
    """Moves a resident from pose to pose; small sway and glances are drawn from `rng`."""

    def __init__(
        self,
        resident: Resident,
        start: scenario.Start,
        places: Places,
        rng: np.random.Generator,
        robot_is_there: Callable[[], bool],
    ) -> None:
        self._resident, self._places, self._robot_is_there = resident, places, robot_is_there
        self._rng = rng
        self._standing = standing_angles(resident)
        self._walker = Walker(resident, self._standing, *start.at, radians(start.facing_deg))
        self._seat: Seat | None = None
        self._frame: Frame | None = None
        self._bed: Bed | None = None
        self._waves = rng.uniform(0.0, 2 * pi, 8)
        self._tick = 0
        self.pose = self._upright_pose()

    @property
    def _anatomy(self) -> Anatomy:
        return self._resident.anatomy

    @property
    def heading_rad(self) -> float:
        return self._walker.yaw_rad

    @property
    def free_foot(self) -> str | None:
        """The side that is in the air, if one is."""
        return self._walker.swing.side if self._walker.swing else None

    def resume_from(self, pose: Pose) -> None:
        """Take over a body that moved by itself, as after a fall: no longer on a seat or the bed."""
        self.pose = pose
        self._seat, self._bed = None, None

    def halt(self) -> None:
        """Who stands in the middle of a walk goes on from rest."""
        self._walker.velocity = np.zeros(2)
        self._walker.yaw_rate = 0.0

    def perform(self, step: scenario.Step) -> Movement:
        """The movement of one step; `fall` and lying after it are not movements but physics, and give nothing."""
        movements: dict[type[scenario.Step], Callable[..., Movement]] = {
            scenario.WalkTo: self._walk_to,
            scenario.Stand: self._stand,
            scenario.WaitForRobot: self._wait_for_robot,
            scenario.Turn: self._turn,
            scenario.SitDown: self._sit_down,
            scenario.Sit: self._sit,
            scenario.StandUp: self._stand_up,
            scenario.Bend: self._bend,
            scenario.PickUp: self._pick_up,
            scenario.Reach: self._reach,
            scenario.Drink: self._drink,
            scenario.Kneel: self._kneel,
            scenario.LieDown: self._lie_down,
            scenario.Lie: self._lie,
            scenario.GetUp: self._get_up,
        }
        for activity, pose in movements[type(step)](step):
            self._tick += 1
            self.pose = pose
            yield activity, pose

    # on the feet

    def _upright_pose(self) -> Pose:
        walker = self._walker
        place = np.array((walker.x_m, walker.y_m, standing_height(self._anatomy)))
        q = quaternion(walker.yaw_rad, 0.03)
        return on_feet(self._anatomy, place, q, self._standing, walker.foot_now("left"), walker.foot_now("right"))

    def _walk_to(self, step: scenario.WalkTo) -> Movement:
        yield from self._walk(step.to, None, step.stop)

    def _walk(self, goal: tuple[float, float], facing_rad: float | None, stop: bool = True) -> Movement:
        for tick in range(round(LONGEST_WALK_S / TICK_S)):
            if self._walker.arrived(goal, facing_rad) if stop else self._walker.passed(goal):
                return
            yield "walking", self._blended(self._walker.tick(goal, facing_rad, stop), tick)

    def _blended(self, pose: Pose, tick: int) -> Pose:
        """Out of the pose before, over half a second, so that nothing jumps between two steps of a script."""
        share = minimum_jerk(tick * TICK_S / 0.5)
        if share >= 1.0:
            return pose
        angles = self.pose.angles + share * (pose.angles - self.pose.angles)
        place = self.pose.pelvis_m + share * (pose.pelvis_m - self.pose.pelvis_m)
        return on_feet(self._anatomy, place, pose.pelvis_q, angles, pose.left, pose.right)

    def _turn(self, step: scenario.Turn) -> Movement:
        yield from self._walk((self._walker.x_m, self._walker.y_m), radians(step.to_deg))

    def _stand(self, step: scenario.Stand) -> Movement:
        yield from self._standing_for(step.for_s)

    def _wait_for_robot(self, step: scenario.WaitForRobot) -> Movement:
        for moved in self._standing_for(step.most_s):
            if self._robot_is_there():
                return
            yield moved

    def _standing_for(self, for_s: float) -> Movement:
        here = (self._walker.x_m, self._walker.y_m)
        for tick in range(_ticks(for_s)):
            pose = self._walker.tick(here, self._walker.yaw_rad, True)
            yield "standing", self._alive(self._blended(pose, tick), tick)

    # down and up again

    @property
    def _here_m(self) -> tuple[float, float]:
        return self._walker.x_m, self._walker.y_m

    def _here(self) -> Frame:
        return Frame(self._walker.x_m, self._walker.y_m, self._walker.yaw_rad)

    def _moving(self, activity: str, keys: list[Key], frame: Frame) -> Movement:
        for pose in move_through(self._anatomy, self.pose, [self._varied(key) for key in keys], frame, self._standing):
            yield activity, pose

    def _varied(self, key: Key) -> Key:
        return key.slower(float(self._rng.uniform(0.9, 1.2)))

    def _hold(self, activity: str, for_s: float) -> Movement:
        held = self.pose
        for tick in range(_ticks(for_s)):
            yield activity, self._alive(held, tick)

    def _sit_down(self, step: scenario.SitDown) -> Movement:
        yield from self._sit_on(self._places.seat(step.on, self._here_m))

    def _sit_on(self, seat: Seat) -> Movement:
        yield from self._walk(_before(seat, self._anatomy), seat.facing_rad)
        self._seat, self._frame = seat, self._here()
        yield from self._moving("sitting down", postures.sitting_down(self._anatomy, seat), self._seat_frame(seat))

    def _seat_frame(self, seat: Seat) -> Frame:
        x, y = _before(seat, self._anatomy)
        return Frame(x, y, seat.facing_rad)

    def _sit(self, step: scenario.Sit) -> Movement:
        yield from self._hold("sitting", step.for_s)

    def _stand_up(self, _: scenario.StandUp) -> Movement:
        if self._bed is not None:
            keys = postures.sitting_up(self._anatomy, self._bed, *_on_bed(self._bed, self._anatomy))
            yield from self._moving("sitting up", keys, self._seat_frame(self._bed.edge))
            self._bed = None
        if self._seat is not None:
            yield from self._feet_down()
            keys = postures.standing_up(self._anatomy, self._seat)
            yield from self._moving("standing up", keys, self._seat_frame(self._seat))
            self._seat = None
        elif self._frame is not None:
            yield from self._moving("standing up", postures.rising_from_knees(self._anatomy), self._frame)
        self._back_on_feet()

    def _feet_down(self) -> Movement:
        """Where the feet did not lead, let them from here on."""
        if not self.pose.feet_lead:
            left, right = planted(self._anatomy, self.pose.left), planted(self._anatomy, self.pose.right)
            goal = on_feet(self._anatomy, self.pose.pelvis_m, self.pose.pelvis_q, self.pose.angles, left, right)
            start = self.pose
            for tick in range(_ticks(0.6)):
                share = minimum_jerk((tick + 1) * TICK_S / 0.6)
                angles = start.angles + share * (goal.angles - start.angles)
                yield "sitting", from_angles(self._anatomy, goal.pelvis_m, goal.pelvis_q, angles)
            self.pose = goal

    def _back_on_feet(self) -> None:
        """Walk on from where body and feet are now."""
        forward = matrix(self.pose.pelvis_q)[:, 0]
        self._walker = Walker(
            self._resident,
            self._standing,
            float(self.pose.pelvis_m[0]),
            float(self.pose.pelvis_m[1]),
            atan2(forward[1], forward[0]),
            feet={side: planted(self._anatomy, self.pose.foot(side)) for side in ("left", "right")},
            height_m=float(self.pose.pelvis_m[2]),
        )
        self._frame = None

    def _bend(self, step: scenario.Bend) -> Movement:
        frame = self._here()
        yield from self._moving("bending", [postures.bending(self._anatomy)], frame)
        yield from self._hold("bending", step.for_s)
        yield from self._moving("bending", [postures.standing(self._anatomy, 1.5)], frame)

    def _pick_up(self, step: scenario.PickUp) -> Movement:
        frame = self._here()
        down = postures.picking_up(self._anatomy)
        yield from self._moving("picking up", down, frame)
        yield from self._hold("picking up", step.for_s)
        yield from self._moving("picking up", [down[0], postures.standing(self._anatomy)], frame)

    def _reach(self, step: scenario.Reach) -> Movement:
        yield from self._gesture("reaching", postures.REACHING_UP, step.for_s)

    def _drink(self, step: scenario.Drink) -> Movement:
        yield from self._gesture("drinking", postures.DRINKING, step.for_s)

    def _gesture(self, activity: str, joints: Mapping[str, float], for_s: float) -> Movement:
        """Arms and trunk go there and back again, the pelvis stays where it is."""
        start = self.pose
        goal = set_joints(start.angles, joints)
        for share in (*_ramp(GESTURE_S), *([1.0] * _ticks(for_s)), *reversed(_ramp(GESTURE_S))):
            angles = start.angles + share * (goal - start.angles)
            place, turn = start.pelvis_m, start.pelvis_q
            if start.feet_lead:
                yield activity, on_feet(self._anatomy, place, turn, angles, start.left, start.right)
            else:
                yield activity, from_angles(self._anatomy, place, turn, angles)

    def _kneel(self, step: scenario.Kneel) -> Movement:
        self._frame = self._here()
        yield from self._moving("kneeling down", postures.kneeling_down(self._anatomy), self._frame)
        yield from self._hold("kneeling", step.for_s)

    def _lie_down(self, step: scenario.LieDown) -> Movement:
        bed = self._places.bed(step.on, self._here_m)
        yield from self._sit_on(bed.edge)
        yield from self._hold("sitting", 1.0)
        keys = postures.lying_down(self._anatomy, bed, *_on_bed(bed, self._anatomy))
        yield from self._moving("lying down", keys, self._seat_frame(bed.edge))
        self._bed = bed

    def _lie(self, step: scenario.Lie) -> Movement:
        yield from self._hold("lying", step.for_s)

    def _get_up(self, _: scenario.GetUp) -> Movement:
        """The pelvis leads: face down where the head points, hands and knees, then up."""
        head = matrix(self.pose.pelvis_q)[:, 2]
        place = self.pose.pelvis_m
        self._frame = Frame(float(place[0]), float(place[1]), atan2(head[1], head[0]))
        yield from self._moving("getting up", postures.all_fours(self._anatomy), self._frame)
        yield from self._hold("kneeling", 0.8)
        yield from self._moving("getting up", postures.rising_from_knees(self._anatomy), self._frame)
        self._back_on_feet()

    # signs of life

    def _alive(self, pose: Pose, tick: int) -> Pose:
        """The same pose with breath, a little sway, and the head looking about."""
        now = self._tick * TICK_S
        fade = minimum_jerk(tick * TICK_S / 1.0)
        sway = 0.006 * fade * np.array((self._wave(0, 4.1, now), self._wave(1, 5.3, now), 0.0))
        glance = 0.30 * self._wave(2, 9.7, now) * self._wave(3, 14.9, now)
        breath = 0.012 * self._wave(4, 3.7, now)
        small = {
            "neck_rotation": fade * glance,
            "neck_flexion": 0.05 * fade * self._wave(5, 7.9, now),
            "thorax_flexion": fade * breath,
            "left_elbow_flexion": 0.04 * fade * self._wave(6, 6.1, now),
            "right_elbow_flexion": 0.04 * fade * self._wave(7, 6.7, now),
        }
        angles = set_joints(pose.angles, {name: pose.angles[INDEX[name]] + value for name, value in small.items()})
        if not pose.feet_lead:
            return from_angles(self._anatomy, pose.pelvis_m, pose.pelvis_q, angles)
        place = pose.pelvis_m + (sway if self._seat is None else 0.0)
        return on_feet(self._anatomy, place, pose.pelvis_q, angles, pose.left, pose.right)

    def _wave(self, index: int, period_s: float, now_s: float) -> float:
        return float(np.sin(2 * pi * now_s / period_s + self._waves[index]))


def _ramp(duration_s: float) -> list[float]:
    """From 0 to 1 as a person's hand moves, a number for every tick."""
    count = _ticks(duration_s)
    return [minimum_jerk((tick + 1) / count) for tick in range(count)]


def _ticks(duration_s: float) -> int:
    return max(1, round(duration_s / TICK_S))


def _before(seat: Seat, anatomy: Anatomy) -> tuple[float, float]:
    """Where one stands to sit down."""
    away = postures.distance_before_seat(anatomy)
    return (seat.x_m + away * cos(seat.facing_rad), seat.y_m + away * sin(seat.facing_rad))


def _on_bed(bed: Bed, anatomy: Anatomy) -> tuple[float, float, float]:
    """Where the hips lie, forward and left of the sitter's frame, and how far the sitter turns for it."""
    before: Vector = np.array(_before(bed.edge, anatomy))
    forward, left = about_z(-bed.edge.facing_rad)[:2, :2] @ (np.array(bed.hips_m) - before)
    return float(forward), float(left), wrapped_rad(bed.head_direction_rad + pi - bed.edge.facing_rad)
