"""The robot's shape as a URDF, made from its file: frames of REP-105 and REP-103, for RViz, Nav2 and simulators."""

from __future__ import annotations

import math
import xml.etree.ElementTree as Xml

from carebot.robot import Mounting, RobotFile

WHEEL_WIDTH_M = 0.03
OPTICAL_FRAMES = {"camera": "camera_optical_frame", "depth_camera": "depth_optical_frame"}
"""Of each camera: z away from the lens, x right, y down in the picture (REP-103)."""
HEAD = "Made from the robot file by `carebot check robot`: change that one, and make this anew."


def urdf(robot: RobotFile) -> str:
    """A URDF with `base_footprint` (on the floor), `base_link` (at the axle's height), the wheels and the sensors."""
    root = Xml.Element("robot", name=robot.name)
    radius_m = robot.base.wheel_radius_m
    Xml.SubElement(root, "link", name="base_footprint")
    _base_link(root, robot)
    _joint(root, "base_joint", "fixed", "base_footprint", "base_link", (0.0, 0.0, radius_m))
    for name, (x_m, y_m) in wheel_places(robot).items():
        _wheel(root, name, radius_m)
        joint = _joint(root, f"{name}_wheel_joint", "continuous", "base_link", f"{name}_wheel", (x_m, y_m, 0.0))
        Xml.SubElement(joint, "axis", xyz="0 1 0")
    for name, mounting in _sensors(robot):
        _sensor(root, name, mounting, radius_m)
    Xml.indent(root)
    text = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0"?>\n<!-- {HEAD} -->\n{text}\n'


def wheel_places(robot: RobotFile) -> dict[str, tuple[float, float]]:
    """Each wheel's place: x forward, y left of base_link. A skid-steered base has four, however many motors."""
    base = robot.base
    half_track_m = base.track_width_m / 2
    if base.wheel_base_m is None:
        return {"left": (0.0, half_track_m), "right": (0.0, -half_track_m)}
    half_base_m = base.wheel_base_m / 2
    return {
        "front_left": (half_base_m, half_track_m),
        "front_right": (half_base_m, -half_track_m),
        "rear_left": (-half_base_m, half_track_m),
        "rear_right": (-half_base_m, -half_track_m),
    }


def _base_link(root: Xml.Element, robot: RobotFile) -> None:
    outline, radius_m = robot.footprint, robot.base.wheel_radius_m
    clearance_m = min(radius_m, 0.04)
    length_m, width_m = outline.front_m + outline.rear_m, outline.left_m + outline.right_m
    height_m = outline.height_m - clearance_m
    centre = (
        (outline.front_m - outline.rear_m) / 2,
        (outline.left_m - outline.right_m) / 2,
        clearance_m + height_m / 2 - radius_m,
    )
    link = Xml.SubElement(root, "link", name="base_link")
    for kind in ("visual", "collision"):
        part = Xml.SubElement(link, kind)
        _origin(part, centre)
        Xml.SubElement(Xml.SubElement(part, "geometry"), "box", size=_numbers(length_m, width_m, height_m))


def _wheel(root: Xml.Element, name: str, radius_m: float) -> None:
    link = Xml.SubElement(root, "link", name=f"{name}_wheel")
    for kind in ("visual", "collision"):
        part = Xml.SubElement(link, kind)
        _origin(part, (0.0, 0.0, 0.0), (math.pi / 2, 0.0, 0.0))
        cylinder = {"radius": f"{radius_m:g}", "length": f"{WHEEL_WIDTH_M:g}"}
        Xml.SubElement(Xml.SubElement(part, "geometry"), "cylinder", cylinder)


def _sensors(robot: RobotFile) -> list[tuple[str, Mounting]]:
    sensors = robot.sensors
    cameras = (("camera", sensors.camera), ("depth_camera", sensors.depth_camera))
    others = (("lidar", sensors.lidar), ("imu", sensors.imu))
    named = (*cameras, *others, ("microphone", sensors.microphone), ("speaker", sensors.speaker))
    return [(name, mounting) for name, mounting in named if mounting is not None]


def _sensor(root: Xml.Element, name: str, mounting: Mounting, radius_m: float) -> None:
    Xml.SubElement(root, "link", name=f"{name}_link")
    place = (mounting.x_m, mounting.y_m, mounting.z_m - radius_m)
    turn = (mounting.roll_rad, mounting.pitch_rad, mounting.yaw_rad)
    _joint(root, f"{name}_joint", "fixed", "base_link", f"{name}_link", place, turn)
    if name in OPTICAL_FRAMES:
        Xml.SubElement(root, "link", name=OPTICAL_FRAMES[name])
        optical = (-math.pi / 2, 0.0, -math.pi / 2)
        _joint(root, f"{name}_optical_joint", "fixed", f"{name}_link", OPTICAL_FRAMES[name], (0.0, 0.0, 0.0), optical)


def _joint(
    root: Xml.Element,
    name: str,
    kind: str,
    parent: str,
    child: str,
    place: tuple[float, float, float],
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Xml.Element:
    joint = Xml.SubElement(root, "joint", name=name, type=kind)
    _origin(joint, place, turn)
    Xml.SubElement(joint, "parent", link=parent)
    Xml.SubElement(joint, "child", link=child)
    return joint


def _origin(
    parent: Xml.Element, place: tuple[float, float, float], turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> None:
    Xml.SubElement(parent, "origin", xyz=_numbers(*place), rpy=_numbers(*turn))


def _numbers(*values: float) -> str:
    return " ".join(f"{round(value, 6) + 0.0:g}" for value in values)
