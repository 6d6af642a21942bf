"""Walking: where the body goes, when which foot steps where, and how trunk and arms follow.

Cadence, step length and double support are those of healthy people over 70: D. A. Winter, The Biomechanics and Motor
Control of Human Gait: Normal, Elderly and Pathological (1991), chapter 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import atan2, cos, hypot, pi, sin, sqrt

import numpy as np

from carebot.geometry import wrapped_rad
from carebot.simulation.anatomy import Anatomy
from carebot.simulation.joints import JOINTS, SIDES
from carebot.simulation.legs import Foot
from carebot.simulation.motion import TICK_S, Pose, on_feet, set_joints
from carebot.simulation.rotations import Vector, about_z, minimum_jerk, quaternion
from carebot.simulation.wardrobe import Resident

SWING_S, DOUBLE_SUPPORT_S = 0.43, 0.14
STANCE_S = SWING_S + 2 * DOUBLE_SUPPORT_S
ACCELERATION_M_S2 = 0.9
TURN_RAD_S, TURN_RAD_S2 = 1.3, 5.0
FOOT_CLEARANCE_M = 0.035
NEAR_M = 0.25
"""Closer to the goal than this one shuffles there without turning towards it."""


@dataclass(slots=True, eq=False)
class Swing:
    """A foot in the air: from where, and for how long."""

    side: str
    start: Foot
    goal: Foot
    elapsed_s: float = 0.0


@dataclass(slots=True, eq=False)
class Walker:
    """A body that walks. Positions in metres, velocities in m/s, headings in radians, in the room's frame."""

    resident: Resident
    standing: Vector
    x_m: float
    y_m: float
    yaw_rad: float
    velocity: Vector = field(default_factory=lambda: np.zeros(2))
    yaw_rate: float = 0.0
    feet: dict[str, Foot] = field(default_factory=dict)
    swing: Swing | None = None
    since_landing_s: float = DOUBLE_SUPPORT_S
    last_side: str = "right"
    height_m: float = 0.0
    sway_m: float = 0.0

    def __post_init__(self) -> None:
        for side in SIDES:
            self.feet.setdefault(side, self._neutral_foot(side, self.x_m, self.y_m, self.yaw_rad))
        self.height_m = self.height_m or standing_height(self.anatomy)

    @property
    def anatomy(self) -> Anatomy:
        return self.resident.anatomy

    @property
    def speed_m_s(self) -> float:
        return float(np.hypot(*self.velocity))

    # where to

    def tick(self, goal: tuple[float, float], facing_rad: float | None, stop: bool) -> Pose:
        """One tick towards the goal; on arrival turn to `facing_rad`. Without `stop` speed is kept up to the goal."""
        self._steer(goal, facing_rad, stop)
        self.x_m += self.velocity[0] * TICK_S
        self.y_m += self.velocity[1] * TICK_S
        self.yaw_rad = wrapped_rad(self.yaw_rad + self.yaw_rate * TICK_S)
        self._step(goal, stop)
        return self._pose()

    def arrived(self, goal: tuple[float, float], facing_rad: float | None) -> bool:
        """Whether the body stands still at the goal with the feet side by side."""
        turned = facing_rad is None or abs(wrapped_rad(facing_rad - self.yaw_rad)) < 0.03
        there = hypot(goal[0] - self.x_m, goal[1] - self.y_m) < 0.03
        return turned and there and self.speed_m_s < 0.05 and self.swing is None and not self._misplaced()

    def passed(self, goal: tuple[float, float]) -> bool:
        """Whether a walk that does not stop has come to the goal, early in a step."""
        near = hypot(goal[0] - self.x_m, goal[1] - self.y_m) < 0.35
        return near and self.swing is not None and self.swing.elapsed_s > 0.15

    def _steer(self, goal: tuple[float, float], facing_rad: float | None, stop: bool) -> None:
        dx, dy = goal[0] - self.x_m, goal[1] - self.y_m
        distance = hypot(dx, dy)
        near = distance < NEAR_M and stop
        aim = (facing_rad if facing_rad is not None else self.yaw_rad) if near else atan2(dy, dx)
        error = wrapped_rad(aim - self.yaw_rad)
        rate = max(-TURN_RAD_S, min(TURN_RAD_S, 3.0 * error))
        self.yaw_rate += max(-TURN_RAD_S2 * TICK_S, min(TURN_RAD_S2 * TICK_S, rate - self.yaw_rate))
        wanted = self._wanted_velocity(dx, dy, distance, near, error, stop)
        change = wanted - self.velocity
        most = ACCELERATION_M_S2 * TICK_S
        self.velocity = self.velocity + change * min(1.0, most / max(float(np.hypot(*change)), 1e-9))

    def _wanted_velocity(self, dx: float, dy: float, distance: float, near: bool, error: float, stop: bool) -> Vector:
        if near:
            return np.array((dx, dy)) * 1.6
        speed = self.resident.walking_speed_m_s * max(0.0, cos(error)) ** 3
        if stop:
            speed = min(speed, sqrt(2 * 0.35 * distance))
        return speed * np.array((cos(self.yaw_rad), sin(self.yaw_rad)))

    # the feet

    def _neutral_foot(self, side: str, x: float, y: float, yaw: float) -> Foot:
        out = 1.0 if side == "left" else -1.0
        apart = out * (0.9 * self.anatomy.hip_half_width_m)
        place = np.array((x, y, self.anatomy.ankle_height_m))
        place[:2] += about_z(yaw)[:2, :2] @ (-0.03, apart)
        return Foot(place, wrapped_rad(yaw + out * 0.10))

    def _misplacement(self, side: str) -> float:
        neutral = self._neutral_foot(side, self.x_m, self.y_m, self.yaw_rad)
        foot = self.feet[side]
        off = float(np.hypot(*(foot.ankle_m - neutral.ankle_m)[:2]))
        return off + 0.25 * abs(wrapped_rad(foot.yaw_rad - neutral.yaw_rad))

    def _misplaced(self) -> bool:
        return any(self._misplacement(side) > 0.05 for side in SIDES)

    def _step(self, goal: tuple[float, float], stop: bool) -> None:
        if self.swing is None:
            self.since_landing_s += TICK_S
            if self.since_landing_s >= DOUBLE_SUPPORT_S and (self._misplaced() or self.speed_m_s > 0.15):
                side = "left" if self.last_side == "right" else "right"
                self.swing = Swing(side, self._lifted(side), self._landing(side, SWING_S, goal, stop))
            return
        swing = self.swing
        swing.elapsed_s += TICK_S
        if swing.elapsed_s < 0.75 * SWING_S:
            swing.goal = self._landing(swing.side, SWING_S - swing.elapsed_s, goal, stop)
        if swing.elapsed_s >= SWING_S:
            self.feet[swing.side] = swing.goal
            self.last_side, self.swing, self.since_landing_s = swing.side, None, 0.0

    def _landing(self, side: str, remaining_s: float, goal: tuple[float, float], stop: bool) -> Foot:
        """Where the foot will come down: where the body will be in the middle of the stance that follows."""
        ahead_s = remaining_s + STANCE_S / 2
        lead = self.velocity * ahead_s
        left = hypot(goal[0] - self.x_m, goal[1] - self.y_m)
        length = float(np.hypot(*lead))
        if stop and length > left:
            lead = lead * (left / length)
        yaw = self.yaw_rad + self.yaw_rate * min(ahead_s, 0.5)
        return self._neutral_foot(side, self.x_m + lead[0], self.y_m + lead[1], yaw)

    def _behind(self, foot: Foot) -> float:
        """How far the foot has been left behind the body, metres along the heading."""
        return float(
            (self.x_m - foot.ankle_m[0]) * cos(self.yaw_rad) + (self.y_m - foot.ankle_m[1]) * sin(self.yaw_rad)
        )

    def _lifted(self, side: str) -> Foot:
        """The foot at the end of its stance, with the heel raised about the ball."""
        foot = self.feet[side]
        return Foot(foot.ankle_m, foot.yaw_rad, self._heel_rise(foot))

    def _heel_rise(self, foot: Foot) -> float:
        return max(0.0, min(0.75, 2.6 * (self._behind(foot) - 0.13)))

    def foot_now(self, side: str) -> Foot:
        """The foot as it is at this tick: on the floor, rolling over the ball, or swinging."""
        if self.swing is None or self.swing.side != side:
            return self._rolled(self._flattened(side))
        return self._rolled(self._swung(self.swing), self._clearance(self.swing))

    def _flattened(self, side: str) -> Foot:
        """A standing foot: toes coming down after the landing, heel going up before the next step."""
        foot = self.feet[side]
        if side == self.last_side:
            strike = self._strike() * max(0.0, 1.0 - self.since_landing_total / 0.10)
            if strike > 0.0:
                return Foot(foot.ankle_m, foot.yaw_rad, -strike)
        return Foot(foot.ankle_m, foot.yaw_rad, self._heel_rise(foot))

    @property
    def since_landing_total(self) -> float:
        return self.since_landing_s + (self.swing.elapsed_s if self.swing else 0.0)

    def _strike(self) -> float:
        """How far the toes point up when the heel lands, radians: little in slow steps."""
        return min(0.22, 0.3 * self.speed_m_s)

    def _swung(self, swing: Swing) -> Foot:
        fraction = swing.elapsed_s / SWING_S
        goal = swing.goal
        share = minimum_jerk(fraction)
        ankle = swing.start.ankle_m + share * (goal.ankle_m - swing.start.ankle_m)
        yaw = swing.start.yaw_rad + share * wrapped_rad(goal.yaw_rad - swing.start.yaw_rad)
        toes_down = swing.start.pitch_rad * (1.0 - minimum_jerk(fraction / 0.6))
        toes_up = self._strike() * minimum_jerk((fraction - 0.45) / 0.55)
        return Foot(ankle, yaw, toes_down - toes_up)

    def _clearance(self, swing: Swing) -> float:
        return FOOT_CLEARANCE_M * sin(pi * min(1.0, swing.elapsed_s / SWING_S)) ** 2

    def _rolled(self, foot: Foot, raised_m: float = 0.0) -> Foot:
        """Pitch the foot about the ball or the heel, not about the ankle, so that nothing sinks into the floor."""
        length, down = self.anatomy.foot_m, -self.anatomy.ankle_height_m
        pivot = 0.55 * length if foot.pitch_rad > 0 else -0.25 * length
        c, s = cos(foot.pitch_rad), sin(foot.pitch_rad)
        forward, up = pivot - c * pivot - s * down, down + s * pivot - c * down
        x, y, z = foot.ankle_m.tolist()
        ankle = np.array((x + cos(foot.yaw_rad) * forward, y + sin(foot.yaw_rad) * forward, z + up + raised_m))
        return Foot(ankle, foot.yaw_rad, foot.pitch_rad)

    # the rest of the body

    def _pose(self) -> Pose:
        feet = {side: self.foot_now(side) for side in SIDES}
        stride = {side: -self._behind(feet[side]) - 0.03 for side in SIDES}
        self._follow(feet)
        apart = stride["left"] - stride["right"]
        across = about_z(self.yaw_rad)[:2, 1]
        pelvis = np.array((self.x_m + self.sway_m * across[0], self.y_m + self.sway_m * across[1], self.height_m))
        q = quaternion(self.yaw_rad - 0.12 * apart, 0.03 + 0.05 * self.speed_m_s, 0.9 * self.sway_m)
        return on_feet(self.anatomy, pelvis, q, self._upper_body(apart), feet["left"], feet["right"])

    def _follow(self, feet: dict[str, Foot]) -> None:
        """Pelvis height and sway, smoothed: over the standing leg, as high as both legs reach."""
        support = {side: foot for side, foot in feet.items() if self.swing is None or self.swing.side != side}
        reach = min(self._reach(side, foot) for side, foot in support.items())
        highest = min(reach, standing_height(self.anatomy))
        self.height_m += (highest - self.height_m) * min(1.0, TICK_S / 0.05)
        aside = 0.0 if self.swing is None else (0.024 if self.swing.side == "right" else -0.024)
        self.sway_m += (aside - self.sway_m) * min(1.0, TICK_S / 0.16)

    def _reach(self, side: str, foot: Foot) -> float:
        """The pelvis height at which this leg is nearly straight."""
        out = 1.0 if side == "left" else -1.0
        hip = np.array((self.x_m, self.y_m)) + about_z(self.yaw_rad)[:2, 1] * out * self.anatomy.hip_half_width_m
        away = float(np.hypot(*(foot.ankle_m[:2] - hip)))
        leg = 0.993 * self.anatomy.leg_m
        return float(foot.ankle_m[2]) + sqrt(max(leg * leg - away * away, 0.25 * leg * leg))

    def _upper_body(self, apart: float) -> Vector:
        """Arms swing against the legs; the trunk turns back what the pelvis turns."""
        swing = 0.62 * apart
        return set_joints(
            self.standing,
            {
                "left_shoulder_flexion": 0.04 - swing,
                "right_shoulder_flexion": 0.04 + swing,
                "left_elbow_flexion": 0.38 + 0.5 * max(0.0, -swing),
                "right_elbow_flexion": 0.38 + 0.5 * max(0.0, swing),
                "lumbar_rotation": 0.30 * apart,
                "lumbar_lateral": -1.6 * self.sway_m,
                "lumbar_flexion": self.standing_lean + 0.05 * self.speed_m_s,
                "neck_rotation": -0.18 * apart + 0.25 * self.yaw_rate,
            },
        )

    @property
    def standing_lean(self) -> float:
        return 0.4 * self.resident.stoop_rad


def standing_height(anatomy: Anatomy) -> float:
    """The pelvis above the floor when standing with knees not quite straight."""
    return anatomy.ankle_height_m + 0.988 * anatomy.leg_m


def standing_angles(resident: Resident) -> Vector:
    """The posture of the upper body at rest; the legs are found from the feet."""
    stoop = resident.stoop_rad
    return set_joints(
        np.zeros(len(JOINTS)),
        {
            "lumbar_flexion": 0.4 * stoop,
            "thorax_flexion": 0.8 * stoop,
            "neck_flexion": -0.75 * stoop,
            "shoulder_flexion": 0.05,
            "shoulder_abduction": 0.13,
            "shoulder_rotation": 0.25,
            "elbow_flexion": 0.30,
            "wrist_flexion": 0.10,
        },
    )
