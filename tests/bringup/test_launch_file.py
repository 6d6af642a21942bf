"""The launch file with three stand-ins for ROS's launch system (it has no wheels) that record what they are told."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from carebot.errors import ConfigError

LAUNCH_FILE = Path(__file__).parents[2] / "launch" / "carebot.launch.py"


class Recorded(SimpleNamespace):
    """An action of the launch system: its arguments, by name."""


class Configuration:
    """A launch argument; its value is looked up when the launch is performed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def perform(self, context: dict[str, str]) -> str:
        return context[self._name]


@pytest.fixture
def launch_file(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    names = {
        "launch": {"LaunchContext": dict, "LaunchDescription": list, "LaunchDescriptionEntity": object},
        "launch.actions": {
            "DeclareLaunchArgument": lambda name, **more: Recorded(kind="argument", name=name, **more),
            "ExecuteProcess": lambda **more: Recorded(kind="process", **more),
            "OpaqueFunction": lambda function: Recorded(kind="function", function=function),
        },
        "launch.substitutions": {"LaunchConfiguration": Configuration},
    }
    for name, content in names.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return runpy.run_path(str(LAUNCH_FILE))


def launched(launch_file: dict[str, Any], **arguments: str) -> list[Recorded]:
    """The process actions for these launch arguments, the declared defaults in the place of the others."""
    entities = launch_file["generate_launch_description"]()
    context = {entity.name: entity.default_value for entity in entities if entity.kind == "argument"}
    assert arguments.keys() <= context.keys()
    [function] = [entity.function for entity in entities if entity.kind == "function"]
    return function({**context, **arguments})


def test_it_runs_the_processes_of_the_profile(launch_file: dict[str, Any]) -> None:
    processes = launched(launch_file)
    assert [process.name for process in processes] == ["perception", "watch", "tablet"]
    assert all(process.respawn and process.additional_env for process in processes)
    assert processes[1].cmd[1:5] == ["-m", "carebot.ros.process", "falls", "care"]


def test_overrides_are_handed_on(launch_file: dict[str, Any]) -> None:
    [process] = launched(launch_file, profile="demo", set="robot=hall perception.source=7")[1:2]
    assert "__ns:=/hall" in process.cmd
    assert "source: 7" in Path(process.cmd[-1]).read_text(encoding="utf-8")


def test_an_unknown_profile_is_refused(launch_file: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="nothing"):
        launched(launch_file, profile="nothing")
