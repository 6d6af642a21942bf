"""What Gazebo is given: the led world, the bridge's file, plugins and topics, all held against each other."""

from __future__ import annotations

import os
import shutil
import subprocess
import xml.etree.ElementTree as Xml
from collections.abc import Mapping
from pathlib import Path

import mujoco
import numpy as np
import pytest
import yaml

from carebot.errors import ConfigError
from carebot.resources import share_dir
from carebot.simulation.falling import plan_fall
from carebot.simulation.gazebo import (
    GUIDE_AXES,
    WRENCH_SYSTEM,
    facing_rad,
    joint_topic,
    led_bridge,
    led_world,
    resident_topics,
)
from carebot.simulation.joints import JOINTS
from carebot.simulation.puppet import JOINT_NAMES, Puppet
from carebot.simulation.scenario import Fall, FallKind, load_scenario
from carebot.simulation.sdf.build import load_world
from carebot.simulation.sdf.resources import models_dir, worlds_dir

BRIDGE = yaml.safe_load((share_dir() / "sim" / "gazebo_bridge.yaml").read_text(encoding="utf-8"))
TYPES = {
    "rosgraph_msgs/msg/Clock": "gz.msgs.Clock",
    "geometry_msgs/msg/TwistStamped": "gz.msgs.Twist",
    "nav_msgs/msg/Odometry": "gz.msgs.Odometry",
    "tf2_msgs/msg/TFMessage": "gz.msgs.Pose_V",
    "sensor_msgs/msg/JointState": "gz.msgs.Model",
    "sensor_msgs/msg/LaserScan": "gz.msgs.LaserScan",
    "sensor_msgs/msg/Imu": "gz.msgs.IMU",
    "sensor_msgs/msg/Image": "gz.msgs.Image",
    "sensor_msgs/msg/CameraInfo": "gz.msgs.CameraInfo",
    "sensor_msgs/msg/PointCloud2": "gz.msgs.PointCloudPacked",
    "ros_gz_interfaces/msg/Contacts": "gz.msgs.Contacts",
    "std_msgs/msg/Empty": "gz.msgs.Empty",
    "std_msgs/msg/Float64": "gz.msgs.Double",
    "ros_gz_interfaces/msg/EntityWrench": "gz.msgs.EntityWrench",
    "ros_gz_interfaces/msg/Entity": "gz.msgs.Entity",
}
"""Pairs of ros_gz_bridge's own table (its README)."""
SYSTEMS = {
    "Physics": "physics",
    "Sensors": "sensors",
    "UserCommands": "user-commands",
    "SceneBroadcaster": "scene-broadcaster",
    "Imu": "imu",
    "Contact": "contact",
    "DiffDrive": "diff-drive",
    "JointStatePublisher": "joint-state-publisher",
    "JointPositionController": "joint-position-controller",
    "DetachableJoint": "detachable-joint",
    "ApplyLinkWrench": "apply-link-wrench",
}
"""gz-sim's systems by class, and what stands in their file names."""


def plugins_of(path: Path) -> list[Xml.Element]:
    return list(Xml.parse(path).getroot().iter("plugin"))


def test_every_plugin_is_one_of_gz_sims_under_its_own_file_name() -> None:
    files = [*worlds_dir().glob("*.sdf"), *models_dir().glob("*/*.sdf")]
    plugins = [plugin for path in files for plugin in plugins_of(path)]
    for plugin in plugins:
        system = plugin.attrib["name"].removeprefix("gz::sim::systems::")
        assert plugin.attrib["filename"] == f"gz-sim-{SYSTEMS[system]}-system"
    assert {plugin.attrib["name"].rpartition("::")[2] for plugin in plugins} == set(SYSTEMS) - {"ApplyLinkWrench"}


def test_worlds_render_sensors_with_ogre2() -> None:
    for path in worlds_dir().glob("*.sdf"):
        [sensors] = [plugin for plugin in plugins_of(path) if plugin.attrib["name"].endswith("::Sensors")]
        assert sensors.findtext("render_engine") == "ogre2"


def test_every_bridged_pair_exists_in_ros_gz_bridge() -> None:
    for entry in yaml.safe_load(led_bridge(worlds_dir() / "home.sdf")):
        known = {"ros_topic_name", "gz_topic_name", "ros_type_name", "gz_type_name", "direction"}
        assert entry.keys() - {"lazy"} == known
        assert TYPES[entry["ros_type_name"]] == entry["gz_type_name"]
        assert entry["direction"] in ("GZ_TO_ROS", "ROS_TO_GZ")
    for name in ("ros_topic_name", "gz_topic_name"):
        assert len({entry[name] for entry in BRIDGE}) == len(BRIDGE)


