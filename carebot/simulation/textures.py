"""Pictures painted by formula, for cloth and soft shade: no files, no downloads.

Every picture is (H, W, 3) uint8, red first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]
Colour = tuple[float, float, float]


def _picture(values: Floats) -> Picture:
    return (np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def _noise(shape: tuple[int, int], sigma: float | tuple[float, float], seed: int) -> Floats:
    """Smooth noise of mean 0 and spread 1 that repeats without a seam."""
    raw = np.random.default_rng(seed).standard_normal(shape)
    smooth = np.asarray(gaussian_filter(raw, sigma, mode="wrap"))
    return np.asarray(smooth / smooth.std())


def soft_spot(size: int = 64) -> Picture:
    """A black blot that fades out to its rim: (size, size, 4) with opacity."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    opacity = np.clip(1.0 - np.hypot(x, y), 0.0, 1.0) ** 1.3
    value = np.zeros((size, size, 4))
    value[:, :, 3] = opacity
    return _picture(value)


def cloth(colour: Colour, pattern: str = "plain", size: int = 128) -> Picture:
    """Cloth of one colour with a weave, and stripes or checks where `pattern` says so."""
    y, x = np.mgrid[0:size, 0:size]
    shade = 1.0 + 0.045 * _noise((size, size), 0.8, 12) + 0.03 * _noise((size, size), 8.0, 13)
    value = shade[:, :, None] * np.array(colour)
    if pattern == "stripes":
        value[(y // 8) % 2 == 0] = value[(y // 8) % 2 == 0] * 0.5 + 0.47
    if pattern == "check":
        value[(x // 10) % 3 == 0] *= 0.62
        value[(y // 10) % 3 == 0] *= 0.70
    return _picture(value)
