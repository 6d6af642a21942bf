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
from carebot.conversation.text import MOST_CHARACTERS, Language, hiragana, normal, words

Condition = Literal["fine", "help", "unclear", "none"]
MOST_TO_MATCH = 200
"""Characters of a sentence that templates are tried on: no template is longer, and a speech of an hour asks nothing."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a sentence asks for: the intent's name as in the intents file, and its slots by name. `answers`: what alone
    it can be the answer to; empty for anything."""

    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    answers: str = ""


def understand(
    text: str,
    language: Language,
    routines: tuple[str, ...] = (),
    rooms: Mapping[str, str] = MappingProxyType({}),
    people: Mapping[str, str] = MappingProxyType({}),
) -> Meaning | None:
    """What `text` asks for, or None; `routines` are the names that StartRoutine may take, `rooms` and `people` the
    names that Guide and CallFamily may take, by how they are said."""
    heard = text[:MOST_CHARACTERS]
    plain = words(heard, language)
    if not plain or len(plain) > MOST_TO_MATCH:
        return None
    lists: dict[str, SlotList] = {
        "routine": _names({each: each for each in routines}, "routine", language),
        "room": _names(rooms, "room", language),
        "person": _names(people, "person", language),
    }
    return _recognised(plain, language, lists) or _in_a_part(heard, plain, language, lists)


def _in_a_part(heard: str, plain: str, language: Language, lists: dict[str, SlotList]) -> Meaning | None:
    """What is asked for in the middle of other words, where that is one thing, and not what somebody else said."""
    outside, whole = _outside_of(language), normal(heard, language)
    clauses = [] if '"' in whole or outside.report.search(plain) else _CLAUSE_END.split(whole)
    parts = [outside.edges.sub("", words(each, language)) for each in (plain, *clauses)]
    found = [meaning for each in parts if each and (meaning := _recognised(each, language, lists))]
    asked = [each for each in found if each.intent not in _ONLY_IN_FULL]
    return asked[0] if len({each.intent for each in asked}) == 1 else None


def _recognised(plain: str, language: Language, lists: dict[str, SlotList]) -> Meaning | None:
    found = recognize_best(plain, intents_of(language), slot_lists=lists, language=language)
    if found is None:
        return None
    slots = {name: _plain(entity.value) for name, entity in found.entities.items()}
    return Meaning(found.intent.name, slots, (found.intent_metadata or {}).get("answers", ""))


_ONLY_IN_FULL = frozenset({"Fine", "Yes", "No", "AtHour", "Greeting", "Goodbye", "Thanks"})
"""Without the words around it, an answer may say something else: "fine, I suppose". Courtesies ask for nothing."""
_CLAUSE_END = re.compile(r"[,;:.!?。、…]+")


def how_are_they(text: str, language: Language) -> Condition:
    """How the answer to "are you all right?" is to be taken; what is not clearly fine is never taken for fine."""
    if not words(text, language):
        return "none"
    if any(reflex.kind == "help" for reflex in find_reflexes(text, language)):
        return "help"
    meaning = understand(text, language)
    if meaning is None or meaning.answers:
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


@dataclass(frozen=True, slots=True)
class _Outside:
    """What stands around a request: `edges` are no part of it, `report` tells that it is somebody else's."""

    edges: re.Pattern[str]
    report: re.Pattern[str]


@cache
def _outside_of(language: Language) -> _Outside:
    listed = _content(language)["outside"]
    before, after, report = (
        "|".join(words(each, language) for each in listed[part]) for part in ("before", "after", "report")
    )
    gap, end = ("", "") if language == "ja" else (" ", r"\b")
    return _Outside(
        re.compile(f"^(?:(?:{before}){gap})+|(?:{gap}(?:{after}))+$"), re.compile(f"{end}(?:{report}){end}")
    )


def _content(language: Language) -> dict[str, Any]:
    return read_mapping(Path(__file__).parent / "intents" / f"{language}.yaml")


@cache
def intents_of(language: Language) -> Intents:
    """The templates that carebot ships for `language`, folded like the text that they meet."""
    content = _content(language)
    del content["outside"]
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
