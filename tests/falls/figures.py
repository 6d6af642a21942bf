"""A stick figure that stands, walks, sits, bends, kneels, lies and falls in space, seen by a pinhole camera.

Limbs are rigid; movements interpolate joint angles, so every picture between two postures is a possible body. Units:
metres, seconds, radians; world axes x right, y away from the camera, z up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import CameraMounting
from carebot.people import People, Person

Array = NDArray[np.float64]
DEG = math.pi / 180
TORSO, THIGH, SHIN, HEAD, ARM = 0.288, 0.245, 0.246, 0.12, 0.17
FLESH = 0.04  # joints lie this far inside the body, of the stature


@dataclass(frozen=True)
class Posture:
    """Angles in degrees in the plane of symmetry: torso and limbs from the vertical, positive forward.

    `roll` turns the stiff figure sideways about its feet. `support_m` is the height of what carries it.
    """

    torso: float = 0.0
    thigh: float = 0.0
    shin: float = 0.0
    roll: float = 0.0
    arm: float = 10.0
    support_m: float = 0.0


STAND = Posture()
CHAIR = Posture(torso=5, thigh=85, shin=-5, arm=40)
CHAIR_PICK_UP = Posture(torso=80, thigh=80, shin=-5, arm=0)
BEND = Posture(torso=95, thigh=-10, shin=5, arm=0)
SQUAT = Posture(torso=40, thigh=110, shin=-40, arm=60)
KNEEL = Posture(torso=5, thigh=0, shin=-90)
ALL_FOURS = Posture(torso=85, thigh=0, shin=-90, arm=0)
FLOOR_SIT = Posture(torso=-10, thigh=90, shin=90, arm=30)
LEAN_SIT = Posture(torso=-35, thigh=100, shin=60, arm=-30)
LIE_BACK = Posture(torso=-90, thigh=90, shin=90, arm=80)
LIE_FRONT = Posture(torso=90, thigh=-90, shin=-90, arm=-80)
LIE_SIDE = Posture(roll=90)
CURLED = Posture(torso=-80, thigh=130, shin=40, arm=80)
BED_SIT = replace(CHAIR, torso=0)
BED_LIE = replace(LIE_BACK, support_m=0.5)


@dataclass(frozen=True)
class Move:
    """Reach `to` within `seconds`; `fall` accelerates as gravity does, otherwise the movement starts and ends softly.

    `walk_m` moves the feet by (x, y) metres meanwhile, with swinging legs.
    """

    to: Posture
    seconds: float
    fall: bool = False
    walk_m: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Camera:
    mounting: CameraMounting
    width_px: int = 640
    height_px: int = 480

    def see(self, points: Array) -> tuple[Array, Array]:
        """World points (n, 3) → fractions of the picture (n, 2) and camera axes right, down, away (n, 3)."""
        m = self.mounting
        relative = points - [0.0, 0.0, m.height_m]
        right, down, away = relative[:, 0], -relative[:, 2], relative[:, 1]
        c, s = math.cos(m.pitch_rad), math.sin(m.pitch_rad)
        down, away = c * down - s * away, s * down + c * away
        c, s = math.cos(m.roll_rad), math.sin(m.roll_rad)
        right, down = c * right + s * down, -s * right + c * down
        focal = 0.5 / math.tan(m.vertical_fov_rad / 2)
        depth = np.maximum(away, 0.05)
        x = 0.5 + focal * right / depth * self.height_px / self.width_px
        return np.stack([x, 0.5 + focal * down / depth], axis=1), np.stack([right, down, away], axis=1)


def camera_at(height_m: float, distance_m: float, roll_rad: float = 0.0) -> Camera:
    """A camera at that height that looks at a standing person's middle at that distance."""
    pitch = math.atan2(height_m - 0.8, distance_m)
    return Camera(CameraMounting(height_m=height_m, pitch_rad=pitch, roll_rad=roll_rad, vertical_fov_rad=1.0))


