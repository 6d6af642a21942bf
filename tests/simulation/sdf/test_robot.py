"""The loaded robot stands, drives as its wheels turn, and goes through the doors of the home."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, hypot, pi, sin
from pathlib import Path

import mujoco
import numpy as np
import pytest

from carebot.drive.kinematics import differential
from carebot.errors import ConfigError
from carebot.geometry import Twist2D
from carebot.robot import load_robot
from carebot.simulation.sdf.build import LoadedWorld, load_world
from carebot.simulation.sdf.passages import measure_passages, outline_of, require_passable
from carebot.simulation.sdf.resources import models_dir, worlds_dir

WHEELS = differential(0.0625, 0.34)
DOORS = ("bedroom", "living_room", "kitchen", "bathroom", "study", "store")


class Drive:
    """Turns the wheels of a loaded robot and tells where it is."""

    def __init__(self, loaded: LoadedWorld) -> None:
        self.loaded, self.data = loaded, mujoco.MjData(loaded.model)
        self.step_s = loaded.world.scene.step_s

    def put(self, x_m: float, y_m: float, yaw_rad: float) -> None:
        mujoco.mj_resetData(self.loaded.model, self.data)
        start = self.loaded.model.joint("carebot::base_link::free").qposadr[0]
        self.data.qpos[start : start + 7] = (x_m, y_m, 0.001, cos(yaw_rad / 2), 0, 0, sin(yaw_rad / 2))

    def run(self, seconds: float, twist: Twist2D = Twist2D()) -> None:  # noqa: B008
        left, right = WHEELS.wheel_speeds(twist)
        self.data.actuator("carebot::left_wheel_joint").ctrl = left
        self.data.actuator("carebot::right_wheel_joint").ctrl = right
        mujoco.mj_step(self.loaded.model, self.data, nstep=round(seconds / self.step_s))

    @property
    def place(self) -> tuple[float, float, float]:
        return tuple(self.data.body("carebot::base_link").xpos)

    @property
    def yaw_rad(self) -> float:
        turn = self.data.body("carebot::base_link").xmat
        return float(np.arctan2(turn[3], turn[0]))

    @property
    def tilt_rad(self) -> float:
        return float(np.arccos(np.clip(self.data.body("carebot::base_link").xmat[8], -1, 1)))


def without_resident(path: Path, folder: Path) -> Path:
    """The world without the person, who would fall into the robot's way."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = folder / path.name
    found.write_text("".join(line for line in lines if "model://resident" not in line), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> LoadedWorld:
    return load_world(without_resident(worlds_dir() / "empty_room.sdf", tmp_path_factory.mktemp("room")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LoadedWorld:
    return load_world(without_resident(worlds_dir() / "home.sdf", tmp_path_factory.mktemp("home")))


def test_it_stands_on_its_wheels(room: LoadedWorld) -> None:
    robot = Drive(room)
    robot.run(3.0)
    x, y, z = robot.place
    assert (x, y, z) == pytest.approx((-1.5, 0, 0), abs=0.003)
    assert robot.tilt_rad < 0.01
    touching = {int(geom) for pair in robot.data.contact.geom for geom in pair}
    for wheel in ("left_wheel", "right_wheel"):
        assert room.model.geom(f"carebot::{wheel}::tyre").id in touching


@pytest.mark.parametrize("speed", [0.2, 0.6, -0.3])
def test_it_drives_as_far_as_its_wheels_turn(room: LoadedWorld, speed: float) -> None:
    robot = Drive(room)
    robot.put(0, 0, 0)
    robot.run(1.0, Twist2D(speed))
    before = robot.place[0]
    robot.run(2.0, Twist2D(speed))
    assert robot.place[0] - before == pytest.approx(2 * speed, rel=0.03)
    assert abs(robot.place[1]) < 0.01


@pytest.mark.parametrize("rate", [0.8, -0.8])
def test_it_turns_to_the_side_it_is_told(room: LoadedWorld, rate: float) -> None:
    robot = Drive(room)
    robot.put(0, 0, 0)
    robot.run(2.0, Twist2D(yaw_rad_s=rate))
    assert robot.yaw_rad == pytest.approx(2 * rate, rel=0.08)
    assert hypot(*robot.place[:2]) < 0.02


def test_it_brakes_at_its_limit_in_the_distance_that_physics_says(room: LoadedWorld) -> None:
    robot, limits = Drive(room), load_robot("simulated").limits
    robot.put(-2, 0, 0)
    for speed in np.arange(0, limits.max_speed_m_s, limits.acceleration_m_s2 * 0.01):
        robot.run(0.01, Twist2D(speed))
    robot.run(1.0, Twist2D(limits.max_speed_m_s))
    start, speed, most = robot.place[0], limits.max_speed_m_s, 0.0
    while speed > 0:
        speed = max(0.0, speed - limits.deceleration_m_s2 * 0.01)
        robot.run(0.01, Twist2D(speed))
        most = max(most, robot.tilt_rad)
    robot.run(0.5)
    expected = limits.max_speed_m_s**2 / (2 * limits.deceleration_m_s2)
    assert robot.place[0] - start == pytest.approx(expected, rel=0.15)
    assert most < 0.1, "it must not tip over"


def test_a_bump_is_felt_at_the_bumper(room: LoadedWorld) -> None:
    robot = Drive(room)
    robot.put(2.3, 0, 0)
    robot.run(2.0, Twist2D(0.3))
    touching = {int(geom) for pair in robot.data.contact.geom for geom in pair}
    assert room.model.geom("carebot::bumper::bumper").id in touching


def test_it_climbs_the_edge_of_the_rug(home: LoadedWorld) -> None:
    robot = Drive(home)
    robot.put(7.6, 0.9, pi / 2)
    robot.run(6.0, Twist2D(0.4))
    assert robot.place[1] == pytest.approx(0.9 + 6 * 0.4, abs=0.15)
    assert robot.tilt_rad < 0.05


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("aside_m", [-0.10, 0.0, 0.10])
def test_it_goes_through_every_door(home: LoadedWorld, door: str, aside_m: float) -> None:
    frame = home.world.frames[f"doorway_{door}"]
    start = frame.position + frame.rotation @ np.array((-0.6, aside_m, 0.0))
    robot = Drive(home)
    robot.put(start[0], start[1], frame.yaw_rad)
    robot.run(3.5, Twist2D(0.4))
    gone = frame.rotation.T @ (np.array(robot.place) - frame.position)
    assert gone[0] > 0.65, "it must be past the door"
    assert gone[1] == pytest.approx(aside_m, abs=0.03), "nothing may have turned it aside"


def test_the_doors_are_as_wide_as_the_plan_says(home: LoadedWorld) -> None:
    widths = {passage.name: passage.clear_m for passage in measure_passages(home, "carebot")}
    assert widths["doorway_bedroom"] == pytest.approx(0.88, abs=0.005)
    assert widths["doorway_bathroom"] == pytest.approx(0.85, abs=0.005)
    assert all(0.845 < width < 0.905 for width in widths.values())


def test_a_robot_that_does_not_fit_is_found(home: LoadedWorld) -> None:
    require_passable(home, "carebot", margin_m=0.05)
    with pytest.raises(ConfigError, match=r"doorway_bathroom is 0\.85 m wide, which is too narrow") as caught:
        require_passable(home, "carebot", margin_m=0.21)
    assert "doorway_living_room" not in str(caught.value)


def test_something_in_the_doorway_makes_it_narrow(sdf: Callable[..., Path]) -> None:
    path = sdf("""<world name="w"><include><uri>model://carebot</uri><pose>-2 0 0 0 0 0</pose></include>
        <frame name="doorway_a"><pose>0 0 0 0 0 0</pose></frame>
        <model name="post"><static>true</static><pose>0.1 0.3 0.9 0 0 0</pose><link name="l"><collision name="c">
        <geometry><box><size>0.1 0.2 0.1</size></box></geometry></collision></link></model>
        <model name="wall"><static>true</static><pose>0 -0.5 0.5 0 0 0</pose><link name="l"><collision name="c">
        <geometry><box><size>0.1 0.5 1</size></box></geometry></collision></link></model></world>""")
    (passage,) = measure_passages(load_world(path), "carebot")
    assert passage.clear_m == pytest.approx(0.2 + 0.25, abs=0.001)
    assert not passage.fits


def test_the_outline_is_that_of_the_robot_file(room: LoadedWorld) -> None:
    outline, footprint = outline_of(room, "carebot"), load_robot("simulated").footprint
    assert outline.left_m == pytest.approx(footprint.left_m, abs=0.01)
    assert outline.right_m == pytest.approx(footprint.right_m, abs=0.01)
    assert outline.height_m == pytest.approx(footprint.height_m, abs=0.02)


def test_an_unknown_robot_is_named(room: LoadedWorld) -> None:
    with pytest.raises(ConfigError, match="no model 'rover': use one of"):
        measure_passages(room, "rover")


def test_model_and_robot_file_agree() -> None:
    file, loaded = load_robot("simulated"), load_world(models_dir() / "carebot" / "model.sdf")
    (drive,) = loaded.world.drives
    assert drive.radius_m == file.base.wheel_radius_m
    assert drive.separation_m == file.base.track_width_m
    data = mujoco.MjData(loaded.model)
    mujoco.mj_forward(loaded.model, data)
    left, right = (data.body(f"carebot::{side}_wheel").xpos for side in ("left", "right"))
    assert left[1] - right[1] == pytest.approx(file.base.track_width_m)
    camera, lidar, imu = file.sensors.camera, file.sensors.lidar, file.sensors.imu
    assert camera is not None
    assert lidar is not None
    assert imu is not None
    eye = data.camera("carebot::head::camera")
    assert eye.xpos == pytest.approx((camera.x_m, camera.y_m, camera.z_m))
    looking = -eye.xmat.reshape(3, 3)[:, 2]
    assert looking == pytest.approx((cos(camera.pitch_rad), 0, -sin(camera.pitch_rad)), abs=1e-5)
    assert np.radians(loaded.model.camera("carebot::head::camera").fovy[0]) == pytest.approx(
        camera.vertical_fov_rad, abs=1e-4
    )
    assert data.site("carebot::base_link::lidar").xpos == pytest.approx((lidar.x_m, lidar.y_m, lidar.z_m))
    assert data.site("carebot::base_link::imu").xpos == pytest.approx((imu.x_m, imu.y_m, imu.z_m))
