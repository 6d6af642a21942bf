"""What a message type consists of, as the text by which a recording is read without that type's package."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

IDL_NAMES = {"boolean": "bool", "octet": "byte", "float": "float32", "double": "float64"}
_SEQUENCE = re.compile(r"sequence<(.+?)(?:, (\d+))?>")
_NAME = re.compile(r"[\w/]+")
_BETWEEN = "=" * 80


def kind_of(message: type[Any]) -> str:
    """`sensor_msgs/msg/LaserScan`."""
    package, kind, _ = message.__module__.split(".")
    return f"{package}/{kind}/{message.__name__}"


def definition_of(message: type[Any]) -> str:
    """Its fields, then those of every type in it, as `.msg` files have them."""
    inside: dict[str, type[Any]] = {}
    _collect(message, inside)
    parts = [f"{_BETWEEN}\nMSG: {name}\n{_fields(each)}" for name, each in inside.items()]
    return "\n".join([_fields(message), *parts])


def _collect(message: type[Any], found: dict[str, type[Any]]) -> None:
    for name in _types_in(message):
        if name not in found:
            package, short = name.split("/")
            found[name] = getattr(importlib.import_module(f"{package}.msg"), short)
            _collect(found[name], found)


def _types_in(message: type[Any]) -> Iterator[str]:
    for kind in message.get_fields_and_field_types().values():
        yield from (name for name in _NAME.findall(kind) if "/" in name)


def _fields(message: type[Any]) -> str:
    return "\n".join(f"{_written(kind)} {name}" for name, kind in message.get_fields_and_field_types().items())


def _written(kind: str) -> str:
    if found := _SEQUENCE.fullmatch(kind):
        return f"{_written(found[1])}[{'<=' + found[2] if found[2] else ''}]"
    return _NAME.sub(lambda name: IDL_NAMES.get(name[0], name[0]), kind, count=1)