def test_every_topic_of_the_robot_is_bridged() -> None:
    root = Xml.parse(models_dir() / "carebot" / "model.sdf").getroot()
    said = {f"/{tag.text}" for name in ("topic", "odom_topic", "tf_topic") for tag in root.iter(name)}
    said |= {"/camera/camera_info", "/depth/camera_info", "/depth/image_raw/points"}
    mine = {entry["gz_topic_name"] for entry in BRIDGE if "resident" not in entry["ros_topic_name"]}
    assert mine == said | {"/clock"}


def test_pictures_of_depth_are_drawn_only_for_who_asks_for_them() -> None:
    lazy = {entry["ros_topic_name"] for entry in BRIDGE if entry.get("lazy") is True}
    assert lazy == {"depth/image_raw", "depth/camera_info", "depth/points"}


def test_the_wheels_take_what_the_drive_node_sends_to_an_external_base() -> None:
    robot = yaml.safe_load((share_dir() / "hardware" / "robots" / "gazebo.yaml").read_text(encoding="utf-8"))
    settings, by_ros = robot["controller"]["settings"], {entry["ros_topic_name"]: entry for entry in BRIDGE}
    out, back = by_ros[settings["cmd_vel_topic"]], by_ros[settings["odom_topic"]]
    assert (out["direction"], out["ros_type_name"]) == ("ROS_TO_GZ", "geometry_msgs/msg/TwistStamped")
    assert (back["direction"], back["ros_type_name"]) == ("GZ_TO_ROS", "nav_msgs/msg/Odometry")
    assert "cmd_vel" not in by_ros, "only the safety node publishes that"


def test_the_diff_drive_is_the_robot_files_base() -> None:
    robot = yaml.safe_load((share_dir() / "hardware" / "robots" / "gazebo.yaml").read_text(encoding="utf-8"))
    [drive] = [
        each for each in plugins_of(models_dir() / "carebot" / "model.sdf") if "DiffDrive" in each.attrib["name"]
    ]
    assert float(drive.findtext("wheel_separation") or 0) == robot["base"]["track_width_m"]
    assert float(drive.findtext("wheel_radius") or 0) == robot["base"]["wheel_radius_m"]
    assert float(drive.findtext("max_linear_velocity") or 0) == robot["limits"]["max_speed_m_s"]
    assert float(drive.findtext("max_angular_velocity") or 0) == robot["limits"]["max_yaw_rad_s"]
    assert drive.findtext("child_frame_id") == "base_footprint", "as the drive node's own odometry"


def test_muscles_and_guide_are_bridged() -> None:
    by_ros = {entry["ros_topic_name"]: entry for entry in BRIDGE}
    for ros, gazebo in resident_topics().items():
        assert by_ros[ros]["gz_topic_name"] == gazebo
        assert by_ros[ros]["direction"] == "ROS_TO_GZ"
    assert len(resident_topics()) == len(JOINTS) + 6
    joints = {plugin.findtext("joint_name") for plugin in plugins_of(models_dir() / "resident" / "model.sdf")}
    assert joints == set(JOINT_NAMES)
    assert joint_topic("resident", "left_knee_flexion") == "/model/resident/joint/left_knee_flexion/0/cmd_pos"


def test_the_guide_lets_go_on_the_bridged_topic() -> None:
    [grip] = [each for each in plugins_of(models_dir() / "guide" / "model.sdf") if "Detachable" in each.attrib["name"]]
    by_ros = {entry["ros_topic_name"]: entry for entry in BRIDGE}
    assert grip.findtext("detach_topic") == by_ros["resident/let_go"]["gz_topic_name"]
    assert (grip.findtext("child_model"), grip.findtext("child_link")) == ("resident", "pelvis")


@pytest.mark.parametrize("name", ["home", "ward"])
def test_who_is_led_can_be_pushed_by_bridged_topics(name: str) -> None:
    root = Xml.fromstring(led_world(worlds_dir() / f"{name}.sdf"))
    [system] = [each for each in root.findall("world/plugin") if each.get("name") == WRENCH_SYSTEM[1]]
    assert system.get("filename") == WRENCH_SYSTEM[0] == f"gz-sim-{SYSTEMS['ApplyLinkWrench']}-system"
    *shipped, push, end = yaml.safe_load(led_bridge(worlds_dir() / f"{name}.sdf"))
    assert shipped == BRIDGE
    assert (push["ros_topic_name"], push["gz_topic_name"]) == ("resident/push", f"/world/{name}/wrench/persistent")
    assert (end["ros_topic_name"], end["gz_topic_name"]) == ("resident/push_ends", f"/world/{name}/wrench/clear")
    assert push["direction"] == end["direction"] == "ROS_TO_GZ"


