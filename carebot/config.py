"""Configuration files: YAML, checked once when they are read, refused with the file and the key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from yaml import Node

from carebot.errors import ConfigError
from carebot.strict_yaml import YamlError, compose_yaml, parse_yaml


class FileModel(BaseModel):
    """The parent of everything that is read from a file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class EntryError(ValueError):
    """What a model's validator raises for one entry among many: `keys` lead to it from the model's own place."""

    def __init__(self, sentence: str, *keys: str | int) -> None:
        super().__init__(sentence)
        self.keys = keys


class EntriesError(ValueError):
    """Everything that a model's validator found, at least one."""

    def __init__(self, errors: tuple[EntryError, ...]) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors


Model = TypeVar("Model", bound=FileModel)


def load_yaml(path: Path, model: type[Model]) -> Model:
    """Read `path` as `model`.

    Raises:
        ConfigError: naming the file and the key, when the file is missing, is not YAML, or does not fit the model.
    """
    return check(read_mapping(path), model, path)


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping that `path` holds, unchecked."""
    try:
        content = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist: check the name.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): check that it is a readable text file.") from None
    except YamlError as error:
        raise ConfigError(f"{path} is not valid YAML ({error}): correct it there.") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold keys and values, not {_kind(content)}: see the examples in the docs.")
    return content


def check(content: dict[str, Any], model: type[Model], path: Path) -> Model:
    """`content` of the file `path` as `model`; raises ConfigError naming the first key that does not fit."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first, *others = _found(error)
        more = f" (and {len(others)} more)" if others else ""
        raise _refusal(first, model, path, more) from None


def refusals(content: dict[str, Any], model: type[FileModel], path: Path) -> tuple[ConfigError, ...]:
    """Everything for which `check` refuses `content`, each with its `keys`; empty where it is good."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        return tuple(_refusal(each, model, path) for each in _found(error))
    return ()


def _found(error: ValidationError) -> list[ErrorDetails]:
    """pydantic's errors, each of `EntriesError` as one of its own and with its whole way to what is wrong."""
    found: list[ErrorDetails] = []
    for each in error.errors():
        cause = each.get("ctx", {}).get("error")
        for entry in cause.errors if isinstance(cause, EntriesError) else (cause,):
            keys = (*each["loc"], *entry.keys) if isinstance(entry, EntryError) else each["loc"]
            message = str(entry) if isinstance(entry, EntryError) else each["msg"].removeprefix("Value error, ")
            found.append({**each, "loc": keys, "msg": message})
    return found


def _refusal(error: ErrorDetails, model: type[FileModel], path: Path, more: str = "") -> ConfigError:
    keys = error["loc"]
    key = ".".join(str(part) for part in keys) or "the file"
    path_and_line = with_line(path, keys)
    if error["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields) if len(keys) == 1 else "those of the docs"
        return ConfigError(f"{path_and_line}: the key '{key}' is unknown{more}: use one of {known}.", keys)
    shown = "" if isinstance(error["input"], dict) else f", but it is {error['input']!r:.60}"
    return ConfigError(f"{path_and_line}: {key}: {error['msg']}{more}{shown}.", keys)


def with_line(path: Path, keys: Iterable[str | int]) -> str:
    """`path` with the line on which the value under `keys` stands; where it has none there, that of what holds it."""
    try:
        node = compose_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YamlError):
        return str(path)
    line: int | None = None
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        line, node = found
    return str(path) if line is None else f"{path}, line {line}"


def _child(node: Node | None, key: str | int) -> tuple[int, Node] | None:
    """The line of a key or of a list's item, from 1, and its value."""
    if isinstance(node, yaml.MappingNode):
        named = ((name, value) for name, value in node.value if name.value == str(key))
        return next(((name.start_mark.line + 1, value) for name, value in named), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line + 1, node.value[key]
    return None


def _kind(content: object) -> str:
    return "nothing" if content is None else f"a {type(content).__name__}"
