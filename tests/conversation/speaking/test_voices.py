"""The real voices: what they make is sound, of the pitch, speed and volume that was asked for."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import numpy as np
import pytest

from carebot.conversation.speaking.espeak import Espeak
from carebot.conversation.speaking.japanese import parts
from carebot.conversation.speaking.synthesiser import CHUNK_S, VoiceMissingError, at_volume
from carebot.conversation.speaking.voices import Voices
from carebot.conversation.text import LANGUAGES
from carebot.site.voice import Voice

TEXTS = {
    "en": "Hello, are you all right? Please tell me how you feel.",
    "fr": "Bonjour, est-ce que ça va ? Dites-moi comment vous allez.",
    "ja": "こんにちは、大丈夫ですか。今の気分を教えてください。",
}
PLAIN = Voice(rate=1.0, volume=0.5, pitch_semitones=0.0)


def voices_for(language: str) -> Voices:
    if language != "ja" and shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    return Voices()


def spoken(language: str, voice: Voice = PLAIN, text: str | None = None) -> tuple[np.ndarray, int]:
    sound = voices_for(language).synthesise(TEXTS[language] if text is None else text, language, voice)
    chunks = list(sound.chunks)
    assert all(chunk.dtype == np.int16 and chunk.ndim == 1 for chunk in chunks)
    assert all(len(chunk) <= CHUNK_S * sound.sample_rate_hz for chunk in chunks)
    return np.concatenate([np.zeros(0, np.int16), *chunks]), sound.sample_rate_hz


def loudness(samples: np.ndarray) -> float:
    voiced = samples[np.abs(samples) > 100].astype(float)
    return float(np.sqrt((voiced**2).mean()))


def pitch_hz(samples: np.ndarray, rate_hz: int) -> float:
    """The median of the strongest periods of 40 ms windows, by autocorrelation."""
    size, found = int(0.04 * rate_hz), []
    for start in range(0, len(samples) - size, size // 2):
        window = samples[start : start + size].astype(float)
        window -= window.mean()
        likeness = np.correlate(window, window, "full")[size - 1 :]
        shortest, longest = rate_hz // 600, rate_hz // 60
        period = shortest + int(np.argmax(likeness[shortest:longest]))
        if likeness[0] > size * 500**2 and likeness[period] > 0.6 * likeness[0]:
            found.append(rate_hz / period)
    return float(np.median(found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_seconds_of_sound_that_begins_at_once(language) -> None:
    samples, rate_hz = spoken(language)
    assert 2.0 < len(samples) / rate_hz < 7.0
    assert np.flatnonzero(np.abs(samples) > 100)[0] < 0.05 * rate_hz
    assert 0.1 * 32768 < np.abs(samples).max() < 0.6 * 32768


@pytest.mark.parametrize("language", LANGUAGES)
def test_rate(language) -> None:
    plain, _ = spoken(language)
    slow, _ = spoken(language, Voice(rate=0.7, pitch_semitones=0.0))
    assert 1.2 < len(slow) / len(plain) < 1.6


@pytest.mark.parametrize("language", LANGUAGES)
def test_volume(language) -> None:
    plain, _ = spoken(language)
    louder, _ = spoken(language, PLAIN.louder(1.8))
    assert loudness(louder) / loudness(plain) == pytest.approx(1.8, rel=0.1)
    assert spoken(language, PLAIN.louder(100.0))[0].max() <= 32767


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pitch(language) -> None:
    higher, rate_hz = spoken(language, Voice(rate=1.0, pitch_semitones=4.0))
    lower, _ = spoken(language, Voice(rate=1.0, pitch_semitones=-4.0))
    assert pitch_hz(higher, rate_hz) / pitch_hz(lower, rate_hz) == pytest.approx(2 ** (8 / 12), rel=0.15)


def test_pitch_of_the_japanese_voice() -> None:
    """A vowel that is held: the melody of a sentence confuses the ear of this test."""
    higher, rate_hz = spoken("ja", Voice(pitch_semitones=0.0), "あああああああ")
    lower, _ = spoken("ja", Voice(pitch_semitones=-6.0), "あああああああ")
    assert pitch_hz(higher, rate_hz) / pitch_hz(lower, rate_hz) == pytest.approx(2 ** (6 / 12), rel=0.15)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["", "-v", "--help", "<speak>", "!?", "%", "ー", "…", "a" * 200, "あ" * 80, "🙂", "\0"]
)
def test_texts_that_are_hardly_any(language, text) -> None:
    samples, _ = spoken(language, PLAIN, text)
    assert np.abs(samples.astype(int)).max(initial=0) <= 32768


def test_a_voice_can_be_left_in_the_middle() -> None:
    for language in LANGUAGES:
        sound = voices_for(language).synthesise(TEXTS[language], language, PLAIN)
        next(iter(sound.chunks))
        sound.close()
        assert list(sound.chunks) == []


def test_an_unknown_language_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(VoiceMissingError, match=r"'de'.*ja, en, fr"):
        Voices().synthesise("Hallo", "de", PLAIN)  # type: ignore[arg-type]


def test_a_missing_espeak_is_named_with_its_remedy() -> None:
    with pytest.raises(VoiceMissingError, match="apt-get install espeak-ng"):
        Espeak("no-such-espeak").synthesise("Hello.", "en", PLAIN)
    broken = Voices({"en": Espeak("no-such-espeak")})
    assert "apt-get install espeak-ng" in broken.warm_up("en")


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo no voices here >&2; exit 1", "no voices here"), ("exit 0", "reinstall"), ("printf RIFF", "reinstall")],
)
def test_an_espeak_that_does_not_work_is_told(tmp_path: Path, script, said) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(VoiceMissingError, match=said):
        Espeak(str(program)).synthesise("Hello.", "en", PLAIN)


def test_sound_is_never_louder_than_can_be_held() -> None:
    assert at_volume(np.array([40000.0, -40000.0, 100.0]), 1.0).tolist() == [32767, -32768, 100]


def test_japanese_parts_are_cut_where_nothing_is_heard_and_nothing_is_lost() -> None:
    import pyopenjtalk

    labels = pyopenjtalk.extract_fullcontext("お知らせします。今日は良い天気ですから、散歩に行きましょうか。")
    found = list(parts(labels))
    assert len(found) > 1
    assert [label for part in found for label in part] == labels
    whole, _ = pyopenjtalk.synthesize(labels)
    made = [pyopenjtalk.synthesize(part)[0] for part in found]
    assert sum(map(len, made)) == pytest.approx(len(whole), rel=0.01)
    for before in made[:-1]:
        assert loudness_of(before[-240:]) < 0.1 * loudness_of(whole)


def loudness_of(samples: np.ndarray) -> float:
    return float(np.sqrt((samples.astype(float) ** 2).mean()))
