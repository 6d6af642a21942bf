"""What routines need of the rest of the robot, each stated in a few lines; who runs the engine brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended. `reason` says in words why it failed.

    `answer` is of which kind the end was, `heard` the words of an answer, `room` where somebody was found.
    """

    is_done: bool
    reason: str = ""
    answer: str = ""
    heard: str = ""
    room: str = ""


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

    def ask(self, question: str, language: str, answers: Sequence[str], patience_s: float, repeats: int) -> Job:
        """The outcome's `answer` is one of `answers`, or heard, unclear, none."""


class Travel(Protocol):
    """Driving."""

    def go(self, name: str, kind: str, time_limit_s: float) -> Job:
        """To something in the site file by its name; `kind` as in the action GoTo, empty for whatever has the name."""


class People(Protocol):
    """What the camera sees of people: whether somebody is there, not who."""

    def somebody_is_seen(self, now_s: float) -> bool: ...


class Messages(Protocol):
    """Word to caregivers, and alarm. `about` is the message's identity: with the same one nobody is told twice."""

    def tell(self, who: str, title: str, body: str, about: str, now_s: float) -> Job:
        """Tell the caregiver `who` (empty: those who are called first); done once it cannot be lost any more."""

    def language_of(self, who: str) -> str:
        """The language of that caregiver."""

    def escalate(self, kind: str, reason: str, about: str, now_s: float) -> Job:
        """Raise an alert, for which people are called by the chain of its kind until one answers."""

    def alert_state(self, alert: str) -> str:
        """How far an alert is: a value of `carebot.alerts.AlertState`; empty where there is none."""

    def answered_by(self, alert: str) -> str:
        """Who has answered that alert; empty while nobody has."""


class Records(Protocol):
    """What routines ask of the past."""

    def last_note_s(self, kind: str, subject: str) -> float | None:
        """When something of that kind was last recorded of `subject`; None where it never was."""

    def times_found(self, who: str, hour: int) -> dict[str, int]:
        """How often somebody was found in each room around that hour of the day (0 to 23)."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them."""

    voice: Voice
    travel: Travel
    people: People
    messages: Messages
    records: Records
