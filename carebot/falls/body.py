"""One person in one picture, turned upright: gravity points along +y, a pixel is as wide as it is high."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carebot.geometry import CameraMounting
from carebot.people import People, Person, lying_metre

Point = NDArray[np.float64]

NOSE, HEAD = 0, (0, 1, 2, 3, 4)
SHOULDERS, HIPS, KNEES, ANKLES = (5, 6), (11, 12), (13, 14), (15, 16)

# Segment lengths as parts of the stature: D. A. Winter, Biomechanics and Motor Control of Human Movement (after
# Drillis & Contini 1966): shoulder 0.818, hip 0.530, knee 0.285, ankle 0.039 of the stature above the floor.
TORSO_BL, LEG_BL, SHIN_BL = 0.288, 0.491, 0.246
SHOULDER_WIDTH_BL = 0.24
STEEP_RAD = math.radians(45.0)
LIES_M = 0.15
"""How high the middle of a trunk is that lies on the floor."""
EDGE, FAR_OUT = 0.05, 1.5  # of the picture: outside its edge, from its middle


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A person against gravity.

    `joints` is (17, 2) in pixels, x to the right and y along gravity; missing joints are NaN. `confidence` is (17,).
    `world_m` is (17, 3) in metres with the axes right, along gravity, away; NaN where missing; None where the pose
    model has no third dimension.
    `inside` is (17,): joints within the picture, where the pose model saw them and did not merely guess on.
    `view_down_rad` is how far down the camera looks to see this person; `horizon_px` is the row, in pixels of `joints`,
    of what is as high as the lens, NaN where nobody described the camera; `lens_m` is how high it is above the floor.
    `place` is the trunk's middle as parts of the picture's width and height, not turned; NaN where no trunk is seen.
    """

    time_s: float
    joints: NDArray[np.float64]
    confidence: NDArray[np.float64]
    world_m: NDArray[np.float64] | None
    inside: NDArray[np.bool_]
    view_down_rad: float = 0.0
    place: tuple[float, float] = (math.nan, math.nan)
    horizon_px: float = math.nan
    lens_m: float = math.nan

    def metre_px(self, height_m: float) -> float:
        """How many pixels a metre has where the trunk is, if that is so high above the floor; NaN where that cannot be
        told. Less high, it has fewer: for the floor this is the least."""
        trunk = self.trunk()
        if trunk is None or not self.lens_m > height_m or not trunk[1] > self.horizon_px:
            return math.nan
        return (float(trunk[1]) - self.horizon_px) / (self.lens_m - height_m)

    def floor_share(self) -> float:
        """How large somebody on the floor would look there, as a share of how large this lying trunk does; NaN where
        that cannot be told. Below 1 it is nearer than the floor behind it: it lies on something.
        """
        shoulders, hips = self.middle(SHOULDERS), self.middle(HIPS)
        if shoulders is None or hips is None or not np.isfinite(self.joints[list(SHOULDERS)]).all():
            return math.nan
        width_px = float(np.linalg.norm(self.joints[SHOULDERS[0]] - self.joints[SHOULDERS[1]]))
        metre_px = lying_metre(float(np.linalg.norm(shoulders - hips)), width_px)
        return self.metre_px(LIES_M) / metre_px if metre_px > 0 else math.nan

    def middle(self, joints: tuple[int, ...]) -> Point | None:
        """The mean of those of `joints` that are seen, in pixels; None where none is."""
        return _middle(self.joints, joints)

    def trunk(self) -> Point | None:
        """The middle of what is seen of shoulders and hips, in pixels."""
        parts = [part for part in (self.middle(SHOULDERS), self.middle(HIPS)) if part is not None]
        return np.mean(parts, axis=0) if parts else None

    @property
    def shows_trunk(self) -> bool:
        """Whether shoulders and hips are all in the picture."""
        return bool(self.inside[[*SHOULDERS, *HIPS]].all())

    def world_middle(self, joints: tuple[int, ...]) -> Point | None:
        return None if self.world_m is None else _middle(self.world_m, joints)

    def depth_bl(self, joints: tuple[int, ...]) -> float:
        """How much further away than the feet those joints are, in body lengths; 0 where it cannot be known."""
        part, feet, torso = self.world_middle(joints), self.world_middle(ANKLES), self.world_torso_m()
        if part is None or feet is None or not torso > 0:
            return 0.0
        return max(-1.0, min(1.0, float(part[2] - feet[2]) / torso * TORSO_BL))

    def world_torso_m(self) -> float:
        """The torso's length in space, in metres; NaN without one."""
        shoulders, hips = self.world_middle(SHOULDERS), self.world_middle(HIPS)
        return math.nan if shoulders is None or hips is None else float(np.linalg.norm(shoulders - hips))

    def lowest_px(self) -> float | None:
        """How far down the lowest seen joint of trunk, legs and head is, in pixels along gravity."""
        y = self.joints[[*HEAD, *SHOULDERS, *HIPS, *KNEES, *ANKLES], 1]
        return float(np.nanmax(y)) if np.isfinite(y).any() else None

    def apparent_length_px(self) -> float | None:
        """The stature that the longest seen part of the body speaks for, in pixels.

        A part is seen shortened but never lengthened, so the longest is the nearest to the truth.
        """
        best = float(apparent_lengths_px(self.joints[np.newaxis])[0])
        return best if best > 1.0 else None

    def trunk_length_px(self) -> float:
        """The stature that shoulders and hips alone speak for, in pixels; NaN where neither can be measured."""
        return float(_trunk_lengths(self.joints[np.newaxis])[0])


