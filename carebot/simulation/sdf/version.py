"""Which versions of SDF are read."""

from __future__ import annotations

from carebot.simulation.sdf.document import Element

Version = tuple[int, int]
OLDEST: Version = (1, 4)
NEWEST: Version = (1, 12)
AXES_IN_JOINT_FRAME: Version = (1, 5)


def parse_version(text: str) -> Version | None:
    major, _, minor = text.strip().partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


def check_version(root: Element) -> None:
    """Refuse what is not an <sdf> of a version that is read here; an old one is made to mean what it did."""
    if root.tag != "sdf":
        root.refuse(f"the file begins with <{root.tag}>, not <sdf>: give a Gazebo world or model")
    text = root.attributes.get("version", "")
    version = parse_version(text)
    if version is None or not OLDEST <= version <= NEWEST:
        root.refuse(
            f"the SDF version is {text or 'missing'!r}: convert the file to 1.4 to 1.12 (`gz sdf -p FILE` does)"
        )
    if version < AXES_IN_JOINT_FRAME:
        _say_in_which_frame(root)


def _say_in_which_frame(element: Element) -> None:
    """Before 1.5 a joint's axis was given in its model's frame, without a word."""
    for child in element.children:
        _say_in_which_frame(child)
    if element.tag in ("axis", "axis2") and element.child("use_parent_model_frame") is None:
        element.children.append(Element("use_parent_model_frame", {}, element.file, element.line, [], "true"))
