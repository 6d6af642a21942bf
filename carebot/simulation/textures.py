"""Pictures painted by formula for floor, walls, cloth and the view from the window: no files, no downloads.

Every picture is (H, W, 3) uint8, red first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]
Colour = tuple[float, float, float]
Footprint = tuple[float, float, float, float]
"""Centre x and y, half sizes in x and y; metres."""


def _picture(values: Floats) -> Picture:
    return (np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def _noise(shape: tuple[int, int], sigma: float | tuple[float, float], seed: int) -> Floats:
    """Smooth noise of mean 0 and spread 1 that repeats without a seam."""
    raw = np.random.default_rng(seed).standard_normal(shape)
    smooth = np.asarray(gaussian_filter(raw, sigma, mode="wrap"))
    return np.asarray(smooth / smooth.std())


def planks(size: int = 512, rows: int = 8, base: Colour = (0.62, 0.45, 0.30)) -> Picture:
    """A wooden floor: boards along the x direction with grain, staggered joints and dark gaps."""
    grain = 0.035 * _noise((size, size), (1.0, 40.0), 1) + 0.03 * _noise((size, size), (4.0, 120.0), 2)
    value = np.repeat((1.0 + grain)[:, :, None], 3, axis=2) * np.array(base)
    rng = np.random.default_rng(3)
    board = size // rows
    for row in range(rows):
        joint = int(rng.integers(0, size))
        shifted = np.roll(value[row * board : (row + 1) * board], -joint, axis=1)
        shifted[:, : size // 2] *= rng.uniform(0.88, 1.06)
        shifted[:, size // 2 :] *= rng.uniform(0.88, 1.06)
        shifted[:, [0, 1, size // 2, size // 2 + 1]] *= 0.72
        value[row * board : (row + 1) * board] = np.roll(shifted, joint, axis=1)
        value[row * board : row * board + 2] *= 0.68
    return _picture(value)


def shaded_floor(length_m: float, width_m: float, footprints: list[Footprint], sun: float) -> Picture:
    """The whole floor, with the soft shade below furniture and at the walls, and a patch of sun below the window.

    Columns run along x from 0, rows along y from the left wall; `sun` 0..1 is the patch's strength.
    """
    per_m = 128
    width, height = round(length_m * per_m), round(width_m * per_m)
    tile = planks()
    value = np.tile(tile, (2, 2, 1))[:height, :width] / 255.0
    covered = np.zeros((height, width))
    for x, y, half_x, half_y in footprints:
        top, bottom = (width_m / 2 - y - half_y) * per_m, (width_m / 2 - y + half_y) * per_m
        covered[
            max(0, round(top)) : round(bottom), max(0, round((x - half_x) * per_m)) : round((x + half_x) * per_m)
        ] = 1
    near = np.asarray(gaussian_filter(covered, 7.0, mode="constant", cval=1.0))
    wide = np.asarray(gaussian_filter(covered, 28.0, mode="constant", cval=1.0))
    value = value * (1.0 - 0.30 * near - 0.30 * wide)[:, :, None]
    return _picture(value * (1.0 + sun * _sun_patch(width, height))[:, :, None])


def _sun_patch(width: int, height: int) -> Floats:
    """Two slanted panes of light, blurred as the sun's size blurs them; 0..1."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    across = (y - 0.42 * height - 0.30 * (x - 0.5 * width)) / (0.20 * height)
    along = (x - 0.60 * width) / (0.11 * width)
    panes = (np.abs(along) < 1) & (np.abs(across) < 1) & (np.abs(across) > 0.06)
    return np.asarray(gaussian_filter(panes.astype(float), 4.0))


def soft_spot(size: int = 64) -> Picture:
    """A black blot that fades out to its rim: (size, size, 4) with opacity."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    opacity = np.clip(1.0 - np.hypot(x, y), 0.0, 1.0) ** 1.3
    value = np.zeros((size, size, 4))
    value[:, :, 3] = opacity
    return _picture(value)


def plaster(width: int = 256, height: int = 128, base: Colour = (0.80, 0.79, 0.72)) -> Picture:
    """A painted wall with the faint unevenness of a roller, darker towards floor, ceiling and corners."""
    shape = (height, width)
    shade = 1.0 + 0.010 * _noise(shape, 1.0, 4) + 0.012 * _noise(shape, 15.0, 5)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    for distance in (x, width - 1 - x, y, height - 1 - y):
        shade -= 0.14 * np.exp(-distance / 12.0)
    return _picture(shade[:, :, None] * np.array(base))


def rug(width: int = 384, height: int = 256) -> Picture:
    """A woven rug with borders and rows of lozenges."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    value = np.full((height, width, 3), (0.50, 0.22, 0.18))
    lozenge = np.abs((x % 64) - 32) / 32 + np.abs((y % 64) - 32) / 32
    value[lozenge < 0.75] = (0.72, 0.58, 0.40)
    value[lozenge < 0.40] = (0.20, 0.26, 0.38)
    edge = np.minimum.reduce([x, y, width - 1 - x, height - 1 - y])
    value[edge < 30] = (0.24, 0.26, 0.36)
    value[(edge > 10) & (edge < 16)] = (0.74, 0.62, 0.44)
    return _picture(value * (1.0 + 0.05 * _noise((height, width), 0.7, 6))[:, :, None])


def window_view(width: int = 256, height: int = 256, daylight: float = 1.0) -> Picture:
    """Sky, far hills and a tree behind a white frame with a cross bar. `daylight` 0 is night."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    up = 1.0 - y / height
    value = np.stack((0.66 + 0.24 * (1 - up), 0.80 + 0.12 * (1 - up), 0.96 + 0.0 * up), axis=2)
    value += 0.04 * np.clip(_noise((height, width), (8.0, 24.0), 7), 0, 2)[:, :, None]
    hills = 0.30 + 0.05 * np.sin(x / 31.0) + 0.03 * np.sin(x / 13.0)
    value[up < hills] = (0.46, 0.58, 0.45)
    crown = np.hypot((x - 0.72 * width) / 0.22, (y - 0.52 * height) / 0.28) + 9 * _noise((height, width), 5.0, 8)
    value[crown < 0.62 * width] = (0.30, 0.44, 0.26)
    value = value * (0.06 + 0.94 * daylight)
    edge = np.minimum.reduce([x, y, width - 1 - x, height - 1 - y])
    value[(edge < 12) | (np.abs(x - width / 2) < 5) | (np.abs(y - height * 0.4) < 3)] = (0.93, 0.93, 0.91)
    return _picture(value)


def painting(size: int = 128) -> Picture:
    """A framed still picture for the wall."""
    value = 0.55 + 0.16 * np.stack([_noise((size, size), 14.0, 9 + channel) for channel in range(3)], axis=2)
    value *= np.array((1.0, 0.86, 0.66))
    y, x = np.mgrid[0:size, 0:size]
    edge = np.minimum.reduce([x, y, size - 1 - x, size - 1 - y])
    value[edge < 14] = (0.94, 0.92, 0.86)
    value[edge < 6] = (0.26, 0.17, 0.11)
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
