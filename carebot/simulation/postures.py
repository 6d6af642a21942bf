"""How people sit down, bend, kneel, lie down and rise: key postures as data, scaled by the body and the furniture.

Angles in radians. Times are those of unhurried old people: M. E. Tinetti, Performance-oriented assessment of mobility
(1986), and the rising phases of M. Schenkman et al., Whole-body movements during rising to standing (1990).
"""

from __future__ import annotations

from math import pi

from carebot.simulation.anatomy import Anatomy
from carebot.simulation.gait import standing_height
from carebot.simulation.motion import Key
from carebot.simulation.places import Bed, Seat

HIPS_ABOVE_SEAT_M = 0.095
HIPS_ABOVE_BED_M = 0.115

_LEANING = {"lumbar_flexion": 0.40, "thorax_flexion": 0.25, "neck_flexion": -0.40, "shoulder_flexion": 0.45}
_HANDS_ON_LAP = {
    "lumbar_flexion": 0.10,
    "neck_flexion": 0.05,
    "shoulder_flexion": 0.36,
    "shoulder_abduction": 0.14,
    "shoulder_rotation": 0.40,
    "elbow_flexion": 0.92,
}


REACHING_UP = {
    "right_shoulder_flexion": 2.5,
    "right_elbow_flexion": 0.25,
    "left_shoulder_flexion": 0.3,
    "thorax_flexion": -0.05,
    "neck_flexion": -0.45,
}
DRINKING = {
    "right_shoulder_flexion": 0.95,
    "right_shoulder_abduction": 0.25,
    "right_shoulder_rotation": 0.35,
    "right_elbow_flexion": 2.15,
    "neck_flexion": -0.15,
}


def distance_before_seat(anatomy: Anatomy) -> float:
    """How far before the seat's middle one stands to sit down, metres."""
    return anatomy.thigh_m - 0.07


def sitting_down(anatomy: Anatomy, seat: Seat) -> list[Key]:
    """Lean, lower, straighten up; the frame stands before the seat and faces as the sitter does."""
    stand, back = standing_height(anatomy), distance_before_seat(anatomy)
    hips = seat.height_m + HIPS_ABOVE_SEAT_M
    return [
        Key(0.9, -0.12, 0, 0.93 * stand, pitch_rad=0.42, joints=_LEANING),
        Key(1.2, -back + 0.03, 0, hips + 0.03, pitch_rad=0.32, joints={**_LEANING, "elbow_flexion": 0.6}),
        Key(0.8, -back - 0.04, 0, hips, pitch_rad=-0.10, joints=_HANDS_ON_LAP),
    ]


def standing_up(anatomy: Anatomy, seat: Seat) -> list[Key]:
    """The way back, with more lean, as the frame of `sitting_down`."""
    stand, back = standing_height(anatomy), distance_before_seat(anatomy)
    hips = seat.height_m + HIPS_ABOVE_SEAT_M
    return [
        Key(0.9, -back + 0.03, 0, hips + 0.02, pitch_rad=0.50, joints={**_LEANING, "elbow_flexion": 0.7}),
        Key(1.0, -0.10, 0, 0.90 * stand, pitch_rad=0.45, joints=_LEANING),
        Key(0.9, 0.0, 0, stand),
    ]


def lying_down(anatomy: Anatomy, bed: Bed, frame_forward_m: float, frame_left_m: float, turn_rad: float) -> list[Key]:
    """From sitting on the edge to the back; the place of the hips and the turn are relative to the sitter's frame."""
    seat, hips = bed.edge.height_m + HIPS_ABOVE_SEAT_M, bed.edge.height_m + HIPS_ABOVE_BED_M
    curled = {"hip_flexion": 1.35, "knee_flexion": 1.35, "lumbar_flexion": 0.35, "elbow_flexion": 0.9}
    halfway = {**curled, "shoulder_flexion": -0.1, "shoulder_abduction": 0.5, "neck_flexion": 0.3}
    back = 0.5 * (frame_forward_m - distance_before_seat(anatomy))
    flat = {
        "lumbar_flexion": 0.06,
        "thorax_flexion": 0.10,
        "neck_flexion": 0.35,
        "shoulder_flexion": -0.08,
        "shoulder_abduction": 0.24,
        "elbow_flexion": 0.25,
    }
    legs = {"hip_flexion": 0.85, "knee_flexion": 1.5} if bed.curled else {"hip_flexion": 0.05, "knee_flexion": 0.10}
    return [
        Key(1.3, back, 0.4 * frame_left_m, seat + 0.04, 0.45 * turn_rad, -0.55, joints=halfway, planted=False),
        Key(1.6, frame_forward_m, frame_left_m, hips + 0.03, turn_rad, -1.25, joints=halfway, planted=False),
        Key(
            1.6,
            frame_forward_m,
            frame_left_m,
            hips,
            turn_rad,
            -pi / 2,
            joints={**flat, **legs, "ankle_flexion": -0.3},
            planted=False,
        ),
    ]


def sitting_up(anatomy: Anatomy, bed: Bed, frame_forward_m: float, frame_left_m: float, turn_rad: float) -> list[Key]:
    """From the back to sitting on the edge of the bed, the feet down."""
    first, second, _ = lying_down(anatomy, bed, frame_forward_m, frame_left_m, turn_rad)
    back = distance_before_seat(anatomy)
    hips = bed.edge.height_m + HIPS_ABOVE_SEAT_M
    seated = {**_HANDS_ON_LAP, "hip_flexion": 1.45, "knee_flexion": 1.35, "ankle_flexion": 0.0}
    return [second, first, Key(1.3, -back - 0.02, 0, hips, pitch_rad=-0.05, joints=seated, planted=False)]


