"""What falls, care and the tablet say to each other about an emergency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class FallEventKind(str, Enum):
    """The three things that the falls room says about one fall."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class FallEvent:
    """One step of one fall, with its reason in words and the numbers behind it.

    `fall_id` is the same for the suspected, confirmed and recovered event of one fall. `time_s` is the time of the
    picture in which it was decided. `reason_code` names the sentence for translation; `reason` is that sentence in
    English; the keys of `evidence` carry their units.
    """

    kind: FallEventKind
    fall_id: int
    track_id: int
    time_s: float
    confidence: float
    reason_code: str
    reason: str
    evidence: Mapping[str, float] = field(default_factory=dict)


class ResidentAnswer(str, Enum):
    """What the person on the floor said when asked whether they are all right; NONE is silence."""

    FINE = "fine"
    HELP = "help"
    NONE = "none"


class AlertState(str, Enum):
    """The life of an alert as caregivers know it; only a named person ends it.

    SUSPECTED may become CONFIRMED or RECOVERED (the resident got up by themselves; still shown until answered).
    A caregiver acknowledges ("I am coming") and resolves (a real emergency, or a false alarm).
    """

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    RECOVERED = "recovered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Verdict(str, Enum):
    """What an alert turned out to be, in the words of the caregiver who resolved it."""

    REAL = "real"
    FALSE_ALARM = "false_alarm"


class Answer(str, Enum):
    """What a caregiver can say to an alert: "I am coming", "it was real and is over", "it was a false alarm".

    HAND_OVER: whoever is coming asks somebody to take over, and goes on being the one who comes until that person says
    ACKNOWLEDGE; asking nobody takes the question back.
    """

    ACKNOWLEDGE = "acknowledge"
    REAL = "real"
    FALSE_ALARM = "false_alarm"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as caregivers know it. Times ending in `_at_s` are seconds since 1970 UTC.

    `raised_at_s` is when the picture was taken in which the robot first saw the emergency. `revision` grows by one with
    each change. `down` says whether the person is, as far as the robot sees, still down. `offered_to` is whom the one
    who is coming has asked to take over; empty where nobody is asked.
    """

    id: str
    kind: str
    state: AlertState
    revision: int
    raised_at_s: float
    changed_at_s: float
    down: bool
    confidence: float
    reason_code: str
    reason: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    acknowledged_by: str = ""
    resolved_by: str = ""
    verdict: Verdict | None = None
    note: str = ""
    offered_to: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a person to end it."""
        return self.state is not AlertState.RESOLVED

    @property
    def is_unanswered(self) -> bool:
        """Whether nobody has answered it at all: what sounds the alarm."""
        return self.state in (AlertState.SUSPECTED, AlertState.CONFIRMED, AlertState.RECOVERED)


class ToldState(str, Enum):
    """PLANNED for a time, if nobody has answered by then; WAITING to go out; UNDER_WAY; SENT; or GIVEN_UP."""

    PLANNED = "planned"
    WAITING = "waiting"
    UNDER_WAY = "under_way"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Told:
    """One person who is called about an alert, and by which way; `at_s` is when (seconds since 1970 UTC).

    `error` says why the last try failed.
    """

    alert_id: str
    who: str
    by: str
    state: ToldState
    at_s: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """Whether an answer was taken; if not, `message` says why in one sentence. `alert` is the alert as it is now."""

    accepted: bool
    message: str
    alert: Alert | None
