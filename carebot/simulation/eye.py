"""The robot's camera: what it projects where, and its pictures; and an onlooker's view."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from carebot.people import COCO_KEYPOINTS
from carebot.simulation.cutaway import Cutaway, Onlooker
from carebot.simulation.rays import Rays
from carebot.simulation.resident import SKIN_GROUP
from carebot.simulation.sdf.build import DRAWN_GROUP, TOUCHED_GROUP
from carebot.simulation.sdf.picture import renderer_for
from carebot.simulation.world import EYE, SHADED_SEGMENTS, Stage

ONLOOKER_FOV_DEG = 58.0
DRAWN_GROUPS = (DRAWN_GROUP, SKIN_GROUP)


class View:
    """Projects a person's joints into the robot's camera; needs no graphics."""

    def __init__(self, stage: Stage, data: Any, prefix: str) -> None:
        self._data, self._camera = data, stage.camera
        self._eye = stage.model.camera(EYE).id
        self._sites = [stage.model.site(prefix + name).id for name in COCO_KEYPOINTS]
        self._rays = Rays(stage.model, data, len(self._sites), (TOUCHED_GROUP,))

    def keypoints(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The joints in pixels (17, 2), and which of them lie in the picture and before the furniture (17,)."""
        seen = self._from_lens()
        depth = np.maximum(-seen[:, 2], 1e-6)
        camera = self._camera
        x = camera.cx_px + camera.fx_px * seen[:, 0] / depth
        y = camera.cy_px - camera.fy_px * seen[:, 1] / depth
        inside = (seen[:, 2] < 0) & (x >= 0) & (x < camera.width_px) & (y >= 0) & (y < camera.height_px)
        return np.stack((x, y), axis=1), inside & self._unhidden() if inside.any() else inside

    def joints_m(self) -> NDArray[np.float64]:
        """The joints in metres from the lens (17, 3), with the axes right, down, away."""
        return self._from_lens() * (1.0, -1.0, -1.0)

    def places_m(self) -> NDArray[np.float64]:
        """The joints in metres in the world's frame (17, 3)."""
        return np.asarray(self._data.site_xpos[self._sites])

    def _from_lens(self) -> NDArray[np.float64]:
        apart = self.places_m() - self._data.cam_xpos[self._eye]
        return np.asarray(apart @ self._data.cam_xmat[self._eye].reshape(3, 3))

    def _unhidden(self) -> NDArray[np.bool_]:
        """Nothing of the world between the lens and a joint, but for a crumb of what the joint itself rests on."""
        lens = self._data.cam_xpos[self._eye].copy()
        rays = self.places_m() - lens
        lengths = np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), 1e-9)
        hits = self._rays.cast(lens, rays / lengths, float(lengths.max()))
        return np.asarray((hits < 0) | (hits >= 0.97 * lengths[:, 0]))


class Eye:
    """Draws what the camera sees, without a display. Free it with `close` or as a context manager."""

    def __init__(self, stage: Stage, data: Any) -> None:
        self._model, self._data = stage.model, data
        model = stage.model
        self._segments = [model.body(prefix + name).id for prefix in stage.prefixes for name in SHADED_SEGMENTS]
        self._shades = [model.geom(f"{prefix}shade_{name}").id for prefix in stage.prefixes for name in SHADED_SEGMENTS]
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = 0
        self._option.geomgroup[list(DRAWN_GROUPS)] = 1
        self._cutaway = Cutaway(model, data)
        self._renderer = renderer_for(model, stage.camera.width_px, stage.camera.height_px)
        for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            self._renderer.scene.flags[flag] = False

    def picture(self, camera: str = EYE) -> NDArray[np.uint8]:
        """What a camera of the model sees, the robot's by default: (H, W, 3) uint8, blue first."""
        return self._drawn(camera)

    def overview(self, onlooker: Onlooker) -> NDArray[np.uint8]:
        """What an onlooker sees from above, without ceilings and through walls."""
        self._model.vis.global_.fovy = ONLOOKER_FOV_DEG
        view = mujoco.MjvCamera()
        onlooker.aim(view)
        with self._cutaway.opened(self._model):
            return self._drawn(view)

    def _drawn(self, view: Any) -> NDArray[np.uint8]:
        self._shade()
        self._renderer.update_scene(self._data, view, self._option)
        return np.ascontiguousarray(self._renderer.render()[:, :, ::-1])

    def _shade(self) -> None:
        """Lay each soft blot under its segment: wider and fainter the higher the segment is."""
        for number, (segment, shade) in enumerate(zip(self._segments, self._shades, strict=True)):
            x, y, z = self._data.xipos[segment]
            reach = 0.13 + 0.28 * min(z, 1.5)
            self._data.geom_xpos[shade] = (x, y, 0.008 + 0.0004 * number)
            self._model.geom_size[shade, :2] = reach
            self._model.geom_rgba[shade] = (1.0, 1.0, 1.0, 0.42 * max(0.12, 1.0 - z / 1.1))

    def close(self) -> None:
        self._renderer.close()