def test_a_world_that_pushes_already_is_not_given_a_second_system(tmp_path: Path) -> None:
    path = tmp_path / "twice.sdf"
    path.write_text(led_world(worlds_dir() / "empty_room.sdf").replace("<name>guide</name>", "<name>own</name>"))
    names = [each.get("name") for each in Xml.fromstring(led_world(path)).findall("world/plugin")]
    assert names.count(WRENCH_SYSTEM[1]) == 1


def test_pushes_act_on_links_of_every_resident() -> None:
    for path in (models_dir() / "resident").glob("*.sdf"):
        links = {link.get("name") for link in Xml.parse(path).getroot().iter("link")}
        for kind in FallKind.__args__:  # type: ignore[attr-defined]
            rng = np.random.default_rng(0)
            plan = plan_fall(Fall(kind=kind), 0.0, None, 60.0, np.zeros(len(JOINTS)), rng)
            assert plan.pushes
            assert {push.body for push in plan.pushes} <= links


def test_who_is_not_led_stands_like_a_statue() -> None:
    includes = Xml.fromstring(led_world(worlds_dir() / "ward.sdf")).iter("include")
    people = {each.findtext("name"): each.findtext("static") for each in includes if "resident" in each.findtext("uri")}
    assert people == {"resident": None, "visitor": "true"}


