"""Somebody's own voice, recorded elsewhere and played instead of a synthesised one: checked, and as loud as that."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass, field

import numpy as np

from carebot.conversation.hearing.sound import RATE_HZ, level_dbfs
from carebot.conversation.speaking.synthesiser import Samples, Sound, at_volume, in_chunks
from carebot.errors import SourceError

LONGEST_S, SHORTEST_S = 15.5, 0.3
SILENT_DBFS = -60.0
PEAK = 0.9 * 32767
"""As loud as a recording is made before the voice's volume counts: a tablet at arm's length records quietly."""

MOST_GAIN = 8.0
"""More would make a roar out of a whisper's noise."""


class UnfitRecordingError(SourceError):
    """A recording that cannot be played; `key` names the reason, for whoever says it in another language."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


@dataclass(frozen=True, slots=True, eq=False)
class RecordedVoice:
    """Samples at 16 kHz; nothing that prints it prints the sound."""

    samples: Samples = field(repr=False)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ

    def sound(self, volume: float) -> Sound:
        """It at a voice's `volume`."""
        peak = float(np.max(np.abs(self.samples.astype(np.int32))))
        return Sound(
            RATE_HZ, in_chunks(at_volume(self.samples, volume * min(MOST_GAIN, PEAK / max(1.0, peak))), RATE_HZ)
        )


def read_recorded_voice(wav: bytes) -> RecordedVoice:
    """The voice in the bytes of a WAV file. Raises UnfitRecordingError with what to do."""
    if not wav:
        raise UnfitRecordingError("empty", "The recording is empty: record it again.")
    try:
        with wave.open(io.BytesIO(wav)) as file:
            kind = (file.getnchannels(), 8 * file.getsampwidth(), file.getframerate())
            count, data = file.getnframes(), file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        raise UnfitRecordingError("no_wav", "The recording is no WAV file of whole numbers: send PCM.") from None
    if kind != (1, 16, RATE_HZ):
        channels, bits, rate_hz = kind
        raise UnfitRecordingError(
            "format",
            f"The recording has {channels} channels of {bits} bits at {rate_hz} Hz: send one of 16 bits at {RATE_HZ}.",
        )
    if len(data) != 2 * count:
        raise UnfitRecordingError("cut", "The recording breaks off before its end: record it again.")
    return _fit(RecordedVoice(np.frombuffer(data, dtype="<i2").astype(np.int16)))


def _fit(voice: RecordedVoice) -> RecordedVoice:
    if voice.duration_s > LONGEST_S:
        raise UnfitRecordingError("long", f"The recording is longer than {LONGEST_S:g} s: say it in two parts.")
    if voice.duration_s < SHORTEST_S:
        raise UnfitRecordingError("short", f"The recording is shorter than {SHORTEST_S:g} s: hold on while you speak.")
    if level_dbfs(voice.samples) < SILENT_DBFS:
        raise UnfitRecordingError("silent", "Nothing is heard in the recording: check the tablet's microphone.")
    return voice
