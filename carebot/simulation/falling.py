"""Losing balance: what pushes or gives way, and how the muscles answer. The rest is gravity and contact.

Muscle activity after the loss of balance, the reach of the arms and the speed of the hips at impact follow E. T. Hsiao
and S. N. Robinovitch, Common protective movements govern unexpected falls from standing height (1998), and S. N.
Robinovitch et al., Video capture of the circumstances of falls in elderly people (2013).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import radians

import numpy as np

from carebot.simulation.joints import JOINTS, SIDES
from carebot.simulation.motion import set_joints
from carebot.simulation.rotations import Vector, about_z
from carebot.simulation.scenario import Fall

USUAL_DIRECTION = {"trip_forward": 0.0, "slip_backward": 180.0, "sideways": 90.0, "faint": 0.0}
USUAL_DIRECTION |= {"slide_down_wall": 180.0, "out_of_chair": 0.0, "out_of_bed": 0.0}

RELAXED_TONE = 0.04
STRUGGLE_S = 0.9
"""So long after the onset the arms stop holding the trunk up, whether it has touched the floor or not."""
COLLAPSE_S = 2.4
"""Until then the limbs stretch out to where they rest, after it they stay where they are."""
RESTING = {
    "hip_flexion": 0.10,
    "knee_flexion": 0.20,
    "ankle_flexion": -0.30,
    "shoulder_flexion": 0.10,
    "shoulder_abduction": 0.50,
    "elbow_flexion": 0.40,
    "lumbar_flexion": 0.05,
    "lumbar_lateral": 0.0,
    "lumbar_rotation": 0.0,
}

SLIPPERY_S = {"slip_backward": (0.5, 0.8), "slide_down_wall": (0.9, 1.2)}
"""Falls in which the shoes lose their grip, and for how long."""


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """A force in newtons, in the room's frame, on a body's centre of mass between two times after the onset."""

    body: str
    force_n: Vector
    from_s: float
    until_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Reflex:
    """How a group of joints answers: the angles it goes for, and its tone (1 = the strength that holds a posture)."""

    target: Vector
    tone: Vector


@dataclass(frozen=True, slots=True, eq=False)
class FallPlan:
    """One fall, drawn by chance within its kind: nothing in it changes after the onset."""

    pushes: tuple[Push, ...]
    target: Vector
    tone: Vector
    giving_way_s: float
    slippery_s: float = 0.0

    def target_at(self, since_onset_s: float, angles: Vector) -> Vector:
        """The angles the muscles go for, given those of now."""
        if since_onset_s < STRUGGLE_S:
            return self.target
        return set_joints(angles, RESTING) if since_onset_s < COLLAPSE_S else angles

    def tone_at(self, since_onset_s: float, since_contact_s: float | None) -> Vector:
        """Tone of each joint: from waking to what the fall leaves, and limp once the body lies on the floor."""
        share = min(1.0, since_onset_s / self.giving_way_s)
        tone = 1.0 + share * (self.tone - 1.0)
        limp = min(1.0, max(0.0, (since_contact_s or 0.0) - 0.1, since_onset_s - STRUGGLE_S) / 0.5)
        return np.asarray(tone + limp * (np.minimum(tone, RELAXED_TONE) - tone))


@dataclass(slots=True)
class _Draw:
    """Chance and the directions of one fall."""

    rng: np.random.Generator
    towards: Vector
    mass_kg: float
    foot: str
    near_side: str
    pushes: list[Push] = field(default_factory=list)
    target: dict[str, float] = field(default_factory=dict)
    tone: dict[str, float] = field(default_factory=dict)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def push(self, body: str, direction: Vector, per_kg: tuple[float, float], lasting_s: tuple[float, float]) -> None:
        force = direction * self.between(*per_kg) * self.mass_kg
        self.pushes.append(Push(body, force, 0.0, self.between(*lasting_s)))

    def tones(
        self,
        hips: tuple[float, float],
        legs: tuple[float, float],
        trunk: tuple[float, float],
        arms: tuple[float, float],
    ) -> None:
        for name in ("hip_flexion", "hip_abduction", "hip_rotation"):
            self.tone[name] = self.between(*hips)
        for name in ("knee_flexion", "ankle_flexion", "ankle_inversion"):
            self.tone[name] = self.between(*legs)
        for name in ("lumbar_flexion", "lumbar_lateral", "lumbar_rotation", "thorax_flexion"):
            self.tone[name] = self.between(*trunk)
        for name in ("neck_flexion", "neck_lateral", "neck_rotation"):
            self.tone[name] = max(0.25, self.between(*trunk))
        for name in ("shoulder_flexion", "shoulder_abduction", "shoulder_rotation", "elbow_flexion", "wrist_flexion"):
            self.tone[name] = self.between(*arms)


def plan_fall(
    fall: Fall, heading_rad: float, free_foot: str | None, mass_kg: float, now: Vector, rng: np.random.Generator
) -> FallPlan:
    """Draw a fall. `free_foot` is the side in the air, if one is; `now` the joints' angles at the onset."""
    usual = USUAL_DIRECTION[fall.kind]
    if fall.kind == "sideways" and fall.direction_deg is None:
        usual *= rng.choice((-1.0, 1.0))
    if fall.kind == "faint" and fall.direction_deg is None:
        usual = rng.uniform(-180.0, 180.0)
    wanted = usual if fall.direction_deg is None else fall.direction_deg
    aim = heading_rad + radians(wanted + rng.normal(0.0, 12.0))
    foot = free_foot or ("left" if rng.random() < 0.5 else "right")
    near_side = "left" if np.sin(aim - heading_rad) > 0 else "right"
    draw = _Draw(rng, about_z(aim)[:, 0], mass_kg, foot, near_side)
    giving_way_s = _KINDS[fall.kind](draw)
    target = set_joints(now, {name: value + draw.between(-0.15, 0.15) for name, value in draw.target.items()})
    tone = set_joints(np.ones(len(JOINTS)), draw.tone)
    slippery_s = draw.between(*SLIPPERY_S[fall.kind]) if fall.kind in SLIPPERY_S else 0.0
    return FallPlan(tuple(draw.pushes), target, tone, giving_way_s, slippery_s)


