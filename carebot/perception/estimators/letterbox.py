"""A whole picture scaled into a network's input of another shape, with a border where the shapes differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where the scaled picture lies in the network's input, in pixels of that input."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int

    def to_picture(self, points_px: NDArray[Any]) -> NDArray[np.float32]:
        """(..., 2) x, y in pixels of the input → fractions of the picture's width and height."""
        corner = np.array([self.left_px, self.top_px], np.float32)
        size = np.array([self.width_px, self.height_px], np.float32)
        return np.asarray((points_px - corner) / size, np.float32)


def letterboxed(image: Image, size: Size, border: int) -> tuple[Image, Letterbox]:
    """`image` scaled to fit into `size`, in its middle on a ground of `border` grey: RGB (height, width, 3) uint8."""
    height_px, width_px = image.shape[:2]
    scale = min(size[0] / width_px, size[1] / height_px)
    scaled = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    box = Letterbox((size[0] - scaled[0]) // 2, (size[1] - scaled[1]) // 2, *scaled)
    canvas = np.full((size[1], size[0], 3), border, np.uint8)
    inside = canvas[box.top_px : box.top_px + box.height_px, box.left_px : box.left_px + box.width_px]
    cv2.cvtColor(cv2.resize(image, scaled, interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2RGB, dst=inside)
    return canvas, box
