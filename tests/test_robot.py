"""Robot files: the shipped ones are right, and every mistake gets a sentence with the file and the key."""

from __future__ import annotations

import copy
import math
import re
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest
import yaml

from carebot.chassis.build import load_checked
from carebot.chassis.urdf import urdf, wheel_places
from carebot.errors import ConfigError
from carebot.robot import load_robot, robot_names, robots_dir

GOOD = yaml.safe_load((robots_dir() / "simulated.yaml").read_text(encoding="utf-8"))
WITH_WHEELS = [name for name in robot_names() if name != "external_base"]


def written(tmp_path: Path, *changes: tuple[str, object]) -> str:
    """The simulated robot's file with some keys changed (a dotted key; None removes it)."""
    content = copy.deepcopy(GOOD)
    for key, value in changes:
        *parents, last = key.split(".")
        place = content
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    path = tmp_path / "robot.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", robot_names())
def test_every_shipped_robot_is_good(name) -> None:
    robot = load_checked(name)
    assert robot.name == name
    assert robot.description


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("base.wheel_radius_m", 75, "base.wheel_radius_m: 75 is in millimetres? it must be 0.075"),
        ("base.wheel_radius_m", 62.5, "62.5 is in millimetres? it must be 0.0625"),
        ("base.wheel_radius_m", 7.5, "7.5 is in centimetres? it must be 0.075"),
        ("base.wheel_radius_m", 0, "base.wheel_radius_m: it must be between 0.01 and 0.5"),
        ("base.wheel_radius_m", -0.075, "base.wheel_radius_m: it must be between"),
        ("base.wheel_radius_m", math.nan, "base.wheel_radius_m"),
        ("base.wheel_radius_m", math.inf, "base.wheel_radius_m"),
        ("base.wheel_radius_m", True, "base.wheel_radius_m"),
        ("base.wheel_radius_m", "big", "base.wheel_radius_m"),
        ("base.wheel_radius_m", None, "base.wheel_radius_m: Field required"),
        ("base.track_width_m", 340, "base.track_width_m: 340 is in millimetres? it must be 0.34"),
        ("base.kinematics", "tracked", "base.kinematics"),
        ("base.motors", 4, "a differential base has 2 motors"),
        ("base.slip_correction", 1.5, "slip_correction is for skid_steer only"),
        ("limits.max_speed_m_s", -0.5, "limits.max_speed_m_s: Input should be greater than 0"),
        ("limits.max_speed_m_s", 0, "limits.max_speed_m_s"),
        ("limits.max_speed_m_s", 800, "limits.max_speed_m_s"),
        ("limits.max_speed_m_s", math.inf, "limits.max_speed_m_s"),
        ("limits.jerk_m_s3", math.nan, "limits.jerk_m_s3"),
        ("limits.deceleration_m_s2", 0.1, "a robot must brake better than it speeds up"),
        ("limits.max_wheel_rad_s", 2.0, "max_speed_m_s is 0.8, but"),
        ("limits.max_sped_m_s", 1.0, "max_sped_m_s' is unknown"),
        ("controller.name", "arduino", "controller.name: There is no controller 'arduino'"),
        ("controller.port", None, "the controller carebot_mcu needs its port"),
        ("controller.port", {}, "exactly one way"),
        ("controller.port", {"path": "/dev/ttyUSB0", "udev": "motors"}, "exactly one way"),
        ("controller.port", {"usb": {"vendor": "xyz", "product": "0001"}}, "controller.port.usb.vendor"),
        ("controller.settings.baud", -1, "controller.settings: baud"),
        ("controller.settings.bawd", 1, "controller.settings: the key 'bawd' is unknown"),
        ("controller.settings.port", "/dev/ttyUSB0", "say it as controller.port"),
        ("controller.settings.watchdog_s", 1.0, "controller.settings: watchdog_s"),
        ("controller.settings.motors", 4, "for 4 motors, but the base has 2"),
        ("sensors.camera.pitch_rad", 15, "sensors.camera.pitch_rad: 15 is in degrees? it must be 0.262"),
        ("sensors.camera.z_m", 1100, "sensors.camera.z_m: 1100 is in millimetres? it must be 1.1"),
        ("footprint.left_m", 0.05, "the footprint is 0.27 m wide, but the wheels are 0.34 m apart"),
        ("footprint.front_m", 25, "footprint.front_m: 25 is in centimetres? it must be 0.25"),
        ("battery.empty_v", 30, "empty_v must be below full_v"),
        ("name", "My Robot", "name"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(tmp_path, key, value, said) -> None:
    with pytest.raises(ConfigError) as told:
        load_checked(written(tmp_path, (key, value)))
    message = str(told.value)
    assert said in message
    assert "robot.yaml" in message
    assert "\n" not in message


def external(tmp_path: Path, max_speed_m_s: float = 0.7, **settings: object) -> str:
    topics = {"cmd_vel_topic": "/base/cmd_vel", "odom_topic": "/base/odom"}
    controller = {"name": "external", "settings": {**topics, **settings}}
    return written(tmp_path, ("controller", controller), ("limits.max_speed_m_s", max_speed_m_s))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "controller.settings: watchdog_s: say after how many seconds without a command the base stops by itself"),
        ({"watchdog_s": None}, "watchdog_s: say after how many seconds"),
        (
            {"watchdog_s": 0.5},
            "watchdog_s: the base would go on for 0.5 s, or 0.35 m, after the last command",
        ),
        ({"watchdog_s": 0.5, "simulated": True}, "0.2 s or 0.16 m at limits.max_speed_m_s is the most"),
        ({"watchdog_s": 0.0}, "watchdog_s: Input should be greater than 0"),
        ({"watchdog_s": math.inf}, "watchdog_s"),
        ({"watchdog_s": 0.2, "stampd": True}, "controller.settings: the key 'stampd' is unknown"),
    ],
)
def test_an_external_base_must_stop_by_itself_in_time(tmp_path, settings, said) -> None:
    with pytest.raises(ConfigError) as told:
        load_checked(external(tmp_path, **settings))
    assert said in str(told.value)
    assert "robot.yaml" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("settings", [{"watchdog_s": 0.2}, {"watchdog_s": 0.05}, {"simulated": True}])
