"""What must be true of a scenario, and whether it was.

In a scenario's file:

    expect:
      - suspected_within_s: 2.0     # of the torso touching the floor, in every fall
      - confirmed_within_s: 5.0
      - nothing_before_fall
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import degrees, hypot, radians
from typing import Any, ClassVar

from pydantic import Field

from carebot.alerts import FallEventKind, ResidentAnswer
from carebot.simulation.household.happened import Happened, What
from carebot.simulation.single_keys import Entry, name_of, parse_entries


@dataclass(frozen=True, slots=True)
class FallMark:
    """One fall as it really was. `contact_s` is None where the torso never came to the floor, `risen_s` where nobody
    rose again; all in seconds of the simulation."""

    kind: str
    onset_s: float
    contact_s: float | None = None
    risen_s: float | None = None

    def goes_on_at(self, time_s: float) -> bool:
        """Whether a word about a fall at this time is about this one; a rise is noticed a little later."""
        return self.onset_s <= time_s and (self.risen_s is None or time_s <= self.risen_s + STILL_S)


STILL_S = 2.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """An event of the falls room: `time_s` is the simulated time of the picture, whatever the robot's clock said."""

    kind: FallEventKind
    time_s: float
    activity: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class RobotMark:
    """Where the robot was at a moment, how fast, whether anything touched it, and whether it had come to its goal.

    `person_m` is how far the resident's hips were from its middle, `aside_rad` from which side of theirs it stood: 0
    in front of them, π behind.
    """

    time_s: float
    x_m: float
    y_m: float
    speed_m_s: float
    touched: bool
    arrived: bool
    yaw_rad: float = 0.0
    person_m: float = 0.0
    aside_rad: float = 0.0


@dataclass(frozen=True, slots=True)
class Course:
    """All of a run that an expectation may be about. `faults_s` is when each fault began,
    `answers` what was made of what the resident said, for each question, `happened` what care did."""

    falls: tuple[FallMark, ...]
    alarms: tuple[Alarm, ...]
    duration_s: float
    robot: tuple[RobotMark, ...] = ()
    faults_s: tuple[float, ...] = ()
    answers: tuple[str, ...] = ()
    happened: tuple[Happened, ...] = ()

    def during(self, fall: FallMark, kind: FallEventKind) -> list[float]:
        """When events of this kind came that are about this fall."""
        return [alarm.time_s for alarm in self.alarms if alarm.kind is kind and fall.goes_on_at(alarm.time_s)]

    def false_alarms(self) -> tuple[Alarm, ...]:
        """Suspicions and confirmations while no fall went on."""
        raised = [alarm for alarm in self.alarms if alarm.kind is not FallEventKind.RECOVERED]
        return tuple(each for each in raised if not any(fall.goes_on_at(each.time_s) for fall in self.falls))


@dataclass(frozen=True, slots=True)
class Outcome:
    """`met` is None where it could not be judged, because the fall did not reach the floor."""

    expectation: str
    met: bool | None
    detail: str


class Expectation(Entry):
    """Something that must be true of a course."""

    def judge(self, course: Course) -> Outcome:
        met, detail = self.verdict(course)
        return Outcome(expectation_name(self), met, detail)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        raise NotImplementedError


class _Within(Expectation):
    """An event comes at most so long after the torso touched the floor, in every fall of the script."""

    shorthand = "seconds"
    seconds: float = Field(gt=0, le=3600)

    def _judge(self, course: Course, kind: FallEventKind) -> tuple[bool | None, str]:
        if not course.falls:
            return False, "nobody fell: the run ended before"
        delays = [(fall, _delay(course, fall, kind)) for fall in course.falls if fall.contact_s is not None]
        if not delays:
            return None, "the body never came to the floor"
        worst = max((delay for _, delay in delays), key=lambda delay: float("inf") if delay is None else delay)
        if worst is None:
            return False, f"never {kind.value}"
        return worst <= self.seconds, f"{kind.value} {worst:.1f} s after touching the floor"


class SuspectedWithin(_Within):
    def verdict(self, course: Course) -> tuple[bool | None, str]:
        return self._judge(course, FallEventKind.SUSPECTED)


class ConfirmedWithin(_Within):
    def verdict(self, course: Course) -> tuple[bool | None, str]:
        return self._judge(course, FallEventKind.CONFIRMED)


class Recovered(Expectation):
    """After every fall the robot notices that the resident is up again."""

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        if not course.falls:
            return False, "nobody fell: the run ended before"
        landed = [fall for fall in course.falls if fall.contact_s is not None]
        if not landed:
            return None, "the body never came to the floor"
        times = [course.during(fall, FallEventKind.RECOVERED) for fall in landed]
        if not all(times):
            return False, "never recovered"
        return True, f"recovered at {times[-1][-1]:.1f} s"


