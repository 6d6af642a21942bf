"""Errors between what was said and what was heard: words in English and French, characters in Japanese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from carebot.conversation.text import Language, words


@dataclass(frozen=True, slots=True)
class Errors:
    """How many units (words or characters) were said, and how many were replaced, left out and added."""

    units: int
    replaced: int
    left_out: int
    added: int

    @property
    def count(self) -> int:
        return self.replaced + self.left_out + self.added

    @property
    def rate(self) -> float:
        """Errors for each unit that was said; above 1 where much was added, infinite where nothing was said."""
        if self.units:
            return self.count / self.units
        return float("inf") if self.count else 0.0

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.units + other.units,
            self.replaced + other.replaced,
            self.left_out + other.left_out,
            self.added + other.added,
        )


NONE = Errors(0, 0, 0, 0)


def unit_of(language: Language) -> str:
    return "character" if language == "ja" else "word"


def errors_between(said: str, heard: str, language: Language) -> Errors:
    """The fewest changes from `said` to `heard`, both normalised: small letters, no punctuation, no accents, short
    forms written out, katakana as hiragana."""
    return _fewest(_units(said, language), _units(heard, language))


def _units(text: str, language: Language) -> list[str]:
    plain = words(text, language)
    return list(re.sub(r"\s", "", plain)) if language == "ja" else plain.split()


def _fewest(said: Sequence[str], heard: Sequence[str]) -> Errors:
    """Levenshtein's distance with its parts; ties prefer replacing."""
    row = [Errors(0, 0, 0, added) for added in range(len(heard) + 1)]
    for left_out, unit in enumerate(said, start=1):
        above, row = row, [Errors(0, 0, left_out, 0)]
        for at, other in enumerate(heard):
            if unit == other:
                row.append(above[at])
                continue
            ways = (
                above[at] + Errors(0, 1, 0, 0),
                above[at + 1] + Errors(0, 0, 1, 0),
                row[at] + Errors(0, 0, 0, 1),
            )
            row.append(min(ways, key=lambda way: way.count))
    best = row[-1]
    return Errors(len(said), best.replaced, best.left_out, best.added)
