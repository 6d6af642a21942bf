"""The record is told in every language: each phrase that the source writes into it, and none that it does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import pytest

from carebot.records.audit import Deed
from carebot.records.retention import KEPT_S
from carebot.site.file import load_site, site_path
from carebot.tablet.caring import CareView, Offer, ScheduleLine, ScheduleView
from carebot.tablet.deed_words import deed_words
from carebot.tablet.language import Texts, catalogue, languages
from tests.tablet.deeds_in_source import UnknownPhraseError, phrases, phrases_of

WATER = Offer("hydration_reminder", "requested", {"en": "Water", "ja": "水分補給の声かけ", "fr": "Rappel de boire"}, {})
STAY = {"first_day": "2030-01-01", "last_day": "2030-01-03", "reason": "入院"}
CARE = CareView(
    offers=(WATER,),
    schedule=ScheduleView(
        entries=(ScheduleLine("water", {"routine": "hydration_reminder"}),), pauses=(ScheduleLine("p1", STAY),)
    ),
    age_s=0.1,
)
SITE = load_site(site_path("home"))
DETAIL = {"to": "live_view", "given": True, "rows": [1, 2, 3], "seconds": 12.4}
PHRASES = sorted(phrases())


def told(deed: Deed, language: str) -> str:
    return deed_words(deed, Texts(language), CARE, SITE)


def deed(kind: str, what: str, about: str = "", detail: Mapping[str, Any] | None = None) -> Deed:
    return Deed(kind, "Aiko", what, about, detail or {})


def test_the_source_is_really_read():
    assert len(PHRASES) > 60
    assert {kind for kind, _ in PHRASES} == {*KEPT_S, "erasure"}
    assert {
        ("sign-in", "signed in"),
        ("change", "wrote a resident"),
        ("command", "go on: routine"),
        ("command", "remove contact was not answered"),
        ("change", "set: schedule"),
        ("motion", "emergency stop reset"),
        ("export", "exported gait.csv"),
        ("change", "501 deeds were not recorded"),
        ("refusal", "/api/v1/teleop"),
    } <= set(PHRASES)


@pytest.mark.parametrize(
    "source",
    [
        "def write(log, what):\n    log.note(Deed('change', 'Aiko', what))",
        "def write(log, change):\n    log.note(Deed('change', 'Aiko', change.words))",
        "def write(log, what):\n    log.note(Deed('change', 'Aiko', f'did {what}'))\nwrite(log, anything())",
    ],
)
def test_a_phrase_that_cannot_be_followed_is_not_passed_over(source: str):
    with pytest.raises(UnknownPhraseError):
        list(phrases_of(ast.parse(source), "some.py"))


@pytest.mark.parametrize("language", ["fr", "ja"])
@pytest.mark.parametrize(("kind", "what"), PHRASES)
def test_every_phrase_has_words_in_every_language(kind: str, what: str, language: str):
    words, english = (told(deed(kind, what, detail=DETAIL), each) for each in (language, "en"))
    assert words != english
    assert what.startswith("/") or what not in words
    assert not re.search("[{}]", words)
    if language == "ja":
        assert re.search("[ぁ-ゖァ-ヺ一-鿿]", words)
        assert not re.search("[a-z]{2}", re.sub(r"/api/\S+|live_view", "", words))


def test_no_text_is_left_over():
    assert {key for key in catalogue("en") if key.startswith("deed_")} <= told_keys()


def told_keys() -> set[str]:
    """The keys that telling every phrase asks for."""
    asked: set[str] = set()

    class Listening(Texts):
        def __call__(self, key: str, **values: object) -> str:
            asked.add(key)
            return super().__call__(key, **values)

        def sentence(self, key: str, values: Mapping[str, float | str]) -> str | None:
            words = super().sentence(key, values)
            asked.update([key] if words is not None else [])
            return words

    for kind, what in PHRASES:
        for detail in (DETAIL, {**DETAIL, "to": "", "taken": False}):
            deed_words(deed(kind, what, "x", detail), Listening("en"), CARE, SITE)
    return asked


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", ["change", "answer", "refusal", "export", "erasure", "a kind of later"])
@pytest.mark.parametrize(
    "what", ["taught the robot to sing", "about", "consent", "erased", "exported", "was refused", "{x}", "<b>", ""]
)
def test_what_nobody_has_translated_is_told_as_it_was_written(language: str, kind: str, what: str):
    assert told(deed(kind, what), language) == what
    assert told(deed(kind, what, "Hana"), language) == Texts(language)("deed_about", words=what, about="Hana")


@pytest.mark.parametrize(
    ("given", "japanese", "french"),
    [
        (deed("sign-in", "signed in", "Aiko"), "ログイン", "Connexion"),
        (deed("sign-in", "paired a device", "d1"), "端末の登録：d1", "Association d’un appareil : d1"),
        (
            deed("change", "consent", "佐藤 ハナ", {"to": "live_view", "given": False}),
            "ご本人の同意「介護者が時間を限ってカメラの映像を見る」（いいえ）：佐藤 ハナ",
            "Consentement « Les soignants peuvent regarder par la caméra un temps limité » (non) : 佐藤 ハナ",
        ),
        (
            deed("command", "asked for a routine", "hydration_reminder", {"with": {}}),
            "仕事の依頼：水分補給の声かけ",
            "Routine demandée : Rappel de boire",
        ),
        (
            deed("command", "cancel: routine", "hydration_reminder@0123456789ab", {"taken": False}),
            "仕事の取り消し（実行を確認できませんでした）：水分補給の声かけ",
            "Routine annulée (sans confirmation) : Rappel de boire",
        ),
        (
            deed("command", "asked for a routine", "tea"),
            "仕事の依頼：tea",
            "Routine demandée : tea",
        ),
        (
            deed("command", "remove: schedule was refused", "water", {"why": "…"}),
            "予定の削除（断られました）：水分補給の声かけ",
            "Retrait d’une entrée du planning (refus) : Rappel de boire",
        ),
        (
            deed("change", "unpause: schedule", "p1"),
            "休みの日の取り消し：2030年1月1日〜2030年1月3日",
            "Annulation de jours sautés : du 1/1/2030 au 3/1/2030",
        ),
        (
            deed("command", "change contact was not answered", "夜勤室"),
            "連絡先の変更（応答がありませんでした）：夜勤室",
            "Modification d’un contact (sans réponse) : 夜勤室",
        ),
        (
            deed("motion", "sent the robot", detail={"name": "kitchen"}),
            "ロボットへの移動の指示：台所",
            "Envoi du robot : la cuisine",
        ),
        (
            deed("motion", "sent the robot", detail={"x_m": -99.0, "y_m": 0.0}),
            "ロボットへの移動の指示：地図上の場所",
            "Envoi du robot : un endroit du plan",
        ),
        (
            deed("answer", "hand_over", "a1", {"taken": True, "to": "Ben"}),
            "Benさんへの引き継ぎのお願い：a1",
            "Relais d’une alerte demandé à Ben : a1",
        ),
        (
            deed("answer", "real", "8f0f5c57-3d2b-4a52-9a52-2f2c1c6c7f10"),
            "お知らせの対応完了（実際に対応が必要でした）：8f0f5c57",
            "Alerte terminée (c’était réel) : 8f0f5c57",
        ),
        (deed("answer", "hand_over"), "引き継ぎのお願いの取り消し", "Demande de relais annulée"),
        (deed("export", "exported alerts.csv"), "書き出し「お知らせ（CSV）」", "Export « Alertes (CSV) »"),
        (deed("refusal", "/drive"), "許可されませんでした：運転", "Accès refusé : Conduire"),
        (deed("refusal", "/api/v1/audit"), "許可されませんでした：/api/v1/audit", "Accès refusé : /api/v1/audit"),
        (
            deed("change", "1 deed was not recorded"),
            "記録できなかった操作：1件",
            "Actions non enregistrées : 1",
        ),
        (
            deed("erasure", "erased", detail={"rows": [1, 2], "why": "on request"}),
            "この記録の消去：2件",
            "Lignes effacées de ce registre : 2",
        ),
    ],
)
def test_what_varies_is_told_too(given: Deed, japanese: str, french: str):
    assert (told(given, "ja"), told(given, "fr")) == (japanese, french)


def test_english_stays_near_what_is_written():
    assert told(deed("change", "made an account", "Ben"), "en") == "made an account: Ben"
    assert told(deed("motion", "emergency stop"), "en") == "emergency stop"
    assert told(deed("answer", "acknowledge", "a1", {"taken": True}), "en") == "answered “I am coming” to an alert: a1"


def test_where_care_and_the_site_are_silent_names_stay_as_they_were_written():
    texts = Texts("ja")
    start = deed("command", "asked for a routine", "hydration_reminder")
    assert deed_words(start, texts, CareView()) == "仕事の依頼：hydration_reminder"
    assert deed_words(deed("change", "remove: schedule", "water"), texts, CareView()) == "予定の削除：water"
    trip = deed("motion", "sent the robot", detail={"name": "kitchen"})
    assert deed_words(trip, texts, CareView()) == "ロボットへの移動の指示：kitchen"
    assert deed_words(deed("motion", "sent the robot"), texts, CareView(), SITE) == "ロボットへの移動の指示"
