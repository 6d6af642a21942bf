"""English with the model that the package pocketsphinx carries: two decoders that must agree.

One decoder is free (a language model of English), the other knows only the sentences that the robot understands, and
some that are close to them. A decoder that knows only some sentences finds them everywhere ("I feel like I'm
dying" became "I feel quite fine really"), and a free one hears a "not" or does not. So the free one's words count, and
what could be an "I am fine" only where the other has understood the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from carebot.conversation.hearing.grammar import english_grammar
from carebot.conversation.hearing.recognisers.base import Words
from carebot.conversation.hearing.sound import RATE_HZ, Samples
from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.text import Language
from carebot.conversation.understanding import Meaning, understand
from carebot.errors import SetupError

BEAMS = {"beam": 1e-30, "wbeam": 1e-20, "pbeam": 1e-30}
"""Of the fixed decoder: narrower than usual, for a third of the time and nearly the same words."""

NEED_BOTH = ("Fine", "Yes")
"""Intents that stand for "I am fine" after a fall."""

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
                "pocketsphinx is not installed: install it with pip install 'carebot[speech-en]'."
            ) from None
        self._free = pocketsphinx.Decoder(loglevel="FATAL")
        self._fixed = pocketsphinx.Decoder(loglevel="FATAL", lm=None, **BEAMS)
        self._load_grammar()
        self._is_open = False
        self._kept: list[Samples] = []
        self._heard_samples = 0

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

    @property
    def _is_too_long(self) -> bool:
        return self._heard_samples > MOST_KEPT_S * RATE_HZ

    def feed(self, samples: Samples) -> str:
        self._heard_samples += len(samples)
        if not self._is_too_long:
            self._kept.append(samples)
        self._free.process_raw(samples.tobytes())
        return _text(self._free)

    def glance(self) -> str:
        return _text(self._free)

    def finish(self) -> Words:
        self._free.end_utt()
        self._is_open = False
        free = _text(self._free)
        meaning = None if find_reflexes(free, "en") else understand(free, "en")
        if meaning is not None and meaning.intent in NEED_BOTH:
            return agreed(free, meaning, self._fixed_words())
        return Words(free, is_sure=meaning is not None)

    def _fixed_words(self) -> str:
        """What the fixed decoder hears in the whole turn; "" where that is longer than any of its sentences."""
        if self._is_too_long or not self._kept:
            return ""
        samples = np.concatenate(self._kept)
        self._fixed.start_utt()
        self._fixed.process_raw(samples.tobytes(), full_utt=True)
        self._fixed.end_utt()
        return _text(self._fixed)


def agreed(free: str, meaning: Meaning, fixed: str) -> Words:
    """The free decoder's words, sure where the `fixed` ones mean the same."""
    other = understand(fixed, "en")
    return Words(free, is_sure=other is not None and other.intent == meaning.intent)


def _text(decoder: Any) -> str:
    hypothesis = decoder.hyp()
    return str(hypothesis.hypstr).strip() if hypothesis is not None else ""
