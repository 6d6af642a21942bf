"""Recordings that may be played, and what is said of all others."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carebot.conversation.speaking.recorded_voice import RecordedVoice, UnfitRecordingError, read_recorded_voice
from tests.tones import RATE_HZ, tone, wav

FLOAT, ALAW = 3, 6


def of_kind(kind: int) -> bytes:
    """A tone's header with another way to write samples."""
    written = bytearray(wav(tone()))
    written[20:22] = struct.pack("<H", kind)
    return bytes(written)


GOOD = wav(tone())


def test_a_recording_is_its_samples() -> None:
    voice = read_recorded_voice(GOOD)
    assert voice.duration_s == 1.0
    assert (voice.samples == tone()).all()
    assert "samples" not in repr(voice)


def test_the_longest_and_the_shortest_are_taken() -> None:
    assert read_recorded_voice(wav(tone(15.5))).duration_s == 15.5
    assert read_recorded_voice(wav(tone(0.3))).duration_s == 0.3


@pytest.mark.parametrize(
    ("given_wav", "key"),
    [
        (b"", "empty"),
        (b"hello, robot", "no_wav"),
        (b"RIFF", "no_wav"),
        (GOOD[:30], "no_wav"),
        (GOOD[:8] + b"AVI " + GOOD[12:], "no_wav"),
        (of_kind(FLOAT), "no_wav"),
        (of_kind(ALAW), "no_wav"),
        (wav(tone(), channels=2), "format"),
        (wav(tone(rate_hz=44_100), rate_hz=44_100), "format"),
        (wav(tone().astype(np.uint8), bits=8), "format"),
        (GOOD[:-1000], "cut"),
        (wav(tone(15.6)), "long"),
        (wav(tone(0.2)), "short"),
        (wav(tone(0.0)), "short"),
        (wav(np.zeros(RATE_HZ, np.int16)), "silent"),
        (wav(tone(peak=20.0)), "silent"),
    ],
)
def test_what_cannot_be_played_is_said_with_the_remedy(given_wav: bytes, key: str) -> None:
    with pytest.raises(UnfitRecordingError) as raised:
        read_recorded_voice(given_wav)
    assert raised.value.key == key
    assert str(raised.value).endswith(".")
    assert ":" in str(raised.value)


@given(st.integers(0, len(GOOD)), st.binary(max_size=60))
@example(22, b"\0\0")
@example(24, b"\0\0\0\0")
@example(32, b"\0\0\0\0")
@example(40, b"\xff\xff\xff\xff")
def test_whatever_else_is_sent_ends_in_a_sentence(at: int, other: bytes) -> None:
    with contextlib.suppress(UnfitRecordingError):
        assert read_recorded_voice(GOOD[:at] + other + GOOD[at + len(other) :]).duration_s > 0.0


@pytest.mark.parametrize(("peak", "loudest"), [(30_000.0, 14_745), (8000.0, 14_745), (400.0, 1600)])
def test_a_quiet_recording_is_as_loud_as_a_loud_one_but_noise_is_no_roar(peak: float, loudest: int) -> None:
    sound = RecordedVoice(tone(peak=peak)).sound(volume=0.5)
    played = np.concatenate(list(sound.chunks))
    assert len(played) == RATE_HZ
    assert np.abs(played.astype(np.int32)).max() == pytest.approx(loudest, rel=0.02)
