"""The one way by which pictures leave perception: when it opens, and that it always closes."""

from __future__ import annotations

import math

import pytest

from carebot.perception.looking import LONGEST_S, NOTICE_S, UNWATCHED_S, Look, LookDesk, Request

ASKED = Request("Aiko", "no answer at the door", 60.0)


def opened(desk: LookDesk, request: Request = ASKED, now_s: float = 0.0) -> Look:
    look = desk.ask(request, can_announce=True, now_s=now_s)
    assert isinstance(look, Look), look
    return look


def seen_until(desk: LookDesk, token: str, until_s: float, step_s: float = 0.5) -> list[float]:
    """When a picture was given to somebody who asks all the time."""
    times_s = [count * step_s for count in range(int(until_s / step_s))]
    return [time_s for time_s in times_s if desk.may_see(token, time_s)]


def test_nobody_sees_anything_before_somebody_asked():
    desk = LookDesk()
    assert not desk.may_see("", 0.0)
    assert not desk.may_see("guessed", 0.0)
    assert desk.look(0.0) is None


def test_it_is_announced_first_and_over_after_a_minute_however_long_was_asked():
    desk = LookDesk()
    token = opened(desk, Request("Aiko", "why", 3600.0)).token
    times_s = seen_until(desk, token, 120.0)
    assert times_s[0] == NOTICE_S
    assert times_s[-1] < NOTICE_S + LONGEST_S <= times_s[-1] + 0.5
    assert desk.look(120.0) is None


def test_in_an_emergency_nobody_waits_and_a_robot_without_voice_is_looked_through():
    desk = LookDesk()
    assert "conversation" in str(desk.ask(ASKED, can_announce=False, now_s=0.0))
    look = desk.ask(Request("Aiko", "a fall", 60.0, emergency=True), can_announce=False, now_s=0.0)
    assert isinstance(look, Look)
    assert desk.may_see(look.token, 0.0)


def test_a_look_that_nobody_watches_is_over():
    desk = LookDesk()
    token = opened(desk).token
    assert desk.may_see(token, 4.0)
    assert not desk.may_see(token, 4.0 + UNWATCHED_S + 0.1)
    assert desk.look(4.0 + UNWATCHED_S + 0.2) is None


def test_only_its_token_opens_and_keeps_it():
    desk = LookDesk()
    token = opened(desk).token
    for time_s in (1.0, 3.0, 5.0):
        assert not desk.may_see(token + "x", time_s)
        assert not desk.may_see("é", time_s)
    assert not desk.may_see(token, NOTICE_S + UNWATCHED_S + 0.1), "another's asking does not keep it open"


def test_one_at_a_time_and_the_next_after_it_has_ended():
    desk = LookDesk()
    token = opened(desk).token
    assert "Aiko is looking" in str(desk.ask(Request("Ben", "why", 60.0), can_announce=True, now_s=1.0))
    desk.end("wrong", 1.0)
    assert desk.look(1.0) is not None
    desk.end(token, 1.0)
    assert not desk.may_see(token, 4.0)
    assert opened(desk, Request("Ben", "why", 60.0), 5.0).token != token


def test_a_camera_that_is_off_for_privacy_ends_a_look_and_refuses_the_next_even_in_an_emergency():
    desk = LookDesk()
    token = opened(desk).token
    desk.switch(is_off=True)
    assert not desk.may_see(token, 4.0)
    urgent = Request("Aiko", "a fall", 60.0, emergency=True)
    assert "off for the resident's privacy" in str(desk.ask(urgent, can_announce=True, now_s=5.0))
    desk.switch(is_off=False)
    opened(desk, urgent, 6.0)


@pytest.mark.parametrize(
    "request_",
    [
        Request("", "why", 60.0),
        Request("Aiko", "  ", 60.0),
        Request("Aiko", "why", 0.0),
        Request("Aiko", "why", -1.0),
        Request("Aiko", "why", math.nan),
        Request("Aiko", "why", math.inf),
    ],
)
def test_what_is_no_request_is_refused(request_: Request):
    assert isinstance(LookDesk().ask(request_, can_announce=True, now_s=0.0), str)
