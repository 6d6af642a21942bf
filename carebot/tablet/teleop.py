"""Driving by hand from a tablet: what one connection says and is told, as values. No socket, no clock.

docs/driving-by-hand.md is the contract. Times are seconds on one monotonic clock of the robot, except those that the
tablet sends: they are on its own clock, however wrong that is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError

from carebot.geometry import Twist2D
from carebot.safety.clock_offset import ClockOffset
from carebot.safety.driver_seat import DriverSeat
from carebot.safety.parameters import SafetyParameters
from carebot.safety.teleop import TeleopLink
from carebot.safety.verdict import ZERO, Reason
from carebot.safety.world import Estop, MotionRequest, Source
from carebot.tablet.language import DEFAULT, Texts
from carebot.tablet.motion_words import motion_words

STATE_PERIOD_S = 0.1
SILENT_AFTER_S = 0.5
"""A safety node that has said nothing for this long allows nothing."""
MOST_MESSAGES_PER_S = 100
_QUESTIONS_KEPT = 8


@dataclass(frozen=True, slots=True)
class MotionView:
    """What the safety judge last said, and when that was heard."""

    heard_s: float
    allowed_m_s: float
    twist: Twist2D
    reasons: tuple[Reason, ...] = ()
    estop: Estop = field(default_factory=Estop)


class Motion(Protocol):
    """What driving by hand needs of a robot. Nothing here waits."""

    def drive(self, request: MotionRequest) -> None:
        """Hand the command on to the judge."""

    def motion(self) -> MotionView | None:
        """What the judge last said; None where it was never heard."""


@dataclass(frozen=True, slots=True)
class StopOutcome:
    """Whether the judge did what it was asked, and what it says."""

    accepted: bool
    message: str


SAFETY_SILENT = StopOutcome(False, "The robot's safety node does not answer: use the red button on the robot itself.")


class EmergencyStop(Protocol):
    """The judge's emergency stop; both wait for its answer, and say so in the outcome where it is silent."""

    async def emergency_stop(self, by: str) -> StopOutcome: ...

    async def reset_emergency_stop(self, by: str) -> StopOutcome: ...


