"""Stop-words and calls for help in three languages: each sentence of `<language>.yaml`, unfinished ones, and junk."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml

from carebot.conversation.reflexes import REACH, find_reflexes, reflexes_of, seems_to_be
from carebot.conversation.text import LANGUAGES, Language

HERE = Path(__file__).parent


def sentences(language: str) -> dict[str, list[str]]:
    return yaml.safe_load((HERE / f"{language}.yaml").read_text(encoding="utf-8"))["reflexes"]


def kinds(text: str, language: str, final: bool = True) -> list[str]:
    return sorted(reflex.kind for reflex in find_reflexes(text, language, final))


CASES = [
    pytest.param(language, kind, sentence, id=f"{language}-{kind}-{sentence}")
    for language in LANGUAGES
    for kind, listed in sentences(language).items()
    for sentence in listed
]


@pytest.mark.parametrize(("language", "kind", "sentence"), CASES)
def test_sets_off_exactly_what_was_meant(language: str, kind: str, sentence: str):
    assert kinds(sentence, language) == ([] if kind == "none" else [kind])


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_sentences(language: str):
    listed = sentences(language)
    assert sum(map(len, listed.values())) >= 150
    assert all(len(listed[kind]) >= 30 for kind in ("stop", "help", "none"))


@pytest.mark.parametrize("own", LANGUAGES)
@pytest.mark.parametrize(
    ("sentence", "kind"),
    [("stop", "stop"), ("止まって", "stop"), ("arrête-toi", "stop"), ("Help me!", "help"), ("助けて", "help")],
)
def test_a_call_counts_in_any_language(own: str, sentence: str, kind: str):
    assert kinds(sentence, own) == [kind]


@pytest.mark.parametrize("own", LANGUAGES)
@pytest.mark.parametrize("sentence", ["I did not fall", "転んでないよ", "je ne suis pas tombée", "I don't need help"])
def test_a_denial_counts_in_any_language(own: str, sentence: str):
    assert kinds(sentence, own) == []


def test_both_at_once():
    assert kinds("stop, help me, I have fallen", "en") == ["help", "stop"]
    assert kinds("止まって！助けて！", "ja") == ["help", "stop"]


@pytest.mark.parametrize(
    ("language", "partial", "whole"),
    [
        ("ja", "転んだ", "転んだわけじゃない"),
        ("ja", "胸が痛い", "胸が痛いわけではない"),
        ("en", "I fell", "I fell asleep"),
    ],
)
def test_an_unfinished_result_waits_for_what_may_turn_it_round(language: str, partial: str, whole: str):
    assert kinds(partial, language, final=False) == []
    assert kinds(partial, language) == ["help"]
    assert kinds(whole, language) == []


@pytest.mark.parametrize(("language", "word"), [("en", "stop"), ("ja", "止まって"), ("fr", "arrête"), ("ja", "助けて")])
def test_stop_words_and_cries_do_not_wait(language: str, word: str):
    assert len(kinds(word, language, final=False)) == 1


def test_the_words_heard_come_along():
    [reflex] = find_reflexes("Good morning. Help me, I have fallen!", "en")
    assert (reflex.kind, reflex.language) == ("help", "en")
    assert "help me" in reflex.words
    assert "morning" not in reflex.words


@pytest.mark.parametrize(
    "sentence",
    ["“Help!”", "HELP ME!!!", "h\u200belp me", "🆘 help 🆘", "ｈｅｌｐ", "help\x00\x07", "  help \n me  ", "heeeelp"],
)
def test_signs_around_the_words_do_not_matter(sentence: str):
    assert kinds(sentence, "en") == ["help"]


@pytest.mark.parametrize(
    "sentence", ["", " ", "\x00\x01", "🙂🙂", "\ud800", "....", '"', "'", "¿?", "1234", "()[]{}|\\^$*+"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_are_no_words_sets_off_nothing(sentence: str, language: str):
    assert kinds(sentence, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_at_the_end_of_100_kb_is_found_soon(language: str):
    filler = {"en": "we had tea and cake ", "ja": "今日はいい天気ですね", "fr": "nous avons bu du the "}[language]
    text = (filler * (100_000 // len(filler))) + ". " + {"en": "help", "ja": "助けて", "fr": "au secours"}[language]
    began_s = time.process_time()
    assert kinds(text, language) == ["help"]
    assert time.process_time() - began_s < 20.0


class Counting:
    """A guard that counts the characters it is shown."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern, self.most, self.times = pattern, 0, 0

    def search(self, text: str) -> re.Match[str] | None:
        self._count(text)
        return self._pattern.search(text)

    def match(self, text: str, begin: int) -> re.Match[str] | None:
        self._count(text)
        return self._pattern.match(text, begin)

    def _count(self, text: str) -> None:
        self.most, self.times = max(self.most, len(text)), self.times + 1


GUARDS = ("_before", "_after", "_around", "_sentence_before", "_sentence")


@pytest.mark.parametrize(
    ("language", "denied"),
    [("en", "he said help "), ("en", "she said stop "), ("ja", "止まってしまった"), ("fr", "il a dit au secours ")],
)
def test_guards_look_around_a_phrase_only_however_long_the_sentence_is(language: Language, denied: str):
    rules = reflexes_of.__wrapped__(language)
    guards = []
    for group in rules._groups:
        for name in GUARDS:
            guards.append(Counting(getattr(group, name)))
            setattr(group, name, guards[-1])
    assert not any(rules.judge(denied * 300).values())
    assert sum(guard.times for guard in guards) >= 300
    assert max(guard.most for guard in guards) <= 2 * REACH + len(denied)


@pytest.mark.parametrize(("language", "word"), [("en", "help "), ("ja", "助けて"), ("fr", "au secours ")])
def test_what_was_found_is_not_looked_for_again(language: Language, word: str):
    rules = reflexes_of.__wrapped__(language)
    judged: list[str] = []
    for group in rules._groups:
        original = group._is_guarded
        group._is_guarded = lambda *given, original=original: judged.append("place") or original(*given)
    reflex = rules.judge(word * 1000)["help"]
    assert reflex is not None
    assert reflex.kind == "help"
    assert len(judged) < 10


@pytest.mark.parametrize(("filler", "is_call"), [(0, False), (20, False), (400, True)])
def test_what_is_said_far_away_turns_nothing_round(filler: int, is_call: bool):
    text = "yesterday " + "we had tea " * (filler // 10) + "i fell"
    assert kinds(text, "en") == (["help"] if is_call else [])


def test_a_repeated_part_of_a_rule_is_looked_for_so_often_only():
    sources = [pattern.pattern for group in reflexes_of("en")._groups for pattern in (group._phrases, group._before)]
    assert not [source for source in sources if re.search(r"(?<!\\)\)[*+]", source)]


@pytest.mark.parametrize(
    ("text", "language"), [("今日は", "ja"), ("I have the key", "en"), ("je n'ai pas le temps", "fr"), ("stop", None)]
)
def test_the_language_of_a_text(text: str, language: str | None):
    assert seems_to_be(text) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_are_fast(language: str):
    listed = [sentence for group in sentences(language).values() for sentence in group]
    rules = reflexes_of(language)
    began_s = time.process_time()
    for sentence in listed:
        rules.judge(sentence)
    per_sentence_s = (time.process_time() - began_s) / len(listed)
    assert per_sentence_s < 0.05
