"""From a file to a world's description."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from carebot.simulation.sdf.description import DiffDrive, Joint, Light, Link, PositionController, Scene, Sensor, World
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.includes import read_expanded
from carebot.simulation.sdf.joints import read_joint
from carebot.simulation.sdf.lights import read_lights
from carebot.simulation.sdf.links import read_link
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.plugins import read_plugins
from carebot.simulation.sdf.poses import Pose3D
from carebot.simulation.sdf.scopes import WORLD, Scope, scope_of
from carebot.simulation.sdf.sensors import read_sensors
from carebot.simulation.sdf.unread import note_unread
from carebot.simulation.sdf.values import colour, flag, positive, vector

STEP_S = 0.001
LONGEST_STEP_S = 0.01


def read_world(path: Path) -> World:
    """What the file describes, with every include, name and frame resolved.

    Raises:
        ConfigError: naming file and line, for whatever would make the simulated world wrong.
    """
    notes = Notes()
    element = read_expanded(path, notes)
    root = scope_of(element)
    models = list(root.models())
    joints = [joint for scope in (root, *models) for joint in _joints(scope, notes)]
    links, sensors, lights = _links(models, _fixed_to_world(joints), notes)
    drives, servos = _plugins((root, *models), joints, notes)
    note_unread(element, notes)
    return World(
        name=element.attributes.get("name", path.stem),
        file=path,
        scene=_scene(element),
        models=tuple(root.nested),
        links=tuple(links),
        joints=tuple(joints),
        sensors=tuple(sensors),
        lights=(*read_lights(element, root), *lights),
        drives=tuple(drives),
        controllers=tuple(servos),
        frames=_frames((root, *models)),
        notes=notes.all(),
    )


def is_static(scope: Scope) -> bool:
    """Whether the model, or one that it is nested in, is static."""
    here = flag(scope.element, "static", False)
    return here or (scope.parent is not None and is_static(scope.parent))


def _joints(scope: Scope, notes: Notes) -> list[Joint]:
    return [read_joint(element, scope, notes) for element in scope.element.all("joint")]


def _fixed_to_world(joints: Iterable[Joint]) -> frozenset[str]:
    return frozenset(joint.child for joint in joints if joint.kind == "fixed" and joint.parent == WORLD)


def _links(
    models: Iterable[Scope], fixed: frozenset[str], notes: Notes
) -> tuple[list[Link], list[Sensor], list[Light]]:
    links, sensors, lights = [], [], []
    for scope in models:
        static = is_static(scope)
        for element in scope.element.all("link"):
            links.append(read_link(element, scope, static, scope.full(element.name) in fixed, notes))
            sensors.extend(read_sensors(element, scope, notes))
            lights.extend(read_lights(element, scope))
    return links, sensors, lights


def _plugins(
    scopes: Iterable[Scope], joints: Iterable[Joint], notes: Notes
) -> tuple[list[DiffDrive], list[PositionController]]:
    by_name = {joint.name: joint for joint in joints}
    drives: list[DiffDrive] = []
    servos: list[PositionController] = []
    for scope in scopes:
        more_drives, more_servos = read_plugins(scope, by_name, notes)
        drives += more_drives
        servos += more_servos
    return drives, servos


def _frames(scopes: Iterable[Scope]) -> dict[str, Pose3D]:
    return {
        scope.full(element.name): scope.world_pose() @ scope.pose_of(element.name, element)
        for scope in scopes
        for element in scope.element.all("frame", "model")
    }


def _scene(world: Element) -> Scene:
    scene, physics = world.child("scene"), world.child("physics")
    step = positive(physics, "max_step_size", STEP_S) if physics else STEP_S
    if step > LONGEST_STEP_S and physics:
        physics.refuse(f"<max_step_size> is {step:g} s: contacts need at most {LONGEST_STEP_S:g} s")
    return Scene(
        ambient=colour(scene, "ambient", (0.4, 0.4, 0.4, 1.0)),
        background=colour(scene, "background", (0.7, 0.7, 0.7, 1.0)),
        gravity=vector(world, "gravity", (0.0, 0.0, -9.8)),
        step_s=step,
    )
