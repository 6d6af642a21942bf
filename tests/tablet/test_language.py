"""No text is missing in any language, and each is written as that language is."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from carebot import alert_words
from carebot.tablet.language import Texts, catalogue, choose, languages

ROOM = Path(__file__).resolve().parents[2] / "carebot" / "tablet"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_english_french_and_japanese_are_there():
    assert languages() == ("en", "fr", "ja")


@pytest.mark.parametrize("language", ["fr", "ja"])
def test_no_text_is_missing_or_left_over(language: str):
    assert catalogue(language).keys() == catalogue("en").keys()


@pytest.mark.parametrize("language", ["en", "fr", "ja"])
def test_every_text_says_something_and_takes_the_same_values(language: str):
    for key, text in catalogue(language).items():
        assert text.strip(), key
        assert fields(text) == fields(catalogue("en")[key]), key


@pytest.mark.parametrize("language", ["fr", "ja"])
def test_nothing_was_left_in_english(language: str):
    same = {key for key, text in catalogue(language).items() if text == catalogue("en")[key]}
    assert same <= {
        "app_title",
        "day_and_date",
        "said_why",
        "became_why",
        "list_comma",
        "place_routines",
        "span_hours",
        "span_minutes",
        "decimal_sign",
        "editor_zones",
        "robot_state",
        "seconds",
        "per_second",
        "date_short",
        "date_long",
        "due_every_between",
        "due_often",
        "hours",
        "pages",
        "percent",
        "stop",
    }


def test_every_text_that_the_room_asks_for_exists():
    asked = set()
    for file in ROOM.glob("*.py"):
        asked |= set(re.findall(r'(?:texts|\bt|self\._texts)\(\s*"([a-z_]+)"', file.read_text(encoding="utf-8")))
    assert len(asked) > 20
    assert asked <= catalogue("en").keys()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("de-DE,fr;q=0.5,en;q=0.4", "fr"),
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("ja;q=0,en", "en"),
        ("FR", "fr"),
        ("", "en"),
        ("xx", "en"),
        (";;;,,,q=", "en"),
        ("ja;q=lots", "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_the_browser_chooses_the_language(accept: str, expected: str):
    assert choose(None, accept) == expected


def test_the_caregivers_choice_comes_first():
    assert choose("fr", "ja") == "fr"
    assert choose("../en", "ja") == "ja"
    assert choose("", "", "ja") == "ja"


@pytest.mark.parametrize("language", languages())
def test_the_emergency_stop_is_called_by_the_word_that_stands_on_it(language: str):
    texts = Texts(language)
    assert texts("stop_explain").startswith(texts("stop"))


def test_numbers_have_the_languages_decimal_sign():
    assert [Texts(each).number(1.5) for each in ("en", "fr", "ja")] == ["1.5", "1,5", "1.5"]


def test_in_french_nobody_is_a_woman_by_default_in_the_days_course():
    texts = Texts("fr")
    told = {texts(f"doing_{each}") for each in ("lying", "sitting", "up", "unseen")}
    assert told == {"Position allongée", "Position assise", "Debout", "Hors de vue"}


# What agrees with whoever it is said of; with "la personne" it is the grammar's woman alone.
AGREES = re.compile(
    r"\b(?:tombé|allongé|relevé|assis|couché|rétabli|resté|blessé|regardé|joint|prévenu|(?<!A )appelé|d?é?connecté"
    r"|le suivant|soignant|infirmier|technicien|administrateur|un responsable)(?:e|s|es)?\b|vue? debout|\w[·(]e\b"
)
NEUTRAL = re.compile(
    r"\b(?:la|une) personne [^.;]*|position (?:allongée|assise)|personnel soignant|soins infirmiers|Demande un soignant"
    r"|Qui est prévenu",
    re.IGNORECASE,
)
OF_PEOPLE = (
    "noticed_",
    "told_",
    "role_",
    "session_",
    "look_",
    "approval_of",
    "contact_",
    "set_up_",
    "memory_n",
    "deed_",
)


def test_in_french_so_do_the_reasons_of_alerts():
    told = {key: NEUTRAL.sub("", text) for key, text in alert_words.catalogue()["fr"].items()}
    assert {key: text for key, text in told.items() if AGREES.search(text)} == {}


@pytest.mark.parametrize("prefix", OF_PEOPLE)
def test_in_french_what_is_said_of_a_person_fits_a_man_and_a_woman(prefix: str):
    told = {key: NEUTRAL.sub("", text) for key, text in catalogue("fr").items() if key.startswith(prefix)}
    assert told
    assert {key: text for key, text in told.items() if AGREES.search(text)} == {}


def test_in_japanese_there_is_one_word_for_an_alert_and_for_the_nurse_in_charge():
    everything = "".join(catalogue("ja").values())
    assert not re.search("アラート|アラーム|通報", everything)
    assert Texts("ja")("role_nurse_in_charge") in Texts("ja")("schedule_read_only")
