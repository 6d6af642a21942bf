"""What the program that has the microphone open does with formats and losses; PortAudio itself is replaced here."""

from __future__ import annotations

import builtins
import os
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from carebot.conversation.hearing.capture import FRAME, Capture
from carebot.conversation.hearing.microphone import list_microphones
from carebot.errors import DeviceError


class PortAudioError(Exception):
    pass


class FakePortAudio:
    """One microphone of 44.1 kHz stereo; what it plays is pushed by the test."""

    PortAudioError = PortAudioError

    def __init__(self, microphones: int = 1, only_stereo: bool = True) -> None:
        named = {"name": "USB microphone", "default_samplerate": 44100.0, "max_input_channels": 2}
        speaker = {"name": "speaker", "default_samplerate": 48000.0, "max_input_channels": 0}
        self.devices = [speaker, *[named] * microphones]
        self.only_stereo = only_stereo
        self.callback: Any = None
        self.stream = SimpleNamespace(active=True, start=lambda: None)

    def query_devices(self, device: Any = None, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        if len(self.devices) == 1 or device == "missing":
            raise ValueError(f"No input device matching {device!r}.")
        return self.devices[-1]

    def check_input_settings(self, *, channels: int, samplerate: int, **_: Any) -> None:
        if self.only_stereo and (channels, samplerate) != (2, 44100):
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")

    def RawInputStream(self, **settings: Any) -> Any:  # noqa: N802
        self.callback = settings["callback"]
        return self.stream

    def play(self, samples: Any, overflow: bool = False) -> None:
        self.callback(memoryview(samples.tobytes()), len(samples), None, SimpleNamespace(input_overflow=overflow))


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def test_a_microphone_of_44_khz_stereo_and_lost_sound(portaudio: FakePortAudio) -> None:
    read, write = os.pipe()
    capture = Capture(None, write)
    assert (capture.rate_hz, capture.channels, capture.name) == (44100, 2, "USB microphone")
    portaudio.play(np.full((10, 2), 1000, np.int16))
    portaudio.play(np.full((10, 2), 7, np.int16), overflow=True)
    whole = os.read(read, 4096)
    size = FRAME.size + 40
    frames = [FRAME.unpack(whole[at : at + FRAME.size]) for at in (0, size)]
    assert [frame[1:] for frame in frames] == [(0, 40), (1, 40)]
    assert np.frombuffer(whole[size + FRAME.size :], np.int16).tolist() == [7] * 20


def test_a_microphone_of_16_khz_is_opened_so(portaudio: FakePortAudio) -> None:
    portaudio.only_stereo = False
    capture = Capture("USB", 1)
    assert (capture.rate_hz, capture.channels) == (16000, 1)


def test_it_ends_where_nobody_reads_or_the_stream_stops(portaudio: FakePortAudio) -> None:
    read, write = os.pipe()
    capture = Capture(None, write)
    assert capture.is_alive
    os.close(read)
    portaudio.play(np.zeros((10, 2), np.int16))
    assert not capture.is_alive
    stopped = Capture(None, 1)
    portaudio.stream.active = False
    assert not stopped.is_alive


def test_no_microphone(portaudio: FakePortAudio) -> None:
    portaudio.devices = portaudio.devices[:1]
    assert list_microphones() == []
    with pytest.raises(DeviceError, match=r"a microphone cannot be opened \(No input device .*plug one in, or type"):
        Capture(None, 1)
    with pytest.raises(DeviceError, match="the microphone 'missing' cannot be opened"):
        Capture("missing", 1)


def test_no_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_portaudio(name: str, *rest: Any, **named: Any) -> Any:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real_import(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_portaudio)
    with pytest.raises(DeviceError, match=r"PortAudio is not installed .*libportaudio2"):
        list_microphones()
