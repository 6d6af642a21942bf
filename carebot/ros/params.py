"""ROS parameters declared from a dataclass or a pydantic model: types, limits and descriptions are written once.

Parameters are read once, when the node starts, and are read-only afterwards. A bad value, and a parameter that the node
does not know, end in a ConfigError that names them.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import textwrap
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter

from carebot.errors import ConfigError

Values = TypeVar("Values")

_LENIENT = ConfigDict(coerce_numbers_to_str=True, allow_inf_nan=False, arbitrary_types_allowed=True)


def declare(node: Node, kind: type[Values], prefix: str = "") -> Values:
    """Declare a parameter for each field of `kind` and return a `kind` made of their values.

    `prefix` groups them (`mounting` gives `mounting.height_m`). Whole numbers are taken for fractions, and numbers for
    texts (a camera called 0). The description is the field's own docstring.

    Raises:
        ConfigError: a value is of the wrong type or outside what `kind` accepts.
    """
    hints = get_type_hints(kind, include_extras=True)
    about = descriptions(kind)
    values = {}
    for name, default in _defaults(kind).items():
        full_name = f"{prefix}.{name}" if prefix else name
        given = _declare_one(node, full_name, default, about.get(name, ""))
        values[name] = _checked(node, full_name, given, hints[name])
    try:
        return kind(**values)
    except ValueError as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error).rstrip(".")
        raise ConfigError(f"the parameters of {_name(node)} do not fit together: {reason}.") from None


def refuse_unknown_parameters(node: Node) -> None:
    """Raises ConfigError where somebody gave `node` a parameter that it has not declared; ROS itself keeps silent."""
    unknown = sorted(
        name
        for name in node._parameter_overrides
        if not node.has_parameter(name) and not name.startswith("qos_overrides.")
    )
    if unknown:
        known = sorted(name for name in node._parameters if not name.startswith(("qos_overrides.", "start_type_")))
        raise ConfigError(f"{_name(node)} has no parameter '{unknown[0]}': use one of {', '.join(known)}.")


def descriptions(kind: type) -> dict[str, str]:
    """What the docstrings under the fields of `kind` say, each on one line."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[field.target.id] = " ".join(str(text.value.value).split())
    return found


def _defaults(kind: type) -> dict[str, Any]:
    if issubclass(kind, BaseModel):
        return {name: field.get_default(call_default_factory=True) for name, field in kind.model_fields.items()}
    return {
        field.name: field.default_factory() if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(kind)
    }


def _declare_one(node: Node, name: str, default: Any, description: str) -> Any:
    # Dynamic typing lets every value through to the check, whose sentence names the parameter.
    descriptor = ParameterDescriptor(description=description, read_only=True, dynamic_typing=True)
    given = node._parameter_overrides.get(name)
    if isinstance(given, Parameter) and given.type_ is Parameter.Type.NOT_SET:
        raise ConfigError(f"the parameter '{name}' of {_name(node)} has no value: give one or leave it out.")
    return node.declare_parameter(name, _to_ros(default), descriptor).value


def _to_ros(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_to_ros(part) for part in value]
    if isinstance(value, Mapping):
        raise TypeError("ROS parameters have no mappings: use a prefix")
    return value


def _checked(node: Node, name: str, value: Any, hint: Any) -> Any:
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, bool) and hint in (int, float):
        raise ConfigError(f"the parameter '{name}' of {_name(node)} must be a number, but it is {plain}.")
    try:
        adapter = TypeAdapter(hint, config=None if _has_own_config(hint) else _LENIENT)
        return adapter.validate_python(plain)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        raise ConfigError(f"the parameter '{name}' of {_name(node)}: {message}, but it is {plain!r:.60}.") from None


def _has_own_config(hint: Any) -> bool:
    return isinstance(hint, type) and (issubclass(hint, BaseModel) or dataclasses.is_dataclass(hint))


def _name(node: Node) -> str:
    return f"the node {node.get_fully_qualified_name()}"
