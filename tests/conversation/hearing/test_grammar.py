"""The grammar of English: made from the intents and phrases, and every phrase is taken for what it stands under."""

from __future__ import annotations

import pytest
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression

from carebot.conversation.hearing.grammar import english_grammar, phrases_of
from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.understanding import how_are_they, understand

SAMPLES = [
    (kind, " ".join(sample.split()))
    for kind, templates in phrases_of("en").items()
    for template in templates
    for sample in sample_expression(parse_sentence(template).expression)
]


@pytest.mark.parametrize("kind", ["stop", "help"])
def test_every_call_sets_off_its_reflex(kind: str) -> None:
    assert [text for each, text in SAMPLES if each == kind and kind not in _kinds(text)] == []


def test_what_only_seems_fine_is_not_and_asks_for_nothing() -> None:
    near = [text for kind, text in SAMPLES if kind == "none"]
    assert [text for text in near if how_are_they(text, "en") == "fine" or understand(text, "en")] == []
    assert len(near) > 200


def _kinds(text: str) -> set[str]:
    return {reflex.kind for reflex in find_reflexes(text, "en")}


def test_the_grammar_holds_the_intents_with_short_forms() -> None:
    grammar = english_grammar(lambda word: True)
    assert grammar.startswith("#JSGF V1.0;")
    assert "(what is | what's)" in grammar
    assert "(i am | i'm)" in grammar
    assert "(call | phone | ring | contact) [my] (daughter |" in grammar
    assert "{" not in grammar
    assert "<" not in grammar.partition("<heard>")[2]


def test_words_that_the_recogniser_does_not_know_are_left_out() -> None:
    grammar = english_grammar(lambda word: word != "nurse")
    assert "nurse" not in grammar
    assert "doctor" in grammar
