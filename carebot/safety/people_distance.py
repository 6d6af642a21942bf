"""How far away somebody is, from keypoints alone: near enough to be careful, never to be bold.

A limb of length L that spans l picture heights is at most f·L/l away, where f is the focal length in picture heights:
a limb that points towards the camera looks shorter, and the person farther. So the smallest estimate of all limbs is
taken, with the limbs of a small adult.
"""

from __future__ import annotations

import math

import numpy as np

from carebot.people import People, Person
from carebot.safety.world import PeopleNear

LIMBS_M = (
    (3, 4, 0.13),
    (5, 6, 0.31),
    (5, 11, 0.42),
    (6, 12, 0.42),
    (11, 13, 0.35),
    (12, 14, 0.35),
    (13, 15, 0.34),
    (14, 16, 0.34),
)
"""Pairs of COCO keypoints and their distance in metres: ears, shoulders, trunk, thighs, shins. From the 5th percentile
of women in common anthropometric tables, rounded down."""

LEAST_CONFIDENCE = 0.5
SHORTEST_LIMB = 0.01
"""In picture heights; a limb that looks shorter says nothing."""


def people_near(people: People, vertical_fov_rad: float, ahead_m: float, stamp_s: float) -> PeopleNear:
    """Everybody's distance. `vertical_fov_rad` is the full opening angle of the picture's height, `ahead_m` how far the
    robot's outline reaches ahead of the camera."""
    focal = 0.5 / math.tan(vertical_fov_rad / 2)
    aspect = people.width_px / max(people.height_px, 1)
    distances_m = (_distance_m(person, focal, aspect) for person in people.people)
    return PeopleNear(stamp_s, tuple(None if each is None else max(0.0, each - ahead_m) for each in distances_m))


def _distance_m(person: Person, focal: float, aspect: float) -> float | None:
    places = person.keypoints[:, :2] * np.array([aspect, 1.0])
    sure = person.keypoints[:, 2] >= LEAST_CONFIDENCE
    spans = [(float(np.hypot(*(places[a] - places[b]))), length_m) for a, b, length_m in LIMBS_M if sure[a] and sure[b]]
    return min((focal * length_m / span for span, length_m in spans if span >= SHORTEST_LIMB), default=None)
