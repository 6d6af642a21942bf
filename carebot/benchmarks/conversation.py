"""What `carebot bench conversation` measures: stages by name, each with its figures and their targets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from carebot.benchmarks import conversation_stages, speaking_stage
from carebot.benchmarks.conversation_figures import Figure
from carebot.errors import CarebotError


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """The figures of each stage, and how busy the machine was meanwhile (processes that wanted a core)."""

    stages: dict[str, tuple[Figure, ...]]
    processors: int
    load: float

    @property
    def is_good(self) -> bool:
        """Whether every stage took place and reached its targets."""
        return all(figures and all(figure.is_met for figure in figures) for figures in self.stages.values())

    def content(self) -> dict[str, object]:
        """For machines."""
        stages = {name: {each.name: each.content() for each in figures} for name, figures in self.stages.items()}
        return {"ok": self.is_good, "processors": self.processors, "load": self.load, **stages}


STAGES: dict[str, Callable[[int], tuple[Figure, ...]]] = {
    "voice": conversation_stages.voice,
    "reflex": conversation_stages.reflex,
    "stop": conversation_stages.stop,
    "turn": conversation_stages.turn,
    "dialogue": conversation_stages.dialogue,
    "leash": conversation_stages.leash,
    "speaking": speaking_stage.measure,
    "memory": conversation_stages.memory,
}
"""By name; each is given how many rounds to measure."""


def _measured(stage: str, rounds: int) -> tuple[Figure, ...]:
    """What cannot take place, as without a recogniser or a voice, is told and missed; the others are measured."""
    try:
        return STAGES[stage](rounds)
    except CarebotError as error:
        return (Figure(f"{stage}: {error}", "", ()),)


def measure(stages: Iterable[str], rounds: int) -> ConversationReport:
    """Measure those stages one after another."""
    found = {name: _measured(name, rounds) for name in stages}
    return ConversationReport(found, os.cpu_count() or 1, round(os.getloadavg()[0], 2))
