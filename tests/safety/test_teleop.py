from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.geometry import Twist2D
from carebot.safety.clock_offset import ClockOffset
from carebot.safety.teleop import TeleopLink
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import MotionRequest, Source
from tests.safety.situations import P

C = ReasonCode
TABLET_S = 5000.0
"""The tablet's clock is this far behind the robot's."""
DRIVE = Twist2D(0.3, 0.0, 0.2)


def asked(offset: ClockOffset, there_s: float, back_s: float, at_s: float = 100.0, busy_s: float = 0.01) -> bool:
    """One question, sent when the tablet's clock says `at_s`."""
    received_s = at_s + TABLET_S + there_s
    return offset.add(at_s, received_s, received_s + busy_s, at_s + there_s + busy_s + back_s)


def test_without_a_question_nothing_is_known() -> None:
    assert ClockOffset().offset_s is None
    assert ClockOffset().error_s == math.inf


def test_a_symmetric_way_gives_the_exact_offset() -> None:
    offset = ClockOffset()
    assert asked(offset, 0.02, 0.02)
    assert offset.offset_s == pytest.approx(TABLET_S)
    assert offset.error_s == pytest.approx(0.02)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=16))
def test_the_error_is_never_larger_than_said(ways_s: list[tuple[float, float]]) -> None:
    offset = ClockOffset()
    for there_s, back_s in ways_s:
        asked(offset, there_s, back_s)
    assert offset.offset_s is not None
    assert abs(offset.offset_s - TABLET_S) <= offset.error_s + 1e-9
    assert offset.error_s == pytest.approx(min(there + back for there, back in ways_s) / 2, abs=1e-9)


def test_old_questions_are_forgotten() -> None:
    offset = ClockOffset()
    asked(offset, 0.001, 0.001)
    for _ in range(15):
        asked(offset, 0.1, 0.1)
    assert offset.error_s == pytest.approx(0.001)
    asked(offset, 0.1, 0.1)
    assert offset.error_s == pytest.approx(0.1)


@pytest.mark.parametrize(
    "stamps_s",
    [
        (0.0, 10.0, 10.5, 0.1),
        (0.0, 10.0, 9.9, 0.1),
        (1.0, 10.0, 10.0, 0.0),
        (0.0, 10.0, 10.00001, 0.0),
        (math.nan, 10.0, 10.0, 0.1),
        (0.0, math.inf, 10.0, 0.1),
        (0.0, math.inf, math.inf, 0.1),
        (0.0, 10.0, 10.0, math.inf),
        (0.0, 10.0, 10.0, math.nan),
    ],
)
def test_stamps_that_contradict_each_other_teach_nothing(stamps_s: tuple[float, float, float, float]) -> None:
    offset = ClockOffset()
    assert not offset.add(*stamps_s)
    assert offset.offset_s is None


def test_the_quickest_possible_answer_is_one() -> None:
    offset = ClockOffset()
    assert offset.add(1.0, 10.0, 10.0, 1.0)
    assert (offset.offset_s, offset.error_s) == (9.0, 0.0)
    rounded = ClockOffset()
    assert rounded.add(1.0, 10.0, 10.0000005, 1.0)
    assert rounded.error_s == 0.0


# --- the link ---------------------------------------------------------------------------------------------------------


def link(error_s: float = 0.01) -> TeleopLink:
    offset = ClockOffset()
    asked(offset, error_s, error_s)
    return TeleopLink(offset, P)


def hear(
    teleop: TeleopLink, tablet_s: float, arrives_s: float, held: bool = True, twist: Twist2D = DRIVE
) -> MotionRequest | ReasonCode:
    answer = teleop.hear("Anna", twist, held, tablet_s, TABLET_S + arrives_s)
    return answer.code if isinstance(answer, Reason) else answer


def test_a_command_gets_a_stamp_on_the_robots_clock() -> None:
    request = hear(link(), 200.0, 200.05)
    assert isinstance(request, MotionRequest)
    assert (request.source, request.twist, request.driver) == (Source.TELEOP, DRIVE, "Anna")
    assert request.stamp_s == pytest.approx(TABLET_S + 200.0)


