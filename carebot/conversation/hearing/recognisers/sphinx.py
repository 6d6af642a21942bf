"""English with the model that the package pocketsphinx carries: two decoders that watch each other.

One decoder is free (a language model of English), the other knows only the sentences that the robot understands, and
some that are close to them. A decoder that knows only some sentences finds them everywhere ("I feel like I'm
dying" became "I feel quite fine really"), and a free one hears a "not" or does not. So the free one's words count, a
yes only where the other has understood the same, an "I am fine" never, and a call where either has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from carebot.conversation.hearing.grammar import english_grammar
from carebot.conversation.hearing.recognisers.base import Words
from carebot.conversation.hearing.sound import RATE_HZ, Samples
from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.text import Language
from carebot.conversation.understanding import understand
from carebot.errors import SetupError

BEAMS = {"beam": 1e-30, "wbeam": 1e-20, "pbeam": 1e-30}
"""Of the fixed decoder: narrower than usual, for a third of the time and nearly the same words."""

ONE_PASS = {"bestpath": False}
"""The lattice's second look at a turn costs seconds after a long one, and finds no more calls."""

PRONOUNCED = {"stop": "S T AO P"}
"""As in Britain; the dictionary has American English alone, in which "stop" from there is "still" or "all"."""

FITS_WELL = 0.6
"""From here on the fixed decoder is seldom wrong (pocketsphinx's own score)."""

NEVER_SURE = ("Fine",)
"""Measured: in noise both decoders have heard "I am hurt" as "I'm good"."""

NEED_BOTH = ("Yes",)
"""Intents that need both decoders, and a good fit: a yes may answer "are you all right?"."""

MOST_KEPT_S = 10.0
"""No sentence of the grammar is longer; in a longer turn nothing is taken for fine."""


class Sphinx:
    """The fall-back for English where no better model is there."""

    name = "pocketsphinx en-us"
    language: Language = "en"

    def __init__(self) -> None:
        """Raises SetupError where pocketsphinx is not installed."""
        try:
            import pocketsphinx
        except ImportError:
            raise SetupError(
                "pocketsphinx is not installed: install it with pip install 'pocketsphinx>=5,<6'."
            ) from None
        self._free = pocketsphinx.Decoder(loglevel="FATAL", **ONE_PASS)
        self._fixed = pocketsphinx.Decoder(loglevel="FATAL", lm=None, **BEAMS, **ONE_PASS)
        for word, phones in PRONOUNCED.items():
            for decoder in (self._free, self._fixed):
                decoder.add_word(f"{word}(2)", phones, True)
        self._load_grammar()
        self._is_open = False
        self._kept: list[Samples] = []
        self._heard_samples = 0
        self._newest = self._steady = ""

    def _load_grammar(self) -> None:
        def knows_word(word: str) -> bool:
            return self._fixed.lookup_word(word) is not None

        self._fixed.add_jsgf_string("carebot", english_grammar(knows_word))
        self._fixed.activate_search("carebot")

    def begin(self) -> None:
        if self._is_open:
            self._free.end_utt()
        self._free.start_utt()
        self._is_open = True
        self._kept = []
        self._heard_samples = 0
        # The last result, and the last that came twice: a word that is gone after one block was none.
        self._newest = self._steady = ""

    @property
    def _is_too_long(self) -> bool:
        return self._heard_samples > MOST_KEPT_S * RATE_HZ

    def feed(self, samples: Samples) -> str:
        self._heard_samples += len(samples)
        if not self._is_too_long:
            self._kept.append(samples)
        self._free.process_raw(samples.tobytes())
        newest = _text(self._free)
        if newest == self._newest:
            self._steady = newest
        self._newest = newest
        return self._steady

    def glance(self) -> str:
        """The free decoder's words, or a call that only the other has heard: at a pause there is time to ask it."""
        free = _text(self._free)
        return free if find_reflexes(free, "en", final=False) else agreed(free, *self._fixed_words()).text

    def finish(self) -> Words:
        self._free.end_utt()
        self._is_open = False
        free = _text(self._free)
        if find_reflexes(free, "en"):
            return Words(free)
        return agreed(free, *self._fixed_words())

    def _fixed_words(self) -> tuple[str, float]:
        """What the fixed decoder hears in the whole turn and how well that fits, 0..1; "" where the turn is longer than
        any of its sentences."""
        if self._is_too_long or not self._kept:
            return "", 0.0
        samples = np.concatenate(self._kept)
        self._fixed.start_utt()
        self._fixed.process_raw(samples.tobytes(), full_utt=True)
        self._fixed.end_utt()
        hypothesis = self._fixed.hyp()
        return _text(self._fixed), float(hypothesis.score) if hypothesis is not None else 0.0


def agreed(free: str, fixed: str, fit: float) -> Words:
    """What the two decoders' texts come to where the free one has no call.

    A call of the fixed one counts where it fits well and the free one means nothing: it may only have misheard it.
    "I am fine" is never sure, a yes where both mean it, and any other request where the free one understood it.
    """
    meaning, other = understand(free, "en"), understand(fixed, "en")
    if meaning is None:
        is_call = fit >= FITS_WELL and bool(find_reflexes(fixed, "en")) and not _speaks_of_calls(free)
        return Words(fixed if is_call else free, is_sure=False)
    if meaning.intent in NEVER_SURE:
        return Words(free, is_sure=False)
    if meaning.intent in NEED_BOTH:
        return Words(free, is_sure=other is not None and other.intent == meaning.intent and fit >= FITS_WELL)
    return Words(free)


def _speaks_of_calls(text: str) -> bool:
    """Whether the words of a call are there but mean none: "she was a great help"."""
    return not {"help", "stop", "fell", "fallen"}.isdisjoint(text.split())


def _text(decoder: Any) -> str:
    hypothesis = decoder.hyp()
    return str(hypothesis.hypstr).strip() if hypothesis is not None else ""
