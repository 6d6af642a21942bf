"""What all judged recordings say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from carebot.evaluation.judgement import DEFINITION, Judged
from carebot.shares import Share, wilson

SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Delay:
    """From the labelled onset to the alarm, in seconds; None where there was none."""

    median: float | None
    p95: float | None
    of: int


@dataclass(frozen=True, slots=True)
class Score:
    """The totals; recordings that could not be watched are in `broken` alone."""

    judged: tuple[Judged, ...]

    @property
    def falls(self) -> list[Judged]:
        return [each for each in self.judged if each.label == "fall" and not each.problem]

    @property
    def activities(self) -> list[Judged]:
        return [each for each in self.judged if each.label == "adl" and not each.problem]

    @property
    def broken(self) -> list[Judged]:
        return [each for each in self.judged if each.problem]

    @property
    def incomplete(self) -> list[Judged]:
        """Those that were watched only as far as they could be read."""
        return [each for each in self.judged if each.incomplete]

    @property
    def sensitivity(self) -> Share:
        """Falls that were detected."""
        return _share(each.alarm for each in self.falls)

    @property
    def specificity(self) -> Share:
        """Activities without a false alarm."""
        return _share(not each.alarm for each in self.activities)

    @property
    def f1(self) -> float | None:
        hits, false = self.sensitivity.hits, self.specificity.of - self.specificity.hits
        missed = self.sensitivity.of - hits
        return 2 * hits / (2 * hits + false + missed) if hits + false + missed else None

    @property
    def false_alarms_per_hour(self) -> float | None:
        hours = sum(each.duration_s for each in self.activities) / SECONDS_AN_HOUR
        return (self.specificity.of - self.specificity.hits) / hours if hours > 0 else None

    def delay(self, kind: str) -> Delay:
        """Of `kind` (suspected or confirmed) in the detected falls whose onset is labelled."""
        found = [each for each in self.falls if each.alarm and each.onset_s is not None]
        times = [getattr(each, f"{kind}_s") - each.onset_s for each in found if getattr(each, f"{kind}_s") is not None]
        ordered = sorted(max(0.0, float(delay_s)) for delay_s in times)
        if not ordered:
            return Delay(None, None, 0)
        last = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        return Delay(round(median(ordered), 3), round(last, 3), len(ordered))

    def worst_first(self) -> list[Judged]:
        """Misses and false alarms, then what could not be watched, then the rest."""
        return sorted(
            self.judged, key=lambda each: (each.is_right, bool(each.problem), each.label != "fall", each.path)
        )


def as_dict(score: Score, unlabelled: Sequence[str] = ()) -> dict[str, Any]:
    """Plain values; shares and f1 are None where nothing was there to count."""
    sensitivity, specificity = score.sensitivity, score.specificity
    suspected = score.delay("suspected")
    return {
        "falls": sensitivity.of,
        "detected": sensitivity.hits,
        "activities": specificity.of,
        "false_alarms": specificity.of - specificity.hits,
        "sensitivity": _value(sensitivity),
        "sensitivity_interval": _interval(sensitivity),
        "specificity": _value(specificity),
        "specificity_interval": _interval(specificity),
        "f1": score.f1,
        "false_alarms_per_hour": score.false_alarms_per_hour,
        "delay_s": {
            "median": suspected.median,
            "p95": suspected.p95,
            "suspected": asdict(suspected),
            "confirmed": asdict(score.delay("confirmed")),
        },
        "ever": {
            group: {kind: sum(getattr(each, kind) for each in some) for kind in ("suspected", "confirmed")}
            for group, some in (("falls", score.falls), ("activities", score.activities))
        },
        "not_watched": len(score.broken),
        "incomplete": len(score.incomplete),
        "unlabelled": list(unlabelled),
        "definition": DEFINITION,
        "sequences": [{**asdict(each), "verdict": each.verdict} for each in score.judged],
    }


def _share(right: Iterable[bool]) -> Share:
    counted = list(right)
    return wilson(sum(counted), len(counted))


def _value(share: Share) -> float | None:
    return share.share if share.of else None


def _interval(share: Share) -> list[float] | None:
    return [share.low, share.high] if share.of else None
