"""Which versions of SDF are read."""

from __future__ import annotations

from carebot.simulation.sdf.document import Element

Version = tuple[int, int]
OLDEST: Version = (1, 5)
NEWEST: Version = (1, 12)


def parse_version(text: str) -> Version | None:
    major, _, minor = text.strip().partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None


def check_version(root: Element) -> None:
    """Refuse what is not an <sdf> of a version that is read here."""
    if root.tag != "sdf":
        root.refuse(f"the file begins with <{root.tag}>, not <sdf>: give a Gazebo world or model")
    text = root.attributes.get("version", "")
    version = parse_version(text)
    if version is None or not OLDEST <= version <= NEWEST:
        root.refuse(
            f"the SDF version is {text or 'missing'!r}: convert the file to 1.5 to 1.12 (`gz sdf -p FILE` does)"
        )
