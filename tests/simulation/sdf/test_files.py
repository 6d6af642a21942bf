"""Every SDF file that carebot ships is valid for libsdformat and complete for the embedded simulator."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import mujoco
import numpy as np
import pytest

from carebot.simulation.sdf.build import load_world
from carebot.simulation.sdf.description import CameraSensor, ContactSensor, ImuSensor, LidarSensor
from carebot.simulation.sdf.resources import models_dir, worlds_dir

WORLDS = sorted(worlds_dir().glob("*.sdf"))
FILES = [*WORLDS, *sorted(models_dir().glob("*/*.sdf"))]
REPOSITORY = models_dir().parents[1]
FOR_BOTH = [path for path in FILES if path.parent.name != "guide"]
"""The guide leads residents in Gazebo; the embedded simulator has its own."""
IGN_MISSING = "`ign sdf` is not here (Debian packages ignition-tools and libsdformat-dev)"


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ign") is None, reason=IGN_MISSING)
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_libsdformat_finds_nothing_wrong(path: Path) -> None:
    """From the repository's own folder: libsdformat looks there first, and it too holds a folder called carebot."""
    environment = {**os.environ, "SDF_PATH": str(models_dir())}
    result = subprocess.run(
        ["ign", "sdf", "--check", str(path)],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip() == "Valid.", result.stdout + result.stderr


@pytest.mark.parametrize("path", FOR_BOTH, ids=name_of)
def test_nothing_is_left_out_when_loaded(path: Path) -> None:
    loaded = load_world(path)
    assert loaded.world.notes == ()
    assert loaded.model.ngeom + loaded.model.nlight > 0


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_colours_need_no_download(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "http" not in text.replace("gz::", "")
    assert "<script>" not in text


@pytest.mark.parametrize("path", WORLDS, ids=name_of)
def test_a_world_holds_gazebos_systems_the_robot_and_a_resident(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for system in ("Physics", "Sensors", "UserCommands", "SceneBroadcaster", "Imu", "Contact"):
        assert f'name="gz::sim::systems::{system}"' in text
    assert {"carebot", "resident"} <= set(load_world(path).world.models)


def test_the_robot_has_its_sensors_and_places() -> None:
    world = load_world(worlds_dir() / "empty_room.sdf").world
    kinds = [type(sensor) for sensor in world.sensors]
    assert sorted(kind.__name__ for kind in kinds) == sorted(
        kind.__name__ for kind in (CameraSensor, CameraSensor, ContactSensor, ImuSensor, LidarSensor)
    )
    lidar = next(sensor for sensor in world.sensors if isinstance(sensor, LidarSensor))
    assert lidar.horizontal.samples == 360
    assert lidar.horizontal.last_rad - lidar.horizontal.first_rad == pytest.approx(2 * np.pi * 359 / 360, abs=1e-3)
    assert {"carebot::speaker", "carebot::microphone"} <= set(world.frames)


def test_the_camera_sees_from_1_1_metres() -> None:
    loaded = load_world(worlds_dir() / "empty_room.sdf")
    data = mujoco.MjData(loaded.model)
    mujoco.mj_forward(loaded.model, data)
    assert data.camera("carebot::head::camera").xpos[2] == pytest.approx(1.1)
    assert data.camera("carebot::head::camera").xmat[8] > 0, "it must not be upside down"


def test_home_has_its_rooms_doors_and_lights() -> None:
    world = load_world(worlds_dir() / "home.sdf").world
    rooms = {name.removeprefix("doorway_") for name in world.frames if name.startswith("doorway_")}
    assert {"bedroom", "living_room", "kitchen", "bathroom"} <= rooms
    assert {"bed", "sofa", "dining_table", "rug", "toilet", "fridge"} <= set(world.models)
    names = [light.name for light in world.lights]
    assert any(name.startswith("daylight") for name in names)
    assert any(name.startswith("night_light") for name in names)
