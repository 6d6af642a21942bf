"""What has to be run for a profile: the command line, environment and parameter file of each process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from carebot.bringup.environment import dds_environment
from carebot.bringup.profile import ProcessProfile, Profile, flat


@dataclass(frozen=True, slots=True)
class Command:
    """How to start one process; `environment` holds only what is added to the one that is there."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def commands(profile: Profile, folder: Path, given: Mapping[str, str], python: str = sys.executable) -> list[Command]:
    """The commands of all processes in the order of their start; their parameter files are written to `folder`.

    Parameters go through files that only this user reads, because a stream's address may hold a password and a command
    line is for everybody to see. `given` is the environment that the processes will inherit, `python` what runs them.
    """
    environment = {
        **ros_environment(profile, given),
        "PYTHONUNBUFFERED": "1",
        # What lies in the folder that carebot was started from is not imported.
        "PYTHONSAFEPATH": "1",
        "RCUTILS_CONSOLE_OUTPUT_FORMAT": given.get("RCUTILS_CONSOLE_OUTPUT_FORMAT", "{severity} {name}: {message}"),
        **profile.environment,
    }
    return [_command(process, profile, folder, environment, python) for process in profile.processes]


def ros_environment(profile: Profile, given: Mapping[str, str]) -> dict[str, str]:
    """What is added to `given` for everything of the profile that talks over ROS."""
    return {**dds_environment(profile.network, {**given, **profile.environment}), **profile.environment}


def _command(
    process: ProcessProfile, profile: Profile, folder: Path, environment: Mapping[str, str], python: str
) -> Command:
    file = folder / f"{process.name}.params.yaml"
    _write_privately(file, yaml.safe_dump(parameter_file(process, profile), sort_keys=False))
    arguments = (
        *(python, "-m", "carebot.ros.process", *process.nodes),
        # The supervisor's output is the log; ROS's own files would fill the disk over the years.
        *("--ros-args", "--disable-external-lib-logs"),
        *("-r", f"__ns:=/{profile.robot}", "--params-file", str(file)),
    )
    return Command(process.name, arguments, environment)


def parameter_file(process: ProcessProfile, profile: Profile) -> dict[str, Any]:
    """The content of a ROS parameter file for the process."""
    content: dict[str, Any] = {"/**": {"ros__parameters": {"use_sim_time": profile.use_sim_time}}}
    for node, parameters in process.nodes.items():
        values = {key: _uniform(value) for key, value in flat(parameters).items() if value != []}
        if values:
            content[f"/{profile.robot}/{node}"] = {"ros__parameters": values}
    return content


def _uniform(value: Any) -> Any:
    """ROS refuses a list of whole numbers and fractions together."""
    if isinstance(value, list) and any(isinstance(part, float) for part in value):
        return [float(part) if isinstance(part, int) else part for part in value]
    return value


def _write_privately(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