class MovingRobot(Motion, EmergencyStop, Protocol):
    """A robot that can be driven and stopped."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ClockQuestion(_Message):
    """What is the time?"""

    type: Literal["clock"]
    sent_s: float


class ClockReturned(_Message):
    """The answer to the question of `sent_s` was here at `returned_s`."""

    type: Literal["returned"]
    sent_s: float
    returned_s: float


class Take(_Message):
    """I want to drive."""

    type: Literal["take"]


class Release(_Message):
    """I have driven enough."""

    type: Literal["release"]


class TwistMessage(_Message):
    """Move like this, while the finger is down (`held`)."""

    type: Literal["twist"]
    vx_m_s: float = 0.0
    vy_m_s: float = 0.0
    yaw_rad_s: float = 0.0
    held: StrictBool
    stamp_s: float


_MESSAGES: TypeAdapter[ClockQuestion | ClockReturned | Take | Release | TwistMessage] = TypeAdapter(
    Annotated[ClockQuestion | ClockReturned | Take | Release | TwistMessage, Field(discriminator="type")]
)
Answers = list[dict[str, Any]]


class Seats:
    """One driver at a time among all connections, also among those of one person."""

    def __init__(self, free_after_s: float) -> None:
        self._seat = DriverSeat(free_after_s)
        self._names: dict[str, str] = {}
        self._count = 0

    def enter(self, name: str) -> str:
        """A place among those who may want to drive; returns its key."""
        self._count += 1
        key = str(self._count)
        self._names[key] = name
        return key

    def leave(self, key: str) -> None:
        self._seat.leave(key)
        del self._names[key]

    def take(self, key: str, now_s: float) -> bool:
        return self._seat.take(key, now_s)

    def give_up(self, key: str) -> None:
        self._seat.leave(key)

    def is_of(self, key: str, now_s: float) -> bool:
        return self._seat.driver(now_s) == key

    def driver(self, now_s: float) -> str:
        """The name of whoever drives; empty where nobody does."""
        return self._names.get(self._seat.driver(now_s), "")


class TooManyMessagesError(Exception):
    """A tablet that floods the robot is hung up on."""


class TeleopSession:
    """One connection of the person `name`, who is spoken to in the language of `texts` (English by default).

    `hear` and `tick` return what to send back, in order.
    """

    def __init__(
        self, name: str, seats: Seats, motion: Motion, parameters: SafetyParameters, texts: Texts | None = None
    ) -> None:
        self._name, self._seats, self._motion, self._texts = name, seats, motion, texts or Texts(DEFAULT)
        self._key = seats.enter(name)
        self._offset = ClockOffset()
        self._link = TeleopLink(self._offset, parameters)
        self._questions: dict[float, tuple[float, float]] = {}
        self._wants_seat = False
        self._drives = False
        self._must_lift = False
        self._told_s = -math.inf
        self._counted_from_s, self._count = -math.inf, 0

    def hear(self, text: str, now_s: float) -> Answers:
        """Take one message. Raises TooManyMessagesError."""
        self._count_message(now_s)
        try:
            message = _MESSAGES.validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the message"
            return [{"type": "error", "detail": f"{where}: {first['msg']}."}]
        if isinstance(message, ClockQuestion):
            return [self._tell_time(message.sent_s, now_s)]
        if isinstance(message, ClockReturned):
            return self._learn_offset(message)
        if isinstance(message, TwistMessage):
            return self._drive(message, now_s)
        return self._take(now_s) if isinstance(message, Take) else self._release(now_s)

    def tick(self, now_s: float) -> Answers:
        """Time has passed: a silent link is a stop, and the tablet hears how things are."""
        answers: Answers = []
        if self._drives and self._link.is_lost(now_s):
            self._stop(now_s)
            self._must_lift = True
            answers.append(self._refused("link_lost"))
        if now_s - self._told_s >= STATE_PERIOD_S:
            self._told_s = now_s
            answers.append(self._state(now_s))
        return answers

    def close(self, now_s: float) -> None:
        """The connection has ended: whoever was driving stops, and the seat is free."""
        self._stop(now_s)
        self._seats.leave(self._key)

    # --- the clock ----------------------------------------------------------------------------------------------------

    def _tell_time(self, sent_s: float, now_s: float) -> dict[str, Any]:
        self._questions[sent_s] = (now_s, now_s)
        while len(self._questions) > _QUESTIONS_KEPT:
            del self._questions[next(iter(self._questions))]
        return {"type": "clock", "sent_s": sent_s, "received_s": now_s, "answered_s": now_s}

    def _learn_offset(self, message: ClockReturned) -> Answers:
        stamps_s = self._questions.pop(message.sent_s, None)
        if stamps_s is None or not self._offset.add(message.sent_s, *stamps_s, message.returned_s):
            return [{"type": "error", "detail": "returned: there was no such question, or its times contradict."}]
        return []

    # --- the seat -----------------------------------------------------------------------------------------------------

    def _take(self, now_s: float) -> Answers:
        self._wants_seat = self._seats.take(self._key, now_s)
        return [self._seat(now_s)]

    def _release(self, now_s: float) -> Answers:
        self._stop(now_s)
        self._wants_seat = False
        self._seats.give_up(self._key)
        return [self._seat(now_s)]

    def _seat(self, now_s: float) -> dict[str, Any]:
        yours = self._seats.is_of(self._key, now_s)
        return {"type": "seat", "yours": yours, "driver": self._seats.driver(now_s)}

    # --- driving ------------------------------------------------------------------------------------------------------

    def _drive(self, message: TwistMessage, now_s: float) -> Answers:
        if not self._wants_seat:
            return [self._refused("no_seat")]
        if not self._seats.take(self._key, now_s):
            self._wants_seat = False
            return [self._refused("driver_seat_taken", name=self._seats.driver(now_s))]
        twist = Twist2D(message.vx_m_s, message.vy_m_s, message.yaw_rad_s)
        answer = self._link.hear(self._name, twist, message.held, message.stamp_s, now_s)
        if isinstance(answer, Reason):
            words = motion_words(answer, self._texts)
            return [{"type": "refused", "code": answer.code.value, "words": words}]
        self._must_lift = self._must_lift and message.held
        if self._must_lift:
            return [self._refused("link_lost")]
        self._drives = answer.twist != ZERO
        self._motion.drive(answer)
        return []

    def _stop(self, now_s: float) -> None:
        if self._drives:
            self._drives = False
            self._motion.drive(MotionRequest(Source.TELEOP, ZERO, now_s, self._name))

    # --- what is told -------------------------------------------------------------------------------------------------

    def _state(self, now_s: float) -> dict[str, Any]:
        view = self._motion.motion()
        is_live = view is not None and now_s - view.heard_s < SILENT_AFTER_S
        view = view if view is not None and is_live else MotionView(now_s, 0.0, ZERO)
        error_s = self._offset.error_s
        return {
            **self._seat(now_s),
            "type": "state",
            "live": is_live,
            "allowed_speed_m_s": view.allowed_m_s,
            "vx_m_s": view.twist.vx_m_s,
            "vy_m_s": view.twist.vy_m_s,
            "yaw_rad_s": view.twist.yaw_rad_s,
            "emergency_stop": view.estop.latched,
            "emergency_stop_cause": view.estop.cause,
            "emergency_stop_by": view.estop.by,
            "reasons": [_reason(reason, self._texts) for reason in view.reasons],
            "clock_error_s": error_s if math.isfinite(error_s) else None,
        }

    def _refused(self, code: str, **values: str) -> dict[str, Any]:
        return {"type": "refused", "code": code, "words": self._texts(f"refused_{code}", **values)}

    def _count_message(self, now_s: float) -> None:
        if now_s - self._counted_from_s >= 1.0:
            self._counted_from_s, self._count = now_s, 0
        self._count += 1
        if self._count > MOST_MESSAGES_PER_S:
            raise TooManyMessagesError


def _reason(reason: Reason, texts: Texts) -> dict[str, Any]:
    return {
        "code": reason.code.value,
        "words": motion_words(reason, texts),
        "allowed_speed_m_s": reason.allowed_m_s,
        "numbers": dict(reason.numbers),
    }
