"""What many runs say together: sensitivity, false alarms, delays, failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from carebot.alerts import FallEventKind
from carebot.shares import Share, wilson
from carebot.simulation.expectations import FallMark
from carebot.simulation.runner import Result

SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Falls of one kind whose torso came to the floor before a good camera."""

    suspected: Share
    confirmed: Share


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Suspicions and confirmations in one activity while no fall went on."""

    hours: float
    suspected: int
    confirmed: int
    suspected_per_hour: float
    confirmed_per_hour: float


@dataclass(frozen=True, slots=True)
class Delays:
    """From the torso's touch of the floor, in seconds; None where nothing came."""

    median_s: float | None
    p95_s: float | None
    all_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that broke an expectation, and the command that plays it again."""

    scenario: str
    seed: int
    broken: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of a batch. `unjudged` counts falls whose torso never came to the floor, `faulty` runs with a fault."""

    runs: int
    faulty: int
    hours: float
    unjudged: int
    sensitivity: dict[str, Sensitivity]
    false_alarms: dict[str, FalseAlarms]
    suspected_delays: Delays
    confirmed_delays: Delays
    failures: tuple[Failure, ...]


def tally(results: Sequence[Result]) -> Report:
    """Runs with faults count for failures alone: a lost camera says nothing about how well falls are seen."""
    good = [result for result in results if not result.faults]
    falls = [(result, fall) for result in good for fall in result.falls]
    landed = [(result, fall) for result, fall in falls if fall.contact_s is not None]
    return Report(
        runs=len(results),
        faulty=len(results) - len(good),
        hours=sum(result.duration_s for result in results) / SECONDS_AN_HOUR,
        unjudged=len(falls) - len(landed),
        sensitivity=_sensitivities(landed),
        false_alarms=_false_alarms(good),
        suspected_delays=_delays(landed, FallEventKind.SUSPECTED),
        confirmed_delays=_delays(landed, FallEventKind.CONFIRMED),
        failures=tuple(_failure(result) for result in results if not result.met),
    )


def _sensitivities(landed: Sequence[tuple[Result, FallMark]]) -> dict[str, Sensitivity]:
    kinds = sorted({fall.kind for _, fall in landed})
    by_kind = {kind: [(r, f) for r, f in landed if f.kind == kind] for kind in kinds}
    if len(kinds) > 1:
        by_kind["all"] = list(landed)
    return {kind: _sensitivity(some) for kind, some in by_kind.items()}


def _sensitivity(landed: Sequence[tuple[Result, FallMark]]) -> Sensitivity:
    def share(kind: FallEventKind) -> Share:
        return wilson(sum(bool(result.course.during(fall, kind)) for result, fall in landed), len(landed))

    return Sensitivity(share(FallEventKind.SUSPECTED), share(FallEventKind.CONFIRMED))


def _false_alarms(results: Sequence[Result]) -> dict[str, FalseAlarms]:
    seconds: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[tuple[str, FallEventKind], int] = defaultdict(int)
    for result in results:
        for activity, spent_s in result.activity_s.items():
            seconds[activity] += spent_s
        for alarm in result.course.false_alarms():
            counts[alarm.activity, alarm.kind] += 1
    return {
        activity: _rate(seconds[activity], *(counts[activity, kind] for kind in RAISED))
        for activity in sorted(seconds)
        if seconds[activity] > 0
    }


RAISED = (FallEventKind.SUSPECTED, FallEventKind.CONFIRMED)


def _rate(seconds: float, suspected: int, confirmed: int) -> FalseAlarms:
    hours = seconds / SECONDS_AN_HOUR
    return FalseAlarms(hours, suspected, confirmed, suspected / hours, confirmed / hours)


def _delays(landed: Sequence[tuple[Result, FallMark]], kind: FallEventKind) -> Delays:
    delays = [
        max(0.0, times[0] - fall.contact_s)
        for result, fall in landed
        if fall.contact_s is not None and (times := result.course.during(fall, kind))
    ]
    ordered = sorted(delays)
    if not ordered:
        return Delays(None, None, ())
    return Delays(median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], tuple(ordered))


def _failure(result: Result) -> Failure:
    broken = tuple(f"{each.expectation}: {each.detail}" for each in result.outcomes if each.met is False)
    return Failure(result.scenario, result.seed, broken, result.command)
