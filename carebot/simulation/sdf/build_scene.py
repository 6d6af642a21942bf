"""Light, sky, cameras and sensors in MuJoCo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import atan, degrees, tan
from typing import Any

import mujoco
import numpy as np

from carebot.simulation.sdf.description import CameraSensor, ImuSensor, LidarSensor, Light, Scene, Sensor
from carebot.simulation.sdf.poses import Pose3D

LARGEST_PICTURE = (1920, 1440)
ALONG_X = np.array(((0.0, 0.0, -1.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
"""MuJoCo's cameras look along their -z with y up, SDF's along x with z up."""


def add_scene(spec: Any, scene: Scene) -> None:
    """Gravity, time step, ambient light and the colour behind everything."""
    spec.compiler.degree = False
    spec.option.timestep = scene.step_s
    spec.option.gravity = scene.gravity
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0
    visual = spec.visual
    visual.global_.offwidth, visual.global_.offheight = LARGEST_PICTURE
    visual.map.znear, visual.map.zfar = 0.005, 10.0
    visual.quality.shadowsize = 2048
    visual.headlight.ambient = scene.ambient[:3]
    visual.headlight.diffuse = (0.1, 0.1, 0.1)
    visual.headlight.specular = (0.0, 0.0, 0.0)
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT,
        rgb1=scene.background[:3],
        rgb2=scene.background[:3],
        width=64,
        height=64,
    )


def add_lights(spec: Any, lights: Iterable[Light], bodies: Mapping[str, Any]) -> None:
    """MuJoCo's renderer leaves out lights of type POINT: a spot that opens all around is one."""
    kinds = {
        "point": mujoco.mjtLightType.mjLIGHT_SPOT,
        "directional": mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        "spot": mujoco.mjtLightType.mjLIGHT_SPOT,
    }
    for light in lights:
        body = bodies[light.link] if light.link else spec.worldbody
        made = body.add_light(name=light.name, pos=light.pose.position, dir=light.direction, type=kinds[light.kind])
        made.diffuse, made.specular = light.diffuse[:3], light.specular[:3]
        made.ambient = (0.0, 0.0, 0.0)
        made.attenuation = light.attenuation
        made.cutoff = degrees(light.cutoff_rad) if light.kind == "spot" else 180.0
        made.exponent = 1.0 if light.kind == "spot" else 0.0
        made.castshadow = light.casts_shadow


def add_sensors(spec: Any, sensors: Iterable[Sensor], bodies: Mapping[str, Any]) -> None:
    """A camera for each camera, a site for each lidar, a site and three sensors for each IMU."""
    for sensor in sensors:
        body = bodies[sensor.link]
        if isinstance(sensor, CameraSensor):
            _add_camera(body, sensor)
        elif isinstance(sensor, LidarSensor):
            _add_site(body, sensor)
        elif isinstance(sensor, ImuSensor):
            _add_site(body, sensor)
            _add_imu(spec, sensor)


def vertical_fov_rad(camera: CameraSensor) -> float:
    """The full opening angle of the picture's height, with square pixels."""
    return 2 * atan(tan(camera.horizontal_fov_rad / 2) * camera.height_px / camera.width_px)


def _add_camera(body: Any, camera: CameraSensor) -> None:
    looking = Pose3D(camera.pose.position, camera.pose.rotation @ ALONG_X)
    body.add_camera(
        name=camera.name, pos=looking.position, quat=looking.quaternion(), fovy=degrees(vertical_fov_rad(camera))
    )


def _add_site(body: Any, sensor: Sensor) -> None:
    body.add_site(name=sensor.name, pos=sensor.pose.position, quat=sensor.pose.quaternion(), size=(0.01, 0, 0), group=5)


def _add_imu(spec: Any, sensor: ImuSensor) -> None:
    for name, kind in (
        ("gyro", mujoco.mjtSensor.mjSENS_GYRO),
        ("accelerometer", mujoco.mjtSensor.mjSENS_ACCELEROMETER),
        ("orientation", mujoco.mjtSensor.mjSENS_FRAMEQUAT),
    ):
        spec.add_sensor(name=f"{sensor.name}/{name}", type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=sensor.name)
