"""Microphones: none, one that vanishes, one that only knows 44.1 kHz stereo; PortAudio itself is replaced here."""

from __future__ import annotations

import builtins
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from carebot.conversation.hearing import microphone
from carebot.conversation.hearing.microphone import Microphone, list_microphones
from carebot.conversation.hearing.sound import BLOCK_SAMPLES
from carebot.errors import DeviceError, DeviceLostError


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
        self.opened: dict[str, Any] = {}
        self.is_closed = False

    def query_devices(self, device: Any = None, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        if len(self.devices) == 1 or device == "missing":
            raise ValueError(f"No input device matching {device!r}.")
        return self.devices[-1]

    def check_input_settings(self, *, channels: int, samplerate: int, **_: Any) -> None:
        if self.only_stereo and (channels, samplerate) != (2, 44100):
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")

    def InputStream(self, **settings: Any) -> Any:  # noqa: N802
        self.opened = settings
        self.callback = settings["callback"]
        return SimpleNamespace(start=lambda: None, close=self.close)

    def close(self, ignore_errors: bool) -> None:
        self.is_closed = True

    def play(self, samples: Any, overflow: bool = False) -> None:
        self.callback(samples, len(samples), None, SimpleNamespace(input_overflow=overflow))


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def test_a_microphone_of_44_khz_stereo(portaudio: FakePortAudio) -> None:
    with Microphone() as opened:
        assert (opened.rate_hz, portaudio.opened["channels"]) == (44100, 2)
        for _ in range(4):
            portaudio.play(np.full((1411, 2), 1000, np.int16))
        blocks = opened.blocks()
        first = next(blocks)
        assert len(first.samples) == BLOCK_SAMPLES
        assert first.samples[100] == pytest.approx(1000, abs=2)
        assert next(blocks).start_s == pytest.approx(first.end_s)
    assert portaudio.is_closed


def test_a_microphone_of_16_khz_is_opened_so(portaudio: FakePortAudio) -> None:
    portaudio.only_stereo = False
    with Microphone("USB") as opened:
        assert (opened.rate_hz, portaudio.opened["channels"], opened.name) == (16000, 1, "USB microphone")


def test_a_microphone_that_vanishes(portaudio: FakePortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "SILENT_DEVICE_S", 0.01)
    with (
        Microphone() as opened,
        pytest.raises(DeviceLostError, match=r"'USB microphone' has given no sound for 0\.01 s"),
    ):
        next(opened.blocks())


def test_lost_sound_is_counted(portaudio: FakePortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    with Microphone() as opened:
        portaudio.play(np.zeros((10, 2), np.int16), overflow=True)
        assert opened.lost_pieces == 1
        for _ in range(microphone.MOST_WAITING):
            portaudio.play(np.zeros((10, 2), np.int16))
        assert opened.lost_pieces == 2


def test_no_microphone(portaudio: FakePortAudio) -> None:
    portaudio.devices = portaudio.devices[:1]
    assert list_microphones() == []
    with pytest.raises(DeviceError, match=r"a microphone cannot be opened \(No input device .*plug one in, or type"):
        Microphone()
    with pytest.raises(DeviceError, match="the microphone 'missing' cannot be opened"):
        Microphone("missing")


def test_no_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_portaudio(name: str, *rest: Any, **named: Any) -> Any:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real_import(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_portaudio)
    with pytest.raises(DeviceError, match=r"PortAudio is not installed .*libportaudio2"):
        list_microphones()
