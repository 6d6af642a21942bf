"""Why an alert was raised is told in the reader's language, with its numbers."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import carebot
from carebot.alert_words import as_sentence, catalogue, why_in
from carebot.alert_words.where import where_in
from carebot.alerts import HEARD_X_M, HEARD_Y_M, PLACE_X_M, PLACE_Y_M, Alert, AlertState
from carebot.site.file import load_site, site_path

HOME = load_site(site_path("home"))
ROOT = Path(carebot.__file__).parent


def alert(code: str, reason: str = "lies on the floor", **evidence: float) -> Alert:
    return Alert("a", "fall", AlertState.CONFIRMED, 1, 0.0, 0.0, True, 0.9, code, reason, evidence)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_languages_say_the_same():
    ja, fr = catalogue()["ja"], catalogue()["fr"]
    assert ja.keys() == fr.keys()
    assert {key: fields(text) for key, text in ja.items()} == {key: fields(text) for key, text in fr.items()}
    assert all(text.strip() for text in (*ja.values(), *fr.values()))


def test_every_reason_of_the_falls_room_has_words():
    reasons = (ROOT / "falls" / "reasons.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'^ {8}"([a-z_]+)": f?"?', reasons, re.MULTILINE)) & set(
        re.findall(r'"([a-z_]+)":', reasons)
    )
    codes = {code for code in codes if not code.endswith(("_s", "_bl", "_deg", "_probability"))}
    assert {"fell", "stayed_down"} <= codes
    assert codes <= catalogue()["ja"].keys()


def test_a_reason_is_told_with_its_numbers():
    fell = alert("stayed_down", drop_s=0.62, drop_bl=0.5, movement_bl_s=0.0)
    assert why_in(fell, "ja") == "立った姿勢から0.6秒で床に倒れ、その後動いていません。"
    seat = alert("stayed_down", drop_s=0.62, drop_bl=0.2, start_height_bl=0.42, movement_bl_s=0.5)
    assert "椅子" in why_in(seat, "ja")
    assert "relevée" in why_in(seat, "fr")
    unseen = alert("fell", drop_s=0.62, drop_bl=0.3)
    assert why_in(unseen, "ja") == "0.6秒で床に倒れました。"
    assert why_in(unseen, "fr") == "Chute au sol en 0,6 s."


@pytest.mark.parametrize(
    ("others", "said"), [(0, ""), (1, "そばに立っている人がいます。"), (2, "そばに2人が立っています。")]
)
def test_who_stands_beside_is_told_with_the_reason(others: int, said: str):
    company = {"upright_beside": float(others)} if others else {}
    told = why_in(alert("found_lying", **company), "ja")
    assert told.removeprefix(catalogue()["ja"]["found_lying"]) == said


@pytest.mark.parametrize("code", ["unheard_of", "stayed_down", "", "{x}"])
def test_a_reason_that_cannot_be_told_stays_english(code: str):
    assert why_in(alert(code), "ja") == "Lies on the floor."


@pytest.mark.parametrize("language", ["en", "de", ""])
def test_english_is_the_reason_itself(language: str):
    assert why_in(alert("fell", drop_s=0.6, drop_bl=0.5), language) == "Lies on the floor."


@pytest.mark.parametrize(
    ("reason", "said"), [(" falls ", "Falls."), ("", ""), ("Is that so?", "Is that so?"), ("倒れた。", "倒れた。")]
)
def test_a_sentence_begins_and_ends_as_one(reason: str, said: str):
    assert as_sentence(reason) == said


IN_KITCHEN, IN_BEDROOM, OUTSIDE = (7.5, 6.5), (2.0, 6.0), (70.0, 6.5)


def at(seen_m: tuple[float, float] | None = None, heard_m: tuple[float, float] | None = None) -> Alert:
    seen = {} if seen_m is None else dict(zip((PLACE_X_M, PLACE_Y_M), seen_m, strict=True))
    heard = {} if heard_m is None else dict(zip((HEARD_X_M, HEARD_Y_M), heard_m, strict=True))
    return alert("fell", **seen, **heard)


def test_where_somebody_was_seen_counts_and_of_a_call_it_is_said_that_it_was_only_heard():
    assert where_in(at(IN_KITCHEN), HOME, "ja") == where_in(at(IN_KITCHEN, IN_BEDROOM), HOME, "ja") == "台所"
    assert where_in(at(heard_m=IN_KITCHEN), HOME, "ja") == "台所（声が聞こえた場所）"
    assert where_in(at(heard_m=IN_KITCHEN), HOME, "en") == "the kitchen (heard there)"
    assert where_in(at(heard_m=IN_KITCHEN), HOME, "fr").startswith("la cuisine (")
    for unknown in (at(), at(OUTSIDE), at(heard_m=OUTSIDE)):
        assert where_in(unknown, HOME, "en") == ""
