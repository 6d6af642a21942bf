"""Gazebo's own reader, libsdformat, and the embedded simulator make the same of every world."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest

from carebot.simulation.sdf.build import LoadedWorld, load_world
from carebot.simulation.sdf.description import CameraSensor, ContactSensor, ImuSensor, LidarSensor
from carebot.simulation.sdf.resources import models_dir, worlds_dir

SOURCE = Path(__file__).with_name("libsdformat_view.cpp")
PACKAGE = "sdformat12"
TYPES = {1: "ball", 2: "continuous", 3: "fixed", 5: "prismatic", 6: "revolute", 9: "universal"}
"""sdf::JointType in sdf/Joint.hh."""

KINDS = {
    "camera": CameraSensor,
    "depth_camera": CameraSensor,
    "gpu_lidar": LidarSensor,
    "imu": ImuSensor,
    "contact": ContactSensor,
}

TRICKY = """<world name="w">
  <frame name="corner"><pose degrees="true">1 2 0 0 0 30</pose></frame>
  <model name="outer" placement_frame="grip" canonical_link="inner::hand">
    <pose relative_to="corner">0 0 1 0.1 0.2 0.3</pose>
    <link name="base"><pose>0.1 0 0 0 0 1</pose>{inertia}</link>
    <frame name="grip" attached_to="base"><pose>0 0.2 0.3 0.4 0 0</pose></frame>
    <model name="inner" placement_frame="hand"><pose relative_to="grip">0.5 0 0 0 0 0.5</pose>
      <link name="hand"><pose>0 0 0.7 0 1 0</pose>{inertia}</link>
      <link name="finger"><pose relative_to="hand">0.1 0 0 0 0 0</pose>{inertia}</link>
      <joint name="knuckle" type="universal"><pose relative_to="hand">0.05 0 0 0.3 0 0</pose><parent>hand</parent>
        <child>finger</child><axis><xyz expressed_in="hand">0 1 0</xyz><limit><lower>-1</lower><upper>1</upper></limit>
        </axis><axis2><xyz>1 0 0</xyz></axis2></joint>
    </model>
    <joint name="wrist" type="revolute"><parent>base</parent><child>inner::hand</child>
      <axis><xyz expressed_in="__model__">0 0 1</xyz><limit><lower>-0.4</lower><upper>0.9</upper><effort>7</effort>
      </limit><dynamics><damping>0.5</damping></dynamics></axis></joint>
  </model>
  <model name="on_top"><pose relative_to="outer::grip">0 0 1 0 0 0</pose><link name="l">{inertia}</link></model>
