"""Values that several parts of the site file use, checked alike everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

Language = Literal["en", "ja", "fr"]

Relation = Literal[
    "daughter",
    "son",
    "sister",
    "brother",
    "wife",
    "husband",
    "mother",
    "father",
    "granddaughter",
    "grandson",
    "grandchild",
    "daughter_in_law",
    "niece",
    "nephew",
    "children",
    "friend",
    "neighbour",
    "family",
]
"""What the intents of the conversation call relatives and friends."""


def time_zone_named(name: Any) -> str:
    """`name` where it is a time zone of the IANA database; raises ValueError."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        raise ValueError("it must be a time zone such as Asia/Tokyo or Europe/Paris") from None
    return str(name)


TimeZone = Annotated[str, BeforeValidator(time_zone_named)]
