"""The dialogue path's first step: what a sentence asks for of what the robot can do, by hassil templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from hassil import Intents, SlotList, TextSlotList, recognize_best

from carebot.config import read_mapping
from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.text import MOST_CHARACTERS, Language, hiragana, words

Condition = Literal["fine", "help", "unclear", "none"]
MOST_TO_MATCH = 200
"""Characters of a sentence that templates are tried on: no template is longer, and a speech of an hour asks nothing."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sentence asks for: the intent's name as in the intents file, and its slots by name."""

    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)


def understand(
    text: str,
    language: Language,
    routines: tuple[str, ...] = (),
    rooms: Mapping[str, str] = MappingProxyType({}),
    people: Mapping[str, str] = MappingProxyType({}),
) -> Meaning | None:
    """What `text` asks for, or None; `routines` are the names that StartRoutine may take, `rooms` and `people` the
    names that Guide and CallFamily may take, by how they are said."""
    plain = words(text[:MOST_CHARACTERS], language)
    if not plain or len(plain) > MOST_TO_MATCH:
        return None
    lists: dict[str, SlotList] = {
        "routine": _names({each: each for each in routines}, "routine", language),
        "room": _names(rooms, "room", language),
        "person": _names(people, "person", language),
    }
    found = recognize_best(plain, intents_of(language), slot_lists=lists, language=language)
    if found is None:
        return None
    return Meaning(found.intent.name, {name: _plain(entity.value) for name, entity in found.entities.items()})


def how_are_they(text: str, language: Language) -> Condition:
    """How the answer to "are you all right?" is to be taken; what is not clearly fine is never taken for fine."""
    if not words(text, language):
        return "none"
    if any(reflex.kind == "help" for reflex in find_reflexes(text, language)):
        return "help"
    meaning = understand(text, language)
    if meaning is None:
        return "unclear"
    return _CONDITIONS.get(meaning.intent, "unclear")


_CONDITIONS: dict[str, Condition] = {
    "Fine": "fine",
    "Yes": "fine",
    "No": "help",
    "CallNurse": "help",
    "CallFamily": "help",
}


def _names(spoken: Mapping[str, str], name: str, language: Language) -> TextSlotList:
    """Names as what is heard; an article before one may be left out ("the kitchen", "à la cuisine")."""
    plain = [
        (_ARTICLE.sub("", folded, count=1), value)
        for said, value in spoken.items()
        if (folded := words(said, language))
    ]
    article = _ARTICLES.get(language, ())
    told = [(said, value) for said, value in plain if said]
    told += [(f"{each} {said}", value) for said, value in plain if said for each in article]
    return TextSlotList.from_tuples(told, name=name)


_ARTICLES: Mapping[Language, tuple[str, ...]] = {"en": ("the", "my"), "fr": ("le", "la", "les", "l", "ma", "mon")}
_ARTICLE = re.compile(r"^(the|le|la|les|l) (?=\w)")


@cache
def intents_of(language: Language) -> Intents:
    """The templates that carebot ships for `language`, folded like the text that they meet."""
    content = read_mapping(Path(__file__).parent / "intents" / f"{language}.yaml")
    content["intents"] = _folded(content["intents"], language)
    content["expansion_rules"] = _folded(content["expansion_rules"], language)
    for listed in content["lists"].values():
        if "values" in listed:
            listed["values"] = [{**each, "in": _folded(each["in"], language)} for each in listed["values"]]
    return Intents.from_dict(content)


def _folded(part: Any, language: Language) -> Any:
    if isinstance(part, dict):
        return {key: _folded(each, language) for key, each in part.items()}
    if isinstance(part, list):
        return [_folded(each, language) for each in part]
    return "".join(_fold_literal(piece, language) for piece in _MARKS.split(part))


_MARKS = re.compile(r"(<[^>]*>|\{[^}]*\}|[\[\]()|])")


def _fold_literal(piece: str, language: Language) -> str:
    """`piece` of a template as `words` would give it; the marks of hassil and the blanks at its ends stay."""
    if _MARKS.fullmatch(piece):
        return piece
    if language == "ja":
        return hiragana(piece).replace("ー", "")
    before = " " if piece[:1].isspace() else ""
    after = " " if piece[-1:].isspace() else ""
    # What an elision stands before may be in the next piece: "l'" then "(heure|…)".
    ends_elided = piece.rstrip().endswith("'")
    return f"{before}{words(piece, language)}{' ' if ends_elided else after}" if piece.strip() else piece


def _plain(value: Any) -> Any:
    """A slot's value: words without blanks at their ends, numbers whole."""
    return value.strip() if isinstance(value, str) else int(value)
