"""What may be named in a request, as care tells it, in the language of one resident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from carebot_interfaces.msg import SpokenNames

from carebot.conversation.dialogue import Setting
from carebot.conversation.text import Language


def known_names(
    message: SpokenNames, language: Language, before: Setting, own: tuple[str, ...]
) -> tuple[Setting, frozenset[str]]:
    """`before` with the names of `message` beside the routines `own`, and those routines that wait for a caregiver."""
    spoken = dict(_of_kind(message, "routine", language))
    routines = tuple(dict.fromkeys((*own, *spoken)))
    risky = frozenset(each.spoken for each in message.names if each.needs_caregiver and each.spoken not in own)
    rooms, people = (dict(_of_kind(message, kind, language)) for kind in ("room", "person"))
    return replace(before, routines=routines, rooms=rooms, people=people), risky


def _of_kind(message: SpokenNames, kind: str, language: Language) -> Iterator[tuple[str, str]]:
    for each in message.names:
        if each.kind == kind and each.spoken and each.language in ("", language):
            yield each.spoken, each.name
