"""The benchmark of hearing measures what it says: on one voice, and with a recogniser whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from carebot.benchmarks import hearing, hearing_safety
from carebot.benchmarks.speech_sounds import (
    Voice,
    as_samples,
    bridged,
    frames_with_speech,
    in_sequence,
    make_noise,
    with_noise,
)
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ
from carebot.errors import SetupError
from tests.conversation.hearing.scripted import Scripted

VOICE = Voice("flite", "slt")
needs_flite = pytest.mark.skipif(not VOICE.is_there, reason="flite is not installed")


def tone(seconds: float) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * 300.0 * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)


def test_the_truth_is_where_the_sound_is() -> None:
    sound = np.concatenate((np.zeros(RATE_HZ), tone(1.0), np.zeros(RATE_HZ), tone(0.5), np.zeros(RATE_HZ)))
    truth = frames_with_speech(sound)
    seconds = np.flatnonzero(truth) * BLOCK_SAMPLES / RATE_HZ
    assert seconds.min() == pytest.approx(1.0, abs=0.04)
    assert seconds.max() == pytest.approx(3.5, abs=0.04)
    assert truth.mean() == pytest.approx(1.5 / 4.5, abs=0.02)
    assert not frames_with_speech(np.zeros(RATE_HZ)).any()


def test_short_gaps_belong_to_the_speech() -> None:
    flags = np.array([0, 1, *[0] * 8, 1, *[0] * 9, 1], dtype=np.bool_)
    assert bridged(flags).tolist() == [False] + [True] * 10 + [False] * 9 + [True]


def test_noise_is_as_loud_as_asked() -> None:
    sound = np.concatenate((np.zeros(RATE_HZ), tone(1.0)))
    noisy = with_noise(sound, "pink", 10.0, np.random.default_rng(0))
    level_db = 20 * np.log10(np.sqrt(np.mean(noisy[:RATE_HZ] ** 2)) / np.sqrt(np.mean(tone(1.0) ** 2)))
    assert level_db == pytest.approx(-10.0, abs=1.0)
    assert make_noise("music", 1000, np.random.default_rng(0)).shape == (1000,)


def test_a_voice_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError, match="espeak-ng is not installed"):
        Voice("espeak-ng", "en-us").say("hello")


@needs_flite
def test_voice_activity_reaches_its_target_on_a_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "VOICES", (("en", VOICE), ("en", Voice("flite", "nobody"))))
    monkeypatch.setattr(hearing, "NOISES", (None, ("pink", 15.0)))
    monkeypatch.setattr(hearing.Voice, "is_there", property(lambda self: self.name != "nobody"))
    report = hearing.measure_voice()
    assert report.f1 > 0.93
    assert set(report.f1_by_noise) == {"clean", "pink 15 dB"}
    assert report.without == ("flite nobody",)
    assert report.seconds > 40.0


@needs_flite
def test_the_wait_for_a_reflex_is_from_the_words_end() -> None:
    """The script says its word three blocks into the turn, long before the spoken one ends."""
    report = hearing.measure_reflex(Scripted(*["stop"] * 4, blocks_a_word=14), rounds=1, voices=(VOICE,))
    assert (report.spoken, report.found) == (4, 4)
    assert report.worst_s < 0.3


@needs_flite
def test_what_is_taken_for_what_is_counted_for_every_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing_safety, "read_mapping", lambda _: {"help": ["help me"], "not_fine": ["not so good"]})
    report = hearing_safety.measure_safety(lambda: Scripted("help me", "I am fine"), (VOICE,))
    assert report.understood == {"help": (1, 1), "not_fine": (0, 1)}
    assert report.not_fine_taken_for_fine == 1


def test_samples_are_whole_and_within_their_limits() -> None:
    assert as_samples(np.array([-2.0, 0.0, 2.0])).tolist() == [-32768, 0, 32767]
    assert len(in_sequence([tone(1.0)], np.random.default_rng(0))) > 3 * RATE_HZ
