"""Looking into a home from above: ceilings away, walls of glass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from carebot.simulation.sdf.build import DRAWN_GROUP

HIDDEN_GROUP = 5
WALL_TOP_M = 2.2
GLASSY = (0.86, 0.84, 0.80, 0.25)
"""How an onlooker sees walls that may stand in the way."""
ELEVATION_DEG = -48.0
LOOKS_AT_M = 0.6


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who looks down at `middle_m`, a place on the floor, from that far away and from that side."""

    middle_m: tuple[float, float]
    away_m: float
    azimuth_deg: float

    def aim(self, camera: Any) -> None:
        """Make a free MjvCamera look as this onlooker does."""
        camera.type = mujoco.mjtCamera.mjCAMERA_FREE
        camera.lookat[:] = (*self.middle_m, LOOKS_AT_M)
        camera.distance, camera.azimuth, camera.elevation = self.away_m, self.azimuth_deg, ELEVATION_DEG


class Cutaway:
    """Which parts of a model stand in the onlooker's way."""

    def __init__(self, model: Any, data: Any) -> None:
        drawn = model.geom_group == DRAWN_GROUP
        planes = model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE
        self._ceilings = np.flatnonzero(planes & (data.geom_xmat[:, 8] < 0) & drawn)
        tops = data.geom_xpos[:, 2] + model.geom_aabb[:, 5]
        boxes = (model.geom_type == mujoco.mjtGeom.mjGEOM_BOX) & drawn
        self._walls = np.flatnonzero(boxes & (tops > WALL_TOP_M) & (model.body_weldid[model.geom_bodyid] == 0))

    def open(self, model: Any) -> None:
        """Take them away in `model`, for good."""
        model.geom_group[self._ceilings] = HIDDEN_GROUP
        model.geom_matid[self._walls], model.geom_rgba[self._walls] = -1, GLASSY

    @contextmanager
    def opened(self, model: Any) -> Iterator[None]:
        """Take them away for a while."""
        materials, colours = model.geom_matid[self._walls].copy(), model.geom_rgba[self._walls].copy()
        self.open(model)
        try:
            yield
        finally:
            model.geom_group[self._ceilings] = DRAWN_GROUP
            model.geom_matid[self._walls], model.geom_rgba[self._walls] = materials, colours
