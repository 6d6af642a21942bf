from __future__ import annotations

import pytest

from carebot.alerts import FallEventKind
from carebot.simulation.expectations import Alarm, Course, FallMark, Outcome, parse_expectations

SUSPECTED, CONFIRMED, RECOVERED = FallEventKind.SUSPECTED, FallEventKind.CONFIRMED, FallEventKind.RECOVERED
FALL = FallMark("faint", onset_s=5.0, contact_s=6.0)


def alarm(kind: FallEventKind, time_s: float, activity: str = "lying") -> Alarm:
    return Alarm(kind, time_s, activity, "fell", "")


def judge(expectation: object, *alarms: Alarm, falls: tuple[FallMark, ...] = (FALL,)) -> Outcome:
    return parse_expectations([expectation])[0].judge(Course(falls, alarms, 60.0))


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("happiness", "the expectation 'happiness' is unknown: use one of suspected_within_s"),
        ({"suspected_within_s": "soon"}, "entry 1 (suspected_within_s): seconds"),
        ({"suspected_within_s": -1}, "seconds"),
        ("confirmed_within_s", "the key 'seconds' is missing"),
        ({"recovered": {"after": 2}}, "the key 'after' is unknown"),
    ],
)
def test_what_is_no_expectation_is_refused_in_plain_words(entry: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"^entry 1") as caught:
        parse_expectations([entry])
    assert complaint in str(caught.value)


@pytest.mark.parametrize(("at_s", "met"), [(5.5, True), (7.9, True), (8.1, False)])
def test_suspicion_counts_from_the_touch_of_the_floor(at_s: float, met: bool) -> None:
    assert judge({"suspected_within_s": 2}, alarm(SUSPECTED, at_s)).met is met


def test_alarm_before_balance_was_lost_is_not_about_the_fall() -> None:
    early = alarm(SUSPECTED, 4.0)
    assert judge({"suspected_within_s": 2}, early).met is False
    assert judge("nothing_before_fall", early).met is False
    assert judge("nothing_before_fall", alarm(SUSPECTED, 6.2)).met is True


def test_no_alarm_or_no_fall_is_not_met_and_says_why() -> None:
    outcome = judge({"confirmed_within_s": 5}, alarm(SUSPECTED, 6.5))
    assert (outcome.met, outcome.detail) == (False, "never confirmed")
    assert judge({"confirmed_within_s": 5}, falls=()).met is False


def test_fall_that_never_reached_the_floor_is_not_judged() -> None:
    assert judge({"confirmed_within_s": 5}, falls=(FallMark("faint", 5.0),)).met is None
    assert judge("recovered", falls=(FallMark("faint", 5.0),)).met is None


def test_each_of_two_falls_must_be_seen() -> None:
    falls = (FallMark("faint", 5.0, 6.0, 20.0), FallMark("faint", 40.0, 41.0))
    first, second = alarm(SUSPECTED, 6.5), alarm(SUSPECTED, 41.5)
    assert judge({"suspected_within_s": 1}, first, falls=falls).met is False
    assert judge({"suspected_within_s": 1}, first, second, falls=falls).met is True


def test_recovery_is_expected_after_the_fall() -> None:
    assert judge("recovered", alarm(SUSPECTED, 6.5)).met is False
    assert judge("recovered", alarm(SUSPECTED, 6.5), alarm(RECOVERED, 30.0)).met is True


def test_calm_is_broken_by_its_alarm_alone() -> None:
    assert judge("nothing_confirmed", alarm(SUSPECTED, 2.0), falls=()).met is True
    broken = judge("nothing_confirmed", alarm(CONFIRMED, 2.0, "kneeling"), falls=())
    assert (broken.met, broken.detail) == (False, "confirmed at 2.0 s while kneeling")
    assert judge("nothing_suspected", alarm(SUSPECTED, 2.0), falls=()).met is False


def test_false_alarms_are_those_outside_of_falls() -> None:
    fall = FallMark("faint", 5.0, 6.0, risen_s=20.0)
    alarms = tuple(
        alarm(kind, at_s) for kind, at_s in ((SUSPECTED, 1.0), (CONFIRMED, 8.0), (RECOVERED, 30.0), (SUSPECTED, 40.0))
    )
    assert [each.time_s for each in Course((fall,), alarms, 60.0).false_alarms()] == [1.0, 40.0]