</world>"""


@pytest.fixture(scope="session")
def libsdformat(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[dict[str, Any]]]:
    """What libsdformat says of a file; the tests skip without it."""
    needed = ("pkg-config", "g++")
    if any(shutil.which(tool) is None for tool in needed) or subprocess.call(["pkg-config", "--exists", PACKAGE]):
        pytest.skip("libsdformat is not here (Debian packages libsdformat-dev, pkg-config and g++)")
    flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", PACKAGE], text=True).split()
    program = tmp_path_factory.mktemp("libsdformat") / "view"
    subprocess.run(["g++", "-O0", "-std=c++17", "-w", "-o", str(program), str(SOURCE), *flags], check=True)

    def view(path: Path) -> list[dict[str, Any]]:
        command = [str(program), str(path), str(models_dir())]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    return view


def hold_against(loaded: LoadedWorld, said: list[dict[str, Any]]) -> None:
    """Names, masses, places, inertia, joints, limits and axes, in the compiled MuJoCo model."""
    model, data = loaded.model, mujoco.MjData(loaded.model)
    mujoco.mj_forward(model, data)
    links = {each["link"]: each for each in said if "link" in each}
    joints = {each["joint"]: each for each in said if "joint" in each}
    assert {model.body(number).name for number in range(1, model.nbody)} == set(links)
    assert {joint.name for joint in loaded.world.joints} == set(joints)
    for name, link in links.items():
        hold_link_against(loaded, data, name, link)
    hold_sensors_against(loaded, data, {each["sensor"]: each for each in said if "sensor" in each})
    hold_plugins_against(loaded, [each for each in said if "plugin" in each])
    for joint in loaded.world.joints:
        expected = joints[joint.name]
        assert joint.kind == TYPES[expected["type"]]
        assert (joint.parent, joint.child) == (expected["parent"], expected["child"])
        for number, axis in enumerate(expected["axes"]):
            hold_axis_against(model, data, joint.name if number == 0 else f"{joint.name}::axis2", axis, expected)


def hold_link_against(loaded: LoadedWorld, data: Any, name: str, link: dict[str, Any]) -> None:
    body, static = data.body(name), loaded.model.body_weldid[loaded.model.body(name).id] == 0
    assert body.xpos == pytest.approx(link["position"], abs=1e-6), name
    assert abs(np.dot(body.xquat, link["quaternion"])) == pytest.approx(1.0, abs=1e-6), name
    compiled = loaded.model.body(name)
    if not static:
        assert compiled.mass[0] == pytest.approx(link["mass"], rel=1e-6)
        assert compiled.ipos == pytest.approx(link["centre"], abs=1e-6)
        assert sorted(compiled.inertia) == pytest.approx(sorted(link["moments"]), rel=1e-3, abs=1e-8)
    assert compiled.geomnum[0] == link["collisions"] + link["visuals"], name


def hold_axis_against(model: Any, data: Any, name: str, axis: dict[str, Any], joint: dict[str, Any]) -> None:
    compiled, now = model.joint(name), data.joint(name)
    assert now.xanchor == pytest.approx(joint["position"], abs=1e-6), name
    assert now.xaxis == pytest.approx(axis["direction"], abs=1e-6), name
    limited = isfinite(axis["lower"]) or isfinite(axis["upper"])
    assert bool(model.jnt_limited[compiled.id]) == limited, name
    if limited:
        assert compiled.range == pytest.approx((axis["lower"], axis["upper"]), abs=1e-6)
    damping = np.reshape(model.dof_damping, (model.nv, -1))[compiled.dofadr[0]]
    assert damping[0] == pytest.approx(axis["damping"])


def hold_sensors_against(loaded: LoadedWorld, data: Any, said: dict[str, dict[str, Any]]) -> None:
    """Kind, place, direction, rate and topic; what cameras and lidars see."""
    assert {sensor.name for sensor in loaded.world.sensors} == set(said)
    for sensor in loaded.world.sensors:
        expected, link = said[sensor.name], data.body(sensor.link)
        turn = link.xmat.reshape(3, 3)
        assert KINDS[expected["type"]] is type(sensor), sensor.name
        assert link.xpos + turn @ sensor.pose.position == pytest.approx(expected["position"], abs=1e-6), sensor.name
        assert turn @ sensor.pose.rotation[:, 0] == pytest.approx(expected["forward"], abs=1e-6), sensor.name
        assert (sensor.rate_hz, sensor.topic) == (expected["rate"], expected["topic"])
        if isinstance(sensor, CameraSensor):
            seen = (sensor.width_px, sensor.height_px, sensor.horizontal_fov_rad, sensor.near_m, sensor.far_m)
            assert seen == pytest.approx([expected[key] for key in ("width", "height", "opening", "near", "far")])
        if isinstance(sensor, LidarSensor):
            rays = sensor.horizontal
            seen = (rays.samples, rays.first_rad, rays.last_rad, sensor.nearest_m, sensor.farthest_m)
            assert seen == pytest.approx([expected[key] for key in ("rays", "first", "last", "nearest", "farthest")])


def hold_plugins_against(loaded: LoadedWorld, said: list[dict[str, Any]]) -> None:
    """Every drive and every servo, with its joints and numbers."""
    drives = [each for each in said if each["plugin"].endswith("::DiffDrive")]
    servos = {f"{each['owner']}::{each['joint_name']}": each for each in said if "joint_name" in each}
    assert [(drive.model, drive.separation_m, drive.radius_m) for drive in loaded.world.drives] == [
        (each["owner"], each["wheel_separation"], each["wheel_radius"]) for each in drives
    ]
    for drive, each in zip(loaded.world.drives, drives, strict=True):
        names = (f"{drive.model}::{each['left_joint']}", f"{drive.model}::{each['right_joint']}")
        assert (drive.left[0], drive.right[0]) == names
    assert {servo.joint for servo in loaded.world.controllers} == set(servos)
    for servo in loaded.world.controllers:
        each = servos[servo.joint]
        assert (servo.stiffness, servo.damping) == pytest.approx((each["p_gain"], each["d_gain"]))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.stem for path in worlds_dir().glob("*.sdf")))
def test_both_load_the_same_world(name: str, libsdformat: Callable[[Path], list[dict[str, Any]]]) -> None:
    path = worlds_dir() / f"{name}.sdf"
    hold_against(load_world(path), libsdformat(path))


@pytest.mark.slow
def test_both_understand_nested_frames_alike(
    sdf: Callable[..., Path], libsdformat: Callable[[Path], list[dict[str, Any]]]
) -> None:
    path = sdf(TRICKY)
    hold_against(load_world(path), libsdformat(path))


@pytest.mark.slow
def test_a_world_that_differs_is_noticed(
    sdf: Callable[..., Path], libsdformat: Callable[[Path], list[dict[str, Any]]]
) -> None:
    said = libsdformat(sdf(TRICKY))
    moved = sdf(TRICKY.replace("0 0.2 0.3 0.4 0 0", "0 0.2 0.3 0.401 0 0"), name="moved.sdf")
    with pytest.raises(AssertionError):
        hold_against(load_world(moved), said)
