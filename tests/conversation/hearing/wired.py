"""A real microphone without hardware: PortAudio on ALSA, whose file plug-in reads what a test writes into a FIFO."""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, Samples

ALSA = Path("/usr/share/alsa/alsa.conf")
NAME = "wired"
_CONFIGURATION = """<{alsa}>
pcm.silent {{ type null }}
pcm.{name} {{
  type file
  slave.pcm silent
  file "/dev/null"
  infile "{fifo}"
  format raw
  hint {{ show on description "a FIFO" }}
}}
"""


class Wire:
    """The microphone called `NAME`. While it is plugged in, it gives a faint noise in real time."""

    def __init__(self, folder: Path) -> None:
        self._fifo = folder / "sound"
        os.mkfifo(self._fifo)
        self.configuration = folder / "asound.conf"
        self.configuration.write_text(_CONFIGURATION.format(alsa=ALSA, name=NAME, fifo=self._fifo))
        self._is_plugged_in = threading.Event()
        self._is_over = threading.Event()
        self.level = 30
        self._left = np.zeros(0, np.int16)
        # A writer that never writes: otherwise the plug-in reads an end, and then silence without any pause.
        self._held = os.open(self._fifo, os.O_RDWR)
        threading.Thread(target=self._feed, daemon=True).start()

    def plug_in(self) -> None:
        self._is_plugged_in.set()

    def unplug(self) -> None:
        self._is_plugged_in.clear()

    def unplug_after(self, seconds: float) -> None:
        timer = threading.Timer(seconds, self.unplug)
        timer.daemon = True
        timer.start()

    def plays(self, samples: Samples) -> None:
        """These come next, over the noise."""
        self._left = samples

    def close(self) -> None:
        self._is_over.set()
        self._is_plugged_in.set()

    def _feed(self) -> None:
        rng = np.random.default_rng(0)
        out = os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK)
        while not self._is_over.is_set():
            self._is_plugged_in.wait()
            samples = rng.integers(-self.level, self.level + 1, BLOCK_SAMPLES).astype("<i2")
            spoken, self._left = self._left[:BLOCK_SAMPLES], self._left[BLOCK_SAMPLES:]
            samples[: len(spoken)] += spoken
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(out, samples.tobytes())
            time.sleep(BLOCK_S)


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    if not ALSA.is_file() or ctypes.util.find_library("portaudio") is None:
        pytest.skip("PortAudio or ALSA is not installed")
    wire = Wire(tmp_path)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(wire.configuration))
    try:
        yield wire
    finally:
        wire.close()
