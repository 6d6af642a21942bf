"""What may be spoken, on both sides of every limit; the sentences of every rule stand in tests/conversation/redteam."""

from __future__ import annotations

import pytest

from carebot.conversation.leash.checks import (
    LEAST_OWN_SCRIPT,
    MOST_CHARACTERS,
    Reason,
    delicate,
    forbidden,
    questions,
    refusal,
    rules_of,
)
from carebot.conversation.text import LANGUAGES, Language

GOOD: dict[Language, str] = {"en": "The sun is shining.", "fr": "Le soleil brille.", "ja": "いい天気ですね。"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_limits_are_those_that_are_told(language: Language) -> None:
    assert MOST_CHARACTERS == {"en": 300, "fr": 330, "ja": 150}
    assert LEAST_OWN_SCRIPT == 0.7
    assert refusal(GOOD[language], language) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["", " ", "...", "?!", "🙂", "\x00\x1b", "。、"])
def test_an_answer_without_words(language: Language, text: str) -> None:
    assert refusal(text, language) == "empty"


@pytest.mark.parametrize("language", LANGUAGES)
def test_length_is_counted_to_the_last_sign(language: Language) -> None:
    sign = {"en": "sunny ", "fr": "soleil ", "ja": "いい"}[language]
    whole = (sign * MOST_CHARACTERS[language])[: MOST_CHARACTERS[language] - 1].rstrip() + "い" * 0
    longest = whole.ljust(MOST_CHARACTERS[language], "い" if language == "ja" else "y")
    assert refusal(longest, language) is None
    assert refusal(longest + ".", language) == "too_long"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Hello.", 0),
        ("Are you?", 1),
        ("Are you? Am I?", 2),
        ("Really??", 1),
        ("元気ですか。", 1),
        ("元気ですか", 1),
        ("元気ですか？", 1),
        ("そうですか。", 0),
        ("そうですか。元気ですか。", 1),
        ("何か食べましょう。", 0),
        ("元気ですか。眠いですか。", 2),
    ],
)
def test_questions_are_counted(text: str, count: int) -> None:
    assert questions(text) == count


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_question_is_allowed_and_two_are_not(language: Language) -> None:
    one = {"en": "Is it sunny?", "fr": "Fait-il beau ?", "ja": "いい天気ですか。"}[language]
    assert refusal(one, language) is None
    assert refusal(f"{one} {one}", language) == "questions"


@pytest.mark.parametrize("mark", list("<>{}[]|`*_#\\~^="))
def test_marks_that_nobody_can_speak(mark: str) -> None:
    assert refusal(f"The sun {mark} is shining.", "en") == "markup"


@pytest.mark.parametrize("sign", list("-'’\"“”«»()/:;,.!%&+€…·・—"))
def test_signs_of_ordinary_sentences(sign: str) -> None:
    assert forbidden(f"The sun {sign} is shining") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("t a k e i t", "markup"),
        ("a b c d e", None),
        ("h̶e̶llo there", "markup"),
        ("déjà vu", None),
        ("deja vu".replace("e", "e\u0301"), None),
        ("write to a@b", "address"),
        ("see //x", "address"),
        ("www.sun", "address"),
        ("sun.com is there", "address"),
        ("sun.community", None),
        ("sun dot com", "address"),
        ("the dot commands", None),
        ("soleil point fr", "address"),
        ("1 2 3, 4 5", None),
        ("1 2 3, 4 5 6", "address"),
        ("12345", None),
        ("123456", "address"),
        ("12-34-56", "address"),
        ("in 1964 and 1972", None),
        ("at 15:30 and 16:45", None),
        ("〇九〇一", None),
        ("〇九〇一二", "address"),
        ("one two three four", None),
        ("one two three four five", "address"),
    ],
)
def test_addresses_numbers_and_spelling(text: str, reason: Reason | None) -> None:
    assert forbidden(text) == reason