class NothingConfirmed(Expectation):
    def verdict(self, course: Course) -> tuple[bool | None, str]:
        return _none_of(course.alarms, FallEventKind.CONFIRMED)


class NothingSuspected(Expectation):
    def verdict(self, course: Course) -> tuple[bool | None, str]:
        return _none_of(course.alarms, FallEventKind.SUSPECTED)


class NothingBeforeFall(Expectation):
    """No alarm while nobody had lost balance yet."""

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        onset_s = min((fall.onset_s for fall in course.falls), default=float("inf"))
        return _none_of(tuple(each for each in course.alarms if each.time_s < onset_s), FallEventKind.SUSPECTED)


class RobotArrivesWithin(Expectation):
    """The robot comes to the end of its way at most so long after the start."""

    shorthand = "seconds"
    seconds: float = Field(gt=0, le=3600)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        times = [mark.time_s for mark in course.robot if mark.arrived]
        if not times:
            return False, "never arrived"
        return times[0] <= self.seconds, f"arrived at {times[0]:.1f} s"


class RobotEndsBeforePerson(Expectation):
    """When it has arrived, the robot stands in front of the resident, between these distances from hips to middle."""

    least_m: float = Field(default=0.9, ge=0, le=5)
    most_m: float = Field(default=1.5, ge=0, le=5)
    most_aside_deg: float = Field(default=75.0, ge=0, le=180)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        there = next((mark for mark in course.robot if mark.arrived), None)
        if there is None:
            return False, "never arrived"
        met = self.least_m <= there.person_m <= self.most_m and abs(there.aside_rad) <= radians(self.most_aside_deg)
        return met, f"{there.person_m:.2f} m away, {degrees(abs(there.aside_rad)):.0f}° aside of their front"


class RobotFollows(Expectation):
    """The robot stays with the resident: never nearer to their hips than `least_m` while it drives, never further than
    `most_m`, and at the end within `end_m`."""

    least_m: float = Field(default=0.8, ge=0, le=5)
    most_m: float = Field(default=4.0, ge=0, le=20)
    end_m: float = Field(default=1.8, ge=0, le=20)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        if not course.robot:
            return False, "there is no robot that drives"
        driving = [mark.person_m for mark in course.robot if abs(mark.speed_m_s) > STANDS_M_S]
        least_m, most_m = min(driving, default=0.0), max(mark.person_m for mark in course.robot)
        end_m = course.robot[-1].person_m
        met = bool(driving) and least_m >= self.least_m and most_m <= self.most_m and end_m <= self.end_m
        told = f"{least_m:.2f} m at the nearest while it drove" if driving else "it never drove"
        return met, f"{told}, {most_m:.2f} m at the furthest, {end_m:.2f} m at the end"


class RobotComesNearFallen(Expectation):
    """Once the torso has touched the floor, the robot comes so near to the resident's hips."""

    shorthand = "metres"
    metres: float = Field(gt=0, le=20)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        contact_s = next((fall.contact_s for fall in course.falls if fall.contact_s is not None), None)
        if contact_s is None:
            return None, "the body never came to the floor"
        since = [mark.person_m for mark in course.robot if mark.time_s >= contact_s]
        if not since:
            return False, "there is no robot that drives"
        return min(since) <= self.metres, f"came as near as {min(since):.2f} m"


class RobotDrives(Expectation):
    """In all the robot goes at least so far, however it comes there."""

    shorthand = "metres"
    metres: float = Field(gt=0, le=1000)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        if not course.robot:
            return False, "there is no robot that drives"
        gone = _gone_m(course.robot)
        return gone >= self.metres, f"drove {gone:.1f} m"


class RobotTouchesNothing(Expectation):
    """Nothing but the floor touches the robot."""

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        times = [mark.time_s for mark in course.robot if mark.touched]
        return (True, "touched nothing") if not times else (False, f"touched something at {times[0]:.1f} s")


class RobotStopsWithin(Expectation):
    """After the first fault began the robot goes at most so far until it stands."""

    shorthand = "metres"
    metres: float = Field(gt=0, le=100)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        if not course.faults_s:
            return None, "no fault began"
        since = [mark for mark in course.robot if mark.time_s >= min(course.faults_s)]
        standing = next((number for number, mark in enumerate(since) if abs(mark.speed_m_s) < STANDS_M_S), None)
        if standing is None:
            return False, "never stood still"
        if standing == 0:
            return False, "stood already when the fault began"
        gone = _gone_m(since[: standing + 1])
        return gone <= self.metres, f"stood after {100 * gone:.0f} cm"


