"""Bodies as coloured marks, and small stand-ins for both networks that really look for the marks in what they are fed.

The geometry on the way there and back is carebot's own: a mark that comes back where it was went
through the right crop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import cos, sin, tau
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image

Array = NDArray[Any]
ANCHORS = 2254
RADIUS_PX = 9
SECOND_LOOK_PX = 72.0
"""Between the reach of a body in a second look (224 / 2.5 / 1.2) and in a look for somebody lost (224 / 2.5 / 1.3)."""


@dataclass(frozen=True)
class Mark:
    """A body: hips at (x, y) as a red disc, and a green one `reach` pixels from there towards the head."""

    x: float
    y: float
    reach: float = 40.0
    turn_rad: float = 0.0  # 0: upright; pi / 2: the head points to the right
    code: int = 0  # 0..3, tells bodies apart

    @property
    def head(self) -> tuple[float, float]:
        return self.x + self.reach * sin(self.turn_rad), self.y - self.reach * cos(self.turn_rad)


def picture(*marks: Mark, size: tuple[int, int] = (320, 240), grey: int = 90) -> Image:
    image: Image = np.full((size[1], size[0], 3), grey, np.uint8)
    for mark in marks:
        blue = 80 * mark.code
        cv2.circle(image, (round(mark.x), round(mark.y)), RADIUS_PX, (blue, 0, 255), -1)
        cv2.circle(image, (round(mark.head[0]), round(mark.head[1])), RADIUS_PX - 3, (blue, 255, 0), -1)
    return image


@dataclass(frozen=True)
class Found:
    """A mark in a crop, in its pixels."""

    hips: Array
    head: Array
    code: int

    @property
    def reach(self) -> float:
        return float(np.linalg.norm(self.head - self.hips))


def look(crop: Array) -> list[Found]:
    """Every mark whose both discs are in the RGB crop."""
    red, green, _ = (crop[..., i].astype(int) for i in range(3))
    hips = _discs(crop, (red > 200) & (green < 60))
    heads = _discs(crop, (green > 200) & (red < 60))
    return [
        Found(middle, min(own, key=lambda head: float(np.linalg.norm(head - middle))), code)
        for middle, code in hips
        if (own := [head for head, head_code in heads if head_code == code])
    ]


def _discs(crop: Array, mask: Array) -> list[tuple[Array, int]]:
    count, labels, stats, middles = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    found = []
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] >= 4:
            blue = float(np.median(crop[..., 2][labels == label]))
            found.append((middles[label] + 0.5, round(blue / 80)))
    return found


@dataclass
class Network:
    """What both stand-ins have in common with a `Session`."""

    provider: str = "CPUExecutionProvider"
    fallback_reason: str | None = None
    runs: int = 0
    fed: list[Array] = field(default_factory=list)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        self.runs += 1
        self.fed.append(feeds["image"])
        assert feeds["image"].dtype == np.uint8
        return self.answer(feeds["image"][0])

    def answer(self, crop: Array) -> dict[str, Array]:
        raise NotImplementedError


@dataclass
class DetectorNetwork(Network):
    """`close` is the score of a mark that is as large as in a second look, `far` of any other; `copies` is how many
    boxes, which do not overlap, it finds for each mark."""

    far: float = 0.9
    close: float = 0.9
    copies: int = 1
    least_reach_px: float = 0.0  # smaller marks in the crop are not seen

    def answer(self, crop: Array) -> dict[str, Array]:
        assert crop.shape == (224, 224, 3)
        rows = [(found, self.close if found.reach > SECOND_LOOK_PX else self.far) for found in look(crop)]
        rows = [row for row in rows if row[0].reach >= self.least_reach_px]
        return boxes([(found.hips, found.head, score) for found, score in rows for _ in range(self.copies)])


@dataclass
class LandmarksNetwork(Network):
    """Finds the mark whose hips are nearest to the crop's middle, where they are within a quarter of it."""

    presence: float = 0.95
    head_down: float = 0.3  # how visible joints are whose head points down in the crop
    broken: bool = False  # answers numbers that are none
    shrunk: bool = False  # answers the same place for every joint

    def answer(self, crop: Array) -> dict[str, Array]:
        assert crop.shape == (256, 256, 3)
        landmarks = np.zeros((1, 39, 5), np.float32)
        world = np.zeros((1, 39, 3), np.float32)
        near = [found for found in look(crop) if np.linalg.norm(found.hips - 128) < 64]
        if near:
            body = min(near, key=lambda found: float(np.linalg.norm(found.hips - 128)))
            landmarks[0, :, :2] = joints(body.hips, body.head)
            landmarks[0, :, 3:] = self.head_down if body.head[1] > body.hips[1] + 0.5 * body.reach else 0.9
            world[0, :, 1] = -0.5  # above the hips in the upright crop
        if self.shrunk:
            landmarks[..., :2] = 128.0
        if self.broken:
            landmarks[:] = np.nan
        return {
            "landmarks": landmarks,
            "presence": np.array([[self.presence if near else 0.01]], np.float32),
            "world": world,
        }


def joints(hips: Array, head: Array) -> Array:
    """39 points: on a circle of 0.8 of the reach round the hips, then the hips and the head."""
    reach = float(np.linalg.norm(head - hips))
    up = (head - hips) / reach
    across = np.array([-up[1], up[0]])
    angles = np.arange(39) * tau / 33
    points = hips + 0.8 * reach * (np.cos(angles)[:, None] * up + np.sin(angles)[:, None] * across)
    points[33], points[34] = hips, head
    return np.asarray(points, np.float32)


def boxes(finds: list[tuple[Array, Array, float]]) -> dict[str, Array]:
    """The detector's outputs for (hips, head, score) in pixels of the crop; small boxes, an anchor each."""
    rows, scores = np.zeros((1, ANCHORS, 12), np.float32), np.zeros((1, ANCHORS), np.float32)
    for number, (hips, head, score) in enumerate(finds):
        index = 100 + number * 60
        anchor = fine_anchor_px(index)
        rows[0, index, :4] = 0.0, 0.0, 2.0, 2.0
        rows[0, index, 4:6], rows[0, index, 6:8] = hips - anchor, head - anchor
        scores[0, index] = score
    return {"boxes": rows, "scores": scores}


def fine_anchor_px(index: int) -> Array:
    """The middle of one of the first 1568 anchors: two for each cell of 8 × 8 pixels, row by row."""
    cell = index // 2
    return np.array([cell % 28 * 8 + 4.0, cell // 28 * 8 + 4.0])
