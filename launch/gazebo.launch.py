"""`ros2 launch carebot gazebo.launch.py world:=ward headless:=true`: Gazebo, its bridge, and the robot's own nodes.

What runs of the robot is the profile `gazebo`, by the same commands as `carebot up` (carebot.launch.py).
"""

import atexit
import os
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from math import degrees
from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import (
    AppendEnvironmentVariable,
    DeclareLaunchArgument,
    IncludeLaunchDescription,
    OpaqueFunction,
)
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from carebot.virtual_environment import use_active

use_active()  # before what pip brought is imported

from carebot.bringup.commands import ros_environment
from carebot.bringup.profile import Profile, load_profile
from carebot.simulation.gazebo import RESIDENT, facing_rad, led_bridge, led_world
from carebot.simulation.sdf.resources import models_dir, world_path
from carebot.resources import share_dir

YES_NO = ("true", "false")


@dataclass(frozen=True)
class Files:
    """What Gazebo and its bridge read, and what is set in the profile for it."""

    world: Path
    bridge: Path
    settings: tuple[str, ...] = ()


def files(context: LaunchContext, profile: Profile) -> Files:
    """The world as it is, or copies for a resident whom the profile's resident node leads and pushes."""
    path = world_path(LaunchConfiguration("world").perform(context)).resolve()
    if RESIDENT not in profile.node_names():
        return Files(path, share_dir() / "sim" / "gazebo_bridge.yaml")
    folder = Path(tempfile.mkdtemp(prefix="carebot-gazebo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy, bridge_file = folder / path.name, folder / "bridge.yaml"
    copy.write_text(led_world(path), encoding="utf-8")
    bridge_file.write_text(led_bridge(path), encoding="utf-8")
    return Files(copy, bridge_file, (f"resident.facing_deg={degrees(facing_rad(path)):.3f}",))


def gazebo(context: LaunchContext, world: Path) -> LaunchDescriptionEntity:
    headless = LaunchConfiguration("headless").perform(context) == "true"
    options = ["-r", *(["-s", "--headless-rendering"] if headless else []), str(world)]
    source = PathJoinSubstitution([FindPackageShare("ros_gz_sim"), "launch", "gz_sim.launch.py"])
    arguments = {"gz_args": shlex.join(options), "on_exit_shutdown": "true"}
    return IncludeLaunchDescription(PythonLaunchDescriptionSource(source), launch_arguments=arguments.items())


def bridge(profile: Profile, config: Path) -> LaunchDescriptionEntity:
    """Between Gazebo's topics and ROS's, in the robot's namespace and with its DDS settings."""
    return Node(
        package="ros_gz_bridge",
        executable="parameter_bridge",
        name="bridge",
        namespace=profile.robot,
        output="screen",
        additional_env=ros_environment(profile, os.environ),
        parameters=[{"config_file": str(config), "use_sim_time": True}],
    )


def robot(context: LaunchContext, settings: tuple[str, ...]) -> LaunchDescriptionEntity:
    """The robot's processes and its state publisher, as carebot.launch.py starts them."""
    arguments = {name: LaunchConfiguration(name).perform(context) for name in ("profile", "set")}
    arguments["set"] = " ".join((*settings, arguments["set"]))
    source = PythonLaunchDescriptionSource(str(share_dir() / "launch" / "carebot.launch.py"))
    return IncludeLaunchDescription(source, launch_arguments=arguments.items())


def everything(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    overrides = LaunchConfiguration("set").perform(context).split()
    profile = load_profile(LaunchConfiguration("profile").perform(context), overrides)
    made = files(context, profile)
    return [gazebo(context, made.world), bridge(profile, made.bridge), robot(context, made.settings)]


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription(
        [
            DeclareLaunchArgument("world", default_value="studio", description="a world's name or an SDF file"),
            DeclareLaunchArgument("headless", default_value="false", choices=YES_NO, description="no window"),
            DeclareLaunchArgument("profile", default_value="gazebo", description="a profile's name or a YAML file"),
            DeclareLaunchArgument("set", default_value="", description="KEY=VALUE, several with blanks between"),
            AppendEnvironmentVariable("GZ_SIM_RESOURCE_PATH", str(models_dir())),
            OpaqueFunction(function=everything),
        ]
    )
