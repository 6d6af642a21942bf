"""A picture of a loaded world: from one of its cameras, or of all of it from above."""

from __future__ import annotations

import os
from math import radians, tan
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from carebot.errors import ConfigError, DeviceError
from carebot.simulation.sdf.build import DRAWN_GROUP, TOUCHED_GROUP, LoadedWorld
from carebot.simulation.sdf.build_scene import LARGEST_PICTURE
from carebot.simulation.sdf.description import CameraSensor

OVERVIEW = "overview"
NO_GRAPHICS = "No picture can be drawn because EGL is missing: install the Debian packages libegl1 and libgl1-mesa-dri"
MOST_GEOMS = 4000
HIDDEN_GROUP = 4
FIELD_OF_VIEW_DEG = 40.0


def camera_names(loaded: LoadedWorld) -> tuple[str, ...]:
    """What `draw` can look through."""
    cameras = (sensor.name for sensor in loaded.world.sensors if isinstance(sensor, CameraSensor))
    return (OVERVIEW, *cameras)


def draw(loaded: LoadedWorld, camera: str = OVERVIEW, width_px: int = 1280, height_px: int = 960) -> NDArray[np.uint8]:
    """(height_px, width_px, 3) uint8, red first, of the world at its start.

    Raises:
        ConfigError: for a camera that the world has not, or a picture that is too large.
        DeviceError: when the machine has no EGL, naming what to install.
    """
    _check(loaded, camera, width_px, height_px)
    model = loaded.model
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    option = mujoco.MjvOption()
    option.geomgroup[:] = 0
    option.geomgroup[DRAWN_GROUP] = 1
    option.geomgroup[TOUCHED_GROUP] = 0
    model.vis.global_.fovy = FIELD_OF_VIEW_DEG
    ceilings = np.flatnonzero((model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE) & (data.geom_xmat[:, 8] < 0))
    if camera == OVERVIEW:
        model.geom_group[ceilings] = HIDDEN_GROUP
    renderer = renderer_for(model, width_px, height_px)
    try:
        view = _from_above(loaded, width_px / height_px) if camera == OVERVIEW else camera
        renderer.update_scene(data, view, option)
        return np.ascontiguousarray(renderer.render())
    finally:
        renderer.close()
        model.geom_group[ceilings] = DRAWN_GROUP


def _check(loaded: LoadedWorld, camera: str, width_px: int, height_px: int) -> None:
    names = camera_names(loaded)
    if camera not in names:
        raise ConfigError(f"{loaded.world.file} has no camera '{camera}': use one of {', '.join(names)}.")
    most = LARGEST_PICTURE
    if not (16 <= width_px <= most[0] and 16 <= height_px <= most[1]):
        raise ConfigError(f"A picture of {width_px}×{height_px} cannot be drawn: use 16×16 to {most[0]}×{most[1]}.")


def _from_above(loaded: LoadedWorld, aspect: float) -> Any:
    """A camera in the south that sees everything that has an end."""
    low, high = extent(loaded)
    centre, size = (low + high) / 2, high - low
    half = radians(FIELD_OF_VIEW_DEG) / 2
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FREE
    camera.lookat[:] = (centre[0], centre[1] - 0.03 * size[1], centre[2] * 0.5)
    camera.distance = 1.08 * max(size[1], size[0] / aspect, size[2]) / 2 / tan(half) + size[2] / 2
    camera.azimuth, camera.elevation = 90.0, -68.0
    return camera


def extent(loaded: LoadedWorld) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and the highest corner of the box around everything but planes, metres."""
    model, data = loaded.model, mujoco.MjData(loaded.model)
    mujoco.mj_forward(model, data)
    bounded = model.geom_type != mujoco.mjtGeom.mjGEOM_PLANE
    if not bounded.any():
        return np.full(3, -1.0), np.full(3, 1.0)
    turned = np.abs(data.geom_xmat[bounded].reshape(-1, 3, 3))
    centres = np.einsum("nij,nj->ni", data.geom_xmat[bounded].reshape(-1, 3, 3), model.geom_aabb[bounded, :3])
    centres += data.geom_xpos[bounded]
    half = np.einsum("nij,nj->ni", turned, model.geom_aabb[bounded, 3:])
    return (centres - half).min(axis=0), (centres + half).max(axis=0)


def renderer_for(model: Any, width_px: int, height_px: int) -> Any:
    """A mujoco.Renderer; raises DeviceError where this machine cannot draw, naming what to install."""
    try:
        return mujoco.Renderer(model, height_px, width_px, max_geom=MOST_GEOMS)
    except (ImportError, AttributeError, RuntimeError, OSError, mujoco.FatalError) as error:
        backend = os.environ.get("MUJOCO_GL", "")
        raise DeviceError(f"{NO_GRAPHICS} (MUJOCO_GL={backend}: {error}).") from error
