"""The promise on real recordings: falls are confirmed, daily life is not."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from carebot.alerts import FallEventKind
from carebot.clock import ManualClock
from carebot.falls.monitor import FallMonitor
from carebot.falls.network import shipped_network
from carebot.perception.estimators.factory import make_estimator
from carebot.perception.pipeline import PerceptionPipeline
from carebot.perception.registry import load_registry
from carebot.perception.session import SessionOptions
from carebot.perception.sources.factory import open_source
from carebot.watch.watcher import Watcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Clip:
    """A labelled recording, and what came of watching it; `by_rules`, where the posture network cannot be loaded."""

    name: str
    fell: bool
    on_bed: bool
    frames: int = 0
    with_somebody: int = 0
    pictures_of: Counter[int] = field(default_factory=Counter)
    reasons: dict[FallEventKind, str] = field(default_factory=dict)
    by_rules: set[FallEventKind] = field(default_factory=set)

    @property
    def is_confirmed(self) -> bool:
        return FallEventKind.CONFIRMED in self.reasons

    def line(self) -> str:
        what = "fall on a bed" if self.fell and self.on_bed else "fall" if self.fell else "daily life"
        events = "; ".join(f"{kind.value}: {reason}" for kind, reason in self.reasons.items()) or "nothing raised"
        return f"{self.name} ({what}): somebody in {self.with_somebody}/{self.frames}, {events}"


@pytest.fixture(scope="session")
def clips(shared_data: Path) -> list[Clip]:
    """All recordings, watched once."""
    table = csv.DictReader((shared_data / "falls/labels.csv").read_text(encoding="utf-8").splitlines())
    watched = [
        _watched(shared_data / "falls" / row["path"], Clip(row["path"], row["label"] == "fall", row["on_bed"] == "yes"))
        for row in table
    ]
    print("\n" + _table(watched))
    return watched


def _watched(path: Path, clip: Clip) -> Clip:
    estimator = make_estimator(load_registry().get("blazepose"), SessionOptions(device="cpu"))
    watcher, rules = Watcher(PerceptionPipeline(estimator), FallMonitor(classifier=shipped_network())), FallMonitor()
    with open_source(str(path), ManualClock()) as source:
        while (frame := source.read()) is not None:
            seen = watcher.step(frame)
            clip.frames += 1
            clip.with_somebody += bool(seen.people.people)
            clip.pictures_of.update(person.track_id for person in seen.people.people)
            clip.reasons.update({event.kind: event.reason for event in seen.events})
            clip.by_rules.update(event.kind for event in rules.step(seen.people))
    return clip


def _table(clips: list[Clip]) -> str:
    return "\n".join(clip.line() for clip in clips)


def test_every_fall_that_does_not_end_on_a_bed_is_suspected_and_all_but_one_confirmed(clips: list[Clip]) -> None:
    falls = [clip for clip in clips if clip.fell and not clip.on_bed]
    assert len(falls) == 12
    assert all(FallEventKind.SUSPECTED in clip.reasons for clip in falls), _table(falls)
    assert sum(clip.is_confirmed for clip in falls) >= 11, _table(falls)  # the twelfth clip ends too early


def test_nothing_is_suspected_in_daily_life(clips: list[Clip]) -> None:
    activities = [clip for clip in clips if not clip.fell]
    assert len(activities) == 9
    assert not [clip for clip in activities if clip.reasons], _table(activities)


def test_without_the_network_the_rules_keep_most_of_the_promise(clips: list[Clip]) -> None:
    falls = [clip for clip in clips if clip.fell and not clip.on_bed]
    assert sum(FallEventKind.CONFIRMED in clip.by_rules for clip in falls) >= 10
    assert not [clip.name for clip in clips if not clip.fell and FallEventKind.CONFIRMED in clip.by_rules]


def test_every_event_has_a_reason_in_words(clips: list[Clip]) -> None:
    for clip in clips:
        for reason in clip.reasons.values():
            assert len(reason.split()) > 5, clip.line()


def test_the_one_person_there_is_seen_nearly_always_and_keeps_one_number_nearly_always(clips: list[Clip]) -> None:
    """Measured: somebody in 96 % of all pictures, and in 71 % at the least (part of the body leaves the picture)."""
    frames = sum(clip.frames for clip in clips)
    assert sum(clip.with_somebody for clip in clips) / frames > 0.93, _table(clips)
    assert sum(clip.pictures_of.most_common(1)[0][1] for clip in clips) / frames > 0.88, _table(clips)
    for clip in clips:
        assert clip.with_somebody / clip.frames > 0.6, clip.line()


def test_nobody_is_invented_beside_the_one_person_there_is(clips: list[Clip]) -> None:
    doubled = sum(clip.pictures_of.total() - clip.with_somebody for clip in clips)
    assert doubled / sum(clip.frames for clip in clips) < 0.01, [(clip.name, clip.pictures_of) for clip in clips]
