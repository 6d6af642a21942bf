"""Recordings of every kind become blocks of 16 kHz, one channel; what cannot be used gets a sentence."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from carebot.conversation.hearing.recording import duration_s, read_recording
from carebot.conversation.hearing.resampling import Resampler
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ, SILENCE_DBFS, Block, level_dbfs
from carebot.errors import SourceError

SUBTYPES = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")


def tone(
    rate_hz: int, seconds: float = 1.0, amplitude: float = 0.5, frequency_hz: float = 440.0
) -> NDArray[np.float32]:
    times_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)


def joined(blocks: list[Block]) -> NDArray[Any]:
    return np.concatenate([block.samples for block in blocks]).astype(np.float64)


def in_pieces(samples: NDArray[Any], rate_hz: int, piece: int) -> list[Block]:
    channels = samples.shape[1] if samples.ndim == 2 else 1
    resampler = Resampler(rate_hz, channels)
    blocks = [block for at in range(0, len(samples), piece) for block in resampler.push(samples[at : at + piece])]
    return [*blocks, *resampler.flush()]


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_a_tone_of_any_rate_stays_that_tone_without_delay_and_clicks(rate_hz: int) -> None:
    heard = joined(in_pieces(tone(rate_hz), rate_hz, piece=rate_hz // 31))
    expected = 32767.0 * tone(RATE_HZ).astype(np.float64)
    middle = slice(200, RATE_HZ - 200)
    assert np.abs(heard[middle] - expected[middle]).max() < 3.0


@pytest.mark.parametrize("piece", [1, 100, 441, 5000])
def test_pieces_of_any_size_give_the_same(piece: int) -> None:
    sound = tone(44100, seconds=0.2)
    np.testing.assert_array_equal(joined(in_pieces(sound, 44100, piece)), joined(in_pieces(sound, 44100, len(sound))))


def test_what_sixteen_khz_cannot_hold_is_gone() -> None:
    heard = joined(in_pieces(tone(48000, frequency_hz=12_000.0), 48000, 1000))
    assert level_dbfs(heard[500:15500].astype(np.int16)) < -70.0


def test_blocks_carry_their_time() -> None:
    resampler = Resampler(48000, 1, start_s=100.0)
    blocks = [*resampler.push(tone(48000)), *resampler.flush()]
    assert blocks[0].start_s == 100.0
    assert blocks[-1].end_s == pytest.approx(101.0, abs=BLOCK_SAMPLES / RATE_HZ)
    assert {len(block.samples) for block in blocks} == {BLOCK_SAMPLES}
    assert all(b.start_s == pytest.approx(a.end_s) for a, b in pairwise(blocks))


def test_channels_are_averaged() -> None:
    left = tone(44100)
    heard = joined(in_pieces(np.stack([left, np.zeros_like(left)], axis=1), 44100, 1024))
    assert np.abs(heard[500:15000]).max() == pytest.approx(0.25 * 32767, rel=0.01)


def test_samples_that_are_not_numbers_are_silence_and_counted() -> None:
    sound = tone(RATE_HZ)
    sound[100:110] = np.nan
    sound[200] = np.inf
    blocks = in_pieces(sound, RATE_HZ, 4000)
    assert sum(block.invalid for block in blocks) == 11
    assert np.isfinite(joined(blocks)).all()
    assert blocks[0].samples[105] == 0


def test_clipping_is_counted() -> None:
    loud = np.clip(tone(RATE_HZ, amplitude=3.0), -1.0, 1.0)
    assert sum(block.clipped for block in in_pieces(loud, RATE_HZ, 4000)) > RATE_HZ / 2
    assert sum(block.clipped for block in in_pieces(tone(RATE_HZ), RATE_HZ, 4000)) == 0


def test_whole_numbers_of_any_width_are_scaled() -> None:
    sound = tone(RATE_HZ)
    for kind, scale in ((np.int16, 32767), (np.int32, 2**31 - 1)):
        heard = joined(in_pieces((sound.astype(np.float64) * scale).astype(kind), RATE_HZ, 4000))
        assert np.abs(heard[: len(sound)] - 32767.0 * sound).max() < 3.0


@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (16000, 1), (44100, 2), (48000, 6)])
def test_recordings_of_every_kind(tmp_path: Path, subtype: str, rate_hz: int, channels: int) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.repeat(tone(rate_hz)[:, None], channels, axis=1), rate_hz, subtype=subtype)
    heard = joined(list(read_recording(path)))
    expected = 32767.0 * tone(RATE_HZ).astype(np.float64)
    tolerance = 350.0 if subtype == "PCM_U8" else 3.0
    assert np.abs(heard[200:15800] - expected[200:15800]).max() < tolerance
    assert duration_s(path) == pytest.approx(1.0)


def test_flac(tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    soundfile.write(path, tone(44100), 44100)
    assert len(list(read_recording(path))) == 32


def test_a_recording_with_samples_that_are_not_numbers(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    soundfile.write(path, np.full(RATE_HZ, np.nan, np.float32), RATE_HZ, subtype="FLOAT")
    blocks = list(read_recording(path))
    assert sum(block.invalid for block in blocks) == RATE_HZ
    assert blocks[0].level_dbfs == SILENCE_DBFS


def test_what_is_no_recording_gets_a_sentence(tmp_path: Path) -> None:
    whole = tmp_path / "whole.wav"
    soundfile.write(whole, tone(RATE_HZ), RATE_HZ)
    broken = {
        "no_sound.wav": b"",
        "text.wav": b"this is no sound" * 50,
        "half_header.wav": whole.read_bytes()[:20],
        "x.raw": b"1234",
    }
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    soundfile.write(tmp_path / "zero.wav", np.zeros(0, np.float32), RATE_HZ)
    for name in (*broken, "zero.wav", "missing.wav", "."):
        with pytest.raises(SourceError, match=r"\.wav|\.raw|tmp|test_") as failure:
            list(read_recording(tmp_path / name))
        assert str(tmp_path / name) in str(failure.value)


def test_a_recording_that_breaks_off_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.wav", tmp_path / "cut.wav"
    soundfile.write(whole, tone(RATE_HZ), RATE_HZ)
    cut.write_bytes(whole.read_bytes()[: 44 + RATE_HZ])
    assert len(list(read_recording(cut))) == 16


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """Ten minutes of 44.1 kHz stereo are 106 MB of samples."""
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 44100, 2, "PCM_16") as file:
        minute = np.zeros((44100 * 60, 2), np.int16)
        for _ in range(10):
            file.write(minute)
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_recording(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 600 * RATE_HZ // BLOCK_SAMPLES
    assert peak < 20e6


def test_levels() -> None:
    assert level_dbfs(np.zeros(0, np.int16)) == SILENCE_DBFS
    assert level_dbfs(np.zeros(512, np.int16)) == SILENCE_DBFS
    assert level_dbfs(np.full(512, -32768, np.int16)) == pytest.approx(0.0, abs=0.01)