def test_the_finger_up_is_a_stop() -> None:
    request = hear(link(), 200.0, 200.05, held=False)
    assert isinstance(request, MotionRequest)
    assert request.twist == ZERO


def test_late_commands_are_dropped_not_queued() -> None:
    teleop = link()
    for arrives_s, dropped in ((200.24, False), (200.26, True), (201.0, True)):
        assert (hear(teleop, 200.0, arrives_s) is C.COMMAND_EXPIRED) == dropped
    assert isinstance(hear(teleop, 201.0, 201.1), MotionRequest)


def test_overtaken_and_repeated_commands_are_dropped() -> None:
    teleop = link()
    assert isinstance(hear(teleop, 200.0, 200.05), MotionRequest)
    assert hear(teleop, 200.0, 200.06) is C.COMMAND_REPLAYED
    assert hear(teleop, 199.95, 200.07) is C.COMMAND_REPLAYED
    answer = teleop.hear("Anna", DRIVE, True, 199.95, TABLET_S + 200.07)
    assert isinstance(answer, Reason)
    assert answer.words == "The tablet's command was overtaken by a newer one."
    assert isinstance(hear(teleop, 200.05, 200.08), MotionRequest)


def test_ahead_within_the_error_is_now_and_beyond_it_refused() -> None:
    request = hear(link(0.1), 200.09, 200.0)
    assert isinstance(request, MotionRequest)
    assert request.stamp_s == TABLET_S + 200.0
    assert hear(link(0.1), 200.16, 200.0) is C.COMMAND_FROM_FUTURE
    exact = hear(link(0.01), 200.03, 200.0)
    assert isinstance(exact, MotionRequest)
    assert exact.stamp_s == pytest.approx(TABLET_S + 200.03)


def test_without_a_good_clock_nobody_drives() -> None:
    words = "The tablet's clock is not known well enough: try again in a second, or nearer to the robot."
    expected = Reason(C.CLOCK, words, about="teleop")
    assert TeleopLink(ClockOffset(), P).hear("Anna", DRIVE, True, 1.0, 1.0) == expected
    assert link(0.126).hear("Anna", DRIVE, True, 200.0, TABLET_S + 200.0) == expected
    assert isinstance(hear(link(0.124), 200.0, 200.0), MotionRequest)
    exact = ClockOffset()
    exact.add(0.0, 0.125, 0.125, 0.25)
    assert TeleopLink(exact, P).hear("Anna", DRIVE, True, 1.0, 1.0) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    assert hear(link(), value, 200.0) in (C.COMMAND_NOT_FINITE, C.COMMAND_FROM_FUTURE, C.COMMAND_EXPIRED)
    assert hear(link(), 200.0, 200.0, twist=Twist2D(value)) is C.COMMAND_NOT_FINITE
    stop = hear(link(), 200.0, 200.0, held=False, twist=Twist2D(value))
    assert isinstance(stop, MotionRequest)
    assert stop.twist == ZERO


def test_silence_for_three_tenths_of_a_second_is_a_lost_link() -> None:
    teleop = link()
    assert teleop.is_lost(TABLET_S)
    hear(teleop, 200.0, 200.0)
    for silent_s, lost in ((0.0, False), (0.29, False), (0.301, True), (5.0, True)):
        assert teleop.is_lost(TABLET_S + 200.0 + silent_s) == lost
    zero = ClockOffset()
    zero.add(0.0, 0.0, 0.0, 0.0)
    exact = TeleopLink(zero, P)
    exact.hear("Anna", DRIVE, True, 0.01, 0.0)
    assert exact.is_lost(0.3)


def test_what_is_dropped_does_not_keep_the_link() -> None:
    teleop = link()
    hear(teleop, 200.0, 200.0)
    hear(teleop, 200.0, 200.2)
    hear(teleop, 199.0, 200.25)
    assert teleop.is_lost(TABLET_S + 200.31)
