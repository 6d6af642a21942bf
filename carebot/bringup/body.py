"""What the robot file says of cameras, lidar and outline, as parameters of every node that has to know it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from carebot.robot import Mounting, RobotFile
from carebot.safety.parameters import SafetyParameters

Parameters = dict[str, Any]


def body_parameters(name: str, robot: RobotFile) -> dict[str, Parameters]:
    """By node: the parameters that follow from the robot file `name`, so that nobody writes them a second time."""
    mounting = {} if robot.sensors.camera is None else asdict(robot.sensors.camera.mounting())
    return {
        "falls": {"mounting": mounting},
        "care": {"camera": mounting},
        "conversation": {"mounting": mounting},
        "tablet": {"camera": mounting},
        "navigation": {"robot": name},
        "safety": _safety(robot),
    }


def _safety(robot: RobotFile) -> Parameters:
    outline, sensors = robot.footprint, robot.sensors
    found: Parameters = {key: value for key, value in outline.model_dump().items() if key != "height_m"}
    found["can_slide"] = robot.base.kinematics == "mecanum"
    found |= {
        key: min(getattr(SafetyParameters(), key), getattr(robot.limits, key))
        for key in ("deceleration_m_s2", "yaw_deceleration_rad_s2")
    }
    if sensors.camera is not None:
        found["camera_vertical_fov_rad"] = sensors.camera.vertical_fov_rad
        found["camera_ahead_m"] = max(0.0, outline.front_m - sensors.camera.x_m)
    if sensors.lidar is not None:
        found["lidar"] = _on_floor(sensors.lidar)
    if sensors.depth_camera is not None:
        found["depth_camera"] = asdict(sensors.depth_camera.mounting())
        found["depth_pose"] = _on_floor(sensors.depth_camera)
    return found


def _on_floor(sensor: Mounting) -> Parameters:
    return {"x_m": sensor.x_m, "y_m": sensor.y_m, "yaw_rad": sensor.yaw_rad}


def filled(given: Parameters, known: Parameters) -> Parameters:
    """`given`, and of `known` what it leaves out; both may be nested."""
    result = dict(given)
    for key, value in known.items():
        if isinstance(value, dict) and isinstance(result.get(key, {}), dict):
            result[key] = filled(result.get(key, {}), value)
        else:
            result.setdefault(key, value)
    return result
