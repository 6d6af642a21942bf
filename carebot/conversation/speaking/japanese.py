"""Japanese by Open JTalk (pyopenjtalk-plus) with the voice that comes with it, "Mei" (CC BY 3.0, Nagoya Institute of
Technology)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from carebot.conversation.speaking.reading import reading
from carebot.conversation.speaking.synthesiser import Samples, Sound, VoiceMissingError, at_volume, in_chunks
from carebot.conversation.text import Language
from carebot.site.voice import Voice

SAMPLE_RATE_HZ = 48_000
LOUDEST_GAIN = 0.8
AUDIBLE = 100
"""Of 32767: what stays below this at the beginning is silence, and is left out."""
LEAD_S = 0.01
LONGEST_CLAUSE = 40
_CLAUSE = re.compile(rf"[^、,;]{{1,{LONGEST_CLAUSE}}}[、,;]*")


class OpenJTalk:
    """A sentence is made clause by clause: the first sounds while the next is made."""

    def synthesise(self, text: str, language: Language, voice: Voice) -> Sound:
        """See `Synthesiser`."""
        if language != "ja":
            raise VoiceMissingError(f"Open JTalk speaks Japanese, not {language}.")
        return Sound(SAMPLE_RATE_HZ, _chunks(reading(text, "ja"), voice))


def _chunks(text: str, voice: Voice) -> Iterator[Samples]:
    for clause in _CLAUSE.findall(text):
        waveform = _waveform(clause, voice)
        yield from in_chunks(at_volume(waveform, voice.volume * LOUDEST_GAIN), SAMPLE_RATE_HZ)


def _waveform(clause: str, voice: Voice) -> NDArray[np.float64]:
    """Full scale is 32767; some sounds, such as a vowel for a minute, come out beyond it."""
    import pyopenjtalk

    spoken = clause.lstrip("!?・ー~ ")
    if not spoken:
        return np.zeros(0)
    made, _ = pyopenjtalk.tts(spoken, speed=voice.rate, half_tone=voice.pitch_semitones)
    waveform: NDArray[np.float64] = np.clip(np.nan_to_num(made), -32768, 32767)
    audible = np.flatnonzero(np.abs(waveform) > AUDIBLE)
    return waveform[max(0, audible[0] - int(LEAD_S * SAMPLE_RATE_HZ)) :] if len(audible) else waveform[:0]
