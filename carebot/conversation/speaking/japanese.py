"""Japanese by Open JTalk (pyopenjtalk-plus) with the voice that comes with it, "Mei" (CC BY 3.0, Nagoya Institute of
Technology)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

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
FIRST_MORAE, GROWTH, MOST_MORAE = 5, 2.0, 15
_PHONEME = re.compile(r"-([A-Za-z]+)\+")
_MORAE = frozenset(["a", "i", "u", "e", "o", "A", "I", "U", "E", "O", "N", "cl"])
_BEGIN_SILENT = frozenset(["k", "ky", "t", "ty", "p", "py", "ch", "ts", "pau"])
"""Unvoiced stops begin with a moment of silence: sound can be cut before them without being heard."""


class OpenJTalk:
    """A sentence is made part by part, a short one first: it sounds while the next one is made."""

    def __init__(self) -> None:
        self._idle_engines: list[Any] = []

    def synthesise(self, text: str, language: Language, voice: Voice) -> Sound:
        """See `Synthesiser`."""
        if language != "ja":
            raise VoiceMissingError(f"Open JTalk speaks Japanese, not {language}.")
        return Sound(SAMPLE_RATE_HZ, self._chunks(reading(text, "ja"), voice))

    def _chunks(self, text: str, voice: Voice) -> Iterator[Samples]:
        pyopenjtalk = _open_jtalk()
        spoken = text.lstrip("!?・ー~ ")  # what Open JTalk cannot begin with
        labels = pyopenjtalk.extract_fullcontext(spoken) if spoken else []
        for number, part in enumerate(parts(labels)):
            waveform = self._made(part, voice)
            if number == 0:
                waveform = _from_first_sound(waveform)
            yield from in_chunks(at_volume(waveform, voice.volume * LOUDEST_GAIN), SAMPLE_RATE_HZ)

    def _made(self, part: list[str], voice: Voice) -> NDArray[np.float64]:
        """Each in an engine of its own: an alarm does not wait until what it interrupts is made."""
        pyopenjtalk = _open_jtalk()
        engine = (
            self._idle_engines.pop() if self._idle_engines else pyopenjtalk.HTSEngine(pyopenjtalk.DEFAULT_HTS_VOICE)
        )
        engine.set_speed(voice.rate)
        engine.add_half_tone(voice.pitch_semitones)
        made = engine.synthesize(part)
        self._idle_engines.append(engine)
        # A vowel held for a minute comes out millions of times too loud.
        waveform: NDArray[np.float64] = np.clip(np.nan_to_num(made), -32768, 32767)
        return waveform


def _open_jtalk() -> Any:
    try:
        import pyopenjtalk
    except ImportError as error:
        raise VoiceMissingError(
            f"Japanese cannot be spoken: the package pyopenjtalk-plus cannot be used ({error}): run make set-up again, "
            "or pip install pyopenjtalk-plus."
        ) from None
    return pyopenjtalk


def parts(labels: Sequence[str]) -> Iterator[list[str]]:
    """Full-context labels in parts that begin where nothing is heard; each at least as long as it may take to make."""
    enough, morae, part = float(FIRST_MORAE), 0, list[str]()
    for label in labels:
        found = _PHONEME.search(label)
        phoneme = found[1] if found else ""
        if morae >= enough and phoneme in _BEGIN_SILENT:
            yield part
            enough, morae, part = min(enough * GROWTH, MOST_MORAE), 0, []
        part.append(label)
        morae += phoneme in _MORAE
    if part:
        yield part


def _from_first_sound(waveform: NDArray[np.float64]) -> NDArray[np.float64]:
    audible = np.flatnonzero(np.abs(waveform) > AUDIBLE)
    return waveform[max(0, audible[0] - int(LEAD_S * SAMPLE_RATE_HZ)) :] if len(audible) else waveform[:0]
