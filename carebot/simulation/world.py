"""What a scenario plays on, as one MuJoCo model: an SDF world, the robot in it, and the people who live there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan, ceil, degrees, radians, tan
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from carebot.errors import ConfigError
from carebot.simulation.animals import add_animal
from carebot.simulation.homes import described_world, robot_of
from carebot.simulation.motion import TICK_S
from carebot.simulation.resident import SKIN_GROUP, add_resident
from carebot.simulation.rotations import about_x, about_y, about_z
from carebot.simulation.scenario import CameraPlace, Scenario
from carebot.simulation.sdf.arrange import moved, parked
from carebot.simulation.sdf.build import TOUCHED_GROUP, build
from carebot.simulation.sdf.build_scene import ALONG_X
from carebot.simulation.sdf.description import CameraSensor, World
from carebot.simulation.sdf.lighting import set_light
from carebot.simulation.sdf.poses import Pose3D, from_euler
from carebot.simulation.textures import soft_spot
from carebot.simulation.wardrobe import Resident, resident_named

EYE = "eye"
"""The robot's camera, wherever the scenario puts it on the robot."""
ROBOT_GROUP = 0
"""Geoms of the robot that touch things: its own lidar and eye look through them, as past a filter for its outline."""
LARGEST_PICTURE = (1280, 960)
FLOOR_HEIGHT_M = 0.05
"""What is lower than this and stands fast is floor: rugs, thresholds."""

SHADED_SEGMENTS = (
    "pelvis", "thorax", "head", "left_thigh", "right_thigh", "left_shank", "right_shank",
    "left_foot", "right_foot", "left_forearm", "right_forearm",
)  # fmt: skip


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


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """`floor` (ngeom,) says which geoms are floor. Names of people are `prefixes` before those of add_resident."""

    world: World
    model: Any
    robot: str
    base: str
    camera: Camera
    floor: NDArray[np.bool_]
    prefixes: tuple[str, ...]
    steps_a_tick: int


def build_stage(scenario: Scenario, width_px: int, height_px: int, drives: bool = False) -> Stage:
    """The stage of a scenario. The robot stands fast unless the scenario has it drive, or `drives`.

    Raises:
        ConfigError: naming the file, for a world that cannot be loaded or has no robot.
    """
    described = described_world(scenario.world)
    robot = robot_of(described)
    can_drive = drives or bool(scenario.robot and (scenario.robot.drive or scenario.robot.drives_itself))
    world = _arranged(described, scenario, robot, can_drive)
    place = _eye_place(world, robot, scenario.camera)
    steps_a_tick = ceil(TICK_S / world.scene.step_s - 1e-9)
    world = replace(world, scene=replace(world.scene, step_s=TICK_S / steps_a_tick))
    spec = build(world)
    if not can_drive:  # only wheels need the dearer cones, on which they do not creep
        spec.option.cone, spec.option.impratio = mujoco.mjtCone.mjCONE_PYRAMIDAL, 1.0
    base = next(link.name for link in world.links if link.model == robot)
    _add_eye(spec, world, robot, base, place, width_px / height_px)
    prefixes = tuple(_add_people(spec, scenario))
    for number, animal in enumerate(scenario.animals):
        add_animal(spec, f"animal{number}", animal.kind)
    _choose_quality(spec)
    model = _compiled(spec, world)
    set_light(world, model, scenario.lighting)
    own = np.isin(model.geom_bodyid, [model.body(link.name).id for link in world.links if link.model == robot])
    model.geom_group[own & (model.geom_group == TOUCHED_GROUP)] = ROBOT_GROUP
    camera = _camera(place, width_px, height_px)
    return Stage(world, model, robot, base, camera, _floor(model), prefixes, steps_a_tick)


def _compiled(spec: Any, world: World) -> Any:
    try:
        return spec.compile()
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{world.file} cannot be simulated ({reason}): correct what it names.") from None


def _arranged(world: World, scenario: Scenario, robot: str, can_drive: bool) -> World:
    if scenario.robot is not None and scenario.robot.at is not None:
        x, y = scenario.robot.at
        world = moved(world, robot, from_euler(np.array((x, y, 0.0)), 0, 0, radians(scenario.robot.facing_deg)))
    for name, place in scenario.moved.items():
        if name not in world.models or name == robot:
            raise ConfigError(f"moved: the world {world.file} has no '{name}' to move: use one of {_furniture(world)}.")
        height_m = float(world.frames[name].position[2])
        world = moved(world, name, from_euler(np.array((*place.at, height_m)), 0, 0, radians(place.facing_deg)))
    return world if can_drive else parked(world, robot)


def _furniture(world: World) -> str:
    return ", ".join(name for name in world.models if name != robot_of(world)) or "none"


# the robot's eye


@dataclass(frozen=True, slots=True)
class _EyePlace:
    """On the robot: ahead of its frame and above the floor, angles in radians, pitch positive downward."""

    ahead_m: float
    left_m: float
    height_m: float
    pitch_rad: float
    roll_rad: float
    horizontal_fov_rad: float


