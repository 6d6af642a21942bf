"""What the alarms in one recording are worth, and why.

An alarm counts for a recording when its fall was confirmed, or was suspected and still stood (nobody was seen to get
up) when the recording ended: clips often end a second after the body is on the floor, before anything can be confirmed.
The same rule finds falls (detected) and counts activities (false alarms). What was suspected and taken back does not
count in either; nor does somebody found lying, which is a question to the person and claims no fall, before it is
confirmed. An alarm more than EARLY_S before the labelled onset is not that fall's; an activity has no onset, so every
alarm in it counts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from carebot.alerts import FallEvent, FallEventKind
from carebot.evaluation.labels import Recording
from carebot.falls.monitor import PersonObservation
from carebot.falls.parameters import FallParameters
from carebot.falls.person_state import PersonState
from carebot.printable import in_utf8

EARLY_S = 1.0
DEFINITION = (
    "An alarm counts when it was confirmed, or when a fall was suspected and still stood when the recording ended "
    "(somebody found lying, with no fall seen, counts when confirmed); "
    "the same rule finds falls and counts false alarms."
)


@dataclass(frozen=True, slots=True)
class Watched:
    """One picture's time and what the falls room made of it; `surest` is the highest confidence of anybody's joint."""

    time_s: float
    observations: tuple[PersonObservation, ...]
    events: tuple[FallEvent, ...]
    surest: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One recording. `alarm` is what counts, `suspected` and `confirmed` whether either ever came; times in seconds.

    `incomplete` says what of it could not be read; the rest was watched. `problem` says in a sentence why it could not
    be watched; then nothing else is known.
    """

    path: str
    label: str
    duration_s: float = 0.0
    pictures: int = 0
    pictures_with_people: int = 0
    alarm: bool = False
    suspected: bool = False
    confirmed: bool = False
    onset_s: float | None = None
    suspected_s: float | None = None
    confirmed_s: float | None = None
    reason: str = ""
    incomplete: str = ""
    problem: str = ""

    @property
    def why(self) -> str:
        """What is said of it to people."""
        return self.problem or f"{self.reason}{f' (incomplete: only {self.incomplete})' if self.incomplete else ''}"

    @property
    def is_right(self) -> bool:
        """Whether the falls room said what the label says."""
        return not self.problem and self.alarm == (self.label == "fall")

    @property
    def verdict(self) -> str:
        if self.problem:
            return "not watched"
        if self.label == "fall":
            return "detected" if self.alarm else "missed"
        return "false alarm" if self.alarm else "quiet"


def judge(
    recording: Recording, course: Sequence[Watched], parameters: FallParameters | None = None, incomplete: str = ""
) -> Judged:
    """What is to be said of a recording that was watched to its end, or as far as it could be read (`incomplete`)."""
    every = [event for each in course for event in each.events]
    events = [event for event in every if _belongs(event, recording)]
    counting = _counting(events)
    first = min(counting, default=0)
    times = {kind: _first_s(events, kind, first) for kind in FallEventKind}
    return Judged(
        path=recording.name,
        label="fall" if recording.is_fall else "adl",
        duration_s=round(course[-1].time_s, 3) if course else 0.0,
        pictures=len(course),
        pictures_with_people=sum(bool(each.observations) for each in course),
        alarm=bool(counting),
        suspected=any(event.kind is FallEventKind.SUSPECTED for event in events),
        confirmed=any(event.kind is FallEventKind.CONFIRMED for event in events),
        onset_s=recording.onset_s,
        suspected_s=times[FallEventKind.SUSPECTED],
        confirmed_s=times[FallEventKind.CONFIRMED],
        reason=_reason(recording, every, course, FallParameters() if parameters is None else parameters),
        incomplete=incomplete,
    )


def failed(recording: Recording, problem: str) -> Judged:
    """A recording that could not be watched."""
    return Judged(path=recording.name, label="fall" if recording.is_fall else "adl", problem=in_utf8(problem))


def _belongs(event: FallEvent, recording: Recording) -> bool:
    return not recording.is_fall or recording.onset_s is None or event.time_s >= recording.onset_s - EARLY_S


def _counting(events: Sequence[FallEvent]) -> set[int]:
    """The numbers of the falls that were confirmed, or still stood at the end."""
    of_kind = {kind: {event.fall_id for event in events if event.kind is kind} for kind in FallEventKind}
    asked = {event.fall_id for event in events if event.reason_code == "found_lying"}
    standing = of_kind[FallEventKind.SUSPECTED] - of_kind[FallEventKind.RECOVERED] - asked
    return of_kind[FallEventKind.CONFIRMED] | standing