@pytest.mark.parametrize("name", sorted(path.stem for path in worlds_dir().glob("*.sdf")))
def test_a_led_world_is_valid_and_holds_the_pelvis(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.sdf"
    path.write_text(led_world(worlds_dir() / f"{name}.sdf"), encoding="utf-8")
    if shutil.which("ign") is not None:
        environment = {**os.environ, "SDF_PATH": str(models_dir())}
        result = subprocess.run(
            ["ign", "sdf", "--check", str(path)], env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        assert result.stdout.strip() == "Valid.", result.stdout + result.stderr
    links = {link.name: link for link in load_world(path).world.links}
    assert links["guide::hand"].pose.position == pytest.approx(links["resident::pelvis"].pose.position, abs=1e-4)
    assert links["guide::hand"].pose.rotation == pytest.approx(links["resident::pelvis"].pose.rotation, abs=1e-6)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<sdf", "not XML"),
        ("<sdf version='1.9'><model name='m'/></sdf>", "no <world>"),
        ("<sdf version='1.9'><world name='w'/></sdf>", "nobody"),
        (
            "<sdf version='1.9'><world name='w'><include><uri>model://cat</uri><name>resident</name></include>"
            "</world></sdf>",
            "model://cat",
        ),
    ],
)
def test_a_world_without_a_resident_to_lead_is_refused(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "w.sdf"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        led_world(path)


# led by the puppet, in the embedded simulator: the same files, the guide's hand welded to the pelvis as Gazebo fixes it


class Stage:
    """The led empty room in MuJoCo, and a puppet that plays in it."""

    def __init__(self, folder: Path, scenario: str, is_pushed: bool = True) -> None:
        self._is_pushed = is_pushed
        path = folder / "led.sdf"
        path.write_text(led_world(worlds_dir() / "empty_room.sdf"), encoding="utf-8")
        spec = load_world(path).spec
        grip = spec.add_equality(
            name="grip",
            type=mujoco.mjtEq.mjEQ_WELD,
            objtype=mujoco.mjtObj.mjOBJ_BODY,
            name1="guide::hand",
            name2="resident::pelvis",
        )
        grip.solref, grip.solimp = (0.005, 1.0), (0.99, 0.999, 0.001, 0.5, 2.0)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.puppet = Puppet(load_scenario(scenario), 1, facing_rad(worlds_dir() / "empty_room.sdf"))
        self.joints = [self.model.joint(f"resident::{name}").qposadr[0] for name in JOINT_NAMES]
        self.muscles = [self.model.actuator(f"resident::{name}").id for name in JOINT_NAMES]
        self.rails = [self.model.actuator(f"guide::{axis}").id for axis in GUIDE_AXES]
        self.activity = ""
        mujoco.mj_forward(self.model, self.data)

    def play(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            strings = self.puppet.step(self.data.time, self.data.qpos[self.joints].copy())
            self.activity = strings.activity
            self.data.ctrl[self.muscles] = strings.joints
            if strings.guide is None:
                self.data.eq_active[self.model.eq("grip").id] = 0
                self.push(strings.pushes_n if self._is_pushed else {})
            else:
                self.data.ctrl[self.rails] = strings.guide
            mujoco.mj_step(self.model, self.data, nstep=round(0.02 / self.model.opt.timestep))

    def push(self, forces_n: Mapping[str, np.ndarray]) -> None:
        """At each link's origin, where Gazebo does."""
        self.data.xfrc_applied[:] = 0.0
        for name, force_n in forces_n.items():
            body = self.data.body(f"resident::{name}")
            lever_m = body.xpos - self.data.xipos[body.id]
            self.data.xfrc_applied[body.id] = (*force_n, *np.cross(lever_m, force_n))

    @property
    def pelvis_m(self) -> np.ndarray:
        return self.data.body("resident::pelvis").xpos.copy()


@pytest.mark.slow
def test_the_led_resident_walks_upright_and_falls_when_let_go(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "fall_forward")
    start_m = stage.pelvis_m
    stage.play(4.0)
    assert stage.activity == "walking"
    assert np.linalg.norm(stage.pelvis_m - start_m) > 0.5
    for _ in range(40):
        if stage.activity == "falling":
            break
        assert stage.pelvis_m[2] == pytest.approx(start_m[2], abs=0.06)
        stage.play(0.5)
    assert stage.activity == "falling"
    stage.play(3.0)
    assert stage.pelvis_m[2] < 0.3


@pytest.mark.slow
@pytest.mark.parametrize(("fall", "ahead"), [("trip_forward", 1.0), ("slip_backward", -1.0)])
def test_who_stands_and_is_pushed_falls_that_way(fall: str, ahead: float, tmp_path: Path) -> None:
    scenario = tmp_path / "falls.yaml"
    scenario.write_text(f"description: falls\nscript: [{{stand: 1}}, {{fall: {fall}}}]\n", encoding="utf-8")
    gone_m = []
    for is_pushed in (True, False):
        stage = Stage(tmp_path, str(scenario), is_pushed)
        yaw_rad = facing_rad(worlds_dir() / "empty_room.sdf")
        chest_m = stage.data.body("resident::thorax").xpos.copy()
        stage.play(2.0)
        moved_m = stage.data.body("resident::thorax").xpos - chest_m
        gone_m.append(ahead * float(moved_m[:2] @ (np.cos(yaw_rad), np.sin(yaw_rad))))
    assert gone_m[0] > gone_m[1] + 0.15


@pytest.mark.parametrize("facing_deg", [0.0, 90.0, 200.0])
def test_pushes_come_at_the_onset_turn_with_the_person_and_end(facing_deg: float, tmp_path: Path) -> None:
    scenario = tmp_path / "slips.yaml"
    start = "start: {at: [3.2, 0.0], facing_deg: 180}"
    scenario.write_text(
        f"description: slips\n{start}\nscript: [{{stand: 1}}, {{fall: slip_backward}}]\n", encoding="utf-8"
    )
    puppet = Puppet(load_scenario(str(scenario)), 2, np.radians(facing_deg))
    every = [puppet.step(0.02 * tick, np.zeros(len(JOINTS))) for tick in range(150)]
    pushed = [strings for strings in every if strings.pushes_n]
    assert all(strings.guide is None for strings in pushed)
    assert pushed[0] is next(strings for strings in every if strings.guide is None)
    assert 0.25 < 0.02 * len(pushed) < 0.45
    assert set(pushed[0].pushes_n) == {"left_foot", "right_foot", "thorax", "pelvis"}
    assert not every[-1].pushes_n
    x, y, z = pushed[0].pushes_n["thorax"]
    backward_deg = np.degrees(np.arctan2(-y, -x))
    assert z == pytest.approx(0.0)
    assert abs((backward_deg - facing_deg + 180) % 360 - 180) < 40


def test_the_same_seed_pulls_the_same_strings() -> None:
    standing = np.zeros(len(JOINTS))
    first, second = (Puppet(load_scenario("walk_about"), seed=3) for _ in range(2))
    for now_s in (0.0, 0.5, 1.7, 4.0):
        one, two = first.step(now_s, standing), second.step(now_s, standing)
        assert one.joints == pytest.approx(two.joints)
        assert one.guide == pytest.approx(two.guide)


def test_the_guide_begins_at_zero_and_its_yaw_never_jumps() -> None:
    puppet = Puppet(load_scenario("walk_about"), seed=0)
    standing = np.zeros(len(JOINTS))
    guides = np.array([puppet.step(tick * 0.02, standing).guide for tick in range(1500)])
    assert guides[0] == pytest.approx(np.zeros(6), abs=0.05)
    assert np.abs(np.diff(guides[:, 3])).max() < 0.1
