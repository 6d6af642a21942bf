"""Where nothing has changed, nothing has to be looked at again."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from carebot.perception.estimators.base import Image
from carebot.perception.estimators.blazepose.region import Region

BLOCK_PX = 8
CONTRAST_SHARE = 0.15
LEAST_CHANGE, MOST_CHANGE = 2.0, 8.0
"""A block has changed when its mean differs by this share of the contrast around it (the standard deviation), in grey
levels of 255 between these limits: in the dark, a moving arm changes little. Averaging 64 pixels keeps the noise of a
camera under the lower limit, and the flicker of compressed video under the upper one."""

Thumbnail = NDArray[np.float32]
"""A picture in grey, one value for each block of 8 × 8 pixels."""


def thumbnail(image: Image) -> Thumbnail:
    height_px, width_px = image.shape[:2]
    size = (max(1, width_px // BLOCK_PX), max(1, height_px // BLOCK_PX))
    # Every second row is enough for a mean, and half the work.
    small = cv2.resize(image[::2], size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)


def changed_share(before: Thumbnail, now: Thumbnail, region: Region) -> float:
    """Which share of the blocks in the box round `region` differs, 0..1; 1 where that cannot be known."""
    box = _box(region)
    if before.shape != now.shape or not now[box].size:
        return 1.0
    return float(_changed(np.abs(now[box] - before[box]), now[box]).mean())


def changed_outside(before: Thumbnail, now: Thumbnail, regions: list[Region]) -> bool:
    """Whether anything differs that is in none of the boxes round `regions`."""
    if before.shape != now.shape:
        return True
    difference = np.abs(now - before)
    for region in regions:
        difference[_box(region)] = 0.0
    return bool(_changed(difference, now).any())


def _changed(difference: Thumbnail, around: Thumbnail) -> NDArray[np.bool_]:
    enough = min(max(CONTRAST_SHARE * float(around.std()), LEAST_CHANGE), MOST_CHANGE)
    return difference > enough


def _box(region: Region) -> tuple[slice, slice]:
    left, top = (region.x_px - region.size_px / 2) / BLOCK_PX, (region.y_px - region.size_px / 2) / BLOCK_PX
    blocks = int(region.size_px / BLOCK_PX) + 2
    return slice(max(0, int(top)), max(0, int(top) + blocks)), slice(max(0, int(left)), max(0, int(left) + blocks))