def _trip(draw: _Draw) -> float:
    """The foot in the air is stopped; the body goes on over it, the arms reach out."""
    draw.push(f"{draw.foot}_foot", -draw.towards, (0.4, 0.7), (0.15, 0.22))
    draw.push("thorax", draw.towards, (0.8, 1.5), (0.25, 0.40))
    draw.push("pelvis", draw.towards, (0.8, 1.5), (0.25, 0.40))
    draw.tones(hips=(0.08, 0.22), legs=(0.02, 0.06), trunk=(0.30, 0.60), arms=(0.35, 0.8))
    draw.target |= {"shoulder_flexion": draw.between(1.0, 1.8), "shoulder_abduction": 0.3, "elbow_flexion": 0.7}
    draw.target |= {"knee_flexion": draw.between(0.3, 0.9), "neck_flexion": -0.4, "hip_flexion": draw.between(0.0, 0.4)}
    draw.target |= {"lumbar_flexion": 0.05, "thorax_flexion": 0.15}
    return draw.between(0.12, 0.25)


def _slip(draw: _Draw) -> float:
    """The feet shoot away from under the body, the arms fly up and out."""
    for side in SIDES:
        draw.push(f"{side}_foot", -draw.towards, (2.2, 3.0) if side == draw.foot else (1.7, 2.5), (0.18, 0.26))
    draw.push("thorax", draw.towards, (2.3, 3.3), (0.28, 0.40))
    draw.push("pelvis", draw.towards, (0.9, 1.5), (0.25, 0.40))
    draw.tones(hips=(0.015, 0.05), legs=(0.002, 0.012), trunk=(0.30, 0.60), arms=(0.25, 0.6))
    draw.target |= {"lumbar_flexion": -0.10, "thorax_flexion": 0.0}
    draw.target |= {"shoulder_flexion": draw.between(-0.5, 0.6), "shoulder_abduction": draw.between(0.6, 1.2)}
    draw.target |= {"elbow_flexion": 0.6, "hip_flexion": draw.between(0.3, 0.7), "knee_flexion": draw.between(0.0, 0.4)}
    draw.target |= {"neck_flexion": 0.5}
    return draw.between(0.08, 0.16)


