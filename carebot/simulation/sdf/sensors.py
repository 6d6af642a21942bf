"""Cameras, lidars, IMUs and contact sensors, described for a simulator to realise."""

from __future__ import annotations

from math import pi

from carebot.simulation.sdf.description import (
    CameraKind,
    CameraSensor,
    ContactSensor,
    ImuSensor,
    LidarSensor,
    Sensor,
    Sweep,
)
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.poses import Pose3D
from carebot.simulation.sdf.scopes import Scope
from carebot.simulation.sdf.values import number, positive, string, whole

CAMERAS: dict[str, CameraKind] = {
    "camera": "camera",
    "depth_camera": "depth",
    "depth": "depth",
    "rgbd_camera": "rgbd",
    "rgbd": "rgbd",
}
LIDARS = ("gpu_lidar", "lidar", "gpu_ray", "ray")


def read_sensors(link: Element, scope: Scope, notes: Notes) -> list[Sensor]:
    """The sensors of a link; a kind that is not simulated is noted."""
    origin = scope.pose_of(link.name, link).inverse()
    found = []
    for element in link.all("sensor"):
        sensor = _read(element, scope, link, origin @ scope.pose_within(element, link.name), notes)
        if sensor is not None:
            found.append(sensor)
    return found


def _read(element: Element, scope: Scope, link: Element, place: Pose3D, notes: Notes) -> Sensor | None:
    kind = element.attributes.get("type", "")
    name = scope.full(f"{link.name}::{element.name}")
    rate = number(element, "update_rate", 0.0)
    common = (name, scope.full(link.name), place, rate, string(element, "topic"))
    if kind in CAMERAS:
        return _camera(element, common, CAMERAS[kind])
    if kind in LIDARS:
        return _lidar(element, common, notes)
    if kind == "imu":
        return ImuSensor(*common)
    if kind == "contact":
        return _contact(element, scope, link, common)
    notes.add(element, f"a sensor of type {kind or 'missing'!r} is not simulated")
    return None


def _camera(element: Element, common: tuple[str, str, Pose3D, float, str], kind: CameraKind) -> CameraSensor:
    camera = element.child("camera")
    if camera is None:
        element.refuse(f"the sensor '{element.name}' has no <camera>: give it one")
    image, clip = camera.child("image"), camera.child("clip")
    opening = positive(camera, "horizontal_fov", 1.047)
    if opening >= pi:
        camera.refuse(f"<horizontal_fov> is {opening:g} rad: it must be below {pi:.2f}")
    return CameraSensor(
        *common,
        kind=kind,
        width_px=whole(image, "width", 320),
        height_px=whole(image, "height", 240),
        horizontal_fov_rad=opening,
        near_m=number(clip, "near", 0.1),
        far_m=number(clip, "far", 100.0),
    )


def _lidar(element: Element, common: tuple[str, str, Pose3D, float, str], notes: Notes) -> LidarSensor:
    lidar = element.child("lidar") or element.child("ray")
    if lidar is None:
        element.refuse(f"the sensor '{element.name}' has no <lidar>: give it one")
    scan, reach = lidar.child("scan"), lidar.child("range")
    nearest, farthest = number(reach, "min", 0.0), number(reach, "max", 100.0)
    if not 0 <= nearest < farthest:
        lidar.refuse(f"the range from {nearest:g} to {farthest:g} m holds nothing: <min> must be below <max>")
    vertical = scan.child("vertical") if scan else None
    if vertical is not None and whole(vertical, "samples", 1) > 1:
        notes.add(vertical, "a lidar has one row of rays, level with it")
    return LidarSensor(
        *common,
        horizontal=_rays(scan.child("horizontal") if scan else None, 640),
        nearest_m=nearest,
        farthest_m=farthest,
        noise_m=number(lidar.child("noise"), "stddev", 0.0),
    )


def _rays(element: Element | None, samples: int) -> Sweep:
    first, last = number(element, "min_angle", 0.0), number(element, "max_angle", 0.0)
    count = whole(element, "samples", samples)
    if element is not None and last < first:
        element.refuse(f"<max_angle> {last:g} is below <min_angle> {first:g}: exchange them")
    return Sweep(count, first, last)


def _contact(
    element: Element, scope: Scope, link: Element, common: tuple[str, str, Pose3D, float, str]
) -> ContactSensor:
    contact = element.child("contact")
    known = {collision.name for collision in link.all("collision")}
    names = [collision.text for collision in contact.all("collision")] if contact else []
    for name in names:
        if name not in known:
            element.refuse(f"the link '{link.name}' has no collision '{name}': use one of {', '.join(known) or 'none'}")
    return ContactSensor(*common, geoms=tuple(scope.full(f"{link.name}::{name}") for name in names))
