"""Text that nobody said: known inventions, loops, more words than voice; and what must not be refused."""

from __future__ import annotations

import pytest

from carebot.conversation.hearing.refusals import why_refused, without_asides
from carebot.conversation.text import Language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Thank you for watching."),
        ("en", "Please subscribe!"),
        ("en", "Subtitles by the Amara.org community"),
        ("en", "[BLANK_AUDIO]"),
        ("fr", "Merci d'avoir regardé cette vidéo !"),
        ("fr", "Sous-titrage Société Radio-Canada"),
        ("fr", "Abonnez-vous !"),
        ("ja", "ご視聴ありがとうございました。"),
        ("ja", "チャンネル登録お願いします"),
        ("ja", "（音楽）"),
        ("en", "..."),
        ("en", ""),
    ],
)
def test_inventions_are_refused_however_long_the_voice_was(language: Language, text: str) -> None:
    assert why_refused(without_asides(text), language, voiced_s=3.0)


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Thank you."), ("en", "Bye."), ("fr", "Merci."), ("ja", "はい。")]
)
def test_courtesies_need_a_voice(language: Language, text: str) -> None:
    assert why_refused(text, language, voiced_s=0.2)
    assert not why_refused(text, language, voiced_s=0.6)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "help help help help help help help help help help help help help"),
        ("en", "stop"),
        ("ja", "助けて"),
        ("fr", "Au secours !"),
    ],
)
def test_a_call_is_never_refused(language: Language, text: str) -> None:
    assert not why_refused(text, language, voiced_s=0.1)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I am I am I am I am I am I am I am I am"),
        ("fr", "et puis et puis et puis et puis et puis et puis et puis"),
        ("ja", "うんうんうんうんうんうんうんうんうん"),
    ],
)
def test_loops_are_refused(language: Language, text: str) -> None:
    assert why_refused(text, language, voiced_s=10.0) == "the same again and again"


def test_more_words_than_fit_into_the_voice() -> None:
    long = "and then my grandson came to visit us with all of his friends on Sunday"
    assert why_refused(long, "en", voiced_s=0.5)
    assert not why_refused(long, "en", voiced_s=3.5)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Could you remind me to take my medicine at eight?"),
        ("fr", "Merci beaucoup, vous êtes très gentil."),
        ("ja", "八時に薬を教えてください"),
        ("en", "I would like to watch television"),
    ],
)
def test_what_people_say_passes(language: Language, text: str) -> None:
    assert not why_refused(text, language, voiced_s=2.0)


def test_asides_are_taken_out() -> None:
    assert without_asides("[Music] good morning (applause) ♪ la la ♪") == "good morning"
    assert without_asides("【音楽】おはよう") == "おはよう"
