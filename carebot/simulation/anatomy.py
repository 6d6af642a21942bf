"""How long, wide and heavy the segments of a person are.

Masses: D. A. Winter, Biomechanics and Motor Control of Human Movement, 4th ed. (2009), table 4.1.
Lengths: R. Drillis and R. Contini, Body Segment Parameters (1966), as printed in Winter's figure 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass

MASS_FRACTION = {
    "pelvis": 0.142,
    "abdomen": 0.139,
    "thorax": 0.216,
    "head": 0.081,
    "upper_arm": 0.028,
    "forearm": 0.016,
    "hand": 0.006,
    "thigh": 0.100,
    "shank": 0.0465,
    "foot": 0.0145,
}
"""Segment mass as a fraction of the body's; limbs are counted once for each side."""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A person's lengths in metres and masses in kilograms, from stature and weight. `girth` 1 is of average build."""

    stature_m: float
    mass_kg: float
    girth: float = 1.0

    def mass_of(self, segment: str) -> float:
        """Mass of a segment, named as in MASS_FRACTION, with or without `left_` or `right_` before it."""
        return self.mass_kg * MASS_FRACTION[segment.removeprefix("left_").removeprefix("right_")]

    @property
    def thigh_m(self) -> float:
        return 0.245 * self.stature_m

    @property
    def shank_m(self) -> float:
        return 0.246 * self.stature_m

    @property
    def leg_m(self) -> float:
        """Hip joint to ankle joint with the knee straight."""
        return self.thigh_m + self.shank_m

    @property
    def ankle_height_m(self) -> float:
        return 0.039 * self.stature_m

    @property
    def hip_half_width_m(self) -> float:
        return 0.052 * self.stature_m

    @property
    def hip_to_lumbar_m(self) -> float:
        return 0.070 * self.stature_m

    @property
    def lumbar_to_thorax_m(self) -> float:
        return 0.075 * self.stature_m

    @property
    def thorax_to_shoulder_m(self) -> float:
        return 0.140 * self.stature_m

    @property
    def thorax_to_neck_m(self) -> float:
        return 0.170 * self.stature_m

    @property
    def shoulder_half_width_m(self) -> float:
        return 0.106 * self.stature_m

    @property
    def upper_arm_m(self) -> float:
        return 0.186 * self.stature_m

    @property
    def forearm_m(self) -> float:
        return 0.146 * self.stature_m

    @property
    def head_m(self) -> float:
        """Chin to crown."""
        return 0.130 * self.stature_m

    @property
    def foot_m(self) -> float:
        return 0.152 * self.stature_m
