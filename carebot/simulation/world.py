"""The whole simulated world as one MuJoCo model: room, resident, guide, robot's camera and light."""

from __future__ import annotations

from math import atan, degrees, radians, tan
from typing import Any

import mujoco
import numpy as np

from carebot.simulation.resident import SKIN_GROUP, add_resident
from carebot.simulation.room import HEIGHT_M, add_room
from carebot.simulation.rotations import about_x, about_y, about_z
from carebot.simulation.scenario import CameraPlace, Scenario
from carebot.simulation.textures import soft_spot
from carebot.simulation.wardrobe import resident_named

PHYSICS_STEP_S = 0.002
LARGEST_PICTURE = (1280, 960)

SHADED_SEGMENTS = (
    "pelvis", "thorax", "head", "left_thigh", "right_thigh", "left_shank", "right_shank",
    "left_foot", "right_foot", "left_forearm", "right_forearm",
)  # fmt: skip

DAYLIGHT = {"day": 1.0, "evening": 0.45, "night": 0.05}


def build_world(scenario: Scenario, aspect: float) -> Any:
    """The compiled mujoco.MjModel of a scenario; `aspect` is the picture's width by its height."""
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    spec.option.timestep = PHYSICS_STEP_S
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL
    add_room(spec, DAYLIGHT[scenario.lighting])
    add_resident(spec, resident_named(scenario.resident))
    _add_guide(spec)
    _add_camera(spec, scenario.camera, aspect)
    _add_lights(spec, scenario.lighting)
    _add_shades(spec)
    _choose_quality(spec)
    return spec.compile()


def camera_rotation(camera: CameraPlace) -> Any:
    """The matrix whose columns are the camera's x (right), y (up) and z (backward) in the room."""
    looking_along_x = np.array(((0.0, 0.0, -1.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
    turned = about_z(radians(camera.yaw_deg)) @ about_y(radians(camera.pitch_deg)) @ about_x(radians(camera.roll_deg))
    return turned @ looking_along_x


def vertical_fov_rad(camera: CameraPlace, aspect: float) -> float:
    """The opening angle of the picture's height, with square pixels."""
    return 2.0 * atan(tan(radians(camera.horizontal_fov_deg) / 2.0) / aspect)


def _add_guide(spec: Any) -> None:
    """An unseen hand at the pelvis: it leads the body while balance is kept, and lets go in a fall."""
    spec.worldbody.add_body(name="guide", mocap=True)
    weld = spec.add_equality(
        name="guide", type=mujoco.mjtEq.mjEQ_WELD, name1="guide", name2="pelvis", objtype=mujoco.mjtObj.mjOBJ_BODY
    )
    weld.data[:11] = (0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)
    weld.solref = (0.015, 1.0)
    weld.solimp = (0.97, 0.99, 0.01, 0.5, 2.0)


def _add_camera(spec: Any, camera: CameraPlace, aspect: float) -> None:
    rotation = camera_rotation(camera)
    quaternion = np.zeros(4)
    mujoco.mju_mat2Quat(quaternion, rotation.ravel())
    spec.worldbody.add_camera(
        name="robot",
        pos=(camera.x_m, camera.y_m, camera.height_m),
        quat=quaternion,
        fovy=degrees(vertical_fov_rad(camera, aspect)),
    )


def _add_lights(spec: Any, lighting: str) -> None:
    """A key light from the front, a fill from the window; the headlight stands for what walls and ceiling reflect.

    No light casts a hard shadow: that would double the time for a picture. Soft shade is painted (textures.py), and the
    resident's own moves along (eye.py).
    """
    key, fill, ambient = {
        "day": ((0.48, 0.46, 0.42), (0.26, 0.28, 0.31), 0.48),
        "evening": ((0.55, 0.44, 0.31), (0.10, 0.09, 0.08), 0.26),
        "night": ((0.19, 0.18, 0.19), (0.05, 0.05, 0.07), 0.12),
    }[lighting]
    _lamp(spec, (0.55, -0.45, -0.75), key)
    _lamp(spec, (-0.70, -0.25, -0.55), fill)
    spec.visual.headlight.ambient = (ambient, ambient, ambient)
    spec.visual.headlight.diffuse = (0.14, 0.14, 0.14)
    spec.visual.headlight.specular = (0.0, 0.0, 0.0)


def _lamp(spec: Any, towards: tuple[float, ...], colour: tuple[float, ...]) -> None:
    light = spec.worldbody.add_light(pos=(2.6, 0.0, HEIGHT_M), dir=towards)
    light.type = mujoco.mjtLightType.mjLIGHT_DIRECTIONAL
    light.diffuse = colour
    light.ambient = (0.0, 0.0, 0.0)
    light.specular = (0.1, 0.1, 0.1)
    light.castshadow = False


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


def _choose_quality(spec: Any) -> None:
    """Settings that a processor without a graphics card draws in a few hundredths of a second."""
    visual = spec.visual
    visual.global_.offwidth, visual.global_.offheight = LARGEST_PICTURE
    visual.quality.shadowsize = 0
    visual.quality.offsamples = 0
    visual.quality.numslices, visual.quality.numstacks, visual.quality.numquads = 16, 10, 8
    visual.map.znear, visual.map.zfar = 0.02, 4.0
