"""A world as a scenario wants it: without some of its models, with others somewhere else or standing fast."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from carebot.errors import ConfigError
from carebot.simulation.sdf.description import Axis, Joint, Link, World
from carebot.simulation.sdf.poses import Pose3D


def without(world: World, models: Collection[str]) -> World:
    """The world without these outermost models and all that is in them."""
    links = tuple(link for link in world.links if link.model not in models)
    kept = {link.name for link in links}
    joints = tuple(joint for joint in world.joints if joint.child in kept)
    names = {joint.name for joint in joints}
    return replace(
        world,
        models=tuple(model for model in world.models if model not in models),
        links=links,
        joints=joints,
        sensors=tuple(sensor for sensor in world.sensors if sensor.link in kept),
        lights=tuple(light for light in world.lights if not light.link or light.link in kept),
        drives=tuple(drive for drive in world.drives if names.issuperset((*drive.left, *drive.right))),
        controllers=tuple(servo for servo in world.controllers if servo.joint in names),
        frames={name: pose for name, pose in world.frames.items() if _outermost(name) not in models},
    )


def moved(world: World, model: str, pose: Pose3D) -> World:
    """The world with the outermost model `model` at `pose`, and everything in it where it then is."""
    shift = pose @ world.frames[model].inverse()
    mine = {link.name for link in world.links if link.model == model}
    return replace(
        world,
        links=tuple(_moved_link(link, shift) if link.name in mine else link for link in world.links),
        joints=tuple(_moved_joint(joint, shift) if joint.child in mine else joint for joint in world.joints),
        frames={name: shift @ place if _outermost(name) == model else place for name, place in world.frames.items()},
    )


def parked(world: World, model: str) -> World:
    """The world with that model standing fast: its joints keep their angles, its motors are gone."""
    mine = {link.name for link in world.links if link.model == model}
    joints = tuple(joint for joint in world.joints if joint.child not in mine)
    names = {joint.name for joint in joints}
    return replace(
        world,
        links=tuple(replace(link, static=True) if link.name in mine else link for link in world.links),
        joints=joints,
        drives=tuple(drive for drive in world.drives if names.issuperset((*drive.left, *drive.right))),
        controllers=tuple(servo for servo in world.controllers if servo.joint in names),
    )


def _outermost(name: str) -> str:
    return name.partition("::")[0]


def _moved_link(link: Link, shift: Pose3D) -> Link:
    return replace(link, pose=shift @ link.pose)


def _moved_joint(joint: Joint, shift: Pose3D) -> Joint:
    return replace(joint, pose=shift @ joint.pose, axes=tuple(_turned(axis, shift) for axis in joint.axes))


def _turned(axis: Axis, shift: Pose3D) -> Axis:
    return replace(axis, direction=shift.rotation @ axis.direction)


def together(world: World, other: World) -> World:
    """All that is in `other`, put into `world` where it is; raises ConfigError where both have a model of one name."""
    if both := set(world.models) & set(other.models):
        raise ConfigError(f"{world.file} has a model '{min(both)}' already: give it another name.")
    return replace(
        world,
        models=(*world.models, *other.models),
        links=(*world.links, *other.links),
        joints=(*world.joints, *other.joints),
        sensors=(*world.sensors, *other.sensors),
        lights=(*world.lights, *other.lights),
        drives=(*world.drives, *other.drives),
        controllers=(*world.controllers, *other.controllers),
        frames={**world.frames, **other.frames},
        notes=(*world.notes, *other.notes),
    )
