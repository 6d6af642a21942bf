"""The joints of the resident: axis, range, strength.

Body axes in the upright pose: x forward, y left, z up. A positive angle is flexion, abduction or inward rotation on
either side of the body, so a posture is written once and mirrored by name.

Ranges follow the American Academy of Orthopaedic Surgeons (Joint Motion, 1965), a little narrower for an old person.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians

Axis = tuple[float, float, float]

FORWARD: Axis = (0.0, -1.0, 0.0)
BACKWARD: Axis = (0.0, 1.0, 0.0)
ROLL: Axis = (1.0, 0.0, 0.0)
YAW: Axis = (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Joint:
    """A hinge. `stiffness` N·m/rad and `damping` N·m·s/rad hold a posture; `torque` N·m is the muscles' most."""

    name: str
    body: str
    axis: Axis
    lowest_rad: float
    highest_rad: float
    stiffness: float
    damping: float
    torque: float


def _joint(name: str, body: str, axis: Axis, degrees: tuple[float, float], muscle: tuple[float, float, float]) -> Joint:
    return Joint(name, body, axis, radians(degrees[0]), radians(degrees[1]), *muscle)


def _mirrored(axis: Axis, side: str) -> Axis:
    """Roll and yaw turn the other way on the right side."""
    return axis if side == "left" else (-axis[0], axis[1], -axis[2])


_TRUNK = (
    _joint("lumbar_flexion", "abdomen", BACKWARD, (-20, 70), (900, 70, 200)),
    _joint("lumbar_lateral", "abdomen", ROLL, (-25, 25), (900, 70, 200)),
    _joint("lumbar_rotation", "abdomen", YAW, (-30, 30), (600, 50, 120)),
    _joint("thorax_flexion", "thorax", BACKWARD, (-10, 40), (700, 50, 150)),
    _joint("neck_flexion", "head", BACKWARD, (-45, 50), (60, 4, 30)),
    _joint("neck_lateral", "head", ROLL, (-35, 35), (60, 4, 30)),
    _joint("neck_rotation", "head", YAW, (-65, 65), (60, 4, 30)),
)

_LIMB = (
    ("hip_flexion", "thigh", FORWARD, (-25, 118), (700, 45, 200)),
    ("hip_abduction", "thigh", ROLL, (-20, 45), (700, 45, 150)),
    ("hip_rotation", "thigh", (0.0, 0.0, -1.0), (-40, 40), (250, 12, 60)),
    ("knee_flexion", "shank", BACKWARD, (0, 145), (600, 30, 180)),
    ("ankle_flexion", "foot", FORWARD, (-50, 30), (250, 8, 100)),
    ("ankle_inversion", "foot", (-1.0, 0.0, 0.0), (-25, 25), (150, 5, 40)),
    ("shoulder_flexion", "upper_arm", FORWARD, (-50, 165), (130, 9, 60)),
    ("shoulder_abduction", "upper_arm", ROLL, (-25, 130), (130, 9, 60)),
    ("shoulder_rotation", "upper_arm", (0.0, 0.0, -1.0), (-80, 80), (60, 3, 40)),
    ("elbow_flexion", "forearm", FORWARD, (0, 140), (70, 3, 50)),
    ("wrist_flexion", "hand", FORWARD, (-60, 60), (12, 0.5, 8)),
)


def _limbs(side: str) -> tuple[Joint, ...]:
    return tuple(
        _joint(f"{side}_{name}", f"{side}_{body}", _mirrored(axis, side), degrees, muscle)
        for name, body, axis, degrees, muscle in _LIMB
    )


JOINTS = (*_TRUNK, *_limbs("left"), *_limbs("right"))
INDEX = {joint.name: index for index, joint in enumerate(JOINTS)}
"""Where a joint's angle is in every array of angles."""

LEG_JOINTS = ("hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion", "ankle_flexion", "ankle_inversion")
SIDES = ("left", "right")