def _sideways(draw: _Draw) -> float:
    """A push to the side; the arm on that side reaches for the floor."""
    side = draw.near_side
    draw.push("thorax", draw.towards, (1.2, 2.0), (0.25, 0.40))
    draw.push("pelvis", draw.towards, (0.8, 1.5), (0.25, 0.40))
    draw.tones(hips=(0.06, 0.18), legs=(0.02, 0.06), trunk=(0.25, 0.50), arms=(0.3, 0.7))
    draw.target |= {f"{side}_shoulder_abduction": draw.between(0.7, 1.3), f"{side}_elbow_flexion": 0.6}
    draw.target |= {"hip_flexion": draw.between(0.1, 0.6), "knee_flexion": draw.between(0.4, 1.0)}
    draw.target |= {"neck_lateral": -0.3 if side == "left" else 0.3}
    return draw.between(0.15, 0.30)


def _faint(draw: _Draw) -> float:
    """All muscles let go; the knees give way and the body sinks where it happens to lean."""
    draw.push("thorax", draw.towards, (0.8, 1.6), (0.30, 0.45))
    draw.tones(hips=(0.01, 0.03), legs=(0.003, 0.010), trunk=(0.02, 0.06), arms=(0.01, 0.03))
    draw.target |= {"knee_flexion": draw.between(0.3, 0.8), "hip_flexion": draw.between(0.0, 0.3)}
    draw.target |= {"neck_flexion": draw.between(0.2, 0.6)}
    return draw.between(0.12, 0.25)


def _slide(draw: _Draw) -> float:
    """The back against a wall, the feet glide away from it and the knees give way."""
    for side in SIDES:
        draw.push(f"{side}_foot", -draw.towards, (0.5, 0.8), (0.5, 0.7))
    draw.push("thorax", draw.towards, (1.0, 1.6), (0.9, 1.1))
    draw.tones(hips=(0.03, 0.08), legs=(0.01, 0.03), trunk=(0.25, 0.50), arms=(0.05, 0.2))
    draw.target |= {"hip_flexion": draw.between(0.9, 1.4), "knee_flexion": draw.between(0.6, 1.3)}
    draw.target |= {"neck_flexion": draw.between(0.1, 0.4)}
    return draw.between(0.2, 0.4)


def _out_of_chair(draw: _Draw) -> float:
    """Asleep or reaching too far: the trunk sinks forward, and the hips follow over the edge."""
    draw.push("thorax", draw.towards, (1.4, 2.0), (0.45, 0.65))
    draw.push("pelvis", draw.towards, (2.4, 3.2), (0.55, 0.75))
    draw.tones(hips=(0.02, 0.06), legs=(0.005, 0.02), trunk=(0.05, 0.20), arms=(0.05, 0.4))
    draw.target |= {"shoulder_flexion": draw.between(0.2, 1.2), "neck_flexion": draw.between(0.0, 0.4)}
    return draw.between(0.15, 0.30)


def _out_of_bed(draw: _Draw) -> float:
    """Turning over too near to the edge: the trunk rolls, and the legs follow."""
    rolled = draw.towards + np.array((0.0, 0.0, 0.7))
    draw.push("thorax", rolled, (2.5, 3.1), (0.40, 0.50))
    draw.push("pelvis", rolled, (3.0, 3.6), (0.40, 0.50))
    for side in SIDES:
        draw.push(f"{side}_thigh", rolled, (0.6, 0.8), (0.35, 0.45))
    draw.tones(hips=(0.05, 0.15), legs=(0.02, 0.06), trunk=(0.20, 0.45), arms=(0.10, 0.4))
    return draw.between(0.10, 0.20)


_KINDS = {
    "trip_forward": _trip,
    "slip_backward": _slip,
    "sideways": _sideways,
    "faint": _faint,
    "slide_down_wall": _slide,
    "out_of_chair": _out_of_chair,
    "out_of_bed": _out_of_bed,
}