def body_of(person: Person, people: People, mounting: CameraMounting, minimum_confidence: float) -> Body | None:
    """`person` turned upright; None where no joint can be used, or most of the trunk is outside of the picture.

    What a pose model says of a trunk that is not in the picture is made up.
    """
    keypoints = np.asarray(person.keypoints, dtype=np.float64)
    if keypoints.shape != (17, 3) or people.width_px <= 0 or people.height_px <= 0:
        return None
    confidence = np.where(np.isfinite(keypoints).all(axis=1), keypoints[:, 2], 0.0)
    placed = (np.abs(keypoints[:, :2] - 0.5) <= FAR_OUT).all(axis=1) & ~(keypoints[:, :2] == 0.0).all(axis=1)
    seen = placed & (confidence >= minimum_confidence)
    if not seen.any():
        return None
    pixels = keypoints[:, :2] * (people.width_px, people.height_px)
    joints = np.where(seen[:, None], pixels @ _picture_turn(mounting.roll_rad).T, np.nan)
    world = _upright_world(person, seen, mounting)
    inside = seen & (np.abs(np.nan_to_num(keypoints[:, :2]) - 0.5) <= 0.5 + EDGE).all(axis=1)
    trunk = [*SHOULDERS, *HIPS]
    if 2 * inside[trunk].sum() < seen[trunk].sum():
        return None
    place = _place(keypoints, seen)
    down_rad = _view_down(place[1], mounting)
    horizon_px = _horizon_px(people, mounting)
    sure = np.where(seen, confidence, 0.0)
    return Body(people.time_s, joints, sure, world, inside, down_rad, place, horizon_px, mounting.height_m)


def tilt_rad(up_the_torso: Point) -> float:
    """Angle of hips → shoulders against the vertical; y points along gravity. NaN where they are in one place."""
    length = float(np.linalg.norm(up_the_torso))
    return math.acos(max(-1.0, min(1.0, -float(up_the_torso[1]) / length))) if length > 0 else math.nan


def _place(keypoints: NDArray[np.float64], seen: NDArray[np.bool_]) -> tuple[float, float]:
    points = np.where(seen[:, None], keypoints[:, :2], np.nan)
    parts = [part for part in (_middle(points, SHOULDERS), _middle(points, HIPS)) if part is not None]
    return tuple(float(v) for v in np.mean(parts, axis=0)) if parts else (math.nan, math.nan)  # type: ignore[return-value]


