"""Questions and answers, by the clock that the tests hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.conversation.asking import Asking, Outcome, Phase, Question, meaning
from carebot.conversation.text import Language

WELL = ("fine", "help")


def asking(answers=WELL, language="en", patience_s=5.0, repeats=1, text="Are you all right?") -> Asking:
    made = Asking(Question(text, language, answers, patience_s, repeats))
    made.begin()
    return made


@pytest.mark.parametrize(
    ("language", "text", "answer"),
    [
        ("en", "yes, I'm fine", "fine"),
        ("en", "help me", "help"),
        ("en", "no", "help"),
        ("en", "what a nice day", "unclear"),
        ("ja", "大丈夫です", "fine"),
        ("ja", "はい", "fine"),
        ("ja", "助けて", "help"),
        ("ja", "痛い、動けない", "help"),
        ("fr", "oui, ça va", "fine"),
        ("fr", "au secours", "help"),
        ("en", "助けて", "help"),
        ("ja", "help me please", "help"),
    ],
)
def test_are_you_all_right(language, text, answer) -> None:
    assert meaning(text, language, WELL) == answer


@pytest.mark.parametrize(
    ("text", "answers", "answer"),
    [
        ("yes please", ("yes", "no"), "yes"),
        ("no thank you", ("yes", "no"), "no"),
        ("perhaps", ("yes", "no"), "unclear"),
        ("some tea please", ("tea", "coffee"), "tea"),
        ("tea or coffee", ("tea", "coffee"), "unclear"),
        ("a steak", ("tea", "coffee"), "unclear"),
        ("anything", (), "heard"),
        ("I'm fine", ("help",), "unclear"),
        ("yes", ("help",), "unclear"),
    ],
)
def test_other_answers(text, answers, answer) -> None:
    assert meaning(text, "en", answers) == answer


def test_answered_at_once() -> None:
    one = asking()
    assert one.phase is Phase.ASKING
    one.asked(1.0)
    assert one.phase is Phase.LISTENING
    assert not one.hear("I am fine", "voice")
    assert one.outcome == Outcome("fine", "I am fine", "voice", 1)
    assert one.phase is Phase.OVER
    assert not one.must_ask(100.0)


def test_silence_is_asked_again_and_then_is_the_answer() -> None:
    one = asking()
    assert not one.must_ask(100.0)  # still being said
    one.asked(10.0)
    assert not one.must_ask(14.9)
    assert one.must_ask(15.0)
    assert one.begin() == 2
    one.asked(16.0)
    assert not one.must_ask(20.9)
    assert one.outcome is None
    assert not one.must_ask(21.0)
    assert one.outcome == Outcome("none", "", "", 2)


def test_what_is_not_clear_is_asked_again_at_once_and_never_taken_for_fine() -> None:
    one = asking()
    one.asked(0.0)
    assert one.hear("the cat", "voice")
    one.begin()
    one.asked(2.0)
    assert not one.hear("on the roof", "text")
    assert one.outcome == Outcome("unclear", "on the roof", "text", 2)


@pytest.mark.parametrize(("text", "answers"), [("I am fine", WELL), ("yes", ("yes", "no")), ("the doctor", ())])
def test_what_was_not_surely_heard_is_no_answer_and_is_asked_again(text: str, answers: tuple[str, ...]) -> None:
    one = asking(answers)
    one.asked(0.0)
    assert one.hear(text, "voice", is_sure=False)
    one.begin()
    one.asked(2.0)
    assert not one.hear(text, "voice", is_sure=False)
    assert one.outcome == Outcome("unclear", text, "voice", 2)


def test_a_call_that_was_not_surely_heard_is_one() -> None:
    one = asking()
    one.asked(0.0)
    assert not one.hear("help me", "voice", is_sure=False)
    assert one.outcome == Outcome("help", "help me", "voice", 1)


def test_something_unclear_and_then_silence_is_unclear() -> None:
    one = asking()
    one.asked(0.0)
    one.hear("mmh", "voice")
    one.begin()
    one.asked(1.0)
    one.must_ask(6.0)
    assert one.outcome == Outcome("unclear", "mmh", "voice", 2)


def test_an_answer_before_the_question_has_ended_counts() -> None:
    one = asking()
    assert not one.hear("what", "voice")  # it is still being asked
    one.hear("help", "voice")
    assert one.outcome == Outcome("help", "help", "voice", 1)


@pytest.mark.parametrize(
    ("answers", "touched", "risen"),
    [(WELL, "help", "fine"), (("yes", "no"), "yes", None), (("tea",), None, None), ((), None, None)],
)
def test_touch_and_getting_up(answers, touched, risen) -> None:
    one, other = asking(answers), asking(answers)
    one.touch()
    other.rise()
    assert (one.outcome.answer if one.outcome else None) == touched
    assert (other.outcome.answer if other.outcome else None) == risen
    assert one.outcome is None or (one.outcome.means, one.outcome.heard) == ("bumper", "")
    assert other.outcome is None or other.outcome.means == "posture"


def test_a_question_that_a_touch_brought_is_answered_by_the_next_one_once_it_was_said() -> None:
    one = Asking(Question("Do you need help?", "en", ("yes", "help"), touch_after_asked=True))
    one.begin()
    one.touch()
    assert one.outcome is None
    one.asked(2.0)
    one.touch()
    assert one.outcome == Outcome("help", "", "bumper", 1)


def test_the_first_answer_holds() -> None:
    one = asking()
    one.touch()
    one.rise()
    one.hear("I am fine", "voice")
    assert one.outcome == Outcome("help", "", "bumper", 1)


@pytest.mark.parametrize("patience_s", [0.0, -1.0, math.nan, math.inf, 1e30])
def test_senseless_patience_becomes_sensible(patience_s) -> None:
    assert 0 < Question("Hm?", "en", (), patience_s, 255).patience_s <= 600.0
    assert Question("Hm?", "en", (), patience_s, 255).repeats == 10


@given(
    text=st.text(max_size=100),
    answers=st.lists(st.text(max_size=10), max_size=4),
    language=st.sampled_from(["en", "ja", "fr"]),
)
def test_any_words_mean_something_expected_or_are_unclear(text, answers, language) -> None:
    assert meaning(text, language, answers) in {*answers, "heard", "unclear"}


@pytest.mark.parametrize(
    ("said", "language", "answer"),
    [
        ("Yes", "en", "yes"),
        ("Yes, please!", "en", "yes"),
        ("No", "en", "no"),
        ("はい", "ja", "yes"),
        ("いいえ", "ja", "no"),
        ("oui", "fr", "yes"),
        ("non", "fr", "no"),
        ("no, help me", "en", "help"),
        ("助けて", "ja", "help"),
        ("I am fine", "en", "fine"),
    ],
)
def test_a_plain_yes_or_no_is_that_where_it_is_expected(said: str, language: Language, answer: str):
    """To "do you need help?" a yes is no "I am fine", and to "do you need anything?" a no is no call."""
    assert meaning(said, language, ("yes", "no", "help", "fine")) == answer
    assert meaning(said, language, ("yes", "no", "help")) == (answer if answer != "fine" else "unclear")
