"""What falls, care and the tablet say to each other about an emergency."""

from __future__ import annotations

import math
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


LONG_LIE, LONG_LIE_UNSEEN = "long_lie", "long_lie_unseen"
LONG_LIES = frozenset({LONG_LIE, LONG_LIE_UNSEEN})
"""Reason codes of a lie that has become long, in sight or out of it; they make a confirmed fall more urgent."""

STILL_BL_S = 0.1
"""Slower than this, in body lengths per second, nobody is seen to move: the pose model itself trembles that much."""

STANDING_DROP_BL = 0.38  # no seat is that high above the floor
STANDING_HEIGHT_BL = 0.5  # between the trunk of a sitting (0.42) and of a standing person (0.67)


UPRIGHT_BESIDE = "upright_beside"
"""In the evidence: how many others were on their feet in the deciding picture; absent where nobody was."""
PLACE_X_M, PLACE_Y_M = "place_x_m", "place_y_m"
"""In the evidence: where on the site's map the person was seen; absent where the robot did not know its own place."""
HEARD_X_M, HEARD_Y_M = "heard_x_m", "heard_y_m"
"""In the evidence: where on the site's map the robot was when it heard the call; absent where it did not know."""
ATTENDED_BY = 2  # one may be the resident's partner, who cannot lift anybody


class FallStart(str, Enum):
    """Where a fall began; UNSEEN where the numbers do not say."""

    STANDING = "standing"
    SEAT = "seat"
    UNSEEN = "unseen"


def fall_start(evidence: Mapping[str, float]) -> FallStart:
    """Where the fall behind `evidence` began, by how high the trunk was (only over a floor that was seen) or how far it
    came down."""
    height_bl = evidence.get("start_height_bl")
    if evidence.get("drop_bl", 0.0) >= STANDING_DROP_BL or (height_bl or 0.0) >= STANDING_HEIGHT_BL:
        return FallStart.STANDING
    return FallStart.UNSEEN if height_bl is None else FallStart.SEAT


class ResidentAnswer(str, Enum):
    """What the person on the floor said when asked whether they are all right.

    UNCLEAR: something, but not that they are fine; NONE: nothing.
    """

    FINE = "fine"
    HELP = "help"
    UNCLEAR = "unclear"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question to the resident and what came of it; a call that nobody asked for has no `question`.

    `at_s` is seconds since 1970 UTC. `answer` is a `ResidentAnswer`'s value, `heard` the words (empty without words),
    `means` voice, text, bumper or posture (empty where nothing was answered).
    """

    at_s: float
    question: str
    language: str
    answer: str
    heard: str
    means: str
    times_asked: int


@dataclass(frozen=True, slots=True)
class HelpCall:
    """The resident called for help: the words as they were heard, and the rule that understood them.

    `id` is the same wherever the same call is told again. `at_s` is seconds since 1970 UTC. `heard_at_m` is where the
    robot was on the site's map; None where that is not known, or where the call did not come by voice.
    """

    id: str
    at_s: float
    words: str
    language: str
    rule: str
    means: str
    heard_at_m: tuple[float, float] | None = None


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
    exchanges: tuple[Exchange, ...] = ()
    offered_to: str = ""

    @property
    def is_attended(self) -> bool:
        """Whether enough people stand beside the person to help: it sounds more softly, and calls the same people."""
        return self.evidence.get(UPRIGHT_BESIDE, 0.0) >= ATTENDED_BY

    @property
    def place_m(self) -> tuple[float, float] | None:
        """Where on the site's map the person was seen (x, y in metres), to half a metre or so; None where unknown."""
        return self._spot(PLACE_X_M, PLACE_Y_M)

    @property
    def heard_at_m(self) -> tuple[float, float] | None:
        """Where on the site's map the robot was when it heard the call (x, y in metres); None where unknown."""
        return self._spot(HEARD_X_M, HEARD_Y_M)

    @property
    def known_at_m(self) -> tuple[float, float] | None:
        """Where the person was seen, else where the robot heard them; None where neither is known."""
        return self.place_m or self.heard_at_m

    def _spot(self, x_key: str, y_key: str) -> tuple[float, float] | None:
        x_m, y_m = self.evidence.get(x_key, math.nan), self.evidence.get(y_key, math.nan)
        return (x_m, y_m) if math.isfinite(x_m) and math.isfinite(y_m) else None

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
class News:
    """Something that the caregiver `who` is told at `at_s` (seconds since 1970 UTC) and that needs no answer."""

    id: str
    at_s: float
    who: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """Whether an answer was taken; if not, `message` says why in one sentence. `alert` is the alert as it is now."""

    accepted: bool
    message: str
    alert: Alert | None
