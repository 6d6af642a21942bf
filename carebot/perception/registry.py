"""The models that carebot knows: its own and the operator's, each with the hash that its files must have."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from carebot.config import FileModel, check
from carebot.errors import ConfigError, ModelError
from carebot.resources import data_dir, expanded, models_dir

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Task = Literal["pose", "person", "fall", "speech", "turn-end"]
Pixels = Annotated[int, Field(gt=0, strict=True)]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: where it is (or will be, once pulled), and the sha256 that it must have.

    `role` tells several files of one model apart. `input_size` is (width, height) in pixels where the file's input is a
    picture. `url` is None for a file that is not pulled.
    """

    role: str
    path: Path
    sha256: str
    url: str | None = None
    input_size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of a registry. `detector` is the model that finds the people for one that does not by itself.
    `registry` is the file that holds the entry. `languages` are those that a model for speech knows."""

    name: str
    task: Task
    family: str
    licence: str
    description: str
    files: tuple[ModelFile, ...]
    registry: Path
    detector: ModelEntry | None = None
    languages: tuple[str, ...] = ()

    def file(self, role: str) -> ModelFile:
        """The file of this role; raises ConfigError where the entry has none."""
        for file in self.files:
            if file.role == role:
                return file
        raise ConfigError(
            f"{self.registry}: the model '{self.name}' has no file with role '{role}', "
            f"which the family {self.family} needs: add it there."
        )


@dataclass(frozen=True, slots=True)
class Registry:
    """All models, each name once."""

    entries: tuple[ModelEntry, ...]

    def get(self, name: str) -> ModelEntry:
        """The model of this name; raises ModelError naming those there are."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        names = [entry.name for entry in self.entries]
        near = get_close_matches(name, names, n=1)
        advice = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(names) or '(none)'}."
        raise ModelError(f"There is no model '{name}' in the registry: {advice}")

    def for_task(self, task: Task) -> tuple[ModelEntry, ...]:
        return tuple(entry for entry in self.entries if entry.task == task)


def load_registry() -> Registry:
    """The registry that carebot ships, and over it the operator's own (`models/registry.toml` in the data folder).

    An entry of the operator's replaces a shipped one of the same name.

    Raises:
        ConfigError: a registry cannot be read or used; names the file and the key.
    """
    paths = [models_dir() / "registry.toml"]
    if os.path.lexists(operators_registry()):  # a folder or a link that leads nowhere is told, not passed over
        paths.append(operators_registry())
    return read_registries(paths)


def operators_registry() -> Path:
    return data_dir() / "models" / "registry.toml"


def read_registries(paths: Iterable[Path]) -> Registry:
    """The entries of all `paths`; a later file's entry replaces an earlier one's of the same name."""
    entries: dict[str, ModelEntry] = {}
    detectors: dict[str, str] = {}
    for path in paths:
        for table in _tables(path):
            entries[table.name] = table.entry(path)
            detectors.pop(table.name, None)
            if table.detector is not None:
                detectors[table.name] = table.detector
    for name, detector in detectors.items():
        entries[name] = _with_detector(entries[name], entries.get(detector), detector)
    return Registry(tuple(entries.values()))


def _with_detector(entry: ModelEntry, detector: ModelEntry | None, name: str) -> ModelEntry:
    if detector is None or detector.name == entry.name:
        raise ConfigError(
            f"{entry.registry}: the model '{entry.name}': detector: there is no other model '{name}' in the registry: "
            f"add one, or leave the key out."
        )
    return replace(entry, detector=detector)


class _FileTable(FileModel):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    file: Annotated[str, Field(min_length=1)] | None = None
    url: Annotated[str, Field(min_length=1)] | None = None
    role: Annotated[str, Field(pattern=r"^[a-z_]+$")] = "model"
    input_size: tuple[Pixels, Pixels] | None = None

    def model_file(self, name: str, key: str, registry: Path) -> ModelFile:
        path = self._pulled(name, key, registry) if self.url else self._local(key, registry)
        return ModelFile(self.role, path, self.sha256, self.url, self.input_size)

    def _local(self, key: str, registry: Path) -> Path:
        if self.file is None:
            raise ConfigError(f"{registry}: {key} has neither the key 'file' nor 'url': add one of them.")
        return registry.parent / expanded(self.file)

    def _pulled(self, name: str, key: str, registry: Path) -> Path:
        file_name = self.file or (self.url or "").partition("?")[0].rpartition("/")[2]
        if Path(file_name).name != file_name or file_name in ("", "..") or file_name.startswith("."):
            raise ConfigError(
                f"{registry}: {key}.file: '{file_name}' must be a plain file name where there is a url: "
                f"give one such as 'model.onnx'."
            )
        return data_dir() / "models" / name / file_name


class _EntryTable(FileModel):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    task: Task
    family: Annotated[str, Field(min_length=1)]
    licence: Annotated[str, Field(min_length=1)]
    description: Annotated[str, Field(min_length=1)]
    file: Annotated[tuple[_FileTable, ...], Field(min_length=1)]
    detector: str | None = None
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()

    def entry(self, registry: Path) -> ModelEntry:
        files = tuple(
            table.model_file(self.name, f"the model '{self.name}': file.{position}", registry)
            for position, table in enumerate(self.file)
        )
        for key in ("role", "path"):
            _refuse_twice([str(getattr(file, key)) for file in files], f"the model '{self.name}': {key}", registry)
        return ModelEntry(
            *(self.name, self.task, self.family, self.licence, self.description, files, registry),
            languages=self.languages,
        )


class _RegistryTable(FileModel):
    model: tuple[_EntryTable, ...] = ()


def _tables(path: Path) -> tuple[_EntryTable, ...]:
    tables = check(_read_toml(path), _RegistryTable, path).model
    _refuse_twice([table.name for table in tables], "model name", path)
    return tables


def _refuse_twice(values: list[str], key: str, path: Path) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ConfigError(f"{path}: {key}: '{twice}' is given twice: every one must differ.")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path.is_symlink():
            raise ConfigError(
                f"{path} leads to a file that does not exist: put it there, or remove the link."
            ) from None
        raise ConfigError(f"{path} does not exist: carebot's installation is not complete, install it again.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): check that it is a readable text file.") from None
    except RecursionError:
        raise ConfigError(f"{path} is not valid TOML (it is nested too deeply): correct it there.") from None
    except ValueError as error:  # not only its own TOMLDecodeError: a number may be too long to be read
        raise ConfigError(f"{path} is not valid TOML ({error}): correct it there.") from None
