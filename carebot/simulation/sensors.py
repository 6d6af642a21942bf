"""What the robot feels besides pictures: lidar, bumper, IMU and depth camera, as the world's file describes them."""

from __future__ import annotations

from dataclasses import dataclass
from math import tan
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from carebot.simulation.rays import Rays
from carebot.simulation.resident import SKIN_GROUP, SOLID_GROUP
from carebot.simulation.sdf.build import DRAWN_GROUP, TOUCHED_GROUP
from carebot.simulation.sdf.description import CameraSensor, ContactSensor, ImuSensor, LidarSensor
from carebot.simulation.sdf.picture import renderer_for
from carebot.simulation.world import Stage


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """One turn of a lidar as REP 117 has it: +inf is nothing in reach, -inf something nearer than `nearest_m`."""

    first_rad: float
    step_rad: float
    nearest_m: float
    farthest_m: float
    ranges_m: NDArray[np.float32]


class Lidar:
    """The lidar on the robot: all its rays in one moment. It does not see the robot itself."""

    def __init__(self, stage: Stage, data: Any, sensor: LidarSensor, rng: np.random.Generator) -> None:
        self.sensor = sensor
        self._data, self._rng = data, rng
        self._site = stage.model.site(sensor.name).id
        sweep = sensor.horizontal
        self.step_rad = (sweep.last_rad - sweep.first_rad) / max(1, sweep.samples - 1)
        angles = sweep.first_rad + self.step_rad * np.arange(sweep.samples)
        self._rays_local = np.stack((np.cos(angles), np.sin(angles), np.zeros(sweep.samples)), axis=1)
        self._rays = Rays(stage.model, data, sweep.samples, (TOUCHED_GROUP, SOLID_GROUP))

    def scan(self) -> Ranges:
        sensor = self.sensor
        turned = self._data.site_xmat[self._site].reshape(3, 3)
        hits = self._rays.cast(self._data.site_xpos[self._site].copy(), self._rays_local @ turned.T, sensor.farthest_m)
        noisy = hits + self._rng.normal(0.0, sensor.noise_m, len(hits)) if sensor.noise_m else hits
        ranges = np.where((hits < 0) | (hits > sensor.farthest_m), np.inf, noisy)
        ranges = np.where(ranges < sensor.nearest_m, -np.inf, ranges)
        first = sensor.horizontal.first_rad
        return Ranges(first, self.step_rad, sensor.nearest_m, sensor.farthest_m, ranges.astype(np.float32))


class BumperSwitch:
    """Pressed while anything but the robot touches the bumper."""

    def __init__(self, stage: Stage, data: Any, sensor: ContactSensor) -> None:
        self._data = data
        self._is_bumper = np.isin(np.arange(stage.model.ngeom), [stage.model.geom(name).id for name in sensor.geoms])

    @property
    def pressed(self) -> bool:
        contacts = self._data.contact
        return bool(self._is_bumper[contacts.geom[contacts.dist < 0.0]].any())


@dataclass(frozen=True, slots=True)
class Inertial:
    """Orientation (w, x, y, z) in the world, turning in rad/s and acceleration with gravity in m/s² on its own axes."""

    orientation: tuple[float, ...]
    angular_rad_s: tuple[float, ...]
    acceleration_m_s2: tuple[float, ...]


class Imu:
    """The inertial measurement unit on the robot."""

    def __init__(self, data: Any, sensor: ImuSensor) -> None:
        self._data, self._name = data, sensor.name

    def read(self) -> Inertial:
        return Inertial(*(tuple(self._part(part)) for part in ("orientation", "gyro", "accelerometer")))

    def _part(self, part: str) -> list[float]:
        values: list[float] = self._data.sensor(f"{self._name}/{part}").data.tolist()
        return values


class DepthCamera:
    """The depth camera on the robot; drawn, so it needs graphics, in the thread that made it."""

    def __init__(self, stage: Stage, data: Any, sensor: CameraSensor, width_px: int) -> None:
        self.sensor = sensor
        self.width_px, self.height_px = width_px, round(width_px * sensor.height_px / sensor.width_px)
        self.focal_px = self.width_px / 2 / tan(sensor.horizontal_fov_rad / 2)
        self._data = data
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = 0
        self._option.geomgroup[[DRAWN_GROUP, SKIN_GROUP]] = 1
        self._renderer = renderer_for(stage.model, self.width_px, self.height_px)
        self._renderer.enable_depth_rendering()

    def picture(self) -> NDArray[np.float32]:
        """Metres along the optical axis (H, W); NaN nearer than the sensor measures, inf where nothing is in reach."""
        self._renderer.update_scene(self._data, self.sensor.name, self._option)
        depth = self._renderer.render().astype(np.float32)
        depth = np.where(depth > self.sensor.far_m, np.float32(np.inf), depth)
        return np.where(depth < self.sensor.near_m, np.float32(np.nan), depth)

    def points_m(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) of what was measured, with the optical axes: x right, y down, z away."""
        rows, columns = np.nonzero(np.isfinite(depth))
        away = depth[rows, columns]
        right = (columns + 0.5 - self.width_px / 2) / self.focal_px * away
        down = (rows + 0.5 - self.height_px / 2) / self.focal_px * away
        return np.stack((right, down, away), axis=1).astype(np.float32)

    def close(self) -> None:
        self._renderer.close()


def sensor_of(stage: Stage, kind: type) -> Any:
    """The robot's first sensor of that kind, None where it has none."""
    mine = (sensor for sensor in stage.world.sensors if sensor.link.partition("::")[0] == stage.robot)
    return next((sensor for sensor in mine if isinstance(sensor, kind)), None)


def depth_sensor_of(stage: Stage) -> CameraSensor | None:
    """The robot's first depth camera."""
    mine = (sensor for sensor in stage.world.sensors if sensor.link.partition("::")[0] == stage.robot)
    return next((s for s in mine if isinstance(s, CameraSensor) and s.kind in ("depth", "rgbd")), None)
