"""What the simulated resident does not do, as a jointed figure moved by angles: squats, the floor on purpose, beds.

Without these the network takes everybody who is low for somebody who fell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from training.motions import DOWN, FALLING, LOW, RATE_HZ, RESTING, SITTING, UPRIGHT, Motion

Floats = NDArray[np.float64]

# Segments as parts of the stature, after Winter (as in carebot/falls/body.py); joints lie INSIDE the body.
TORSO, THIGH, SHIN, NECK, UPPER_ARM, FOREARM = 0.288, 0.245, 0.246, 0.12, 0.18, 0.15
HIPS, KNEES, ANKLES = [11, 12], [13, 14], [15, 16]
SHOULDER_SIDE, HIP_SIDE, INSIDE = 0.12, 0.06, 0.04


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees from straight up (torso) or straight down (limbs), forward positive; `lean` turns all about the feet.

    `support` is the height of what carries the body, in parts of the stature.
    """

    torso: float = 0.0
    left_thigh: float = 0.0
    right_thigh: float = 0.0
    left_shin: float = 0.0
    right_shin: float = 0.0
    upper_arm: float = 8.0
    forearm: float = 15.0
    lean: float = 0.0
    support: float = 0.0


def _both(torso: float, thigh: float, shin: float, arm: float = 10.0, support: float = 0.0) -> Pose:
    return Pose(torso, thigh, thigh, shin, shin, arm, arm + 20, 0.0, support)


STAND, CHAIR, SOFA = _both(0, 0, 0), _both(2, 86, -4, 35), _both(-22, 84, 5, 25)
SQUAT, CROUCH, STOOP = _both(38, 112, -42, 55), _both(60, 95, -60, 30), _both(85, -8, 4, 2)
KNEEL, SIT_BACK, ALL_FOURS = _both(4, 0, -90), _both(5, 80, -95, 30), _both(84, 2, -90, 2)
FLOOR_SIT, CROSS_LEGGED, SIDE_SIT = _both(-8, 88, 88, 25), _both(6, 75, -60, 30), Pose(-5, 70, 80, -20, -50, 20, 40)
SUPINE, PRONE, KNEES_UP = _both(-90, 90, 90, 85), _both(90, -90, -90, -80), _both(-90, 135, 45, 85)
ON_SIDE = Pose(0, 20, 30, -25, -30, 30, 60, 88)
SHOE = Pose(55, 95, 70, -5, -10, 60, 60)
LOW_SEAT, TIE_LOW, PLANK = _both(-18, 100, -8, 40), _both(78, 108, -52, 5), _both(76, -76, -76, 2)
FLOOR_SIDE = Pose(-70, 60, 85, 40, 60, 50, 70)
CRAWL_LEFT, CRAWL_RIGHT = Pose(84, 30, -15, -90, -90, 20, 5), Pose(84, -15, 30, -90, -90, -15, 5)

Step = tuple[Pose, float, int]
"""A pose, in how many seconds it is reached or kept, and what the person does meanwhile."""


def on(pose: Pose, support: float) -> Pose:
    return replace(pose, support=support)


