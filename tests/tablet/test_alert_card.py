"""What stands on an alert's card, for whom, and in which words."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from carebot.alerts import Alert, AlertState, Answer, Told, ToldState, Verdict
from carebot.tablet.alert_card import Around, Reader, calls, card_html
from carebot.tablet.alert_list import said_of
from carebot.tablet.alert_place import NOWHERE, AlertPlace
from carebot.tablet.alert_speech import SPEAK, sentence_of
from carebot.tablet.language import Texts, languages
from carebot.tablet.person_here import PersonHere

EN = Texts("en")
AIKO, BEN = Reader("Aiko", True, True), Reader("Ben", True, True)
FALL = Alert("a", "fall", AlertState.CONFIRMED, 1, 1.7e9, 1.7e9, True, 0.9, "fell", "dropped to the floor", {})
COMING = replace(FALL, state=AlertState.ACKNOWLEDGED, acknowledged_by="Aiko")
ASKED = replace(COMING, offered_to="Ben")
SENT = Told("a", "Chie", "phone", ToldState.SENT, 1.7e9)
NEXT = Told("a", "Dan", "mail", ToldState.PLANNED, 1.7e9 + 60)
EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "'; DROP TABLE alerts; --",
    "../../etc",
]


class Page(HTMLParser):
    """Tags, what buttons do, and the text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.does: list[str] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.does += [value or "" for name, value in attrs if name == "data-do"]

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def page(alert: Alert, reader: Reader = AIKO, around: Around | None = None, **more: object) -> Page:
    return Page(card_html(alert, around or Around(), reader, EN, **more))  # type: ignore[arg-type]


def test_an_unanswered_alert_asks_everybody():
    assert page(FALL).does == ["acknowledge", "ask:false_alarm", "ask:real"]
    assert page(FALL, Reader("Fumi", False, False)).does == []


def test_whoever_comes_may_hand_over_and_others_may_not():
    assert page(COMING).does == ["ask:false_alarm", "ask:real", "ask:hand_over"]
    assert page(COMING, BEN).does == ["ask:false_alarm", "ask:real"]


def test_whoever_may_talk_through_the_robot_speaks_to_the_person_in_their_language():
    talker = Reader("Aiko", True, True, may_speak=True)
    assert page(FALL, talker).does == ["acknowledge", "ask:false_alarm", "ask:real", "ask:speak"]
    asked = page(FALL, talker, asking=SPEAK, note="<b>typed</b>", language="ja")
    assert asked.does == ["say:coming", "say:wait", "say:how", "say", "back"]
    assert "どこか痛いところはありますか" in asked.text
    assert "Does anything hurt?" in asked.text
    assert "<b>typed</b>" in asked.text
    assert page(FALL, asking=SPEAK).does == page(FALL).does, "nobody without the right is asked what to say"
    over = replace(FALL, state=AlertState.RESOLVED, resolved_by="Aiko", verdict=Verdict.REAL)
    assert page(over, talker, asking=SPEAK).does == []


@pytest.mark.parametrize(
    ("button", "typed", "said"),
    [
        ("say:wait", "", "Restez où vous êtes"),
        ("say", " Haru,\n\tje viens\u202e \x00", "Haru, je viens"),
        ("say", "é" * 400, "é" * 300),
        ("say", " \n", ""),
        ("say:greet", "", None),
        ("say:../x", "", None),
        ("back", "typed", None),
    ],
)
def test_what_is_said_is_a_known_sentence_or_what_was_typed(button: str, typed: str, said: str | None):
    found = sentence_of(button, typed, "fr")
    assert found == said or (found is not None and bool(said) and found.startswith(str(said)))


def test_whoever_is_asked_to_take_over_is_called_and_the_other_may_take_it_back():
    assert calls(ASKED, "Ben")
    assert not calls(ASKED, "Aiko")
    assert not calls(replace(ASKED, state=AlertState.RESOLVED, resolved_by="Aiko", verdict=Verdict.REAL), "Ben")
    assert page(ASKED, BEN).does[0] == "acknowledge"
    assert "Aiko asks you to take over." in page(ASKED, BEN).text
    assert page(ASKED).does[-1] == "take_back"
    assert "Ben was asked to take over" in page(ASKED).text
    assert "acknowledge" not in page(ASKED, Reader("Chie", True, True)).does


def test_nobody_without_a_name_is_called_by_an_offer_to_nobody():
    assert not calls(COMING, "")


def test_it_says_who_was_told_and_who_is_next_until_somebody_answers():
    around = Around((SENT, NEXT), ("Ben",))
    told = page(FALL, around=around).text
    assert "On the tablets of: Ben" in told
    assert "Chie (phone) was told:" in told
    assert "Dan (mail) is next, if nobody answers:" in told
    assert "is next" not in page(COMING, around=around).text
    other = replace(SENT, alert_id="b")
    assert "Chie" not in page(FALL, around=Around((other,))).text


