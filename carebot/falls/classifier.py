"""What posture a body is in: by rules, and by what a trained network adds to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from carebot.falls.body import Body
from carebot.falls.features import PersonFeatures
from carebot.falls.parameters import FallParameters

UPSIDE_DOWN_RAD = math.radians(130.0)  # nobody stands like this: the pose model is wrong, or the person is not up


@dataclass(frozen=True, slots=True)
class Posture:
    """What a body does at one moment: lies low, has risen from the floor, or neither (sits low, kneels, squats)."""

    lying: bool
    risen: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """How probable it is, 0..1, that somebody does this now. They add up to 1.

    `low` is bending, kneeling, picking up and getting up; `down` lies on the floor, `resting` on furniture.
    """

    upright: float
    sitting: float
    low: float
    falling: float
    down: float
    resting: float


class FallClassifier(Protocol):
    """A trained model of postures. Returns None where it cannot judge; then the rules do alone."""

    def guess(self, bodies: Sequence[Body]) -> Guess | None:
        """What the person does at the end of `bodies` (oldest first, the last WINDOW_S, turned upright, in pixels)."""


def with_network(posture: Posture, *, is_down: bool, may_be_up: bool = True) -> Posture:
    """The rules' posture, and lying where the network sees the person down."""
    return Posture(lying=posture.lying or is_down, risen=posture.risen and may_be_up and not is_down)


def rules(features: PersonFeatures, parameters: FallParameters) -> Posture:
    """The posture by thresholds on height and angle."""
    top = features.top_height_bl - _floor_error_bl(features, parameters)
    tilted = features.torso_angle_rad >= parameters.lying_angle_rad
    lying = top < parameters.flat_height_bl or (tilted and top < parameters.low_height_bl)
    upside_down = features.torso_angle_rad >= UPSIDE_DOWN_RAD
    risen = not lying and not upside_down and features.trunk_height_bl >= parameters.risen_height_bl
    return Posture(lying=lying, risen=risen)


def _floor_error_bl(features: PersonFeatures, parameters: FallParameters) -> float:
    """How much too high a body may seem after a plain fall over a floor that was guessed, not seen."""
    plain = features.drop_bl >= parameters.plain_drop_bl and features.peak_speed_bl_s >= parameters.fall_speed_bl_s
    return parameters.guessed_floor_bl if features.floor_is_guess and plain else 0.0
