"""The robot's parts in the reader's words: what they say of themselves is English, for whoever repairs them."""

from __future__ import annotations

from carebot.tablet.language import Texts
from carebot.tablet.robot import Part, RobotView


def part_words(part: Part, texts: Texts) -> str:
    """Its name; as it calls itself where nobody has translated that, as with another maker's nodes."""
    own_name = part.name.rpartition(": ")[2]
    return texts.sentence(f"part_{own_name.replace(' ', '_')}", {}) or part.name


def fault_words(view: RobotView, texts: Texts) -> str:
    """Which parts need attention; empty where all is well."""
    faulty = (part for part in view.parts if part.level in ("warn", "error"))
    told = (texts("part_is", part=part_words(part, texts), level=texts(f"level_{part.level}")) for part in faulty)
    return " · ".join(told)
