"""Smooth closed surfaces through stacked ellipses: the clothes and the head of the resident."""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Ring = tuple[float, float, float, float, float]
"""Height z, centre x and y, half-depth in x, half-width in y; all in metres."""

AROUND = 20
LAYERS = 12


def loft(rings: list[Ring]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices (V, 3) and triangles (F, 3), outward, of a surface through rings whose heights all rise or all fall."""
    ordered = np.array(sorted(rings))
    heights = np.linspace(ordered[0, 0], ordered[-1, 0], LAYERS)
    smooth = PchipInterpolator(ordered[:, 0], ordered[:, 1:])(heights)
    turn = np.arange(AROUND) * (2 * pi / AROUND)
    x = smooth[:, 0:1] + smooth[:, 2:3] * np.cos(turn)
    y = smooth[:, 1:2] + smooth[:, 3:4] * np.sin(turn)
    z = np.repeat(heights[:, None], AROUND, axis=1)
    sides = np.stack((x, y, z), axis=2).reshape(-1, 3)
    ends = np.array(((*smooth[0, :2], heights[0]), (*smooth[-1, :2], heights[-1])))
    return np.vstack((sides, ends)), np.array(_triangles(), dtype=np.int32)


def _triangles() -> list[tuple[int, int, int]]:
    faces = []
    bottom, top = LAYERS * AROUND, LAYERS * AROUND + 1
    for column in range(AROUND):
        following = (column + 1) % AROUND
        faces.append((bottom, following, column))
        last = (LAYERS - 1) * AROUND
        faces.append((top, last + column, last + following))
        for layer in range(LAYERS - 1):
            low, high = layer * AROUND, (layer + 1) * AROUND
            faces.append((low + column, low + following, high + following))
            faces.append((low + column, high + following, high + column))
    return faces
