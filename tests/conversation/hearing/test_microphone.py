"""Microphones through real PortAudio and ALSA: one that stalls and comes back, one that ends, one that is not there."""

from __future__ import annotations

import os
import signal
from collections import deque

import pytest

from carebot.conversation.hearing import microphone
from carebot.conversation.hearing.microphone import Microphone
from carebot.conversation.hearing.sound import BLOCK_SAMPLES
from carebot.errors import DeviceError, DeviceLostError
from tests.conversation.hearing.wired import NAME, Wire, wire

__all__ = ["wire"]


def test_sound_comes_with_its_time(wire: Wire) -> None:
    wire.plug_in()
    with Microphone(NAME) as opened:
        assert (opened.name, opened.rate_hz) == (NAME, 16000)
        blocks = opened.blocks()
        first, second = next(blocks), next(blocks)
        assert len(first.samples) == BLOCK_SAMPLES
        assert first.samples.any()
        assert second.start_s == pytest.approx(first.end_s)


def test_a_microphone_that_stalls_is_gone_and_can_be_opened_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "SILENT_DEVICE_S", 0.3)
    wire.plug_in()
    with Microphone(NAME) as opened:  # the plug-in hangs in a read that never returns, and closing does not wait for it
        blocks = opened.blocks()
        next(blocks)
        wire.unplug()
        with pytest.raises(DeviceLostError, match=rf"'{NAME}' has given no sound for 0\.3 s: check that it is plug"):
            deque(blocks, maxlen=0)
    wire.plug_in()
    with Microphone(NAME) as again:
        assert len(next(again.blocks()).samples) == BLOCK_SAMPLES


def test_a_driver_that_dies(wire: Wire) -> None:
    wire.plug_in()
    with Microphone(NAME) as opened:
        blocks = opened.blocks()
        next(blocks)
        os.kill(opened._process.pid, signal.SIGKILL)
        with pytest.raises(DeviceLostError, match="has ended its sound"):
            deque(blocks, maxlen=0)


def test_a_microphone_that_is_not_there(wire: Wire) -> None:
    with pytest.raises(DeviceError, match=r"the microphone 'missing' cannot be opened \(No input device .*plug one in"):
        Microphone("missing")


def test_a_microphone_that_does_not_open(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "OPENS_WITHIN_S", 0.0)
    with pytest.raises(DeviceError, match="the microphone 'wired' does not open: check that it is plugged in"):
        Microphone(NAME)