@dataclass(frozen=True)
class Figure:
    """Where the figure is: its feet (x, y), the way it faces (0 is towards the camera), and how tall it is."""

    feet_m: tuple[float, float] = (0.0, 3.0)
    facing_rad: float = 0.0
    stature_m: float = 1.65

    def joints(self, posture: Posture, stride: float = 0.0) -> Array:
        """The 17 COCO joints (17, 3) in the world; `stride` swings the legs apart (degrees)."""
        body = _joints(posture, stride) * self.stature_m
        roll = posture.roll * DEG
        side, up = body[:, 1] * math.cos(roll) + body[:, 2] * math.sin(roll), None
        up = -body[:, 1] * math.sin(roll) + body[:, 2] * math.cos(roll)
        up = up - up.min() + FLESH * self.stature_m + posture.support_m
        c, s = math.cos(self.facing_rad), math.sin(self.facing_rad)
        forward = body[:, 0]
        x = self.feet_m[0] + forward * s - side * c
        y = self.feet_m[1] - forward * c - side * s
        return np.stack([x, y, up], axis=1)


def _direction(angle: float) -> Array:
    """(forward, side, up) of a limb that leans forward by `angle` degrees from straight up."""
    return np.array([math.sin(angle * DEG), 0.0, math.cos(angle * DEG)])


def _joints(p: Posture, stride: float) -> Array:
    """Joints in parts of the stature, (forward, side to the left, up), the feet's middle at forward 0."""
    left, out = np.array([0.0, 1.0, 0.0]), np.zeros((17, 3))
    shoulder = TORSO * _direction(p.torso)
    nose = shoulder + HEAD * _direction(p.torso)
    for i in range(5):
        out[i] = nose + left * (0.0, 0.02, -0.02, 0.04, -0.04)[i]
    for side, sign in ((0, 1.0), (1, -1.0)):
        out[5 + side] = shoulder + left * sign * 0.12
        out[7 + side] = out[5 + side] - ARM * _direction(-p.arm)
        out[9 + side] = out[7 + side] - ARM * _direction(-p.arm)
        out[11 + side] = left * sign * 0.06
        out[13 + side] = out[11 + side] - THIGH * _direction(-p.thigh - sign * stride)
        out[15 + side] = out[13 + side] - SHIN * _direction(-p.shin - sign * stride * 0.8)
    out[:, 0] -= out[15:, 0].mean()
    return out


def _between(a: Posture, b: Posture, part: float) -> Posture:
    mixed = {k: v + (getattr(b, k) - v) * part for k, v in vars(a).items()}
    return Posture(**mixed)


def film(moves: Sequence[Move], *, fps: float = 15.0, figure: Figure | None = None) -> Iterator[tuple[float, Array]]:
    """(time, joints in the world) of the figure that does `moves` from standing; the first posture is the first's."""
    figure = Figure() if figure is None else figure
    start, posture, feet, tick = 0.0, moves[0].to, figure.feet_m, 0
    for move in moves:
        while tick / fps < start + move.seconds:
            part = (tick / fps - start) / move.seconds
            eased = part**2 if move.fall else part * part * (3 - 2 * part)
            here = (feet[0] + move.walk_m[0] * part, feet[1] + move.walk_m[1] * part)
            stride = 25 * math.sin(2 * math.pi * tick / fps) if any(move.walk_m) else 0.0
            yield tick / fps, replace(figure, feet_m=here).joints(_between(posture, move.to, eased), stride)
            tick += 1
        start, posture = start + move.seconds, move.to
        feet = (feet[0] + move.walk_m[0], feet[1] + move.walk_m[1])


def seen(
    frames: Iterable[tuple[float, Array]],
    camera: Camera,
    *,
    track_id: int = 1,
    world: bool = False,
    jitter: float = 0.0,
    missing: Sequence[int] = (),
    seed: int = 0,
) -> list[People]:
    """What a pose model would report of the film: `jitter` is the error of a joint in parts of the body's height."""
    random, result = np.random.default_rng(seed), []
    for time_s, joints in frames:
        picture, space = camera.see(joints)
        noise = random.normal(0.0, 1.0, picture.shape) * jitter * 1.65 / 2 / max(float(space[:, 2].mean()), 0.5)
        keypoints = np.ones((17, 3), np.float32)
        keypoints[:, :2] = picture + noise * [camera.height_px / camera.width_px, 1.0]
        keypoints[list(missing)] = 0.0
        metric = (space - space[11:13].mean(axis=0)).astype(np.float32) if world else None
        person = Person(track_id, 1.0, keypoints, metric)
        result.append(People(time_s, camera.width_px, camera.height_px, (person,)))
    return result