COURSES: dict[str, Sequence[Step]] = {
    "squat": [(STAND, 2, UPRIGHT), (SQUAT, 0.9, LOW), (SQUAT, 4, LOW), (STAND, 1.2, LOW), (STAND, 2, UPRIGHT)],
    "crouch": [(STAND, 2, UPRIGHT), (CROUCH, 1.0, LOW), (CROUCH, 5, LOW), (STAND, 1.5, LOW), (STAND, 1, UPRIGHT)],
    "stoop": [(STAND, 2, UPRIGHT), (STOOP, 0.8, LOW), (STOOP, 4, LOW), (STAND, 1.0, LOW), (STAND, 1, UPRIGHT)],
    "knee_bends": [(STAND, 1, UPRIGHT), *[(SQUAT, 0.8, LOW), (STAND, 0.8, LOW)] * 4, (STAND, 1, UPRIGHT)],
    "sit_on_floor": [(STAND, 2, UPRIGHT), (SQUAT, 1.0, LOW), (FLOOR_SIT, 0.9, LOW), (FLOOR_SIT, 7, LOW)],
    "sit_cross_legged": [(STAND, 2, UPRIGHT), (SQUAT, 1.1, LOW), (CROSS_LEGGED, 0.9, LOW), (CROSS_LEGGED, 7, LOW)],
    "sit_aside": [(STAND, 2, UPRIGHT), (KNEEL, 1.2, LOW), (SIDE_SIT, 1.2, LOW), (SIDE_SIT, 6, LOW)],
    "kneel": [(STAND, 2, UPRIGHT), (KNEEL, 1.1, LOW), (KNEEL, 4, LOW), (SIT_BACK, 1, LOW), (SIT_BACK, 4, LOW)],
    "all_fours": [(STAND, 2, UPRIGHT), (KNEEL, 1.1, LOW), (ALL_FOURS, 1.1, LOW), (ALL_FOURS, 7, LOW)],
    "lie_down_slowly": [
        *[(STAND, 2, UPRIGHT), (KNEEL, 1.5, LOW), (FLOOR_SIT, 1.6, LOW), (FLOOR_SIT, 1, LOW)],
        *[(SUPINE, 2.2, LOW), (SUPINE, 7, DOWN), (FLOOR_SIT, 2.5, LOW)],
    ],
    "floor_exercise": [
        *[(FLOOR_SIT, 2, LOW), (SUPINE, 2, LOW), (SUPINE, 2, DOWN)],
        *[(KNEES_UP, 1, DOWN), (SUPINE, 1, DOWN)] * 3,
        *[(PRONE, 2, DOWN), (PRONE, 3, DOWN), (ALL_FOURS, 1.5, LOW), (ALL_FOURS, 2, LOW)],
    ],
    "turn_over": [(SUPINE, 3, DOWN), (ON_SIDE, 1.5, DOWN), (ON_SIDE, 4, DOWN), (SUPINE, 1.5, DOWN), (SUPINE, 2, DOWN)],
    "drop_into_chair": [(STAND, 2, UPRIGHT), (CHAIR, 0.6, SITTING), (CHAIR, 5, SITTING), (STAND, 1.2, SITTING)],
    "sofa": [(STAND, 2, UPRIGHT), (SOFA, 0.9, SITTING), (SOFA, 6, SITTING)],
    "tie_shoes": [
        (STAND, 1, UPRIGHT),
        (CHAIR, 1.2, SITTING),
        (SHOE, 1, SITTING),
        (SHOE, 4, SITTING),
        (CHAIR, 1, SITTING),
    ],
    "to_bed": [
        *[(STAND, 2, UPRIGHT), (on(CHAIR, 0.06), 1.3, SITTING), (on(CHAIR, 0.06), 1.5, SITTING)],
        *[(on(SUPINE, 0.29), 1.6, RESTING), (on(SUPINE, 0.29), 6, RESTING), (on(ON_SIDE, 0.29), 1.5, RESTING)],
    ],
    "to_low_bed": [
        *[(STAND, 2, UPRIGHT), (CHAIR, 1.2, SITTING), (CHAIR, 1, SITTING)],
        *[(on(SUPINE, 0.22), 1.3, RESTING), (on(SUPINE, 0.22), 6, RESTING)],
    ],
    "drop_into_low_seat": [
        *[(STAND, 2, UPRIGHT), (LOW_SEAT, 0.6, SITTING), (LOW_SEAT, 5, SITTING), (STAND, 1.2, SITTING)],
        (STAND, 1, UPRIGHT),
    ],
    "tie_shoes_low": [
        (STAND, 2, UPRIGHT),
        (TIE_LOW, 0.8, LOW),
        (TIE_LOW, 5, LOW),
        (STAND, 1.2, LOW),
        (STAND, 1, UPRIGHT),
    ],
    "crawl": [
        *[(STAND, 2, UPRIGHT), (KNEEL, 1.1, LOW), (ALL_FOURS, 1.0, LOW)],
        *[(CRAWL_LEFT, 0.6, LOW), (CRAWL_RIGHT, 0.6, LOW)] * 4,
        *[(KNEEL, 1.1, LOW), (STAND, 1.2, LOW)],
    ],
    "push_ups": [
        *[(KNEEL, 1, LOW), (ALL_FOURS, 1, LOW), (PLANK, 0.8, LOW)],
        *[(PRONE, 0.9, LOW), (PLANK, 0.9, LOW)] * 4,
        *[(ALL_FOURS, 0.9, LOW), (KNEEL, 0.9, LOW)],
    ],
    "sit_ups": [(FLOOR_SIT, 2, LOW), *[(SUPINE, 1.1, LOW), (KNEES_UP, 0.5, LOW), (FLOOR_SIT, 1.0, LOW)] * 4],
    "lie_down_at_once": [
        *[(STAND, 2, UPRIGHT), (SQUAT, 0.9, LOW), (FLOOR_SIT, 0.8, LOW), (FLOOR_SIDE, 0.8, LOW), (ON_SIDE, 0.7, LOW)],
        *[(ON_SIDE, 5, DOWN), (SUPINE, 1.5, DOWN), (SUPINE, 2, DOWN)],
    ],
    "to_mattress": [
        *[(STAND, 2, UPRIGHT), (on(FLOOR_SIT, 0.15), 1.2, SITTING), (on(FLOOR_SIT, 0.15), 0.8, SITTING)],
        *[(on(SUPINE, 0.15), 1.3, RESTING), (on(SUPINE, 0.15), 5, RESTING), (on(ON_SIDE, 0.15), 1.2, RESTING)],
        (on(ON_SIDE, 0.15), 2, RESTING),
    ],
    "at_once_to_bed": [
        *[(STAND, 2, UPRIGHT), (on(CHAIR, 0.04), 0.9, SITTING), (on(FLOOR_SIDE, 0.27), 0.6, RESTING)],
        *[(on(ON_SIDE, 0.27), 0.6, RESTING), (on(ON_SIDE, 0.27), 5, RESTING)],
    ],
    "on_sofa": [
        *[(STAND, 2, UPRIGHT), (CHAIR, 1.1, SITTING), (on(KNEES_UP, 0.24), 1.4, RESTING)],
        *[(on(KNEES_UP, 0.24), 6, RESTING), (CHAIR, 1.5, RESTING), (CHAIR, 1, SITTING)],
    ],
}