def _first_s(events: Sequence[FallEvent], kind: FallEventKind, fall_id: int) -> float | None:
    times = [event.time_s for event in events if event.kind is kind and event.fall_id == fall_id]
    return round(min(times), 3) if times else None


def _reason(
    recording: Recording, every: Sequence[FallEvent], course: Sequence[Watched], parameters: FallParameters
) -> str:
    """The alarm's own reason; without one, what was missing for an alarm, or what is odd about the label."""
    events = [event for event in every if _belongs(event, recording)]
    if alarm := _alarm(events):
        return f"{alarm.kind.value} at {alarm.time_s:.1f} s: {alarm.reason}"
    early = _alarm([event for event in every if not _belongs(event, recording)])
    why = _why_no_alarm(events) or ("" if early else _why_quiet(course, parameters))
    return "; ".join(each for each in (*_odd_onset(recording, early, course), why) if each)


def _alarm(events: Sequence[FallEvent]) -> FallEvent | None:
    """The last word of what counts among these."""
    counting = _counting(events)
    alarms = [event for event in events if event.fall_id in counting and event.kind is not FallEventKind.RECOVERED]
    return alarms[-1] if alarms else None


def _odd_onset(recording: Recording, early: FallEvent | None, course: Sequence[Watched]) -> Iterator[str]:
    if recording.onset_s is None or not recording.is_fall:
        return
    onset = f"the labelled onset ({recording.onset_s:.1f} s)"
    if early:
        yield f"an alarm ({early.kind.value} at {early.time_s:.1f} s) came before {onset} and was set aside"
    if course and recording.onset_s > course[-1].time_s:
        yield f"{onset} lies behind the recording's end ({course[-1].time_s:.1f} s), so check onset_s"


def _why_no_alarm(events: Sequence[FallEvent]) -> str:
    recovered = [event for event in events if event.kind is FallEventKind.RECOVERED]
    if recovered:
        return f"was suspected, but taken back at {recovered[-1].time_s:.1f} s: {recovered[-1].reason}"
    asked = [event for event in events if event.kind is FallEventKind.SUSPECTED]
    return f"no fall was seen, only somebody who {asked[-1].reason} (at {asked[-1].time_s:.1f} s)" if asked else ""


def _why_quiet(course: Sequence[Watched], p: FallParameters) -> str:
    seen = [observation for each in course for observation in each.observations]
    if len(seen) < max(3.0, 0.1 * len(course)):
        return f"a person was seen in only {len(seen)} of {len(course)} pictures{_how_unsure(course, p)}"
    deepest = max(seen, key=lambda each: each.features.drop_bl).features
    top_bl = min((o.features.top_height_bl for o in seen if math.isfinite(o.features.top_height_bl)), default=math.nan)
    lay = sum(observation.state is PersonState.DOWN for observation in seen)
    if deepest.drop_bl < p.fall_drop_bl:
        return f"the trunk came down by {deepest.drop_bl:.2f} body lengths, and {p.fall_drop_bl:g} makes a fall"
    if not lay:
        return (
            f"never lay: shoulders or hips stayed {top_bl:.2f} body lengths above the floor, mostly {_usual(seen)}, "
            f"after a drop of {deepest.drop_bl:.2f}"
        )
    if deepest.peak_speed_bl_s < p.fall_speed_bl_s:
        return (
            f"went down at {deepest.peak_speed_bl_s:.2f} body lengths a second, and {p.fall_speed_bl_s:g} makes a fall"
        )
    return f"lay in {lay} of {len(course)} pictures, but not for {p.down_after_s:g} s soon after a drop"


def _how_unsure(course: Sequence[Watched], p: FallParameters) -> str:
    """Of the pictures in which there are joints, but none to rely on."""
    unsure = [each.surest for each in course if 0.0 < each.surest < p.minimum_confidence]
    if not unsure:
        return ""
    return (
        f": in {len(unsure)}, no joint's confidence is above {max(unsure):.2f}, and below {p.minimum_confidence:g} "
        f"joints count as missing"
    )


def _usual(seen: Sequence[PersonObservation]) -> str:
    return Counter(observation.state.value for observation in seen).most_common(1)[0][0]
