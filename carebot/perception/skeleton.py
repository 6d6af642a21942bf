"""Draws people as skeletons, on black or over the picture."""

from __future__ import annotations

import cv2
import numpy as np

from carebot.people import COCO_LIMBS, People, Person
from carebot.perception.estimators.base import Image

Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""

CALM: Colour = (200, 220, 120)
LEAST_CONFIDENCE = 0.3
"""Joints under this are guesses and not drawn."""

OUTSIDE_PX = 1e4
"""Joints further out are drawn here: OpenCV takes no larger numbers."""


def canvas(width_px: int, height_px: int) -> Image:
    """An empty black picture."""
    return np.zeros((height_px, width_px, 3), np.uint8)


def draw_people(image: Image, people: People, colours: dict[int, Colour] | None = None) -> None:
    """Draws everybody into `image`; `colours` by track id."""
    for person in people.people:
        _draw_person(image, person, (colours or {}).get(person.track_id, CALM))


def write_line(image: Image, text: str, line: int, colour: Colour = (255, 255, 255)) -> None:
    """Writes one line of text (ASCII, as OpenCV's font has no more) at the picture's top left."""
    scale = max(image.shape[0] / 900.0, 0.4)
    at = (int(12 * scale * 2), int((line + 1) * 34 * scale))
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)


def _draw_person(image: Image, person: Person, colour: Colour) -> None:
    height_px, width_px = image.shape[:2]
    points_px = person.keypoints[:, :2] * (width_px, height_px)
    points = np.round(np.clip(points_px, -OUTSIDE_PX, OUTSIDE_PX)).astype(int)
    seen = person.keypoints[:, 2] >= LEAST_CONFIDENCE
    thickness = max(2, height_px // 160)
    for one, other in COCO_LIMBS:
        if seen[one] and seen[other]:
            cv2.line(image, tuple(points[one]), tuple(points[other]), colour, thickness, cv2.LINE_AA)
    for index in np.flatnonzero(seen):
        cv2.circle(image, tuple(points[index]), thickness + 1, colour, -1, cv2.LINE_AA)