def test_an_external_base_that_stops_in_time_or_is_simulated_is_good(tmp_path, settings) -> None:
    assert load_checked(external(tmp_path, **settings)).controller.name == "external"


def test_a_slow_base_may_take_longer_to_stop_by_itself(tmp_path) -> None:
    assert load_checked(external(tmp_path, 0.32, watchdog_s=0.5)).controller.name == "external"
    assert load_checked("external_base").limits.max_speed_m_s == 0.31
    with pytest.raises(ConfigError, match=r"or 0\.17 m"):
        load_checked(external(tmp_path, 0.34, watchdog_s=0.5))


def test_a_file_that_is_not_there_or_no_robot(tmp_path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_robot(str(tmp_path / "nobody.yaml"))
    with pytest.raises(ConfigError, match=r"there is no robot 'nobody': use one of .*simulated"):
        load_robot("nobody")
    (tmp_path / "list.yaml").write_text("- 1", encoding="utf-8")
    with pytest.raises(ConfigError, match="must hold keys"):
        load_robot(str(tmp_path / "list.yaml"))


def test_a_port_given_by_hand_takes_the_files_place() -> None:
    assert load_checked("simulated", "/dev/ttyS9").controller.port.path == "/dev/ttyS9"
    with pytest.raises(ConfigError, match="external"):
        load_checked("external_base", "/dev/ttyS9")


@pytest.mark.parametrize("name", WITH_WHEELS)
def test_the_shipped_urdf_is_the_robot_files(name) -> None:
    path = robots_dir().parent / "urdf" / f"{name}.urdf"
    assert path.read_text(encoding="utf-8") == urdf(load_robot(name)), (
        f"make it anew: carebot check robot {name} --urdf"
    )


@pytest.mark.parametrize("name", WITH_WHEELS)
def test_urdf_and_robot_file_agree_in_what_matters(name) -> None:
    """Read back by other eyes than those that wrote it."""
    content = yaml.safe_load((robots_dir() / f"{name}.yaml").read_text(encoding="utf-8"))
    root = Xml.parse(robots_dir().parent / "urdf" / f"{name}.urdf").getroot()
    joints = {joint.get("name"): joint for joint in root.findall("joint")}
    wheels = {key: joint for key, joint in joints.items() if key.endswith("_wheel_joint")}
    places = {key: numbers(joint.find("origin").get("xyz")) for key, joint in wheels.items()}
    lefts = [y for key, (_, y, _) in places.items() if "left" in key]
    rights = [y for key, (_, y, _) in places.items() if "right" in key]
    assert lefts[0] - rights[0] == pytest.approx(content["base"]["track_width_m"])
    assert all(joint.find("axis").get("xyz") == "0 1 0" for joint in wheels.values())
    radii = {float(wheel.get("radius")) for wheel in root.findall("link/visual/geometry/cylinder")}
    assert radii == {content["base"]["wheel_radius_m"]}
    assert numbers(joints["base_joint"].find("origin").get("xyz"))[2] == content["base"]["wheel_radius_m"]
    camera = content["sensors"]["camera"]
    origin = joints["camera_joint"].find("origin")
    assert numbers(origin.get("xyz"))[2] + content["base"]["wheel_radius_m"] == pytest.approx(camera["z_m"])
    assert numbers(origin.get("rpy"))[1] == pytest.approx(camera["pitch_rad"])
    children = [joint.find("child").get("link") for joint in root.findall("joint")]
    links = [link.get("name") for link in root.findall("link")]
    assert sorted(children) == sorted(set(links) - {"base_footprint"}), "one tree with one root"


@pytest.mark.parametrize("name", WITH_WHEELS)
def test_another_reader_of_urdf_puts_the_wheels_on_the_floor(name) -> None:
    mujoco = pytest.importorskip("mujoco")
    text = (robots_dir().parent / "urdf" / f"{name}.urdf").read_text(encoding="utf-8")
    # MuJoCo wants masses, which a description for RViz and Nav2 has not.
    massive = re.sub(
        r"(<link name=\"\w+\">)",
        r'\1<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>',
        text,
    )
    head = '<mujoco><compiler fusestatic="false" discardvisual="false" balanceinertia="true"/></mujoco>'
    model = mujoco.MjModel.from_xml_string(massive.replace("<link", f"{head}<link", 1))
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    robot = load_robot(name)
    for wheel, (x_m, y_m) in wheel_places(robot).items():
        place = data.body(f"{wheel}_wheel").xpos
        assert tuple(place) == pytest.approx((x_m, y_m, robot.base.wheel_radius_m), abs=1e-6)
    optical = data.body("camera_optical_frame").xmat.reshape(3, 3)[:, 2]
    pitch_rad = robot.sensors.camera.pitch_rad
    assert tuple(optical) == pytest.approx((math.cos(pitch_rad), 0.0, -math.sin(pitch_rad)), abs=1e-4)


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split()]


def test_a_lidar_that_hangs_head_down_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="head down"):
        load_robot(written(tmp_path, ("sensors.lidar", {"z_m": 0.25, "roll_rad": 3.14})))
