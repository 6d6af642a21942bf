"""A dialogue: answers, questions back, reflexes first, and what is remembered."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import yaml

from carebot.conversation.answers import answers_of
from carebot.conversation.dialogue import MOST_REMEMBERED, QUESTION_HOLDS_S, Act, Dialogue, Setting
from carebot.conversation.text import LANGUAGES, Language
from carebot.conversation.understanding import intents_of

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 2, 14, 5)
SETTING = Setting(
    name="Sato",
    routines=("exercise",),
    plan=((time(15, 0), "tea"), (time(17, 30), "a walk"), (time(14, 4), "a nap")),
    may_remember=True,
)


def test_repeat_is_what_was_said_last_whoever_had_it_said_but_no_alarms_words() -> None:
    one = talk()
    one.hear("what day is it", NOW)
    assert one.hear("repeat", NOW).text == "Today is Monday, March 2."
    one.was_said("It is time for lunch.")
    assert one.hear("say that again please", NOW).text == "It is time for lunch."
    one.hear("help me", NOW)
    assert one.hear("repeat", NOW).text == "It is time for lunch."
    one.forget()
    assert one.hear("repeat", NOW).text == "I have not said anything yet."


def test_an_answer_in_parts_is_repeated_whole() -> None:
    one = talk()
    for text in ("Tea is nice.", "Shall I start this?", "Shall I start this?"):
        one.was_said(text, "turn 1")
    assert one.hear("repeat", NOW).text == "Tea is nice. Shall I start this?"
    one.was_said("Good morning.", "turn 2")
    assert one.hear("repeat", NOW).text == "Good morning."


def test_of_the_plan_no_more_is_told_than_can_be_kept_in_mind_and_nothing_that_is_over() -> None:
    plan = tuple((time(hour), f"part {hour}") for hour in range(24))
    told = talk(setting=Setting(plan=plan)).hear("What's my schedule?", NOW).text
    assert [hour for hour in range(24) if f"part {hour}" in re.split(r"[,.] ?| (?=part)", told)] == [*range(15, 21)]
    evening = datetime(2026, 3, 2, 23, 5)
    assert "nothing more" in talk(setting=Setting(plan=plan)).hear("What's my schedule?", evening).text


def talk(language: Language = "en", setting: Setting = SETTING) -> Dialogue:
    return Dialogue(language, setting)


def test_every_language_has_the_same_answers_and_one_for_each_intent() -> None:
    assert len({frozenset(answers_of(language).answers) for language in LANGUAGES}) == 1
    assert set(intents_of("en").intents) - set(answers_of("en").answers) == {"AtHour"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_can_be_said(language: Language) -> None:
    for key in answers_of(language).answers:
        values = {
            "what": "tea",
            "routine": "exercise",
            "plan": "tea",
            "last": "Hello.",
            "whom": "Aiko",
            "room": "kitchen",
        }
        said = answers_of(language).say(key, NOW, "Sato", **values)
        assert said
        assert not re.search(r"[{}]", said)


@pytest.mark.parametrize(
    ("language", "asked", "answer"),
    [
        ("en", "What time is it?", "It is 2:05 PM."),
        ("en", "What day is it?", "Today is Monday, March 2."),
        ("en", "What's my schedule?", "Still to come today: 3:00 PM tea, 5:30 PM a walk."),
        ("en", "hello", "Hello, Sato."),
        ("fr", "Quelle heure est-il ?", "Il est 14 h 05."),
        ("fr", "Quel jour on est ?", "Nous sommes le lundi 2 mars."),
        ("ja", "今何時ですか", "午後2時5分です。"),
        ("ja", "今日は何曜日ですか", "今日は3月2日、月曜日です。"),
        ("ja", "ありがとう", "どういたしまして、Satoさん。"),
        ("en", "Are you human?", "I am carebot, a robot. I am not a person."),
    ],
)
def test_answers(language: Language, asked: str, answer: str) -> None:
    assert talk(language).hear(asked, NOW).text == answer


@pytest.mark.parametrize(("hour", "said"), [(0, "12:05 AM"), (12, "12:05 PM"), (23, "11:05 PM")])
def test_the_clock(hour: int, said: str) -> None:
    assert talk().hear("what time is it", NOW.replace(hour=hour)).text == f"It is {said}."


@pytest.mark.parametrize(
    ("asked", "act"),
    [
        ("call my daughter", Act("call_family", {"relative": "daughter"})),
        ("call the nurse", Act("call_nurse", {"carer": "nurse"})),
        ("start the exercise", Act("start_routine", {"routine": "exercise"})),
        ("remind me to drink at 8 pm", Act("remind", {"what": "drink", "at": "20:00"})),
        ("remind me to drink at 12 am", Act("remind", {"what": "drink", "at": "00:00"})),
    ],
)
def test_nothing_is_asked_of_others_before_a_yes(asked: str, act: Act) -> None:
    dialogue = talk()
    assert dialogue.hear(asked, NOW).acts == ()
    assert dialogue.hear("yes", NOW).acts == (act,)
    assert dialogue.hear("yes", NOW).acts == ()
    assert dialogue.hear(asked, NOW).text.endswith("?")
    assert dialogue.hear("no", NOW).acts == ()
    assert dialogue.hear("yes", NOW).acts == ()


def test_a_yes_that_comes_too_late_belongs_to_nothing() -> None:
    dialogue = talk()
    dialogue.hear("call my son", NOW)
    assert dialogue.hear("yes", NOW + timedelta(seconds=QUESTION_HOLDS_S + 1)).acts == ()


def test_what_comes_between_the_question_and_the_yes_takes_the_question_back() -> None:
    dialogue = talk()
    dialogue.hear("call my son", NOW)
    dialogue.hear("the weather is nice", NOW)
    assert dialogue.hear("yes", NOW).acts == ()


def test_a_reminder_without_an_hour_is_asked_for_it() -> None:
    dialogue = talk()
    assert dialogue.hear("remind me to drink", NOW).text == "At what o'clock shall I remind you: drink?"
    assert dialogue.hear("yes", NOW).acts == ()
    assert dialogue.hear("at eight in the evening", NOW).text == "Shall I remind you at 8:00 PM: drink?"
    assert dialogue.hear("at nine", NOW).text == "Shall I remind you at 9:00 AM: drink?"
    assert dialogue.hear("yes", NOW).acts == (Act("remind", {"what": "drink", "at": "09:00"}),)
    assert dialogue.hear("at nine", NOW).intent == ""


@pytest.mark.parametrize(
    ("text", "kind"), [("stop", "stop"), ("help me", "help"), ("助けて", "help"), ("arrête", "stop")]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_reflexes_come_first_and_close_an_open_question(language: Language, text: str, kind: str) -> None:
    dialogue = talk(language)
    dialogue.hear({"en": "call my son", "ja": "息子に電話して", "fr": "appelle mon fils"}[language], NOW)
    assert [act.name for act in dialogue.hear(text, NOW).acts] == [kind]
    assert dialogue.hear({"en": "yes", "ja": "はい", "fr": "oui"}[language], NOW).acts == ()


def test_a_call_for_help_carries_the_words() -> None:
    (act,) = talk().hear("Please help me, I have fallen", NOW).acts
    assert "fallen" in str(act.details["words"])


WORRYING = [
    pytest.param(language, sentence, id=f"{language}-{sentence}")
    for language in LANGUAGES
    for sentence in yaml.safe_load((HERE / f"{language}.yaml").read_text(encoding="utf-8"))["worrying"]
]


@pytest.mark.parametrize(("language", "sentence"), WORRYING)
def test_a_call_that_no_rule_knows_is_answered_by_the_offer_of_one(language: Language, sentence: str) -> None:
    dialogue = talk(language)
    offer = dialogue.hear(sentence, NOW)
    assert (offer.intent, offer.acts) == ("CallNurse", ())
    yes = {"en": "yes please", "fr": "oui", "ja": "はい"}[language]
    assert dialogue.hear(yes, NOW).acts == (Act("call_nurse", {"carer": "nurse"}),)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "it didn't hurt a bit"),
        ("en", "I fell last year"),
        ("en", "tell me about the sea"),
        ("fr", "je suis tombée l'an dernier"),
        ("fr", "j'ai pas mal du tout"),
        ("ja", "昨日転びそうになった"),
        ("ja", "もう痛ないわ"),
    ],
)
def test_what_is_denied_or_long_past_worries_nobody(language: Language, sentence: str) -> None:
    assert talk(language).hear(sentence, NOW).intent == ""


def test_repeat_says_the_last_again() -> None:
    dialogue = talk()
    assert dialogue.hear("say that again", NOW).text == "I have not said anything yet."
    dialogue.hear("what day is it", NOW)
    assert [dialogue.hear("pardon?", NOW).text for _ in range(2)] == ["Today is Monday, March 2."] * 2


def test_nothing_is_remembered_without_consent_and_all_is_forgotten_when_asked() -> None:
    silent, kept = talk(setting=Setting()), talk()
    for dialogue in (silent, kept):
        dialogue.hear("hello", NOW)
    assert silent.remembered == ()
    assert kept.remembered == (("hello", "Hello, Sato."),)
    assert [act.name for act in kept.hear("forget that", NOW).acts] == ["forget"]
    assert kept.remembered == ()


def test_a_consent_withdrawn_takes_the_memory_with_it() -> None:
    dialogue = talk()
    dialogue.hear("good morning", NOW)
    dialogue.know(Setting())
    assert dialogue.remembered == ()


def test_what_comes_back_after_all_was_forgotten_is_not_kept() -> None:
    dialogue = talk()
    dialogue.hear("tell me about the sea", NOW)
    dialogue.forget()
    dialogue.said_instead("tell me about the sea", "The sea is wide.")
    assert dialogue.remembered == ()
    assert dialogue.hear("say that again", NOW).text == talk().hear("say that again", NOW).text


def test_memory_is_bounded() -> None:
    dialogue = talk()
    for number in range(3 * MOST_REMEMBERED):
        dialogue.hear(f"hello {number}", NOW)
    assert len(dialogue.remembered) == MOST_REMEMBERED


@pytest.mark.parametrize("language", LANGUAGES)
def test_junk_is_answered_politely(language: Language) -> None:
    dialogue = talk(language)
    for junk in ("", " ", "🙂🙂", "\x00\x07", "x" * 100_000, "{name}", "%s", "\ud800"):
        reply = dialogue.hear(junk, NOW)
        assert reply.text
        assert reply.acts == ()


def test_names_with_marks_are_only_names() -> None:
    assert talk(setting=Setting(name="{last} {0}")).hear("hello", NOW).text == "Hello, {last} {0}."
