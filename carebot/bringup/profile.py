"""Profiles: which nodes a robot runs, in which processes, with which parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from carebot.bringup.body import body_parameters, filled
from carebot.config import FileModel, check, load_yaml
from carebot.errors import ConfigError
from carebot.resources import expanded, profiles_dir
from carebot.robot import load_robot
from carebot.ros.nodes import NODES
from carebot.strict_yaml import YamlError, parse_yaml

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
SETTINGS = ("robot", "use_sim_time", "network")
"""What `--set` changes beside the parameters of nodes."""


class ProcessProfile(FileModel):
    """One process: its name, and its nodes with their parameters (nested keys become dotted parameter names)."""

    name: str
    nodes: dict[str, dict[str, Any]] = Field(min_length=1)

    @field_validator("name")
    @classmethod
    def _name_is_plain(cls, name: str) -> str:
        return _plain(name, "a process name")

    @field_validator("nodes", mode="before")
    @classmethod
    def _nothing_is_no_parameters(cls, nodes: Any) -> Any:
        if not isinstance(nodes, dict):
            return nodes
        return {name: {} if parameters is None else parameters for name, parameters in nodes.items()}

    @field_validator("nodes")
    @classmethod
    def _nodes_are_known(cls, nodes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, parameters in nodes.items():
            if name not in NODES:
                raise ValueError(f"the node '{name}' is unknown, use one of {', '.join(NODES)}")
            if NODES[name].alone and len(nodes) > 1:
                raise ValueError(f"the node '{name}' needs a process of its own")
            for key, value in flat(parameters).items():
                _check_parameter(f"{name}.{key}", value)
        return nodes


class Profile(FileModel):
    """A robot's software on one machine.

    `robot` is its ROS namespace. `network` is `this_machine` (nothing of ROS can be heard from outside) or
    `local_network` (other machines of the robot, or of a developer, take part). `environment` is added to that of every
    process.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    description: str = ""
    robot: str = "carebot"
    use_sim_time: bool = False
    network: Literal["this_machine", "local_network"] = "this_machine"
    environment: dict[str, str] = Field(default_factory=dict)
    processes: tuple[ProcessProfile, ...] = Field(min_length=1)

    @field_validator("robot")
    @classmethod
    def _robot_is_plain(cls, robot: str) -> str:
        return _plain(robot, "a robot name")

    @model_validator(mode="after")
    def _names_are_unique(self) -> Profile:
        for kind, names in (("process", [process.name for process in self.processes]), ("node", self.node_names())):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {kind} '{twice[0]}' is there twice")
        return self

    @property
    def robot_file(self) -> str | None:
        """The robot file that the drive node is given; None where none is driven."""
        drives = [process.nodes["drive"] for process in self.processes if "drive" in process.nodes]
        name = drives[0].get("robot") if drives else None
        return name if isinstance(name, str) else None

    def node_names(self) -> list[str]:
        """The nodes of all processes, in the order of their start."""
        return [node for process in self.processes for node in process.nodes]


def load_profile(name: str, overrides: Iterable[str] = ()) -> Profile:
    """The profile called `name` among those that carebot ships, or the file `name`; `overrides` are KEY=VALUE.

    Where it drives a robot, every node gets from the robot file what the profile does not say otherwise.

    Raises:
        ConfigError: naming the profile, the file and key, or the override that cannot be used; of the robot file, too.
    """
    path = _path_of(name)
    profile = load_yaml(path, Profile)
    for override in overrides:
        profile = _overridden(profile, override, path)
    return _with_body(profile)


def profile_names() -> list[str]:
    """The profiles that carebot ships."""
    return sorted(path.stem for path in profiles_dir().glob("*.yaml"))


def flat(parameters: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"mounting": {"height_m": 1}}` as `{"mounting.height_m": 1}`."""
    found = {}
    for key, value in parameters.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = value
    return found


def _with_body(profile: Profile) -> Profile:
    if profile.robot_file is None:
        return profile
    content = profile.model_dump()
    known = body_parameters(profile.robot_file, load_robot(profile.robot_file))
    for process in content["processes"]:
        for node, parameters in process["nodes"].items():
            process["nodes"][node] = filled(nested(parameters), known.get(node, {}))
    return Profile.model_validate(content)


def nested(parameters: dict[str, Any]) -> dict[str, Any]:
    """`{"mounting.height_m": 1}` as `{"mounting": {"height_m": 1}}`."""
    found: dict[str, Any] = {}
    for key, value in flat(parameters).items():
        _put(found, key.split("."), value)
    return found


def _path_of(name: str) -> Path:
    shipped = profiles_dir() / f"{name}.yaml"
    if shipped.is_file():
        return shipped
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return expanded(name)
    raise ConfigError(
        f"there is no profile '{name}': use one of {', '.join(profile_names())}, or the path of a YAML file."
    )


def _overridden(profile: Profile, override: str, path: Path) -> Profile:
    key, equals, text = override.partition("=")
    try:
        value = parse_yaml(text)
    except YamlError:
        value = text
    if not equals or not key:
        raise ConfigError(f"--set {override}: write KEY=VALUE, for example perception.source=0.")
    content = profile.model_dump()
    if key in SETTINGS:
        content[key] = value
    else:
        _put(_parameters_of(content, key, override), key.split(".")[1:], value)
    return check(content, Profile, path)


def _parameters_of(content: dict[str, Any], key: str, override: str) -> dict[str, Any]:
    node, dot, parameter = key.partition(".")
    for process in content["processes"]:
        if dot and parameter and node in process["nodes"]:
            parameters: dict[str, Any] = process["nodes"][node]
            return parameters
    known = [f"{node}.PARAMETER" for process in content["processes"] for node in process["nodes"]]
    raise ConfigError(f"--set {override}: '{key}' is not in this profile: use one of {', '.join([*SETTINGS, *known])}.")


def _put(parameters: dict[str, Any], keys: list[str], value: Any) -> None:
    """Set a nested key, also where the file wrote it with dots."""
    parameters.pop(".".join(keys), None)
    for key in keys[:-1]:
        if not isinstance(parameters.get(key), dict):
            parameters[key] = {}
        parameters = parameters[key]
    parameters[keys[-1]] = value


def _plain(name: str, what: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{what} is up to 40 small letters, digits and underscores, and begins with a letter")
    return name


def _check_parameter(key: str, value: Any) -> None:
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, (bool, int, float, str)) for part in parts):
        raise ValueError(f"{key} must be a number, a text, true, false, or a list of those")