class Answer(Expectation):
    """Every question after a fall ends with this answer."""

    shorthand = "kind"
    kind: ResidentAnswer

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        if not course.answers:
            return False, "nothing was asked, or the run ended before the answer"
        is_met = all(answer == self.kind.value for answer in course.answers)
        return is_met, f"the answer was {', then '.join(course.answers)}"


class _Happens(Expectation):
    """Something of this kind, with these words in it, happens so often (`times`; else at least once) from `after_s` to
    `within_s`, to or about `who`."""

    what: ClassVar[What]
    shorthand = "text"
    text: str = ""
    who: str = ""
    times: int | None = Field(default=None, ge=0)
    after_s: float = Field(default=0.0, ge=0)
    within_s: float | None = Field(default=None, gt=0)

    def verdict(self, course: Course) -> tuple[bool | None, str]:
        found = [
            each for each in course.happened if each.what == self.what and self._is_time(each) and self._fits(each)
        ]
        known = f"{len(found)} times" if len(found) != 1 else "once"
        told = f"{known}, first at {found[0].time_s:.1f} s" if found else "never"
        if self.times is not None and len(found) != self.times:
            return False, told
        return self.times == 0 or bool(found), told

    def _is_time(self, each: Happened) -> bool:
        return self.after_s <= each.time_s and (self.within_s is None or each.time_s <= self.within_s)

    def _fits(self, each: Happened) -> bool:
        return self.text in each.text and self.who in each.who


class Said(_Happens):
    what = "said"


class Asks(_Happens):
    what = "asked"


class Recorded(_Happens):
    what = "recorded"


class Tells(_Happens):
    what = "told"


class Calls(_Happens):
    what = "called"


class Begins(_Happens):
    what = "began"


class Goes(_Happens):
    """A trip to there ends well."""

    what = "went"

    def _fits(self, each: Happened) -> bool:
        return self.text == each.text and not each.how


class CameraIs(_Happens):
    what = "camera"


class Alarms(_Happens):
    """An alert is raised; `text` is its kind."""

    what = "alarm"

    def _fits(self, each: Happened) -> bool:
        return self.text in ("", each.how)


class Ends(_Happens):
    """The routine `text` ends, as `how` says: done, or words of the reason."""

    what = "ended"
    how: str = "done"

    def _fits(self, each: Happened) -> bool:
        return self.text == each.text and (each.how == "done") == (self.how == "done") and self.how in each.how


STANDS_M_S = 0.01

EXPECTATIONS: dict[str, type[Expectation]] = {
    "suspected_within_s": SuspectedWithin,
    "confirmed_within_s": ConfirmedWithin,
    "recovered": Recovered,
    "nothing_confirmed": NothingConfirmed,
    "nothing_suspected": NothingSuspected,
    "nothing_before_fall": NothingBeforeFall,
    "answer": Answer,
    "robot_arrives_within_s": RobotArrivesWithin,
    "robot_ends_before_person": RobotEndsBeforePerson,
    "robot_follows": RobotFollows,
    "robot_comes_near_fallen_m": RobotComesNearFallen,
    "robot_drives_m": RobotDrives,
    "robot_touches_nothing": RobotTouchesNothing,
    "robot_stops_within_m": RobotStopsWithin,
}
EXPECTATIONS |= {
    "says": Said,
    "asks": Asks,
    "records": Recorded,
    "tells": Tells,
    "calls": Calls,
    "raises_alarm": Alarms,
    "begins": Begins,
    "ends": Ends,
    "goes_to": Goes,
    "camera_is": CameraIs,
}


def parse_expectations(raw: Any) -> tuple[Expectation, ...]:
    """The expectations that a file names; raises ValueError in plain words."""
    return parse_entries(raw, EXPECTATIONS, "expectation")


def expectation_name(expectation: Expectation) -> str:
    return name_of(expectation, EXPECTATIONS)


def _gone_m(marks: Sequence[RobotMark]) -> float:
    return sum(hypot(b.x_m - a.x_m, b.y_m - a.y_m) for a, b in pairwise(marks))


def _delay(course: Course, fall: FallMark, kind: FallEventKind) -> float | None:
    times = course.during(fall, kind)
    return None if not times or fall.contact_s is None else max(0.0, times[0] - fall.contact_s)


def _none_of(alarms: tuple[Alarm, ...], kind: FallEventKind) -> tuple[bool, str]:
    found = [alarm for alarm in alarms if alarm.kind is kind]
    if not found:
        return True, f"nothing {kind.value}"
    return False, f"{kind.value} at {found[0].time_s:.1f} s while {found[0].activity}"
