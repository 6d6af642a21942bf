"""Puts the models that a file includes in the place of its <include> elements."""

from __future__ import annotations

from pathlib import Path

from carebot.errors import ConfigError
from carebot.simulation.sdf.document import Element, read_document
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.resources import find_resource, model_file
from carebot.simulation.sdf.values import string
from carebot.simulation.sdf.version import check_version


def read_expanded(path: Path, notes: Notes) -> Element:
    """The <world> of the file, or its <model> in a world of its own, with every include replaced.

    Raises:
        ConfigError: naming file and line, for what cannot be read, is not there, or includes itself.
    """
    root = read_document(path)
    check_version(root)
    world = root.child("world")
    if world is None:
        world = Element("world", {"name": "world"}, root.file, root.line, list(root.children))
    else:
        for other in root.children:
            if other is not world:
                notes.add(other, f"only the first <world> of a file is loaded, not this <{other.tag}>")
    if not any(world.all("model", "include", "light")):
        raise ConfigError(f"{path} holds neither a world nor a model: give a Gazebo world or model.")
    _expand(world, (path.resolve(),), notes)
    return world


def _expand(parent: Element, chain: tuple[Path, ...], notes: Notes) -> None:
    for index, child in enumerate(parent.children):
        if child.tag == "include":
            parent.children[index] = _included(child, chain, notes)
        elif child.tag == "model":
            _expand(child, chain, notes)


def _included(include: Element, chain: tuple[Path, ...], notes: Notes) -> Element:
    uri = string(include, "uri")
    if not uri:
        include.refuse("<include> has no <uri>: name what to include, such as model://table")
    if include.attributes.get("merge", "false").strip().lower() in ("true", "1"):
        include.refuse("merge='true' is not supported: include the model without it, and name its parts NAME::PART")
    path = model_file(find_resource(uri, include), include).resolve()
    if path in chain:
        include.refuse(f"{uri} includes itself ({' → '.join(step.name for step in (*chain, path))}): break the circle")
    root = read_document(path)
    check_version(root)
    content = next(root.all("model", "light"), None)
    if content is None:
        root.refuse("there is no <model> in this file: include one that holds a model")
    _override(content, include, notes)
    _expand(content, (*chain, path), notes)
    return content


def _override(content: Element, include: Element, notes: Notes) -> None:
    """What the include says comes before what the model says of itself."""
    if name := string(include, "name"):
        content.attributes["name"] = name
    if placement := string(include, "placement_frame"):
        content.attributes["placement_frame"] = placement
    for tag in ("pose", "static"):
        given = include.child(tag)
        if given is not None:
            content.children = [child for child in content.children if child.tag != tag]
            content.children.append(given)
    content.children.extend(include.all("plugin"))
    for extra in include.children:
        if extra.tag not in ("uri", "name", "pose", "static", "placement_frame", "plugin"):
            notes.add(extra, f"<{extra.tag}> in <include> is not read")
