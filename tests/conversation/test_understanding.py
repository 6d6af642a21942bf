"""What can be asked for in three languages: each sentence of `<language>.yaml`, and answers to "are you all right?"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.conversation.text import LANGUAGES, Language
from carebot.conversation.understanding import Condition, Meaning, how_are_they, intents_of, understand

HERE = Path(__file__).parent
ROUTINES = ("morning exercise", "gymnastique", "体操")


def listed_in(language: str) -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / f"{language}.yaml").read_text(encoding="utf-8")))


def intents(language: str) -> dict[str, list[str]]:
    return dict(listed_in(language)["intents"])


ROOMS = {"en": {"the kitchen": "kitchen"}, "fr": {"la cuisine": "kitchen"}, "ja": {"台所": "kitchen"}}
PEOPLE = {"Aiko": "Aiko Tanaka", "愛子": "Aiko Tanaka"}

CASES = [
    pytest.param(language, intent, sentence, id=f"{language}-{intent}-{sentence}")
    for language in LANGUAGES
    for intent, listed in intents(language).items()
    for sentence in listed
]


@pytest.mark.parametrize(("language", "intent", "sentence"), CASES)
def test_what_is_asked_for(language: Language, intent: str, sentence: str) -> None:
    meaning = understand(sentence, language, ROUTINES, ROOMS[language])
    assert (meaning.intent if meaning else "nothing") == intent


def test_every_language_knows_the_same_intents() -> None:
    assert len({frozenset(intents_of(language).intents) for language in LANGUAGES}) == 1


@pytest.mark.parametrize(
    ("language", "sentence", "slots"),
    [
        ("en", "remind me to take my pills at 8 pm", {"what": "take my pills", "hour": 8, "half": "pm"}),
        ("en", "Remind me to drink at eight o'clock", {"what": "drink", "hour": 8}),
        ("fr", "rappelle-moi de boire à huit heures du soir", {"what": "boire", "hour": 8, "half": "pm"}),
        ("ja", "午後３時に水を飲むことを思い出させて", {"half": "pm", "hour": 3, "what": "水を飲むこと"}),
        ("ja", "八時に薬を教えて", {"hour": 8, "what": "薬"}),
        ("en", "start the Morning Exercise", {"routine": "morning exercise"}),
    ],
)
def test_slots(language: Language, sentence: str, slots: dict[str, Any]) -> None:
    meaning = understand(sentence, language, ROUTINES)
    assert meaning is not None
    assert meaning.slots == slots


@pytest.mark.parametrize(
    ("language", "sentence", "slots"),
    [
        ("en", "take me to the kitchen please", {"room": "kitchen"}),
        ("en", "take me to kitchen", {"room": "kitchen"}),
        ("fr", "amenez-moi à la cuisine s'il vous plaît", {"room": "kitchen"}),
        ("ja", "台所まで案内してください", {"room": "kitchen"}),
        ("en", "call my daughter", {"relative": "daughter"}),
        ("fr", "appelez mon fils", {"relative": "son"}),
        ("ja", "娘に電話してください", {"relative": "daughter"}),
        ("en", "call Aiko", {"person": "Aiko Tanaka"}),
        ("fr", "téléphonez à Aiko", {"person": "Aiko Tanaka"}),
        ("ja", "愛子さんに電話して", {"person": "Aiko Tanaka"}),
    ],
)
def test_rooms_and_people_by_the_names_that_are_known(language: Language, sentence: str, slots: dict[str, Any]) -> None:
    meaning = understand(sentence, language, ROUTINES, ROOMS[language], PEOPLE)
    assert meaning is not None
    assert meaning.slots == slots
    if "room" in slots or "person" in slots:
        assert understand(sentence, language, ROUTINES) is None


def test_a_routine_that_is_not_on_the_list_is_not_understood() -> None:
    assert understand("start the dance", "en", ROUTINES) is None
    assert understand("start the morning exercise", "en") is None


def test_names_of_routines_are_words_and_never_templates() -> None:
    assert understand("start the anything", "en", ("{what}", "[a|anything]", "")) is None


@pytest.mark.parametrize(
    ("language", "sentence", "condition"),
    [
        ("en", "Yes", "fine"),
        ("en", "I'm fine", "fine"),
        ("en", "No", "help"),
        ("en", "help me", "help"),
        ("en", "call the nurse", "help"),
        ("en", "My hip hurts a bit I think", "unclear"),
        ("en", "I'm not fine", "unclear"),
        ("en", "  ", "none"),
        ("en", "🙂", "none"),
        ("fr", "non, ça va", "fine"),
        ("fr", "ça ne va pas", "unclear"),
        ("fr", "au secours", "help"),
        ("ja", "大丈夫です", "fine"),
        ("ja", "大丈夫じゃない", "unclear"),
        ("ja", "助けて", "help"),
    ],
)
def test_how_they_are(language: Language, sentence: str, condition: Condition) -> None:
    assert how_are_they(sentence, language) == condition


ANSWERS = [
    pytest.param(language, condition, sentence, id=f"{language}-{condition}-{sentence}")
    for language in LANGUAGES
    for condition, listed in listed_in(language)["answers"].items()
    for sentence in listed
]


@pytest.mark.parametrize(("language", "condition", "sentence"), ANSWERS)
def test_what_is_not_clearly_fine_is_never_taken_for_fine(
    language: Language, condition: Condition, sentence: str
) -> None:
    assert how_are_they(sentence, language) == condition


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "yes please"),
        ("en", "I took my medicine"),
        ("en", "I heard you"),
        ("ja", "お願いします"),
        ("ja", "聞こえています"),
        ("fr", "oui, s'il vous plaît"),
        ("fr", "je l'ai pris"),
    ],
)
def test_a_yes_to_another_question_says_nothing_of_how_somebody_is(language: Language, sentence: str) -> None:
    meaning = understand(sentence, language)
    assert meaning is not None
    assert meaning.intent == "Yes"
    assert how_are_they(sentence, language) == "unclear"


@pytest.mark.parametrize(
    ("language", "sentence", "intent"),
    [
        ("en", "right, what's the time, love", "Time"),
        ("en", 'she said, "come here"', None),
        ("en", "my mother said, come here", None),
        ("en", "come here, no, go away", None),
        ("en", "fine, I suppose", None),
        ("fr", "écoute, parle plus fort", "Louder"),
        ("ja", "すまんけど、今何時や", "Time"),
        ("ja", "母が、こっちに来てと言った", None),
    ],
)
def test_one_request_among_other_words(language: Language, sentence: str, intent: str | None) -> None:
    meaning = understand(sentence, language)
    assert (meaning.intent if meaning else None) == intent


@pytest.mark.parametrize("language", LANGUAGES)
def test_speeches_and_junk_ask_for_nothing(language: Language) -> None:
    for junk in ("a" * 100_000, "come here " * 10_000, "\x00\x1b[31m", "\ud800", "((((" * 20, "[[|]]<x>{y}"):
        assert understand(junk, language) is None


def test_a_meaning_without_slots_has_none() -> None:
    assert understand("louder", "en") == Meaning("Louder", {})
