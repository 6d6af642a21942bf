"""A double of ROS's launch system, which has no wheels: the real signatures, checked as the real one checks them.

Written from launch and launch_ros of Jazzy to Rolling: what is keyword-only there is so here, an unknown argument is a
TypeError, substitutions are performed, declared arguments and their choices are enforced, included files are followed.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SHARE = Path("/opt/ros/share")


class LaunchDescriptionEntity:
    """What a description is made of."""


class Substitution:
    def perform(self, context: LaunchContext) -> str:
        raise NotImplementedError


def performed(context: LaunchContext, value: Any) -> str:
    """A text, a substitution, or a list of those, as SomeSubstitutionsType allows."""
    parts = [value] if isinstance(value, (str, Path, Substitution)) else list(value)
    assert all(isinstance(part, (str, Path, Substitution)) for part in parts), value
    return "".join(part.perform(context) if isinstance(part, Substitution) else str(part) for part in parts)


@dataclass
class LaunchContext:
    launch_configurations: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[ExecuteProcess] = field(default_factory=list)
    included: dict[str, dict[str, str]] = field(default_factory=dict)


class LaunchDescription(LaunchDescriptionEntity):
    def __init__(self, initial_entities: Iterable[LaunchDescriptionEntity] | None = None) -> None:
        self.entities = list(initial_entities or ())
        assert all(isinstance(entity, LaunchDescriptionEntity) for entity in self.entities)

    def add_action(self, action: Action) -> None:
        self.entities.append(action)


class Action(LaunchDescriptionEntity):
    def __init__(self, *, condition: Any = None) -> None:
        assert condition is None, "this double knows no conditions"

    def execute(self, context: LaunchContext) -> list[LaunchDescriptionEntity] | None:
        raise NotImplementedError


class LaunchConfiguration(Substitution):
    def __init__(self, variable_name: str, *, default: str | None = None) -> None:
        self._name, self._default = variable_name, default

    def perform(self, context: LaunchContext) -> str:
        if self._name not in context.launch_configurations and self._default is None:
            raise RuntimeError(f"launch configuration '{self._name}' does not exist")
        return context.launch_configurations.get(self._name, self._default or "")


class PathJoinSubstitution(Substitution):
    def __init__(self, substitutions: Iterable[Any]) -> None:
        self._parts = list(substitutions)

    def perform(self, context: LaunchContext) -> str:
        return os.path.join(*(performed(context, part) for part in self._parts))  # noqa: PTH118 - as launch does


class FindPackageShare(Substitution):
    def __init__(self, package: Any) -> None:
        self._package = package

    def perform(self, context: LaunchContext) -> str:
        return str(SHARE / performed(context, self._package))


class DeclareLaunchArgument(Action):
    def __init__(
        self,
        name: str,
        *,
        default_value: Any = None,
        description: str | None = None,
        choices: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name, self.description = name, description
        self._default, self._choices = default_value, None if choices is None else list(choices)
        assert self._choices is None or default_value is None or default_value in self._choices

    def execute(self, context: LaunchContext) -> None:
        values = context.launch_configurations
        if self.name not in values:
            if self._default is None:
                raise RuntimeError(f"Required launch argument '{self.name}' was not provided.")
            values[self.name] = performed(context, self._default)
        if self._choices is not None and values[self.name] not in self._choices:
            raise RuntimeError(f"Argument '{self.name}' provided value '{values[self.name]}' is not valid.")


class OpaqueFunction(Action):
    def __init__(
        self,
        *,
        function: Callable[..., Any],
        args: Iterable[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
        **left_over_kwargs: Any,
    ) -> None:
        super().__init__(**left_over_kwargs)
        self._function, self._args, self._kwargs = function, list(args or ()), dict(kwargs or {})

    def execute(self, context: LaunchContext) -> list[LaunchDescriptionEntity] | None:
        return self._function(context, *self._args, **self._kwargs)  # type: ignore[no-any-return]


class AppendEnvironmentVariable(Action):
    def __init__(
        self, name: Any, value: Any, prepend: bool = False, separator: str = os.pathsep, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._name, self._value, self._prepend, self._separator = name, value, prepend, separator

    def execute(self, context: LaunchContext) -> None:
        name, value = performed(context, self._name), performed(context, self._value)
        before = context.environment.get(name)
        parts = [part for part in (before, value) if part is not None]
        context.environment[name] = self._separator.join(reversed(parts) if self._prepend else parts)


class ExecuteProcess(Action):
    def __init__(
        self,
        *,
        cmd: Iterable[Any],
        prefix: Any = None,
        name: Any = None,
        cwd: Any = None,
        env: dict[Any, Any] | None = None,
        additional_env: dict[Any, Any] | None = None,
        shell: bool = False,
        sigterm_timeout: Any = 5,
        sigkill_timeout: Any = 5,
        emulate_tty: bool = False,
        output: Any = "log",
        output_format: str = "",
        cached_output: bool = False,
        log_cmd: bool = False,
        on_exit: Any = None,
        respawn: Any = False,
        respawn_delay: float | None = None,
        respawn_max_retries: int = -1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        assert env is None or additional_env is None
        self._cmd, self._env = list(cmd), dict(additional_env or {})
        self.name, self.respawn, self.output = name, respawn, output
        self.respawn_delay = respawn_delay
        self.command: list[str] = []
        self.environment: dict[str, str] = {}

    def execute(self, context: LaunchContext) -> None:
        self.command = [performed(context, part) for part in self._cmd]
        added = {performed(context, key): performed(context, value) for key, value in self._env.items()}
        self.environment = {**context.environment, **added}
        context.processes.append(self)


class Node(ExecuteProcess):
    def __init__(
        self,
        *,
        executable: Any,
        package: Any = None,
        name: Any = None,
        namespace: Any = None,
        exec_name: Any = None,
        parameters: list[Any] | None = None,
        remappings: Iterable[tuple[Any, Any]] | None = None,
        ros_arguments: Iterable[Any] | None = None,
        arguments: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        assert "cmd" not in kwargs
        super().__init__(cmd=[executable, *(arguments or ()), *(ros_arguments or ())], name=exec_name, **kwargs)
        assert parameters is None or isinstance(parameters, list)
        self.package, self.executable, self.node_name, self.namespace = package, executable, name, namespace
        self.parameters = {key: value for part in parameters or () for key, value in part.items()}
        assert all(isinstance(value, (str, bool, int, float)) for value in self.parameters.values())


class PythonLaunchDescriptionSource:
    def __init__(self, launch_file_path: Any) -> None:
        self.path = launch_file_path


class IncludeLaunchDescription(Action):
    def __init__(
        self,
        launch_description_source: Any,
        *,
        launch_arguments: Iterable[tuple[Any, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._source, self._arguments = launch_description_source, list(launch_arguments or ())

    def execute(self, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        path = Path(performed(context, self._source.path))
        given = {performed(context, key): performed(context, value) for key, value in self._arguments}
        context.included[path.name] = given
        context.launch_configurations.update(given)
        return [] if path.is_relative_to(SHARE) else [description(path)]


MODULES = {
    "launch": (LaunchContext, LaunchDescription, LaunchDescriptionEntity),
    "launch.actions": (
        AppendEnvironmentVariable,
        DeclareLaunchArgument,
        ExecuteProcess,
        IncludeLaunchDescription,
        OpaqueFunction,
    ),
    "launch.substitutions": (LaunchConfiguration, PathJoinSubstitution),
    "launch.launch_description_sources": (PythonLaunchDescriptionSource,),
    "launch_ros": (),
    "launch_ros.actions": (Node,),
    "launch_ros.substitutions": (FindPackageShare,),
}


def install(patch: pytest.MonkeyPatch) -> None:
    """Put the double in the place of launch and launch_ros."""
    for name, content in MODULES.items():
        module = ModuleType(name)
        vars(module).update({each.__name__: each for each in content})
        patch.setitem(sys.modules, name, module)


def description(path: Path) -> LaunchDescription:
    """What the launch file describes, read as `ros2 launch` reads it."""
    made = runpy.run_path(str(path))["generate_launch_description"]()
    assert isinstance(made, LaunchDescription)
    return made


def launch(path: Path, **arguments: str) -> LaunchContext:
    """Perform a launch file with these arguments; the context holds what would run."""
    context = LaunchContext(launch_configurations=dict(arguments))
    _visit(description(path), context)
    return context


def _visit(entity: LaunchDescriptionEntity, context: LaunchContext) -> None:
    if isinstance(entity, LaunchDescription):
        found: list[LaunchDescriptionEntity] = entity.entities
    else:
        assert isinstance(entity, Action)
        found = entity.execute(context) or []
    for each in found:
        _visit(each, context)