def exercise(name: str, seed: int) -> Motion:
    """That course with its own angles, pace and stature."""
    return perform(f"exercise_{name}", COURSES[name], seed, sum(name.encode()))


def perform(title: str, course: Sequence[Step], seed: int, salt: int) -> Motion:
    """The course by one of many bodies: what is FALLING goes as gravity has it, about the feet or whatever bears it."""
    random = np.random.default_rng((seed, salt))
    stature_m = random.uniform(1.45, 1.85)
    pace, joints, labels = random.uniform(0.75, 1.4), [], []
    last = course[0][0]
    before = kept = _varied(last, random)
    at = np.zeros(3)
    for pose, seconds, label in course:
        kept, last = kept if pose == last else _varied(pose, random), pose
        falls = label == FALLING
        bears = _bearing(before) if falls else HIPS
        fixed = _placed(before)[bears].mean(axis=0) + at
        for part in _falling_parts(seconds * pace) if falls else _parts(seconds * pace):
            placed = _placed(_between(before, kept, part))
            at = (fixed - placed[bears].mean(axis=0)) * (1.0, 1.0, 0.0)
            joints.append(placed + at)
            labels.append(label)
        before = kept
    turned = _turned(np.stack(joints), random.uniform(-np.pi, np.pi))
    return Motion(title, seed, stature_m, (turned * stature_m).astype(np.float32), np.array(labels, np.int8))


def _parts(seconds: float) -> Iterator[float]:
    count = max(2, round(seconds * RATE_HZ))
    for tick in range(1, count + 1):
        part = tick / count
        yield part * part * (3.0 - 2.0 * part)


def _falling_parts(seconds: float) -> Iterator[float]:
    """As a pole falls over: slowly at first, and fastest when it lands."""
    count = max(2, round(seconds * RATE_HZ))
    for tick in range(1, count + 1):
        yield (tick / count) ** 2


def _bearing(pose: Pose) -> list[int]:
    """What stays where it is while somebody falls out of that pose: the lowest of ankles, knees and hips."""
    heights = _placed(pose)[:, 2]
    return min((ANKLES, KNEES, HIPS), key=lambda joints: heights[joints].mean() - (0.02 if joints is ANKLES else 0.0))


def _varied(pose: Pose, random: np.random.Generator) -> Pose:
    angles = {each.name: getattr(pose, each.name) + random.normal(0.0, 7.0) for each in fields(Pose)}
    angles["lean"] = pose.lean + random.normal(0.0, 2.0)
    angles["support"] = pose.support * random.uniform(0.85, 1.15)
    return Pose(**angles)


def _between(one: Pose, other: Pose, part: float) -> Pose:
    mixed = {f.name: (1.0 - part) * getattr(one, f.name) + part * getattr(other, f.name) for f in fields(Pose)}
    return Pose(**mixed)


def _up(angle_deg: float) -> Floats:
    return np.array([np.sin(np.radians(angle_deg)), 0.0, np.cos(np.radians(angle_deg))])


def _placed(pose: Pose) -> Floats:
    """The 17 joints (17, 3) in parts of the stature: forward, left, up; the lowest rests on what carries it."""
    left, joints = np.array([0.0, 1.0, 0.0]), np.zeros((17, 3))
    shoulders = TORSO * _up(pose.torso)
    for number, aside in enumerate((0.0, 0.02, -0.02, 0.045, -0.045)):
        joints[number] = shoulders + NECK * _up(pose.torso) + aside * left
    for side, sign, thigh, shin in (
        (0, 1, pose.left_thigh, pose.left_shin),
        (1, -1, pose.right_thigh, pose.right_shin),
    ):
        joints[5 + side] = shoulders + sign * SHOULDER_SIDE * left
        joints[7 + side] = joints[5 + side] - UPPER_ARM * _up(-pose.upper_arm)
        joints[9 + side] = joints[7 + side] - FOREARM * _up(-pose.forearm)
        joints[11 + side] = sign * HIP_SIDE * left
        joints[13 + side] = joints[11 + side] - THIGH * _up(-thigh)
        joints[15 + side] = joints[13 + side] - SHIN * _up(-shin)
    c, s = np.cos(np.radians(pose.lean)), np.sin(np.radians(pose.lean))
    joints[:, 1], joints[:, 2] = c * joints[:, 1] + s * joints[:, 2], c * joints[:, 2] - s * joints[:, 1]
    joints[:, 2] += INSIDE + pose.support - joints[:, 2].min()
    return joints


def _turned(joints: Floats, yaw: float) -> Floats:
    c, s = np.cos(yaw), np.sin(yaw)
    return np.stack(
        (c * joints[..., 0] - s * joints[..., 1], s * joints[..., 0] + c * joints[..., 1], joints[..., 2]), -1
    )
