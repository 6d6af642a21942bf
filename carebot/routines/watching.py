"""One exercise being watched: what is counted, and whether somebody said stop."""

from __future__ import annotations

from collections.abc import Callable

from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.text import Language
from carebot.exercise.repetitions import MOVEMENTS, Repetitions
from carebot.people import People

STALE_S = 3.0
"""Who was not seen for so long is not counted."""


class Watching:
    """From when it began, by the clock `now_s`; pictures come in by `see`, words by `hear`."""

    def __init__(self, repetitions: Repetitions, now_s: Callable[[], float]) -> None:
        self._repetitions, self._now_s = repetitions, now_s
        self._seen_s = now_s()
        self._is_stopped = self.is_closed = False

    def see(self, people: People) -> None:
        if people.people:
            self._seen_s = self._now_s()
        self._repetitions.step(people)

    def hear(self, text: str, language: Language) -> None:
        self._is_stopped = self._is_stopped or bool(find_reflexes(text, language))

    def count(self, _now_s: float) -> int | None:
        return self._repetitions.count if self._now_s() - self._seen_s < STALE_S else None

    def is_stopped(self) -> bool:
        return self._is_stopped

    def close(self) -> None:
        self.is_closed = True


def watching(movement: str, now_s: Callable[[], float]) -> Watching | None:
    """From now on; None for a movement that nobody can count."""
    known = next((each for each in MOVEMENTS if each == movement), None)
    return None if known is None else Watching(Repetitions(known), now_s)
