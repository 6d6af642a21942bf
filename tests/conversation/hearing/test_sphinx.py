"""Spoken English heard by pocketsphinx: from a synthetic voice to the intent, and what must never be taken for fine."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.benchmarks.hearing_safety import Trial, report_of, taken_for
from carebot.benchmarks.speech_sounds import Voice, as_samples
from carebot.conversation.hearing.ears import Ears, Utterance
from carebot.conversation.hearing.recognisers.base import Words
from carebot.conversation.hearing.recognisers.sphinx import Sphinx, agreed
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ, Block
from carebot.conversation.hearing.voice import SileroVoice

pytest.importorskip("pocketsphinx")
VOICE = Voice("flite", "slt")


@pytest.fixture(scope="module")
def ears() -> Ears:
    if not VOICE.is_there:
        pytest.skip("flite is not installed")
    return Ears(SileroVoice(), Sphinx())


def hear(ears: Ears, text: str) -> list[Utterance]:
    silence = np.zeros(RATE_HZ)
    samples = as_samples(np.concatenate((silence, VOICE.say(text), silence)))
    said = []
    for at in range(0, len(samples) - BLOCK_SAMPLES, BLOCK_SAMPLES):
        said += ears.hear(Block(samples[at : at + BLOCK_SAMPLES], at / RATE_HZ))
    return [*said, *ears.flush(len(samples) / RATE_HZ)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "meant"),
    [("please stop", "stop"), ("I have fallen", "help"), ("what time is it", "Time"), ("everything is fine", "")],
)
def test_a_spoken_sentence_is_understood(ears: Ears, text: str, meant: str) -> None:
    final = hear(ears, text)[-1]
    assert final.is_final
    assert taken_for(Words(final.text, final.is_sure)) == meant


@pytest.mark.slow
@pytest.mark.parametrize("text", ["I am not all right", "I feel like I am dying", "I am far from fine"])
def test_what_is_not_fine_is_never_taken_for_fine(ears: Ears, text: str) -> None:
    final = hear(ears, text)[-1]
    assert taken_for(Words(final.text, final.is_sure)) not in ("fine", "yes")


@pytest.mark.slow
def test_a_call_is_told_before_the_turn_ends(ears: Ears) -> None:
    calls = [each for each in hear(ears, "please stop") if each.reflexes]
    assert [each.reflexes[0].kind for each in calls] == ["stop"]
    assert not calls[0].is_final


@pytest.mark.parametrize(
    ("free", "fixed", "fit", "words"),
    [
        ("i am fine", "i am fine", 0.9, Words("i am fine", is_sure=False)),
        ("yes please", "yes", 0.7, Words("yes please")),
        ("yes please", "yes", 0.5, Words("yes please", is_sure=False)),
        ("yes", "", 0.0, Words("yes", is_sure=False)),
        ("yes", "guess", 0.9, Words("yes", is_sure=False)),
        ("i feel quiet fine", "i feel quite fine really", 0.9, Words("i feel quiet fine", is_sure=False)),
        ("what time is it", "nine pm", 0.9, Words("what time is it")),
        ("i mean to", "i need help", 0.61, Words("i need help", is_sure=False)),
        ("i mean to", "i need help", 0.4, Words("i mean to", is_sure=False)),
        ("she was a great help", "i need help", 0.9, Words("she was a great help", is_sure=False)),
        ("the garden", "what time is it", 0.9, Words("the garden", is_sure=False)),
    ],
)
def test_fine_is_never_sure_and_a_yes_needs_both_decoders(free: str, fixed: str, fit: float, words: Words) -> None:
    assert agreed(free, fixed, fit) == words


def test_the_benchmark_counts_what_is_taken_for_what() -> None:
    rows = [
        ("help", "help me", "help"),
        ("help", "I fell", ""),
        ("stop", "stop", "stop"),
        ("not_fine", "not so good", "fine"),
        ("not_fine", "my leg hurts", "help"),
        ("help", "I am dying", "yes"),
        ("other", "the cat sleeps", "stop"),
        ("commands", "what time is it", "Time"),
        ("commands", "come here", "GoAway"),
    ]
    report = report_of([Trial(kind, said, "", "", said, True, taken) for kind, said, taken in rows])
    assert report.not_fine_taken_for_fine == 2
    assert (report.missed_help, report.false_help, report.missed_stop, report.false_stop) == (2, 0, 0, 1)
    assert report.understood["commands"] == (1, 2)
    assert report.understood["not_fine"] == (1, 2)
