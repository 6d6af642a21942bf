"""Squares of a picture, turned any way: what the networks look at."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, isfinite, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.geometry import wrapped_rad
from carebot.perception.estimators.base import Image

Points = NDArray[np.float32]
"""(N, 2) x, y in pixels."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square with its middle at (x_px, y_px), turned clockwise by `rotation_rad` in the picture.

    Pixel coordinates are continuous: (0, 0) is the picture's corner, (0.5, 0.5) the middle of its first
    pixel. A person whose head points along the square's own "up" appears upright in its crop, however they lie.
    """

    x_px: float
    y_px: float
    size_px: float
    rotation_rad: float = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether there is anything to look at: a network may answer with numbers that are none, or no size."""
        return isfinite(self.x_px + self.y_px + self.rotation_rad) and 1.0 <= self.size_px < LARGEST_PX

    def crop(self, image: Image, side_px: int, border: int = cv2.BORDER_CONSTANT) -> Image:
        """The region as a (side_px, side_px, 3) RGB picture; outside the picture it is black, or as `border` says."""
        crop = cv2.warpAffine(image, self._from_picture(side_px), (side_px, side_px), borderMode=border)
        return cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=crop)  # type: ignore[return-value]

    def to_picture(self, unit: NDArray[np.float32]) -> Points:
        """(N, 2) points in fractions of the region → pixels of the picture."""
        c, s = cos(self.rotation_rad), sin(self.rotation_rad)
        x = (unit[:, 0] - 0.5) * self.size_px
        y = (unit[:, 1] - 0.5) * self.size_px
        return np.stack([self.x_px + c * x - s * y, self.y_px + s * x + c * y], axis=1).astype(np.float32)

    def from_picture(self, points_px: Points, side_px: int) -> Points:
        """(N, 2) pixels of the picture → pixels of the region's crop of `side_px`."""
        matrix = self._from_picture(side_px)
        return ((points_px - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5).astype(np.float32)

    def scaled(self, factor: float) -> Region:
        return Region(self.x_px, self.y_px, self.size_px * factor, self.rotation_rad)

    def moved(self, dx_px: float, dy_px: float) -> Region:
        return Region(self.x_px + dx_px, self.y_px + dy_px, self.size_px, self.rotation_rad)

    def turned(self, angle_rad: float) -> Region:
        return Region(self.x_px, self.y_px, self.size_px, wrapped_rad(self.rotation_rad + angle_rad))

    def agrees_with(self, other: Region) -> bool:
        """Whether both are round the same body: near, of like size, and turned alike."""
        near = hypot(self.x_px - other.x_px, self.y_px - other.y_px) < 0.25 * self.size_px
        alike = 0.6 < other.size_px / self.size_px < 1.6
        return near and alike and abs(wrapped_rad(self.rotation_rad - other.rotation_rad)) < pi / 4

    def _from_picture(self, side_px: int) -> NDArray[np.float64]:
        """The (2, 3) affine matrix from the picture's pixel indices to the crop's, as cv2.warpAffine wants it."""
        scale = side_px / self.size_px
        c, s = cos(self.rotation_rad) * scale, sin(self.rotation_rad) * scale
        x, y = self.x_px - 0.5, self.y_px - 0.5
        middle = (side_px - 1) / 2.0
        return np.array([[c, s, middle - c * x - s * y], [-s, c, middle + s * x - c * y]])


def whole(width_px: int, height_px: int, rotation_rad: float = 0.0) -> Region:
    """The smallest region that holds the whole picture."""
    return Region(width_px / 2.0, height_px / 2.0, float(max(width_px, height_px)), rotation_rad)


def around_body(hips_px: NDArray[np.float32], reach_px: NDArray[np.float32]) -> Region:
    """The region of a body from the two points that both networks give: the hips' middle, and a point above the head
    whose distance from the hips is the radius of a circle round the whole body (MediaPipe's alignment points)."""
    dx, dy = float(reach_px[0] - hips_px[0]), float(reach_px[1] - hips_px[1])
    rotation_rad = wrapped_rad(pi / 2 - atan2(-dy, dx))
    return Region(float(hips_px[0]), float(hips_px[1]), BODY_MARGIN * 2.0 * hypot(dx, dy), rotation_rad)


LARGEST_PX = 1e5
BODY_MARGIN = 1.25
"""How much larger than the circle the square is (RectTransformationCalculator's scale)."""
