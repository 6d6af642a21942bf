"""What the resident was asked and answered, as a caregiver reads it."""

from __future__ import annotations

import pytest

from carebot.alerts import Alert, AlertState, Exchange
from carebot.tablet.alert_list import title_of
from carebot.tablet.api_models import alert_body
from carebot.tablet.exchange import exchange_words
from carebot.tablet.language import Texts


def exchange(answer="fine", heard="大丈夫です", means="voice", times=1, question="大丈夫ですか。") -> Exchange:
    return Exchange(1_800_000_000.0, question, "ja", answer, heard, means, times)


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (exchange(), "The robot asked “大丈夫ですか。” The answer was: all is well (“大丈夫です”)."),
        (exchange("help", "助けて", times=3), "(3 times). The answer was a call for help (“助けて”)."),
        (exchange("unclear", "うーん"), "The answer was not clear (“うーん”)."),
        (exchange("none", "", ""), "There was no answer."),
        (exchange("help", "", "bumper"), "The robot was touched, which counts as a call for help."),
        (exchange("fine", "", "posture"), "Then the person got up."),
        (exchange("something new", "hm"), "The answer was not clear (“hm”)."),
        (exchange("help", "助けて", question="", times=0), "Called out: “助けて”"),
    ],
)
def test_in_words_in_each_language(said: Exchange, english: str) -> None:
    assert exchange_words(said, Texts("en")).endswith(english)
    others = {language: exchange_words(said, Texts(language)) for language in ("ja", "fr")}
    assert len({*others.values(), exchange_words(said, Texts("en"))}) == 3
    assert all(said.heard in words for words in others.values())


def test_braces_in_what_was_said_are_only_words() -> None:
    assert "{question}" in exchange_words(exchange(heard="{question}{0}"), Texts("fr"))


@pytest.mark.parametrize(
    ("language", "title", "reason"),
    [
        ("en", "Call for help", 'Called for help: "助けて".'),
        ("ja", "助けを呼んでいます", "助けを呼びました：「助けて」"),
        ("fr", "Appel à l’aide", "A appelé à l’aide : « 助けて »"),
    ],
)
def test_a_call_for_help_is_no_fall(language, title, reason) -> None:
    said = exchange("help", "助けて", question="", times=0)
    alert = Alert(
        "a", "help", AlertState.CONFIRMED, 1, 0.0, 0.0, False, 1.0, "called_for_help", 'called for help: "助けて"',
        exchanges=(said,),
    )  # fmt: skip
    assert title_of(alert, Texts(language)) == title
    assert Texts(language).reason(alert) == reason
    body = alert_body(alert).model_dump(mode="json")
    assert body["exchanges"][0]["heard"] == "助けて"
    assert body["exchanges"][0]["at"].startswith("2027-01-15T08:00:00")
