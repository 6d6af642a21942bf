"""The parts of the judge's memory, each alone: contact, ramp, driver's seat, inbox."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.geometry import Twist2D
from carebot.safety.contact import ContactManoeuvre
from carebot.safety.driver_seat import DriverSeat
from carebot.safety.inbox import Inbox
from carebot.safety.ramp import ramped
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import MotionRequest, Source
from tests.safety.situations import P

C = ReasonCode
FORWARD = Twist2D(0.4)
NAV, TELEOP = Source.NAVIGATION, Source.TELEOP


# --- contact ----------------------------------------------------------------------------------------------------------


def touched(moving: Twist2D = FORWARD, at_s: float = 10.0) -> ContactManoeuvre:
    contact = ContactManoeuvre(P)
    contact.step(True, moving, at_s)
    return contact


def test_without_a_touch_there_is_no_contact() -> None:
    contact = ContactManoeuvre(P)
    for now_s in (0.0, 0.3, 5.0):
        contact.step(False, FORWARD, now_s)
        assert not contact.active
        assert contact.retreat(now_s) is None


def test_stop_then_retreat_then_wait() -> None:
    contact = touched()
    phases = []
    for tick in range(200):
        now_s = 10.0 + tick / 64
        contact.step(tick < 25, ZERO, now_s)
        phases.append((contact.active, contact.retreat(now_s) is not None))
    assert phases == [(True, False)] * 13 + [(True, True)] * 39 + [(True, False)] * 128 + [(False, False)] * 20


def test_the_retreat_is_the_way_back_at_its_own_speed_and_as_far_as_told() -> None:
    assert touched().retreat(10.3) == Twist2D(-0.05)
    back = touched(Twist2D(-0.2, 0.1)).retreat(10.3)
    assert back is not None
    assert math.hypot(back.vx_m_s, back.vy_m_s) == pytest.approx(0.05)
    assert (back.vx_m_s > 0, back.vy_m_s < 0) == (True, True)
    turn = touched(Twist2D(0.0, 0.0, 1.0)).retreat(10.3)
    assert turn == Twist2D(-0.0, -0.0, pytest.approx(-0.05 / math.hypot(0.25, 0.22)))


def test_the_retreats_limits_in_time() -> None:
    contact = touched(at_s=0.0)
    for now_s, backs_off in ((0.0, False), (0.199, False), (0.2, True), (0.799, True), (0.801, False), (9.0, False)):
        assert (contact.retreat(now_s) is not None) == backs_off, now_s


def test_a_robot_that_stood_does_not_retreat() -> None:
    contact = touched(ZERO)
    assert contact.active
    assert contact.retreat(10.3) is None


def test_told_to_stay_it_stays() -> None:
    contact = touched()
    contact.stay()
    assert contact.retreat(10.3) is None
    assert contact.active


def test_a_touch_that_lasts_gives_no_second_retreat_and_a_longer_wait() -> None:
    contact = touched(at_s=0.0)
    for tick in range(1, 500):
        contact.step(True, FORWARD, tick * 0.02)
        assert (contact.retreat(tick * 0.02) is not None) == (10 <= tick < 40)
    contact.step(False, ZERO, 9.98 + 1.98)
    assert contact.active
    contact.step(False, ZERO, 9.98 + 2.02)
    assert not contact.active
    contact.step(True, Twist2D(-0.4), 20.0)
    assert contact.retreat(20.3) == Twist2D(0.05)


# --- ramp -------------------------------------------------------------------------------------------------------------

SPEED = st.floats(-1.0, 1.0)
TWIST = st.builds(Twist2D, SPEED, SPEED, SPEED)


@given(TWIST, TWIST, st.floats(-1.0, 1.0))
def test_each_part_gains_at_most_its_acceleration_and_is_never_more_than_wished(
    wish: Twist2D, moving: Twist2D, step_s: float
) -> None:
    got = ramped(wish, moving, step_s, P)
    lasts_s = min(max(step_s, 0.0), 0.1)
    for name, gain in (("vx_m_s", 0.5), ("vy_m_s", 0.5), ("yaw_rad_s", 1.5)):
        out, asked, before = getattr(got, name), getattr(wish, name), getattr(moving, name)
        assert abs(out) <= abs(asked)
        assert out * asked >= 0
        before_that_way = max(before * math.copysign(1.0, asked), 0.0)
        assert abs(out) == pytest.approx(min(abs(asked), before_that_way + gain * lasts_s))


@pytest.mark.parametrize(
    ("wish", "moving", "step_s", "expected"),
    [
        (Twist2D(0.8), ZERO, 0.02, Twist2D(0.01)),
        (Twist2D(0.8), Twist2D(0.5), 0.02, Twist2D(0.51)),
        (Twist2D(-0.8), Twist2D(-0.5), 0.02, Twist2D(-0.51)),
        (Twist2D(0.8), Twist2D(0.5), 5.0, Twist2D(0.55)),
        (Twist2D(0.8), Twist2D(0.5), 0.0, Twist2D(0.5)),
        (Twist2D(0.8), Twist2D(0.5), -5.0, Twist2D(0.5)),
        (ZERO, Twist2D(0.5, 0.5, 0.5), 0.02, ZERO),
        (Twist2D(0.1), Twist2D(0.8), 0.02, Twist2D(0.1)),
        (Twist2D(-0.8), Twist2D(0.8), 0.02, Twist2D(-0.01)),
        (Twist2D(0.0, 0.8, 0.0), ZERO, 0.02, Twist2D(0.0, 0.01, 0.0)),
        (Twist2D(0.0, 0.0, -1.0), ZERO, 0.02, Twist2D(0.0, 0.0, -0.03)),
    ],
)
def test_speeding_up_takes_time_and_braking_does_not(
    wish: Twist2D, moving: Twist2D, step_s: float, expected: Twist2D
) -> None:
    got = ramped(wish, moving, step_s, P)
    assert (got.vx_m_s, got.vy_m_s, got.yaw_rad_s) == pytest.approx(
        (expected.vx_m_s, expected.vy_m_s, expected.yaw_rad_s)
    )


# --- the driver's seat ------------------------------------------------------------------------------------------------


def test_one_driver_at_a_time() -> None:
    seat = DriverSeat(2.0)
    assert seat.driver(0.0) == ""
    assert not seat.take("", 0.0)
    assert seat.take("Anna", 0.0)
    assert seat.driver(0.0) == "Anna"
    assert not seat.take("Bea", 1.0)
    assert not seat.take("", 1.0)
    assert seat.take("Anna", 1.5)
    assert not seat.take("Bea", 3.4999)
    assert seat.driver(3.4999) == "Anna"
    assert seat.driver(3.5) == ""
    assert seat.take("Bea", 3.5)
    assert not seat.take("Anna", 3.6)


def test_asking_in_vain_does_not_keep_the_seat() -> None:
    seat = DriverSeat(2.0)
    seat.take("Anna", 0.0)
    for now_s in (0.5, 1.0, 1.5, 1.9):
        assert not seat.take("Bea", now_s)
    assert seat.take("Bea", 2.0)


def test_only_the_driver_can_give_the_seat_up() -> None:
    seat = DriverSeat(2.0)
    seat.take("Anna", 0.0)
    seat.leave("Bea")
    assert seat.driver(1.0) == "Anna"
    seat.leave("Anna")
    assert seat.driver(1.0) == ""
    assert seat.take("Bea", 1.0)


# --- inbox ------------------------------------------------------------------------------------------------------------


def command(source: Source, stamp_s: float, vx: float = 0.4, driver: str = "") -> MotionRequest:
    return MotionRequest(source, Twist2D(vx), stamp_s, driver)


def refused(reason: Reason | None) -> tuple[ReasonCode, str] | None:
    return None if reason is None else (reason.code, reason.words)


def test_the_newest_command_counts_and_none_is_queued() -> None:
    inbox = Inbox(P, 0.0)
    assert inbox.chosen(0.5) is None
    assert inbox.why_not(0.5) is None
    for stamp_s in (1.0, 1.05, 1.1):
        assert inbox.hear(command(NAV, stamp_s, stamp_s), 1.1) is None
    assert inbox.chosen(1.1) == command(NAV, 1.1, 1.1)


def test_who_drives_by_hand_comes_first_and_navigation_waits_afterwards() -> None:
    inbox = Inbox(P, 0.0)
    inbox.hear(command(NAV, 1.0), 1.0)
    inbox.hear(command(TELEOP, 1.0, 0.1, "Anna"), 1.0)
    assert inbox.chosen(1.24) == command(TELEOP, 1.0, 0.1, "Anna")
    assert inbox.chosen(1.25) is None
    for now_s, held in ((1.25, True), (4.0, True), (5.99, True), (6.0, False), (8.0, False)):
        inbox.hear(command(NAV, now_s), now_s)
        assert inbox.chosen(now_s) == (None if held else command(NAV, now_s))
        expected = (C.TELEOP_HOLDS, "Somebody drove by hand: navigation waits for 5 s.") if held else None
        assert refused(inbox.why_not(now_s)) == expected


def test_that_somebody_drove_is_no_answer_where_navigation_wants_nothing() -> None:
    inbox = Inbox(P, 0.0)
    inbox.hear(command(TELEOP, 1.0, 0.1, "Anna"), 1.0)
    assert inbox.why_not(1.5) is None


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (
            command(NAV, 10.0), C.COMMAND_TOO_EARLY,
            "The command from navigation was given before the robot was ready for a new one.",
        ),
        (
            command(NAV, 10.1), C.COMMAND_REPLAYED,
            "The command from navigation is not newer than the one before it.",
        ),
        (command(NAV, 10.05), C.COMMAND_REPLAYED, "The command from navigation is not newer than the one before it."),
        (
            command(NAV, 9.0), C.COMMAND_EXPIRED,
            "The command from navigation is 1.10 s old; commands are void after 0.25 s.",
        ),
        (
            command(NAV, 11.1), C.COMMAND_FROM_FUTURE,
            "The command from navigation is stamped 1.00 s in the future: set the clocks right.",
        ),
        (command(TELEOP, 10.1), C.DRIVER_UNNAMED, "Who drives by hand must give a name."),
        (command(TELEOP, 10.1, 0.4, "  "), C.DRIVER_UNNAMED, "Who drives by hand must give a name."),
        (command(TELEOP, 10.1, 0.4, "Bea "), C.DRIVER_SEAT_TAKEN, "Bea wants to drive, but Anna is driving."),
        (
            command(TELEOP, 10.02, 0.4, "Anna"), C.COMMAND_REPLAYED,
            "The command from teleop is not newer than the one before it.",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing_and_is_told(request_: MotionRequest, code: C, words: str) -> None:
    inbox = Inbox(P, 10.0)
    assert inbox.hear(command(NAV, 10.1, 0.2), 10.1) is None
    assert inbox.hear(command(TELEOP, 10.02, 0.3, " Anna "), 10.1) is None
    assert refused(inbox.hear(request_, 10.1)) == (code, words)
    assert inbox.chosen(10.1) == command(TELEOP, 10.02, 0.3, "Anna")
    assert refused(inbox.why_not(11.09)) == (code, words)
    assert refused(inbox.why_not(11.11)) == (C.TELEOP_HOLDS, "Somebody drove by hand: navigation waits for 5 s.")
    later = Inbox(P, 10.0)
    assert later.hear(request_, 10.1) is None or code is not C.COMMAND_REPLAYED


def test_a_refused_driver_does_not_hold_navigation_back() -> None:
    inbox = Inbox(P, 0.0)
    inbox.hear(command(NAV, 1.0), 1.0)
    assert inbox.hear(command(TELEOP, 1.0), 1.0) is not None
    assert inbox.chosen(1.0) == command(NAV, 1.0)


def test_a_command_with_numbers_that_are_none_stops_its_source_for_a_while() -> None:
    for bad in (command(NAV, 1.1, math.nan), command(NAV, math.nan), command(NAV, 9.9, math.inf)):
        inbox = Inbox(P, 0.0)
        inbox.hear(command(NAV, 1.0), 1.0)
        reason = inbox.hear(bad, 1.1)
        assert reason is not None
        assert reason.code is C.COMMAND_NOT_FINITE
        chosen = inbox.chosen(1.1)
        assert chosen is not None
        assert chosen.stamp_s == 1.1
        assert inbox.hear(command(NAV, 1.15), 1.15) is None
        assert inbox.chosen(1.15) == command(NAV, 1.15)
    inbox = Inbox(P, 0.0)
    inbox.hear(command(TELEOP, math.nan, 0.1, "Anna"), 1.0)
    inbox.hear(command(NAV, 2.0), 2.0)
    assert inbox.chosen(2.0) == command(NAV, 2.0)


def test_after_forgetting_only_what_is_commanded_later_counts() -> None:
    inbox = Inbox(P, 0.0)
    inbox.hear(command(NAV, 1.0), 1.0)
    inbox.forget(1.02)
    assert inbox.chosen(1.02) is None
    for stamp_s, counts in ((1.01, False), (1.02, False), (1.03, True)):
        assert (inbox.hear(command(NAV, stamp_s), 1.03) is None) == counts
    inbox.forget(0.5)
    assert inbox.hear(command(TELEOP, 1.02, 0.1, "Anna"), 1.03) is not None


def test_stamps_are_ordered_for_each_source_alone_and_over_forgetting() -> None:
    inbox = Inbox(P, 0.0)
    assert inbox.hear(command(NAV, 1.2), 1.2) is None
    assert inbox.hear(command(TELEOP, 1.1, 0.1, "Anna"), 1.2) is None
    inbox.forget(1.0)
    replayed = inbox.hear(command(NAV, 1.2), 1.2)
    assert replayed is not None
    assert replayed.code is C.COMMAND_REPLAYED


def test_the_parameters_decide() -> None:
    inbox = Inbox(replace(P, teleop_hold_s=1.0, seat_free_after_s=0.5), 0.0)
    inbox.hear(command(TELEOP, 1.0, 0.1, "Anna"), 1.0)
    assert inbox.hear(command(TELEOP, 1.5, 0.1, "Bea"), 1.5) is None
    inbox.hear(command(NAV, 2.4), 2.4)
    assert refused(inbox.why_not(2.4)) == (C.TELEOP_HOLDS, "Somebody drove by hand: navigation waits for 1 s.")
    inbox.hear(command(NAV, 2.5), 2.5)
    assert inbox.chosen(2.5) == command(NAV, 2.5)
