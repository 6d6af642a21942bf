"""Sentences out of a stream: as soon as they are whole, checked with what came before, and never too many."""

from __future__ import annotations

import pytest

from carebot.conversation.leash.checks import MOST_CHARACTERS
from carebot.conversation.leash.speech import Speech
from carebot.conversation.text import LANGUAGES, Language


def spoken(language: Language, *pieces: str) -> list[str]:
    speech = Speech(language)
    return [sentence for piece in pieces for sentence in speech.add(piece)] + speech.finish()


def test_a_sentence_is_there_as_soon_as_it_is_whole() -> None:
    speech = Speech("en")
    assert speech.add("The sun") == []
    assert speech.add(" is shining.") == []
    assert speech.add(" It is") == ["The sun is shining."]
    assert speech.add(" 3.5") == []
    assert speech.finish() == ["It is 3.5"]
    assert speech.spoken == ("The sun is shining.", "It is 3.5")
    assert (speech.refused, speech.is_over) == (None, True)


def test_japanese_sentences_end_without_a_blank() -> None:
    speech = Speech("ja")
    assert speech.add("いい天気ですね。お散歩") == ["いい天気ですね。"]
    assert speech.add("しましょう「ね！」では") == ["お散歩しましょう「ね!」"]
    assert speech.finish() == ["では"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One day! Was it? It was.", ["One day!", "Was it?", "It was."]),
        ("Was it? Is it? It was.", ["Was it?"]),
        ("It was. It is. It will be. It ends.", ["It was.", "It is.", "It will be."]),
        ("It was\nlong ago", ["It was", "long ago"]),
        ("  \n\n It was. 🙂 \n", ["It was."]),
        ("“It was.” And so on…  Yes", ["“It was.”", "And so on...", "Yes"]),
    ],
)
def test_limits_of_an_answer(text: str, sentences: list[str]) -> None:
    assert spoken("en", text) == sentences
    assert spoken("en", *text) == sentences


def test_a_second_question_is_left_out_without_a_word() -> None:
    speech = Speech("en")
    assert speech.add("Was it? Is it? ") == ["Was it?"]
    assert (speech.refused, speech.is_over) == (None, True)
    speech = Speech("en")
    assert speech.add("Was it?? Is it ?") + speech.finish() == ["Was it??"]
    speech = Speech("en")
    assert speech.add("Was it and? is it?") + speech.finish() == ["Was it and?"]


def test_nothing_is_over_at_the_start() -> None:
    assert Speech("en").is_over is False


def test_a_refused_sentence_ends_the_answer() -> None:
    speech = Speech("en")
    assert speech.add("The sun is shining. Take 40 mg. It was nice. ") == ["The sun is shining."]
    assert (speech.refused, speech.is_over) == ("dosage", True)
    assert speech.add("It was nice. ") == []
    assert speech.finish() == []
    assert speech.spoken == ("The sun is shining.",)


def test_what_is_parted_is_seen_together() -> None:
    speech = Speech("en")
    assert speech.add("Forty. Milligrams. ") == ["Forty."]
    assert speech.refused == "dosage"
    speech = Speech("ja")
    assert speech.add("今日は心。筋梗塞です。") == ["今日は心。"]
    assert speech.refused == "diagnosis"


@pytest.mark.parametrize("nothing", ["", " ", "🙂", "...", "\n"])
def test_an_answer_without_words_is_refused(nothing: str) -> None:
    speech = Speech("en")
    assert speech.add(nothing) + speech.finish() == []
    assert speech.refused == "empty"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_does_not_end_is_not_waited_for(language: Language) -> None:
    sign = {"en": "sunny ", "fr": "soleil ", "ja": "いい"}[language]
    speech = Speech(language)
    most = MOST_CHARACTERS[language]
    assert speech.add((sign * most)[:most]) == []
    assert not speech.is_over
    assert speech.add("i") == []
    assert (speech.refused, speech.is_over) == ("too_long", True)


def test_an_answer_that_grows_too_long_ends_where_it_is() -> None:
    speech = Speech("en")
    sentence = "sunny " * 26 + "day. "
    assert len(sentence) * 2 > MOST_CHARACTERS["en"]
    assert speech.add(sentence) == [sentence.strip()]
    assert speech.add(sentence) == []
    assert (speech.refused, speech.is_over) == (None, True)


def test_nothing_at_all_is_spoken_where_it_is_hushed() -> None:
    speech = Speech("en", "dosage")
    assert speech.add("The sun is shining. ") == []
    assert speech.refused == "dosage"
    assert Speech("en", "dosage").finish() == []