def bending(anatomy: Anatomy) -> Key:
    """Bent at the hips, arms hanging."""
    joints = {
        "lumbar_flexion": 0.55,
        "thorax_flexion": 0.30,
        "neck_flexion": -0.15,
        "shoulder_flexion": 1.35,
        "elbow_flexion": 0.12,
    }
    return Key(1.5, -0.14, 0, 0.95 * standing_height(anatomy), pitch_rad=0.75, joints=joints)


def picking_up(anatomy: Anatomy) -> list[Key]:
    """Down over bent knees, the right hand to the floor, the left on the knee."""
    stand = standing_height(anatomy)
    reaching = {
        "lumbar_flexion": 0.60,
        "lumbar_rotation": 0.12,
        "thorax_flexion": 0.35,
        "neck_flexion": -0.10,
        "right_shoulder_flexion": 1.55,
        "right_elbow_flexion": 0.10,
        "left_shoulder_flexion": 0.75,
        "left_elbow_flexion": 0.80,
    }
    halfway = {**_LEANING, "right_shoulder_flexion": 0.9, "left_shoulder_flexion": 0.6}
    return [
        Key(0.9, -0.12, 0, 0.84 * stand, pitch_rad=0.50, joints=halfway),
        Key(0.9, -0.20, 0, 0.60 * stand, pitch_rad=0.62, joints=reaching),
    ]


def standing(anatomy: Anatomy, after_s: float = 1.2) -> Key:
    """Upright in the middle of the frame, the feet where they are."""
    return Key(after_s, 0, 0, standing_height(anatomy))


def _one_knee(anatomy: Anatomy, after_s: float) -> Key:
    joints = {
        "right_hip_flexion": 0.05,
        "right_knee_flexion": 1.62,
        "right_ankle_flexion": -0.55,
        "left_hip_flexion": 1.50,
        "left_knee_flexion": 1.42,
        "left_shoulder_flexion": 0.75,
        "left_elbow_flexion": 0.55,
        "lumbar_flexion": 0.20,
    }
    return Key(after_s, -0.02, 0, anatomy.thigh_m + 0.055, pitch_rad=0.10, joints=joints, planted=False)


def _both_knees(anatomy: Anatomy, after_s: float) -> Key:
    joints = {"hip_flexion": 0.18, "knee_flexion": 1.62, "ankle_flexion": -0.6, "shoulder_flexion": 0.30}
    joints["elbow_flexion"] = 0.8
    return Key(after_s, -0.06, 0, anatomy.thigh_m + 0.05, pitch_rad=0.10, joints=joints, planted=False)


def kneeling_down(anatomy: Anatomy) -> list[Key]:
    """A step back with the right foot, then down on that knee."""
    stand = standing_height(anatomy)
    stepping = {**_LEANING, "right_hip_flexion": -0.15, "right_knee_flexion": 0.95, "right_ankle_flexion": -0.1}
    stepping |= {"left_hip_flexion": 0.75, "left_knee_flexion": 0.70, "left_ankle_flexion": 0.15}
    return [
        Key(1.0, -0.04, 0, 0.91 * stand, pitch_rad=0.20, joints=stepping, planted=False),
        _one_knee(anatomy, 1.3),
    ]


def rising_from_knees(anatomy: Anatomy) -> list[Key]:
    """One foot forward, then up, the trunk leaning over the knee."""
    stand = standing_height(anatomy)
    upright = {"hip_flexion": 0.16, "knee_flexion": 0.32, "ankle_flexion": 0.14}
    stepping = {**_LEANING, "left_hip_flexion": 1.1, "left_knee_flexion": 1.0, "right_hip_flexion": 0.35}
    stepping |= {"right_knee_flexion": 0.95, "ankle_flexion": 0.1}
    return [
        _one_knee(anatomy, 1.1),
        Key(1.0, 0.04, 0, 0.80 * stand, pitch_rad=0.35, joints=stepping, planted=False),
        Key(1.0, 0.06, 0, 0.985 * stand, joints=upright, planted=False),
    ]


def all_fours(anatomy: Anatomy) -> list[Key]:
    """From lying anyhow to hands and knees; the frame faces where the head points."""
    joints = {
        "hip_flexion": 1.30,
        "knee_flexion": 1.60,
        "ankle_flexion": -0.6,
        "shoulder_flexion": 1.45,
        "shoulder_abduction": 0.10,
        "shoulder_rotation": 0.0,
        "elbow_flexion": 0.35,
        "neck_flexion": -0.35,
    }
    curled = {**joints, "hip_flexion": 1.0, "knee_flexion": 1.3, "shoulder_flexion": 1.0, "elbow_flexion": 0.9}
    return [
        Key(1.8, 0, 0, 0.24, pitch_rad=1.35, roll_rad=0.9, joints=curled, planted=False),
        Key(1.8, 0, 0, anatomy.thigh_m + 0.05, pitch_rad=1.25, joints=joints, planted=False),
        Key(1.2, 0, 0, anatomy.thigh_m + 0.05, pitch_rad=1.25, joints=joints, planted=False),
        _both_knees(anatomy, 1.6),
    ]