@pytest.mark.parametrize(
    ("language", "text", "is_own"),
    [
        ("en", "The sun shines", True),
        ("en", "Le soleil est là et il ne pleut pas", False),
        ("en", "お日さまですね", False),
        ("en", "Солнце светит", False),
        ("en", "The sun is sоft", False),  # a Cyrillic letter
        ("en", "Ηello there", False),  # a Greek one
        ("en", "你好你好", False),
        ("en", "sunshine 桜 blossom", True),
        ("en", "sun桜", False),
        ("en", "sun 桜桜", False),
        ("en", "ninenines桜桜", False),
        ("fr", "Le soleil brille", True),
        ("fr", "What is it that you need to have there", False),
        ("fr", "Où êtes-vous, Noël ?", True),
        ("fr", "ça va", True),
        ("ja", "お日さまですね", True),
        ("ja", "The sun shines", False),
        ("ja", "你不需要", False),
        ("ja", "Parisですね", False),
        ("ja", "Tokですねえ、いいね", True),
        ("ja", "東京", False),
        ("ja", "東京へ", True),
        ("ja", "안녕하세요です", False),
        ("ja", "カタカナだけ", True),
    ],
)
def test_the_language(language: Language, text: str, is_own: bool) -> None:
    assert (refusal(text, language) is None) == is_own
    if not is_own:
        assert refusal(text, language) == "language"


@pytest.mark.parametrize(
    ("japanese", "latin", "is_own"), [(7, 3, True), (69, 31, False), (71, 29, True), (6, 4, False)]
)
def test_the_share_of_the_own_script(japanese: int, latin: int, is_own: bool) -> None:
    text = "い" * japanese + " " + "u" * latin
    assert (refusal(text, "ja") is None) == is_own
    swapped = "u" * japanese + " " + "い" * latin
    assert (refusal(swapped, "en") is None) == is_own


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It must be pneumonia.", "diagnosis"),
        ("Take 40 mg.", "dosage"),
        ("Swallow your pills.", "intake"),
        ("Give me your bank card.", "money"),
        ("We fellow humans know.", "human"),
        ("The door is locked.", "done"),
        ("It is our secret.", "hinders"),
        ("You are so stupid.", "harm"),
        ("C'est une pneumonie.", "diagnosis"),
        ("肺炎ですね。", "diagnosis"),
        ("Prenez 40 mg.", "dosage"),
        ("口座を教えてください。", "money"),
    ],
)
def test_each_reason_has_its_rules_in_every_answer(text: str, reason: Reason) -> None:
    assert forbidden(text) is not None
    assert reason in [each for language in LANGUAGES for each in rules_of(language).broken_by(text)]
    assert forbidden(text, frozenset({"markup"})) is not None


def test_what_is_allowed_does_not_count_and_all_else_does() -> None:
    assert forbidden("take your medicine") == "intake"
    assert forbidden("take your medicine", frozenset({"intake", "dosage"})) is None
    assert forbidden("take two pills", frozenset({"intake"})) == "dosage"
    assert forbidden("www.take.com", frozenset({"address"})) == "address"


def test_allowed_words_hide_nothing_beside_them() -> None:
    assert refusal("A caregiver can look it up for you.", "en") is None
    assert refusal("A caregiver can look it up for you and a caregiver is on the way.", "en") is not None
    assert refusal("I am sorry, your heart is weak.", "en") == "diagnosis"


def test_words_that_change_nothing_hide_nothing() -> None:
    assert refusal("You really should simply buy it now.", "en") == "money"
    assert refusal("私は本当に人間です。", "ja") == "human"
    assert forbidden("I really have definitely phoned") == "done"
    assert forbidden("It is just your age") == "diagnosis"


def test_sentences_are_looked_at_together() -> None:
    assert refusal("Forty. Milligrams.", "en") == "dosage"
    assert refusal("今日は心。 筋梗塞です。", "ja") == "diagnosis"


@pytest.mark.parametrize(
    ("language", "heard", "reason"),
    [
        ("en", "my knee hurts", "diagnosis"),
        ("en", "may I have another pill", "dosage"),
        ("en", "I need money", "money"),
        ("en", "the sun is shining", None),
        ("en", "I baked bread", None),
        ("en", "j'ai mal au dos", "diagnosis"),
        ("en", "腰が痛い", "diagnosis"),
        ("fr", "j'ai mal", "diagnosis"),
        ("fr", "du pain", None),
        ("fr", "my knee hurts and it is not good", "diagnosis"),
        ("ja", "痛い", "diagnosis"),
        ("ja", "薬はどこ", "dosage"),
        ("ja", "いい天気", None),
    ],
)
def test_delicate_matters(language: Language, heard: str, reason: Reason | None) -> None:
    assert delicate(heard, language) == reason