def _eye_place(world: World, robot: str, wanted: CameraPlace) -> _EyePlace:
    """The robot's own camera, but for what the scenario says of it."""
    cameras = [s for s in world.sensors if isinstance(s, CameraSensor) and s.kind != "depth"]
    own = next((camera for camera in cameras if camera.link.partition("::")[0] == robot), None)
    if own is None:
        raise ConfigError(f"The robot '{robot}' of {world.file} has no camera: give it one.")
    link = next(link for link in world.links if link.name == own.link)
    place = world.frames[robot].inverse() @ link.pose @ own.pose
    ahead, left, height = (float(value) for value in place.position)
    pitch = float(np.arcsin(np.clip(-place.rotation[2, 0], -1, 1)))

    def either(given: float | None, usual: float) -> float:
        return usual if given is None else given

    return _EyePlace(
        ahead,
        left,
        either(wanted.height_m, height),
        radians(wanted.pitch_deg) if wanted.pitch_deg is not None else pitch,
        radians(wanted.roll_deg),
        radians(wanted.horizontal_fov_deg) if wanted.horizontal_fov_deg is not None else own.horizontal_fov_rad,
    )


def _camera(place: _EyePlace, width_px: int, height_px: int) -> Camera:
    focal = width_px / 2.0 / tan(place.horizontal_fov_rad / 2.0)
    middle = (width_px / 2.0, height_px / 2.0)
    return Camera(
        width_px, height_px, focal, focal, *middle, place.height_m, place.pitch_rad, place.roll_rad
    )  # fmt: skip


def _add_eye(spec: Any, world: World, robot: str, base: str, place: _EyePlace, aspect: float) -> None:
    position = np.array((place.ahead_m, place.left_m, place.height_m))
    on_robot = Pose3D(position, about_y(place.pitch_rad) @ about_x(place.roll_rad) @ about_z(0.0) @ ALONG_X)
    link = next(link for link in world.links if link.name == base)
    on_base = link.pose.inverse() @ world.frames[robot] @ on_robot
    opening = 2 * atan(tan(place.horizontal_fov_rad / 2) / aspect)
    spec.body(base).add_camera(name=EYE, pos=on_base.position, quat=on_base.quaternion(), fovy=degrees(opening))


# people


def _add_people(spec: Any, scenario: Scenario) -> list[str]:
    prefixes = [""]
    _add_person(spec, resident_named(scenario.resident))
    for other in scenario.others:
        child = mujoco.MjSpec()
        child.compiler.degree = False
        _add_person(child, resident_named(other.resident))
        prefixes.append(f"{other.name}/")
        spec.attach(child, prefix=prefixes[-1], frame=spec.worldbody.add_frame())
    return prefixes


def _add_person(spec: Any, resident: Resident) -> None:
    add_resident(spec, resident)
    _add_guide(spec)
    _add_shades(spec)


def _add_guide(spec: Any) -> None:
    """An unseen hand at the pelvis: it leads the body while balance is kept, and lets go in a fall."""
    spec.worldbody.add_body(name="guide", mocap=True)
    weld = spec.add_equality(
        name="guide", type=mujoco.mjtEq.mjEQ_WELD, name1="guide", name2="pelvis", objtype=mujoco.mjtObj.mjOBJ_BODY
    )
    weld.data[:11] = (0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
    weld.solref = (0.015, 1.0)
    weld.solimp = (0.97, 0.99, 0.01, 0.5, 2.0)


def _add_shades(spec: Any) -> None:
    """Soft blots on the floor, one below each large segment of the body; the eye moves them before each picture."""
    picture = soft_spot()
    texture = spec.add_texture(
        name="shade", type=mujoco.mjtTexture.mjTEXTURE_2D, width=picture.shape[1], height=picture.shape[0], nchannel=4
    )
    texture.data = picture.tobytes()
    material = spec.add_material(name="shade", specular=0.0, rgba=(1, 1, 1, 0.5))
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "shade"
    for segment in SHADED_SEGMENTS:
        spec.worldbody.add_geom(
            name=f"shade_{segment}",
            type=mujoco.mjtGeom.mjGEOM_PLANE,
            size=(0.2, 0.2, 0.1),
            pos=(0, 0, 0.01),
            material="shade",
            contype=0,
            conaffinity=0,
            group=SKIN_GROUP,
        )


# the whole


def _choose_quality(spec: Any) -> None:
    """Settings that a processor without a graphics card draws in a few hundredths of a second.

    No light casts a hard shadow: that would double the time for a picture. The people's own shade moves along (eye.py).
    """
    visual = spec.visual
    visual.global_.offwidth, visual.global_.offheight = LARGEST_PICTURE
    visual.quality.shadowsize = 0
    visual.quality.offsamples = 0
    visual.quality.numslices, visual.quality.numstacks, visual.quality.numquads = 16, 10, 8


def _floor(model: Any) -> NDArray[np.bool_]:
    """Which geoms are floor: planes that face up, and flat things that stand fast on it."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    turned = np.abs(data.geom_xmat.reshape(-1, 3, 3)[:, 2, :])
    up = np.einsum("nj,nj->n", turned, model.geom_aabb[:, 3:])
    middle = data.geom_xpos[:, 2] + np.einsum(
        "nj,nj->n", data.geom_xmat.reshape(-1, 3, 3)[:, 2], model.geom_aabb[:, :3]
    )
    plane = model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE
    stands = model.body_weldid[model.geom_bodyid] == 0
    touches = model.geom_contype != 0
    low = np.where(plane, data.geom_xpos[:, 2], middle + up) < FLOOR_HEIGHT_M
    return np.asarray(stands & touches & low)
