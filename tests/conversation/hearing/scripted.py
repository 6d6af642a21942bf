"""A recogniser that says what a test has written down, so that what surrounds it can be tested exactly."""

from __future__ import annotations

from carebot.conversation.hearing.recognisers.base import Words
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, Samples
from carebot.conversation.text import Language


class Scripted:
    """Says a word more every `blocks_a_word` blocks; `finish` says all of the turn's sentence. Sentences are used one a
    turn; after the last there is nothing to say."""

    name = "script"

    def __init__(
        self, *sentences: str, language: Language = "en", is_sure: bool = True, blocks_a_word: int = 6
    ) -> None:
        self.language: Language = language
        self.is_sure = is_sure
        self.turns = 0
        self.heard_samples = 0
        self._sentences = list(sentences)
        self._blocks_a_word = blocks_a_word
        self._heard = 0
        self._sentence = ""

    def begin(self) -> None:
        self._heard = 0
        self._sentence = self._sentences[0] if self._sentences else ""

    def feed(self, samples: Samples) -> str:
        self._heard += len(samples)
        self.heard_samples += len(samples)
        count = self._heard // (BLOCK_SAMPLES * self._blocks_a_word)
        return " ".join(self._sentence.split()[:count])

    def glance(self) -> str:
        return self.feed_nothing()

    def feed_nothing(self) -> str:
        return " ".join(self._sentence.split()[: self._heard // (BLOCK_SAMPLES * self._blocks_a_word)])

    def finish(self) -> Words:
        self.turns += 1
        if self._sentences:
            self._sentences.pop(0)
        return Words(self._sentence, self.is_sure)


class LoudIsVoice:
    """A model of voice activity that takes every loud block for a voice."""

    def __init__(self) -> None:
        self.resets = 0

    def probability(self, samples: Samples) -> float:
        return 0.95 if int(abs(samples).max()) > 1000 else 0.02

    def reset(self) -> None:
        self.resets += 1
