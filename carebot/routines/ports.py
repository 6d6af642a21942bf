"""What routines need of the rest of the robot, each stated in a few lines; who runs the engine brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended. `reason` says in words why it failed.

    `answer` is of which kind the end was, `heard` the words of an answer, `room` where somebody was found, `counted`
    how many repetitions there were.
    """

    is_done: bool
    reason: str = ""
    answer: str = ""
    heard: str = ""
    room: str = ""
    counted: int | None = None


DONE = Outcome(True)


class Job(Protocol):
    """Something under way. It is asked at each tick, and never waits."""

    def outcome(self, now_s: float) -> Outcome | None:
        """How it ended; None while it goes on."""

    def cancel(self) -> None:
        """Break it off; harmless where it has ended."""


class Voice(Protocol):
    """Speech out of and into the robot. Languages are ja, en and fr."""

    def say(self, text: str, language: str, is_urgent: bool) -> Job: ...

    def ask(
        self,
        question: str,
        language: str,
        answers: Sequence[str],
        patience_s: float,
        repeats: int,
        *,
        is_urgent: bool = False,
    ) -> Job:
        """The outcome's `answer` is one of `answers`, or heard, unclear, none."""


class Travel(Protocol):
    """Driving."""

    def go(self, name: str, kind: str, time_limit_s: float) -> Job:
        """To something in the site file by its name; `kind` as in the action GoTo, empty for whatever has the name."""

    def go_near(self, x_m: float, y_m: float, time_limit_s: float) -> Job:
        """To where a spot of the map is before the robot."""


class People(Protocol):
    """What the camera sees of people: whether somebody is there, not who."""

    def somebody_is_seen(self, now_s: float) -> bool: ...


class Messages(Protocol):
    """Word to caregivers, and alarm. `about` is the message's identity: with the same one nobody is told twice."""

    def tell(self, who: str, title: str, body: str, about: str, now_s: float) -> Job:
        """Tell the caregiver `who` (empty: those who are called first); done once it cannot be lost any more."""

    def is_sent(self, about: str) -> bool:
        """Whether what was told about it has gone out to somebody."""

    def language_of(self, who: str) -> str:
        """The language of that caregiver."""

    def escalate(self, kind: str, reason: str, about: str, now_s: float) -> Job:
        """Raise an alert, for which people are called by the chain of its kind until one answers."""

    def alert_state(self, alert: str) -> str:
        """How far an alert is: a value of `carebot.alerts.AlertState`; empty where there is none."""

    def alert_place_m(self, alert: str) -> tuple[float, float] | None:
        """Where on the map whom it is about was seen, or heard; None where that is not known."""

    def answered_by(self, alert: str) -> str:
        """Who has answered that alert; empty while nobody has."""


class Records(Protocol):
    """What routines ask of the past."""

    def last_note_s(self, kind: str, subject: str) -> float | None:
        """When something of that kind was last recorded of `subject`; None where it never was."""

    def times_found(self, who: str, hour: int) -> dict[str, int]:
        """How often somebody was found in each room around that hour of the day (0 to 23)."""


class Company(Protocol):
    """Driving behind somebody."""

    def follow(self, who: str, time_limit_s: float) -> Job:
        """Stay near whoever is nearest (`who`, as far as that can be told); ends when that is called off or fails."""


class Counting(Protocol):
    """An exercise that is watched from its beginning on."""

    def count(self, now_s: float) -> int | None:
        """How many repetitions were seen; None where nobody has been seen for a while."""

    def is_stopped(self) -> bool:
        """Whether somebody has said that it is enough."""

    def close(self) -> None:
        """Watch no longer."""


class Exercise(Protocol):
    """Watching somebody who exercises."""

    def watch(self, movement: str, now_s: float) -> Counting | None:
        """Begin to count `movement` (see `carebot.exercise`); None where nothing is seen at all."""


class Observed(Protocol):
    """Somebody at rest who is looked at."""

    def verdict(self) -> str:
        """What became clear so far: resting, restless, up, out_of_bed, or not_seen."""

    def close(self) -> None:
        """Look no longer."""


class Rest(Protocol):
    """What the camera sees of people who rest."""

    def observe(self, bed: str) -> Observed | None:
        """Look from now on at somebody who should be in `bed` (a zone; empty: none is known); None: there is nothing
        to look with."""

    def was_up_within(self, seconds: float, now_s: float) -> bool:
        """Whether somebody was seen on their feet, or sitting, in that time."""


class Eyes(Protocol):
    """The robot's camera as a whole."""

    def close_until(self, until_s: float) -> Job:
        """Have the camera off until then (seconds since 1970 UTC; one that is past: on). Done once it is so."""

    def are_closed(self) -> bool | None:
        """None while that is not known."""


class Touch(Protocol):
    """The bumper."""

    def is_touched(self, now_s: float) -> bool: ...


class Standing(Protocol):
    """Where the robot itself is."""

    def room_here(self) -> str:
        """The room of the site file in which it stands; empty where that is not known."""


class Refusal:
    """A job that never begins."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def outcome(self, _now_s: float) -> Outcome:
        """Why."""
        return Outcome(False, self._reason)

    def cancel(self) -> None:
        """There is nothing to break off."""


class NotThere:
    """What a robot has not: says so where a step needs it."""

    def follow(self, _who: str, _time_limit_s: float) -> Job:
        return Refusal("this robot cannot follow anybody yet")

    def watch(self, _movement: str, _now_s: float) -> Counting | None:
        return None

    def observe(self, _bed: str) -> Observed | None:
        return None

    def was_up_within(self, _seconds: float, _now_s: float) -> bool:
        return False

    def close_until(self, _until_s: float) -> Job:
        return Refusal("this robot cannot switch its camera off")

    def are_closed(self) -> bool:
        return False

    def is_touched(self, _now_s: float) -> bool:
        return False

    def room_here(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them; the last six are not there on every robot."""

    voice: Voice
    travel: Travel
    people: People
    messages: Messages
    records: Records
    company: Company = field(default_factory=NotThere)
    exercise: Exercise = field(default_factory=NotThere)
    eyes: Eyes = field(default_factory=NotThere)
    touch: Touch = field(default_factory=NotThere)
    standing: Standing = field(default_factory=NotThere)
    rest: Rest = field(default_factory=NotThere)