def test_it_says_whom_it_is_about_and_where_and_shows_it_on_the_map():
    place = AlertPlace(PersonHere("Hana"), "the kitchen", '<svg><circle class="person"/></svg>')
    shown = page(FALL, around=Around(place=place))
    assert "Hana · the kitchen" in shown.text
    assert shown.tags.count("circle") == 1
    assert "circle" in page(FALL, Reader("Fumi", False, False), Around(place=place)).tags
    over = page(replace(FALL, state=AlertState.RESOLVED, resolved_by="Aiko"), around=Around(place=place))
    assert "Hana · the kitchen" in over.text
    assert "circle" not in over.tags
    assert page(FALL).tags.count("p") == shown.tags.count("p") - 1


def test_the_reading_of_a_name_stands_above_it_where_somebody_has_said_it():
    place = AlertPlace(PersonHere("佐藤花", reading="さとう はな"), "台所")
    head = card_html(FALL, Around(place=place), AIKO, Texts("ja"))
    assert "<ruby>佐藤花<rp>（</rp><rt>さとう はな</rt><rp>）</rp></ruby> · 台所" in head
    assert place.words == "佐藤花 · 台所"
    assert "ruby" not in PersonHere("はな", reading="はな").in_html()


@pytest.mark.parametrize("words", EVIL)
def test_a_name_and_its_reading_are_words_and_nothing_else(words: str):
    shown = Page(AlertPlace(PersonHere(words, words, f"{words} "), words).in_html())
    assert set(shown.tags) == {"ruby", "rp", "rt"}
    assert shown.text.count(words) == 3


def test_the_question_offers_colleagues_and_keeps_the_note():
    asked = page(COMING, around=Around(colleagues=("Ben", "Chie")), asking=Answer.HAND_OVER, note="room <12>")
    assert asked.tags.count("option") == 2
    assert asked.does == ["yes", "back"]
    assert "room <12>" in asked.text
    alone = page(COMING, asking=Answer.HAND_OVER)
    assert alone.does == ["back"]
    assert "Nobody else is known here." in alone.text


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("evil", EVIL)
def test_whatever_people_and_devices_are_called_stays_text(evil: str, language: str):
    told = Told("a", evil, evil, ToldState.GIVEN_UP, 1.7e9, evil)
    alert = replace(ASKED, acknowledged_by=evil, offered_to=evil, note=evil, reason=evil, reason_code=evil, id=evil)
    around = Around((replace(told, alert_id=evil),), (evil,), (evil,))
    plain = replace(alert, acknowledged_by="x", offered_to="x", note="x", reason="x", id="x")
    for asking in (None, Answer.HAND_OVER, Answer.REAL):
        shown = Page(card_html(alert, around, Reader(evil, True, True), Texts(language), asking, evil))
        same = Page(
            card_html(
                plain, Around((replace(told, alert_id="x"),), ("x",), ("x",)), Reader("x", True, True), EN, asking
            )
        )
        assert shown.tags == same.tags
    assert evil in Page(card_html(alert, around, Reader(evil, True, True), Texts(language))).text.replace("  ", " ")


def test_three_hundred_signs_in_three_scripts_fit():
    name = ("佐藤ハル" + "Élodie" + "Анна") * 21
    assert name[:300] in page(replace(COMING, acknowledged_by=name[:300])).text


def test_whom_one_chose_stays_chosen_even_where_they_are_gone_from_the_list():
    asked = {"asking": Answer.HAND_OVER, "to": "Chie"}
    for colleagues in (("Anna", "Chie"), ("Anna",), ()):
        markup = card_html(COMING, Around(colleagues=colleagues), AIKO, EN, **asked)  # type: ignore[arg-type]
        assert re.findall(r"<option[^>]* selected>([^<]+)", markup) == ["Chie"]
        assert "yes" in Page(markup).does


@pytest.mark.parametrize("asking", [None, Answer.REAL, Answer.HAND_OVER])
def test_every_part_of_a_card_is_known_by_its_key(asking: Answer | None):
    around = Around((SENT,), ("Ben",), ("Ben", "Chie"))
    keys = re.findall(r'data-key="([^"]*)"', card_html(replace(ASKED, note="x"), around, AIKO, EN, asking))
    assert {"head", "reason", "told", "replay"} <= set(keys)


@pytest.mark.parametrize(("language", "fall"), [("ja", "転倒"), ("en", "fall"), ("fr", "chute")])
def test_no_fall_is_told_of_a_call_for_help(language: str, fall: str):
    call = replace(FALL, kind="help", reason_code="called_for_help", reason="called for help")
    over = replace(call, state=AlertState.RESOLVED, resolved_by="Aiko", verdict=Verdict.REAL)
    for alert, asking in ((call, None), (call, Answer.REAL), (over, None)):
        text = Page(card_html(alert, Around(), AIKO, Texts(language), asking)).text
        assert fall not in text.lower()


def test_a_screen_reader_is_told_anew_of_each_further_alarm():
    first, second = replace(FALL, id="a"), replace(FALL, id="b", raised_at_s=FALL.raised_at_s + 5)
    call = replace(second, id="c", kind="help", raised_at_s=FALL.raised_at_s + 9)
    at_home = AlertPlace(PersonHere("Hana"), "the kitchen")
    calling = [(call, NOWHERE), (second, NOWHERE), (first, at_home)]
    told = [said_of(calling[begin:], EN) for begin in (3, 2, 1, 0)]
    assert told == [
        "",
        "Fall · Hana · the kitchen. Not answered: 1.",
        "Fall. Not answered: 2.",
        "Call for help. Not answered: 3.",
    ]
