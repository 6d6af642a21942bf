"""The robot's camera: its geometry, what it projects where, and its pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import atan, radians, tan
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from carebot.errors import DeviceError
from carebot.people import COCO_KEYPOINTS
from carebot.simulation.resident import SKIN_GROUP, SOLID_GROUP
from carebot.simulation.room import FURNITURE_GROUP
from carebot.simulation.scenario import CameraPlace
from carebot.simulation.world import SHADED_SEGMENTS, camera_rotation, vertical_fov_rad

NO_GRAPHICS = "No picture can be drawn because EGL is missing: install the Debian packages libegl1 and libgl1-mesa-dri"
HIGHEST_GEOMS = 400
OVERVIEW_FOV_DEG = 62.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole without distortion: focal lengths and principal point in pixels, and how it is mounted.

    `pitch_rad` is positive when the camera looks down, `roll_rad` when it is turned clockwise seen from behind.
    """

    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    height_m: float
    pitch_rad: float
    roll_rad: float

    @property
    def vertical_fov_rad(self) -> float:
        """The opening angle of the picture's height."""
        return 2.0 * atan(self.height_px / 2.0 / self.fy_px)


def camera_of(place: CameraPlace, width_px: int, height_px: int) -> Camera:
    """The camera of a scenario with pictures of this size."""
    focal = height_px / 2.0 / tan(vertical_fov_rad(place, width_px / height_px) / 2.0)
    return Camera(
        width_px,
        height_px,
        focal,
        focal,
        width_px / 2.0,
        height_px / 2.0,
        place.height_m,
        radians(place.pitch_deg),
        radians(place.roll_deg),
    )


class View:
    """Projects the resident's joints; needs no graphics."""

    def __init__(self, model: Any, data: Any, place: CameraPlace, camera: Camera) -> None:
        self._model, self._data, self._camera = model, data, camera
        self._lens = np.array((place.x_m, place.y_m, place.height_m))
        self._rotation = camera_rotation(place)
        self._sites = [model.site(name).id for name in COCO_KEYPOINTS]
        self._furniture = np.zeros(6, dtype=np.uint8)
        self._furniture[FURNITURE_GROUP] = 1

    def keypoints(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The joints in pixels (17, 2), and which of them lie in the picture and before the furniture (17,)."""
        joints = self._data.site_xpos[self._sites]
        seen = self._from_lens()
        depth = np.maximum(-seen[:, 2], 1e-6)
        camera = self._camera
        x = camera.cx_px + camera.fx_px * seen[:, 0] / depth
        y = camera.cy_px - camera.fy_px * seen[:, 1] / depth
        inside = (seen[:, 2] < 0) & (x >= 0) & (x < camera.width_px) & (y >= 0) & (y < camera.height_px)
        visible = np.array([bool(ok) and self._unhidden(joint) for ok, joint in zip(inside, joints, strict=True)])
        return np.stack((x, y), axis=1), visible

    def joints_m(self) -> NDArray[np.float64]:
        """The joints in metres from the lens (17, 3), with the axes right, down, away."""
        return self._from_lens() * (1.0, -1.0, -1.0)

    def _from_lens(self) -> NDArray[np.float64]:
        return np.asarray((self._data.site_xpos[self._sites] - self._lens) @ self._rotation)

    def _unhidden(self, joint: NDArray[np.float64]) -> bool:
        ray = joint - self._lens
        hit = np.zeros(1, dtype=np.int32)
        share = mujoco.mj_ray(self._model, self._data, self._lens, ray, self._furniture, 1, -1, hit)
        return bool(share < 0 or share >= 0.97)


class Eye:
    """Draws what the camera sees, without a display. Free it with `close` or as a context manager."""

    def __init__(self, model: Any, data: Any, camera: Camera) -> None:
        self._model, self._data = model, data
        self._segments = [model.body(name).id for name in SHADED_SEGMENTS]
        self._shades = [model.geom(f"shade_{name}").id for name in SHADED_SEGMENTS]
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = 0
        self._option.geomgroup[[FURNITURE_GROUP, SKIN_GROUP]] = 1
        self._option.geomgroup[SOLID_GROUP] = 0
        self._renderer = _renderer(model, camera)
        for flag in (
            mujoco.mjtRndFlag.mjRND_SHADOW,
            mujoco.mjtRndFlag.mjRND_REFLECTION,
            mujoco.mjtRndFlag.mjRND_SKYBOX,
        ):
            self._renderer.scene.flags[flag] = False

    def picture(self) -> NDArray[np.uint8]:
        """What the robot's camera sees: (H, W, 3) uint8, blue first."""
        return self._drawn("robot")

    def overview(self) -> NDArray[np.uint8]:
        """The same moment from high up in a corner of the room."""
        self._model.vis.global_.fovy = OVERVIEW_FOV_DEG
        view = mujoco.MjvCamera()
        view.type = mujoco.mjtCamera.mjCAMERA_FREE
        view.lookat[:] = (3.2, 0.1, 0.6)
        view.distance, view.azimuth, view.elevation = 3.7, 34.0, -25.0
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


def _renderer(model: Any, camera: Camera) -> Any:
    try:
        return mujoco.Renderer(model, camera.height_px, camera.width_px, max_geom=HIGHEST_GEOMS)
    except (ImportError, AttributeError, RuntimeError, OSError, mujoco.FatalError) as error:
        backend = os.environ.get("MUJOCO_GL", "")
        raise DeviceError(f"{NO_GRAPHICS} (MUJOCO_GL={backend}: {error}).") from error
