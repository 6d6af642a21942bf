"""Blocks in, utterances out: partial and final, reflexes at once and once, deaf while the robot speaks, flat memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from carebot.conversation.hearing.ears import Ears, HearingSettings, Utterance
from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, Block
from carebot.conversation.hearing.turns import TurnSettings
from tests.conversation.hearing.scripted import LoudIsVoice, Scripted

LOUD = np.full(BLOCK_SAMPLES, 3000, np.int16)
QUIET = np.zeros(BLOCK_SAMPLES, np.int16)


def sound(*parts: tuple[str, float], start_s: float = 0.0) -> Iterator[Block]:
    """Blocks of `parts`: pairs of "voice" or "silence", and seconds."""
    at = start_s
    for kind, seconds in parts:
        for _ in range(round(seconds / BLOCK_S)):
            yield Block(LOUD if kind == "voice" else QUIET, at)
            at += BLOCK_S


def hear(ears: Ears, *parts: tuple[str, float], start_s: float = 0.0) -> list[Utterance]:
    return [said for block in sound(*parts, start_s=start_s) for said in ears.hear(block)]


def finals(said: list[Utterance]) -> list[Utterance]:
    return [each for each in said if each.is_final]


def test_partial_results_then_the_final_one() -> None:
    said = hear(Ears(LoudIsVoice(), Scripted("what time is it")), ("silence", 1.0), ("voice", 1.0), ("silence", 1.0))
    assert [each.text for each in said] == ["what time", "what time is", "what time is it", "what time is it"]
    assert [each.is_final for each in said] == [False, False, False, True]
    last = said[-1]
    assert last.is_sure
    assert (last.start_s, last.end_s) == (pytest.approx(1.0, abs=0.1), pytest.approx(2.0, abs=0.1))
    assert last.heard_s - last.end_s == pytest.approx(0.7, abs=0.05)
    assert last.level_dbfs == pytest.approx(-20.8, abs=0.2)


def test_a_stop_word_is_told_while_the_person_still_speaks_and_only_once() -> None:
    said = hear(Ears(LoudIsVoice(), Scripted("please stop now or later")), ("voice", 3.0), ("silence", 1.0))
    calls = [each for each in said if each.reflexes]
    assert [(each.text, each.is_final, each.reflexes[0].kind) for each in calls] == [("please stop", False, "stop")]


def test_stop_and_help_are_each_told_in_one_turn() -> None:
    said = hear(Ears(LoudIsVoice(), Scripted("stop . help me")), ("voice", 2.0), ("silence", 1.0))
    assert [reflex.kind for each in said for reflex in each.reflexes] == ["stop", "help"]


def test_what_may_still_be_turned_round_waits_for_the_end() -> None:
    said = hear(Ears(LoudIsVoice(), Scripted("I fell")), ("voice", 1.0), ("silence", 1.0))
    assert [each.is_final for each in said if each.reflexes] == [True]


def test_words_out_of_silence_are_impossible() -> None:
    recogniser = Scripted("Thanks for watching!")
    assert hear(Ears(LoudIsVoice(), recogniser), ("silence", 600.0)) == []
    assert recogniser.heard_samples == 0


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Thanks for watching!"),
        ("ja", "ご視聴ありがとうございました"),
        ("fr", "Sous-titres réalisés par la communauté d'Amara.org"),
    ],
)
def test_what_models_make_up_is_refused_and_said_so(language: str, text: str) -> None:
    ears = Ears(LoudIsVoice(), Scripted(text, language=language, blocks_a_word=100))  # type: ignore[arg-type]
    (said,) = hear(ears, ("voice", 1.0), ("silence", 1.0))
    assert said.text == ""
    assert "make up out of noise" in said.refused


def test_an_unsure_result_stays_unsure() -> None:
    said = hear(Ears(LoudIsVoice(), Scripted("I am fine", is_sure=False)), ("voice", 1.0), ("silence", 1.0))
    assert not finals(said)[0].is_sure


def test_the_robot_does_not_hear_itself() -> None:
    voice, recogniser = LoudIsVoice(), Scripted("good morning", "yes")
    ears = Ears(voice, recogniser)
    ears.speaking(True, 0.0)
    assert hear(ears, ("voice", 2.0)) == []
    ears.speaking(False, 2.0)
    assert ears.is_deaf(2.39)
    assert not ears.is_deaf(2.41)
    assert hear(ears, ("voice", 0.35), ("silence", 1.0), start_s=2.0) == []
    assert finals(hear(ears, ("voice", 1.0), ("silence", 1.0), start_s=4.0))[0].text == "good morning"
    assert recogniser.turns == 1
    assert voice.resets == 1


def test_what_was_said_until_the_robot_begins_to_speak_into_it_is_judged_but_not_sure() -> None:
    ears = Ears(LoudIsVoice(), Scripted("what time", "help"))
    hear(ears, ("voice", 0.5))
    assert ears.is_listening_to_voice
    (said,) = ears.speaking(True, 0.5)
    assert (said.text, said.is_final, said.is_sure, said.heard_s) == ("what time", True, False, 0.5)
    assert not ears.is_listening_to_voice
    assert ears.speaking(True, 0.6) == ()
    assert ears.flush(9.0) == ()


def test_a_call_that_waited_for_its_end_counts_when_the_robot_begins_to_speak() -> None:
    ears = Ears(LoudIsVoice(), Scripted("I fell"))
    assert not [each for each in hear(ears, ("voice", 0.5)) if each.reflexes]
    assert [reflex.kind for each in ears.speaking(True, 0.5) for reflex in each.reflexes] == ["help"]


def test_a_call_that_was_told_is_not_told_again_when_the_robot_begins_to_speak() -> None:
    ears = Ears(LoudIsVoice(), Scripted("please stop"))
    assert [each for each in hear(ears, ("voice", 0.5)) if each.reflexes]
    assert not [each for each in ears.speaking(True, 0.5) if each.reflexes]


def test_with_an_echo_canceller_people_may_barge_in() -> None:
    ears = Ears(LoudIsVoice(), Scripted("stop"), HearingSettings(may_barge_in=True))
    hear(ears, ("voice", 0.1))
    assert ears.speaking(True, 0.1) == ()
    assert [reflex.kind for each in hear(ears, ("voice", 1.0)) for reflex in each.reflexes] == ["stop"]


def test_a_microphone_that_vanishes_ends_the_turn() -> None:
    ears = Ears(LoudIsVoice(), Scripted("call my daughter"))
    hear(ears, ("voice", 1.0))
    assert ears.tick(1.2) == ()
    (said,) = ears.tick(2.0)
    assert (said.text, said.is_final) == ("call my daughter", True)


def test_the_end_of_a_recording_ends_the_turn() -> None:
    ears = Ears(LoudIsVoice(), Scripted("call my daughter"))
    hear(ears, ("voice", 1.0))
    assert [said.text for said in ears.flush(1.0)] == ["call my daughter"]


def test_a_person_who_pauses_is_not_interrupted() -> None:
    settings = HearingSettings(TurnSettings(end_silence_s=1.5))
    ears = Ears(LoudIsVoice(), Scripted("remind me to call", "my son"), settings)
    assert len(finals(hear(ears, ("voice", 1.0), ("silence", 1.2), ("voice", 1.0), ("silence", 2.0)))) == 1


def test_half_an_hour_without_a_pause_takes_no_memory() -> None:
    ears = Ears(LoudIsVoice(), Scripted())
    block = Block(LOUD, 0.0)
    blocks = round(1800 / BLOCK_S)
    tracemalloc.start()
    try:
        ends = 0
        for number in range(blocks):
            ends += sum(each.is_final for each in ears.hear(Block(block.samples, number * BLOCK_S)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ends == pytest.approx(60, abs=2)
    assert peak < 1e6


@pytest.mark.parametrize(("word", "is_told"), [("stop", True), ("thanks", False), ("", False)])
def test_in_a_click_of_voice_only_a_call_counts(word: str, is_told: bool) -> None:
    ears = Ears(LoudIsVoice(), Scripted(word, blocks_a_word=3))
    said = hear(ears, ("silence", 0.5), ("voice", 0.13), ("silence", 1.0))
    assert bool(said) is is_told
    assert [reflex.kind for each in said for reflex in each.reflexes] == (["stop"] if is_told else [])
    assert not ears.is_listening_to_voice
