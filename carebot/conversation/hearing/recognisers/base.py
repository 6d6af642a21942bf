"""What hearing asks of every recogniser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from carebot.conversation.hearing.sound import Samples
from carebot.conversation.text import Language


@dataclass(frozen=True, slots=True)
class Words:
    """What was said. `is_sure` is False where it may be something else: a call in it still counts, but it must be
    taken neither for a command nor for "I am fine"."""

    text: str
    is_sure: bool = True


class Recogniser(Protocol):
    """Words out of one turn at a time: `begin`, `feed` its sound, `finish`. Not for several threads at a time."""

    @property
    def name(self) -> str:
        """The model, as people know it."""

    @property
    def language(self) -> Language: ...

    def begin(self) -> None:
        """A new turn; what is left of the one before is dropped."""

    def feed(self, samples: Samples) -> str:
        """Take sound in and return what the turn seems to say so far ("" where that is not known)."""

    def glance(self) -> str:
        """The same after a pause, when more work is worth it: a word may have ended."""

    def finish(self) -> Words:
        """The turn has ended."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model to be loaded: its family, its files by their role, and the languages it knows (empty: not stated)."""

    name: str
    family: str
    files: Mapping[str, Path]
    languages: tuple[str, ...] = ()
