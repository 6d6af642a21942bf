"""The live view: stick figures as SVG, drawn from keypoints on a plain ground. There are no pixels to show."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from carebot.people import COCO_LIMBS, People, Person

MIN_CONFIDENCE = 0.3
_SHOULDERS, _HIPS, _HEAD = (5, 6), (11, 12), range(5)
_FACE = {(0, 1), (0, 2), (1, 3), (2, 4), (0, 5), (0, 6)}
_BODY_LIMBS = tuple(limb for limb in COCO_LIMBS if limb not in _FACE)


def svg(people: People, tracks: Mapping[int, str]) -> str:
    """All `people` in one SVG of the picture's proportions; `tracks` names the state (a CSS class) of each track id."""
    width, height = max(people.width_px, 1), max(people.height_px, 1)
    stroke = max(width, height) / 90
    figures = "".join(
        _figure(person, tracks.get(person.track_id, "well"), width, height, stroke) for person in people.people
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMid meet" aria-hidden="true" '
        f'stroke-width="{stroke:.1f}">{figures}</svg>'
    )


def _figure(person: Person, state: str, width: int, height: int, stroke: float) -> str:
    joints = _joints(person.keypoints, width, height)
    limbs = "".join(_line(joints, limb) for limb in _BODY_LIMBS)
    return (
        f'<g class="person {state}" data-track="{person.track_id}">{_torso(joints)}{limbs}{_head(joints, stroke)}</g>'
    )


def _joints(keypoints: NDArray[np.float32], width: int, height: int) -> dict[int, tuple[float, float]]:
    """The joints to draw, in pixels; outliers far beyond the picture are left out."""
    sure = {}
    for index, (x, y, confidence) in enumerate(np.asarray(keypoints, dtype=float)):
        if confidence >= MIN_CONFIDENCE and -1.0 < x < 2.0 and -1.0 < y < 2.0:
            sure[index] = (x * width, y * height)
    return sure


def _line(joints: Mapping[int, tuple[float, float]], limb: tuple[int, int]) -> str:
    if limb[0] not in joints or limb[1] not in joints:
        return ""
    (x1, y1), (x2, y2) = joints[limb[0]], joints[limb[1]]
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'


def _torso(joints: Mapping[int, tuple[float, float]]) -> str:
    corners = [joints.get(index) for index in (5, 6, 12, 11)]
    if None in corners:
        return ""
    points = " ".join(f"{corner[0]:.0f},{corner[1]:.0f}" for corner in corners if corner is not None)
    return f'<polygon points="{points}"/>'


def _head(joints: Mapping[int, tuple[float, float]], stroke: float) -> str:
    face = [joints[index] for index in _HEAD if index in joints]
    if not face:
        return ""
    x, y = np.mean(face, axis=0)
    radius = max(_head_radius(joints), 1.5 * stroke)
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"/>'


def _head_radius(joints: Mapping[int, tuple[float, float]]) -> float:
    """A fifth of the trunk, or a third of the shoulders' width where the hips are out of sight; pixels."""
    middle = [_middle(joints, pair) for pair in (_SHOULDERS, _HIPS)]
    if middle[0] is not None and middle[1] is not None:
        return math.dist(middle[0], middle[1]) / 5
    if all(index in joints for index in _SHOULDERS):
        return math.dist(joints[5], joints[6]) / 3
    return 0.0


def _middle(joints: Mapping[int, tuple[float, float]], pair: tuple[int, int]) -> tuple[float, float] | None:
    points = [joints[index] for index in pair if index in joints]
    if not points:
        return None
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
