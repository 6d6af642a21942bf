"""`ros2 launch carebot carebot.launch.py profile:=robot`: what `carebot up robot` runs, as a launch description."""

import os
import tempfile
from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.substitutions import LaunchConfiguration

from carebot.virtual_environment import python, use_active

use_active()  # before what pip brought is imported

from carebot.bringup.commands import commands
from carebot.bringup.profile import load_profile


def processes(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """One action for each process of the profile, with the same grouping, parameters and environment."""
    overrides = LaunchConfiguration("set").perform(context).split()
    profile = load_profile(LaunchConfiguration("profile").perform(context), overrides)
    folder = Path(tempfile.mkdtemp(prefix=f"carebot-{profile.robot}-"))
    return [
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


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription(
        [
            DeclareLaunchArgument("profile", default_value="robot", description="a profile's name or a YAML file"),
            DeclareLaunchArgument("set", default_value="", description="KEY=VALUE, several with blanks between"),
            OpaqueFunction(function=processes),
        ]
    )
