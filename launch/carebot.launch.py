"""`ros2 launch carebot carebot.launch.py profile:=robot`: what `carebot up robot` runs, as a launch description."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from carebot.virtual_environment import python, use_active

use_active()  # before what pip brought is imported

from carebot.bringup.commands import commands, ros_environment
from carebot.bringup.profile import Profile, load_profile
from carebot.chassis.urdf import urdf
from carebot.robot import load_robot


def state_publisher(profile: Profile) -> list[LaunchDescriptionEntity]:
    """What tells RViz and Nav2 where the robot's sensors are, of a profile that drives a robot."""
    if profile.robot_file is None:
        return []
    return [
        Node(
            package="robot_state_publisher",
            executable="robot_state_publisher",
            name="robot_state_publisher",
            namespace=profile.robot,
            output="screen",
            additional_env=ros_environment(profile, os.environ),
            parameters=[
                {"robot_description": urdf(load_robot(profile.robot_file)), "use_sim_time": profile.use_sim_time}
            ],
        )
    ]


def processes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """One action for each process of the profile, with the same grouping, parameters and environment."""
    overrides = LaunchConfiguration("set").perform(context).split()
    profile = load_profile(LaunchConfiguration("profile").perform(context), overrides)
    folder = Path(tempfile.mkdtemp(prefix=f"carebot-{profile.robot}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    started = [
        ExecuteProcess(
            name=command.name,
            cmd=list(command.arguments),
            additional_env=dict(command.environment),
            output="screen",
            respawn=True,
            respawn_delay=2.0,
        )
        for command in commands(profile, folder, os.environ, python())
    ]
    return [*state_publisher(profile), *started]


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription(
        [
            DeclareLaunchArgument("profile", default_value="robot", description="a profile's name or a YAML file"),
            DeclareLaunchArgument("set", default_value="", description="KEY=VALUE, several with blanks between"),
            OpaqueFunction(function=processes),
        ]
    )