def _view_down(y: float, mounting: CameraMounting) -> float:
    """How far below the horizon the ray through the picture's row `y` (0..1) goes."""
    if not math.isfinite(y):
        return mounting.pitch_rad
    ray = mounting.pitch_rad + math.atan(2.0 * (y - 0.5) * math.tan(mounting.vertical_fov_rad / 2.0))
    return max(-1.0, min(1.0, ray))


def _horizon_px(people: People, mounting: CameraMounting) -> float:
    """The row of the horizon at the picture's middle; NaN, too, where the camera looks down so steeply that bodies do
    not grow with the floor's distance from it."""
    if not mounting.is_described or abs(mounting.pitch_rad) > STEEP_RAD:
        return math.nan
    focal_px = people.height_px / 2.0 / math.tan(mounting.vertical_fov_rad / 2.0)
    middle = _picture_turn(mounting.roll_rad) @ (people.width_px / 2.0, people.height_px / 2.0)
    return float(middle[1]) - focal_px * math.tan(mounting.pitch_rad)


def _picture_turn(roll_rad: float) -> NDArray[np.float64]:
    """Picture axes (right, down) → (right, along gravity): a camera turned clockwise sees the world turned back."""
    c, s = math.cos(roll_rad), math.sin(roll_rad)
    return np.array([[c, -s], [s, c]])


def _world_turn(mounting: CameraMounting) -> NDArray[np.float64]:
    """Camera axes (right, down, away) → (right, along gravity, away along the floor)."""
    roll = np.eye(3)
    roll[:2, :2] = _picture_turn(mounting.roll_rad)
    c, s = math.cos(mounting.pitch_rad), math.sin(mounting.pitch_rad)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]]) @ roll


def _upright_world(person: Person, seen: NDArray[np.bool_], mounting: CameraMounting) -> NDArray[np.float64] | None:
    if person.world_m is None:
        return None
    world = np.asarray(person.world_m, dtype=np.float64)
    if world.shape != (17, 3) or not np.abs(world[np.isfinite(world)]).max(initial=0.0) > 0.05:
        return None
    usable = seen & np.isfinite(world).all(axis=1) & (np.abs(np.nan_to_num(world)) < 3.0).all(axis=1)
    return np.where(usable[:, None], world @ _world_turn(mounting).T, np.nan)


def _middle(points: NDArray[np.float64], joints: tuple[int, ...]) -> Point | None:
    chosen = points[list(joints)]
    chosen = chosen[np.isfinite(chosen).all(axis=1)]
    return chosen.sum(axis=0) / len(chosen) if len(chosen) else None


def apparent_lengths_px(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stature that the longest seen part of each body (n, 17, 2) speaks for (n,); NaN where none is seen."""
    legs = [
        (_lengths(joints[:, hip], joints[:, knee]) + _lengths(joints[:, knee], joints[:, ankle])) / LEG_BL
        for hip, knee, ankle in zip(HIPS, KNEES, ANKLES, strict=True)
    ]
    return np.asarray(np.fmax.reduce([_trunk_lengths(joints), *legs]))


def _trunk_lengths(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    torso = _lengths(_middles(joints, SHOULDERS), _middles(joints, HIPS)) / TORSO_BL
    width = _lengths(joints[:, SHOULDERS[0]], joints[:, SHOULDERS[1]]) / SHOULDER_WIDTH_BL
    return np.asarray(np.fmax(torso, width))


def _lengths(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.hypot(*(one - other).T))


def _middles(joints: NDArray[np.float64], pair: tuple[int, int]) -> NDArray[np.float64]:
    """The mean of those of the pair that are seen (n, 2); NaN where none is."""
    one, other = joints[:, pair[0]], joints[:, pair[1]]
    return np.asarray(np.where(np.isnan(one), other, np.where(np.isnan(other), one, (one + other) / 2.0)))
