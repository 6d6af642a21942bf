"""The robot's URDF, which ROS's tools read, and its SDF model, which the simulators read, are the same robot."""

from __future__ import annotations

from math import isclose
from typing import Any

import mujoco
import numpy as np
import pytest

from carebot.chassis.urdf import urdf
from carebot.robot import load_robot
from carebot.simulation.sdf.build import load_world
from carebot.simulation.sdf.description import CameraSensor, DiffDrive
from carebot.simulation.sdf.resources import models_dir

MASS = '<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
HEAD = '<mujoco><compiler fusestatic="false" discardvisual="false" balanceinertia="true"/></mujoco>'
SLACK_M = 0.035
"""The URDF's box is the outline that safety keeps clear; the body in it is round at the back."""


@pytest.fixture(scope="module", params=["simulated", "gazebo"])
def described(request: pytest.FixtureRequest) -> Any:
    """The URDF in MuJoCo, with the masses that it wants."""
    text = urdf(load_robot(request.param))
    for name in {part.partition('"')[0] for part in text.split('<link name="')[1:]}:
        text = text.replace(f'<link name="{name}" />', f'<link name="{name}">{MASS}</link>')
        text = text.replace(f'<link name="{name}">\n', f'<link name="{name}">{MASS}\n')
    model = mujoco.MjModel.from_xml_string(text.replace("<link", f"{HEAD}<link", 1))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


@pytest.fixture(scope="module")
def simulated() -> Any:
    loaded = load_world(models_dir() / "carebot" / "model.sdf")
    data = mujoco.MjData(loaded.model)
    mujoco.mj_forward(loaded.model, data)
    return loaded, data


def test_wheels_are_in_the_same_places_and_of_the_same_size(described: Any, simulated: Any) -> None:
    model, data = described
    loaded, now = simulated
    [drive] = loaded.world.drives
    assert isinstance(drive, DiffDrive)
    for side in ("left", "right"):
        assert data.body(f"{side}_wheel").xpos == pytest.approx(now.body(f"carebot::{side}_wheel").xpos, abs=1e-6)
        axis = data.joint(f"{side}_wheel_joint").xaxis
        assert axis == pytest.approx(now.joint(f"carebot::{side}_wheel_joint").xaxis, abs=1e-4)
        geom = model.geom(model.body(f"{side}_wheel").geomadr[0])
        assert geom.size[0] == pytest.approx(drive.radius_m)
        assert 2 * geom.size[1] == pytest.approx(0.035, abs=0.006)
    assert data.body("left_wheel").xpos[1] - data.body("right_wheel").xpos[1] == pytest.approx(drive.separation_m)


@pytest.mark.parametrize(
    ("frame", "sensor"),
    [
        ("camera_link", "carebot::head::camera"),
        ("depth_camera_link", "carebot::body::depth_camera"),
        ("lidar_link", "carebot::base_link::lidar"),
        ("imu_link", "carebot::base_link::imu"),
    ],
)
def test_sensors_look_from_the_same_places_the_same_way(
    described: Any, simulated: Any, frame: str, sensor: str
) -> None:
    body = described[1].body(frame)
    loaded, now = simulated
    found = next(each for each in loaded.world.sensors if each.name == sensor)
    link = now.body(found.link)
    turn = link.xmat.reshape(3, 3)
    assert body.xpos == pytest.approx(link.xpos + turn @ found.pose.position, abs=1e-6)
    assert body.xmat.reshape(3, 3) == pytest.approx(turn @ found.pose.rotation, abs=1e-4)


@pytest.mark.parametrize("name", ["microphone", "speaker"])
def test_voice_and_ear_are_in_the_same_places(described: Any, simulated: Any, name: str) -> None:
    there = simulated[0].world.frames[f"carebot::{name}"]
    body = described[1].body(f"{name}_link")
    assert body.xpos == pytest.approx(there.position, abs=1e-6)
    assert body.xmat.reshape(3, 3) == pytest.approx(there.rotation, abs=1e-6)


@pytest.mark.parametrize("name", ["camera", "depth_camera"])
def test_cameras_open_as_wide(simulated: Any, name: str) -> None:
    camera = next(each for each in simulated[0].world.sensors if each.name.endswith(f"::{name}"))
    assert isinstance(camera, CameraSensor)
    vertical = 2 * np.arctan(np.tan(camera.horizontal_fov_rad / 2) * camera.height_px / camera.width_px)
    assert getattr(load_robot("simulated").sensors, name).vertical_fov_rad == pytest.approx(vertical, abs=0.01)


def test_the_box_holds_all_that_touches_and_little_more(described: Any, simulated: Any) -> None:
    model, data = described
    box = next(number for number in range(model.ngeom) if model.geom_type[number] == mujoco.mjtGeom.mjGEOM_BOX)
    low, high = data.geom_xpos[box] - model.geom_size[box], data.geom_xpos[box] + model.geom_size[box]
    corners = _extent(*simulated)
    assert (corners[0][:2] >= low[:2] - 1e-6).all()
    assert (corners[1] <= high + 1e-6).all()
    assert corners[0][:2] == pytest.approx(low[:2], abs=SLACK_M)
    assert corners[1] == pytest.approx(high, abs=SLACK_M)
    assert isclose(corners[0][2], 0.0, abs_tol=0.001), "it stands on the floor"


def _extent(loaded: Any, data: Any) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest corner of everything that touches."""
    lows, highs = [], []
    for number in np.flatnonzero(loaded.model.geom_contype):
        kind, size = loaded.model.geom_type[number], loaded.model.geom_size[number]
        turn = data.geom_xmat[number].reshape(3, 3)
        half = _half(kind, size, turn)
        lows.append(data.geom_xpos[number] - half)
        highs.append(data.geom_xpos[number] + half)
    return np.min(lows, axis=0), np.max(highs, axis=0)


def _half(kind: int, size: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Half the size of the upright box around a shape."""
    if kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
        return np.linalg.norm(turn * size, axis=1)
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return np.full(3, size[0])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        axis = turn[:, 2]
        return np.abs(axis) * size[1] + size[0] * np.sqrt(np.maximum(0.0, 1.0 - axis**2))
    assert kind == mujoco.mjtGeom.mjGEOM_BOX
    return np.abs(turn) @ size
