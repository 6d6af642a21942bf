"""What the names of a world mean: frames, and the links to which they are attached.

After "Pose Frame Semantics" of the SDFormat project (sdformat.org/tutorials): each model is a scope of its own, whose
links, joints, frames and nested models have poses in one another's frames; nested names are written a::b.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.poses import IDENTITY, Pose3D
from carebot.simulation.sdf.values import pose, string

MODEL, WORLD = "__model__", "world"
Place = tuple["Scope", Element]


@dataclass(slots=True, eq=False)
class Scope:
    """One model, or the world (whose parent is None)."""

    element: Element
    parent: Scope | None = None
    named: dict[str, Element] = field(default_factory=dict)
    nested: dict[str, Scope] = field(default_factory=dict)
    _known: dict[str, Pose3D] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)

    # names

    @property
    def path(self) -> str:
        """The name from the world's point of view, such as `robot::arm`; empty for the world."""
        if self.parent is None:
            return ""
        return "::".join(part for part in (self.parent.path, self.element.name) if part)

    def full(self, name: str) -> str:
        return f"{self.path}::{name}" if self.path else name

    def models(self) -> Iterator[Scope]:
        """The models in here, each before those nested in it."""
        for model in self.nested.values():
            yield model
            yield from model.models()

    def find(self, name: str, asking: Element) -> Place:
        """The element of that name, and the scope that it is in."""
        head, _, rest = name.partition("::")
        if rest:
            if head not in self.nested:
                asking.refuse(f"there is no model '{head}' in {self._described()}: correct '{name}'")
            return self.nested[head].find(rest, asking)
        if name not in self.named:
            known = ", ".join(self.named) or "nothing"
            asking.refuse(f"there is no '{name}' in {self._described()}: use one of {known}")
        return self, self.named[name]

    def _described(self) -> str:
        return f"the model '{self.path}'" if self.parent else "the world"

    # poses

    def world_pose(self) -> Pose3D:
        """Of the model's own frame."""
        if self.parent is None:
            return IDENTITY
        return self.parent.world_pose() @ self.parent.pose_of(self.element.name, self.element)

    def pose_of(self, name: str, asking: Element) -> Pose3D:
        """Of a frame, by its name, in this model's own frame."""
        if name in (MODEL, WORLD, "__root__", ""):
            return IDENTITY
        head, _, rest = name.partition("::")
        if rest:
            scope = self.find(head, asking)[0].nested.get(head)
            if scope is None:
                asking.refuse(f"'{head}' in '{name}' is not a model: correct the name")
            return self.pose_of(head, asking) @ scope.pose_of(rest, asking)
        if name in self._asked:
            asking.refuse(
                f"the poses go in a circle ({' → '.join((*self._asked, name))}): make one relative to its model"
            )
        if name not in self._known:
            self._asked.append(name)
            self._known[name] = self._pose(self.find(name, asking)[1])
            self._asked.pop()
        return self._known[name]

    def _pose(self, element: Element) -> Pose3D:
        given = element.child("pose")
        relative_to = (given.attributes.get("relative_to", "") if given else "") or _default_frame(element)
        if self.parent is None and relative_to == MODEL:
            relative_to = WORLD
        result = self.pose_of(relative_to, given or element) @ pose(given)
        placement = element.attributes.get("placement_frame", "")
        if element.tag == "model" and placement:
            result = result @ self.nested[element.name].pose_of(placement, element).inverse()
        return result

    def pose_within(self, element: Element, owner: str) -> Pose3D:
        """Of something that belongs to a link (or joint) called `owner`, in this model's frame."""
        given = element.child("pose")
        relative_to = (given.attributes.get("relative_to", "") if given else "") or owner
        return self.pose_of(relative_to, given or element) @ pose(given)

    # links

    def link_of(self, name: str, asking: Element) -> str:
        """The full name of the link to which a frame is attached; `world` for the world."""
        if name in (WORLD, "__root__"):
            return WORLD
        if name == MODEL:
            return self.canonical_link(asking)
        scope, element = self.find(name, asking)
        if element.tag == "link":
            return scope.full(element.name)
        if element.tag == "model":
            return scope.nested[element.name].canonical_link(asking)
        if name in self._asked:
            asking.refuse(f"the frames are attached in a circle at '{name}': attach one of them to a link")
        scope._asked.append(name)
        attached = string(element, "child") if element.tag == "joint" else element.attributes.get("attached_to", "")
        found = scope.link_of(attached or (MODEL if scope.parent else WORLD), element)
        scope._asked.pop()
        return found

    def canonical_link(self, asking: Element) -> str:
        """The link that carries the model's frame: the one it names, else its first."""
        if chosen := self.element.attributes.get("canonical_link", ""):
            return self.link_of(chosen, self.element)
        first = next((element for element in self.named.values() if element.tag == "link"), None)
        if first is not None:
            return self.full(first.name)
        for model in self.nested.values():
            return model.canonical_link(asking)
        return asking.refuse(f"{self._described()} has no link: give it one")


def _default_frame(element: Element) -> str:
    if element.tag == "joint":
        return string(element, "child")
    return element.attributes.get("attached_to", "") or MODEL if element.tag == "frame" else MODEL


def scope_of(element: Element, parent: Scope | None = None) -> Scope:
    """The scope of a world or model and of all models in it; a name that is given twice is refused."""
    scope = Scope(element, parent)
    for child in element.all("link", "joint", "frame", "model"):
        if child.name in scope.named:
            child.refuse(f"the name '{child.name}' is given twice in {scope._described()}: give each part its own")
        if "::" in child.name or child.name in (MODEL, WORLD, "__root__"):
            child.refuse(f"'{child.name}' cannot be a name: choose another")
        scope.named[child.name] = child
        if child.tag == "model":
            scope.nested[child.name] = scope_of(child, scope)
    lights: set[str] = set()
    for light in element.all("light"):
        if light.name in lights:
            light.refuse(f"there are two lights '{light.name}' in {scope._described()}: give each its own name")
        lights.add(light.name)
    return scope
