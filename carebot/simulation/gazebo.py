"""What Gazebo needs besides the shipped SDF files: a world whose resident is led, and the topics of that.

Gazebo runs the worlds as they are, but nothing balances its resident. So the guide of `sim/models/guide`, which holds
the pelvis, is put into a copy of the world, where the embedded simulator welds the pelvis to a body that it moves. So
is the system that pushes in falls: its topics carry the world's name, so the bridge's file is completed for each world.
"""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from pathlib import Path

import yaml

from carebot.errors import ConfigError
from carebot.resources import share_dir
from carebot.simulation.anatomy import Anatomy
from carebot.simulation.joints import JOINTS
from carebot.simulation.sdf.reader import read_world
from carebot.simulation.wardrobe import RESIDENTS, resident_named

RESIDENT = "resident"
"""The name of the led person's model in a world."""
RESIDENT_MODEL = "model://resident"
GUIDE_AXES = ("x", "y", "z", "yaw", "pitch", "roll")
"""The guide's joints, in metres and radians from where the pelvis was at the start."""
WRENCH_SYSTEM = ("gz-sim-apply-link-wrench-system", "gz::sim::systems::ApplyLinkWrench")
JOINT_STATE_SYSTEM = ("gz-sim-joint-state-publisher-system", "gz::sim::systems::JointStatePublisher")


def joint_topic(model: str, joint: str) -> str:
    """Where gz-sim's joint position controller listens where its plugin names no topic."""
    return f"/model/{model}/joint/{joint}/0/cmd_pos"


def resident_topics() -> dict[str, str]:
    """ROS topic by Gazebo topic of everything that leads the resident: a number of radians or metres each."""
    muscles = {f"resident/{joint.name}": joint_topic(RESIDENT, joint.name) for joint in JOINTS}
    return {**muscles, **{f"resident/guide/{axis}": joint_topic("guide", axis) for axis in GUIDE_AXES}}


def led_bridge(path: Path) -> str:
    """The text of the bridge's file for the led world `path`: the shipped one, and what pushes the resident."""
    name = _world(_parsed(path), path).get("name", "")
    shipped = (share_dir() / "sim" / "gazebo_bridge.yaml").read_text(encoding="utf-8")
    push = {
        "ros_topic_name": "resident/push",
        "gz_topic_name": f"/world/{name}/wrench/persistent",
        "ros_type_name": "ros_gz_interfaces/msg/EntityWrench",
        "gz_type_name": "gz.msgs.EntityWrench",
        "direction": "ROS_TO_GZ",
    }
    end = {
        "ros_topic_name": "resident/push_ends",
        "gz_topic_name": f"/world/{name}/wrench/clear",
        "ros_type_name": "ros_gz_interfaces/msg/Entity",
        "gz_type_name": "gz.msgs.Entity",
        "direction": "ROS_TO_GZ",
    }
    return shipped + yaml.safe_dump([push, end], sort_keys=False)


def facing_rad(path: Path) -> float:
    """Where the resident of the world `path` looks at first."""
    return read_world(path).frames[RESIDENT].yaw_rad


def led_world(path: Path) -> str:
    """The SDF text of the world `path` with the guide at its resident's pelvis, what publishes their joints, and what
    pushes them.

    Other people in it stand like statues, for nobody leads them.

    Raises:
        ConfigError: naming the file, where it is no world or includes no shipped model as `resident`.
    """
    root = _parsed(path)
    world = _world(root, path)
    person = next((each for each in world.findall("include") if each.findtext("name") == RESIDENT), None)
    if person is None:
        raise ConfigError(f"{path} includes nobody called '{RESIDENT}': include a model:// of sim/models/resident so.")
    for other in world.findall("include"):
        if other is not person and (other.findtext("uri") or "").startswith(RESIDENT_MODEL):
            Xml.SubElement(other, "static").text = "true"
    _publish_joints(person)
    world.append(_guide(resident_named(_name_of(person, path)).anatomy))
    filename, name = WRENCH_SYSTEM
    if all(plugin.get("name") != name for plugin in world.findall("plugin")):
        Xml.SubElement(world, "plugin", filename=filename, name=name)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _world(root: Xml.Element, path: Path) -> Xml.Element:
    world = root.find("world")
    if world is None:
        raise ConfigError(f"{path} holds no <world>: name a world's SDF file.")
    return world


def _parsed(path: Path) -> Xml.Element:
    try:
        return Xml.parse(path).getroot()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check the name.") from None
    except Xml.ParseError as error:
        raise ConfigError(f"{path} is not XML ({error}): correct it there.") from None


def _name_of(person: Xml.Element, path: Path) -> str:
    """`kenji` of model://resident/kenji.sdf."""
    _, found, rest = (person.findtext("uri") or "").partition(RESIDENT_MODEL)
    name = rest.removeprefix("/").removesuffix(".sdf")
    name = next(iter(RESIDENTS)) if name in ("", "model") else name
    if not found or name not in RESIDENTS:
        raise ConfigError(f"{path}: '{RESIDENT}' is {person.findtext('uri')}: use model://resident or one beside it.")
    return name


def _publish_joints(person: Xml.Element) -> None:
    filename, name = JOINT_STATE_SYSTEM
    plugin = Xml.SubElement(person, "plugin", filename=filename, name=name)
    Xml.SubElement(plugin, "topic").text = "resident/joint_states"


def _guide(anatomy: Anatomy) -> Xml.Element:
    include = Xml.Element("include")
    Xml.SubElement(include, "uri").text = "model://guide"
    Xml.SubElement(include, "name").text = "guide"
    height_m = anatomy.ankle_height_m + anatomy.leg_m
    Xml.SubElement(include, "pose", relative_to=RESIDENT).text = f"0 0 {height_m:.5f} 0 0 0"
    return include
