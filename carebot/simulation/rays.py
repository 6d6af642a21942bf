"""Rays through a world: what is the first thing in each direction."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from carebot.simulation.rotations import Vector

_NORMALS = {"normal": None} if "normal:" in str(mujoco.mj_multiRay.__doc__) else {}
"""MuJoCo 3.4 and later want this argument, earlier ones do not know it."""


class Rays:
    """Casts `count` rays at a time from one point against the geoms of some groups."""

    def __init__(self, model: Any, data: Any, count: int, groups: tuple[int, ...]) -> None:
        self._model, self._data, self._count = model, data, count
        self._groups = np.zeros(6, dtype=np.uint8)
        self._groups[list(groups)] = 1
        self._geoms = np.zeros(count, dtype=np.int32)
        self._shares = np.zeros(count)

    def cast(self, start_m: Vector, rays: Vector, cutoff: float) -> NDArray[np.float64]:
        """How far along each of `rays` (count, 3) something is, in parts of the ray; -1 where nothing is.

        What is further than `cutoff` parts of a ray may be left out.
        """
        mujoco.mj_multiRay(
            m=self._model,
            d=self._data,
            pnt=start_m,
            vec=np.ascontiguousarray(rays).ravel(),
            geomgroup=self._groups,
            flg_static=True,
            bodyexclude=-1,
            geomid=self._geoms,
            dist=self._shares,
            nray=self._count,
            cutoff=cutoff,
            **_NORMALS,
        )
        return self._shares
