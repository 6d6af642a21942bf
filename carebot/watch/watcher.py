"""Perception and falls, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from carebot.alerts import FallEvent
from carebot.falls.monitor import FallMonitor, PersonObservation
from carebot.people import People
from carebot.perception.frames import Frame
from carebot.perception.pipeline import PerceptionPipeline


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What came of one frame."""

    frame: Frame
    people: People
    observations: tuple[PersonObservation, ...]
    events: tuple[FallEvent, ...]


class Watcher:
    """The way of one frame: picture → people → falls."""

    def __init__(self, perception: PerceptionPipeline, falls: FallMonitor) -> None:
        self._perception = perception
        self._falls = falls

    @property
    def provider(self) -> str:
        """The execution provider that really runs."""
        return self._perception.provider

    def step(self, frame: Frame) -> Seen:
        people = self._perception.step(frame)
        events = tuple(self._falls.step(people))
        return Seen(frame, people, tuple(self._falls.observations()), events)
