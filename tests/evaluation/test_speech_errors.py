"""Word and character errors: hand-counted cases, both texts normalised first."""

from __future__ import annotations

import pytest

from carebot.conversation.text import Language
from carebot.evaluation.speech_errors import NONE, Errors, errors_between, unit_of


@pytest.mark.parametrize(
    ("language", "said", "heard", "errors"),
    [
        ("en", "What time is it?", "what time is it", Errors(4, 0, 0, 0)),
        ("en", "I don't know", "i do not know", Errors(4, 0, 0, 0)),
        ("en", "call my daughter", "call my doctor now", Errors(3, 1, 0, 1)),
        ("en", "call my daughter", "", Errors(3, 0, 3, 0)),
        ("en", "", "thank you", Errors(0, 0, 0, 2)),
        ("en", "a b c d", "b c d e", Errors(4, 0, 1, 1)),
        ("fr", "Je suis tombé !", "je suis tombe", Errors(3, 0, 0, 0)),
        ("fr", "L'heure", "la heure", Errors(2, 1, 0, 0)),
        ("ja", "助けて ください。", "タスケテください", Errors(7, 1, 0, 1)),
        ("ja", "コーヒー", "こひ", Errors(2, 0, 0, 0)),
    ],
)
def test_errors(language: Language, said: str, heard: str, errors: Errors) -> None:
    assert errors_between(said, heard, language) == errors


def test_rates() -> None:
    assert errors_between("a b c d", "a x c d", "en").rate == 0.25
    assert NONE.rate == 0.0
    assert errors_between("", "hello", "en").rate == float("inf")
    assert (Errors(4, 1, 0, 0) + Errors(6, 0, 1, 3)).rate == 0.5


def test_japanese_counts_characters() -> None:
    assert [unit_of(language) for language in ("en", "fr", "ja")] == ["word", "word", "character"]
