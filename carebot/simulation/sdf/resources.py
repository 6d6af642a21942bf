"""Where the files are that a world names: model://, file://, Gazebo's own downloads, or beside the file itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlparse

from carebot.errors import ConfigError
from carebot.resources import expanded, share_dir
from carebot.simulation.sdf.document import Element, read_document
from carebot.simulation.sdf.version import NEWEST, OLDEST, parse_version

SEARCH_VARIABLES = ("GZ_SIM_RESOURCE_PATH", "IGN_GAZEBO_RESOURCE_PATH", "SDF_PATH", "GAZEBO_MODEL_PATH")
CLASSIC_MODELS = Path("~/.gazebo/models")
DOWNLOADS = Path("~/.gz/fuel"), Path("~/.ignition/fuel")


def worlds_dir() -> Path:
    """The worlds that carebot ships."""
    return share_dir() / "sim" / "worlds"


def world_path(name: str) -> Path:
    """The file `name`, or the world of that name that carebot ships; raises ConfigError for an unknown name."""
    if name.endswith((".sdf", ".world")) or "/" in name:
        return expanded(name)
    known = sorted(path.stem for path in worlds_dir().glob("*.sdf"))
    if name not in known:
        raise ConfigError(f"There is no world '{name}': use one of {', '.join(known)}, or the path of an SDF file.")
    return worlds_dir() / f"{name}.sdf"


def models_dir() -> Path:
    """The SDF models that carebot ships."""
    return share_dir() / "sim" / "models"


def search_path(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders in which model:// looks, in order."""
    given = (folder for name in SEARCH_VARIABLES for folder in environment.get(name, "").split(os.pathsep))
    return (*(expanded(folder) for folder in given if folder), expanded(CLASSIC_MODELS), models_dir())


def find_resource(uri: str, element: Element) -> Path:
    """The file or folder that `uri` means where `element` stands; raises ConfigError with the places looked at."""
    parts = urlparse(uri)
    if parts.scheme in ("http", "https"):
        return _downloaded(uri, parts.netloc, unquote(parts.path), element)
    if parts.scheme not in ("", "file", "model", "package"):
        element.refuse(f"'{parts.scheme}:' in {uri} is unknown: use model://, file:// or a path beside this file")
    relative = unquote(parts.netloc + parts.path)
    folders = _folders(parts.scheme, relative, element.file.parent)
    for folder in folders:
        if (folder / relative).exists():
            return (folder / relative).resolve()
    looked = ", ".join(str(folder) for folder in folders)
    return element.refuse(
        f"{uri} does not exist (looked in {looked}): correct the name, or add its folder to GZ_SIM_RESOURCE_PATH"
    )


def _downloaded(uri: str, host: str, path: str, element: Element) -> Path:
    """The newest version that Gazebo has downloaded, or carebot's own model of that name, such as "Ground Plane"."""
    owner, name, inside = _fuel_parts(path)
    for folder in DOWNLOADS:
        versions = sorted(
            (each for each in (expanded(folder) / host / owner / "models" / name).glob("*") if each.name.isdecimal()),
            key=lambda each: int(each.name),
        )
        if versions and (versions[-1] / inside).exists():
            return (versions[-1] / inside).resolve()
    shipped = models_dir() / name.replace(" ", "_")
    if name and not inside and shipped.is_dir():
        return shipped
    return element.refuse(
        f"{uri} is not downloaded: run the world in Gazebo once (its downloads are found), or put the model into a "
        "folder, name that folder in GZ_SIM_RESOURCE_PATH, and include it as model://NAME"
    )


def _fuel_parts(path: str) -> tuple[str, str, str]:
    """Owner, model and file inside it of /1.0/OWNER/models/NAME[/VERSION[/files/FILE]]; empty where it is not so."""
    match = re.fullmatch(r"(?:/\d+\.\d+)?/([^/.]+)/models/([^/.][^/]*)(?:/(?:tip|\d+))?(?:/files/(.+)|/)?", path)
    if match is None or ".." in path:
        return "", "", ""
    return match[1].lower(), match[2].lower(), match[3] or ""


def _folders(scheme: str, relative: str, beside: Path) -> tuple[Path, ...]:
    if relative.startswith("/"):
        return (Path("/"),)
    return search_path() if scheme in ("model", "package") else (beside, *search_path())


def model_file(path: Path, element: Element) -> Path:
    """The SDF file of a model: the path itself, or the newest usable one that the folder's model.config names."""
    if path.is_file():
        return path
    config = path / "model.config"
    if not config.is_file():
        element.refuse(f"{path} holds no model.config: include a model's folder or an SDF file")
    files = {parse_version(entry.attributes.get("version", "")): entry for entry in read_document(config).all("sdf")}
    usable = [version for version in files if version is not None and OLDEST <= version <= NEWEST]
    if not usable:
        element.refuse(f"{config} names no SDF file of version 1.4 to 1.12: add one")
    found = path / files[max(usable)].text
    if not found.is_file():
        files[max(usable)].refuse(f"{found.name} does not exist beside model.config: correct the name")
    return found
