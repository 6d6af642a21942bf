"""One connection's conversation, in virtual time."""

from __future__ import annotations

import json

import pytest

from carebot.geometry import Twist2D
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import Estop, MotionRequest, Source
from carebot.tablet.teleop import (
    MOST_MESSAGES_PER_S,
    MotionView,
    Seats,
    TeleopSession,
    TooManyMessagesError,
)

HOUR_S = 3600.0
"""The tablet's clock is this far ahead."""
P = SafetyParameters()


class Judge:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[MotionRequest] = []
        self.view: MotionView | None = None

    def drive(self, request: MotionRequest) -> None:
        self.heard.append(request)

    def motion(self) -> MotionView | None:
        return self.view


class Tablet:
    """Somebody who drives; `now_s` is the robot's clock."""

    def __init__(self, name: str = "Aiko", seats: Seats | None = None, judge: Judge | None = None) -> None:
        self.seats, self.judge = seats or Seats(P.seat_free_after_s), judge or Judge()
        self.session = TeleopSession(name, self.seats, self.judge, P)
        self.now_s = 100.0

    def say(self, kind: str, **fields: object) -> list[dict]:
        return self.session.hear(json.dumps({"type": kind, **fields}), self.now_s)

    def set_clock(self, way_s: float = 0.01) -> None:
        sent_s = self.now_s + HOUR_S
        self.now_s += way_s
        [answer] = self.say("clock", sent_s=sent_s)
        assert answer["sent_s"] == sent_s
        self.now_s += way_s
        assert self.say("returned", sent_s=sent_s, returned_s=self.now_s + HOUR_S) == []

    def ready(self) -> Tablet:
        self.set_clock()
        [seat] = self.say("take")
        assert seat["yours"], seat
        return self

    def hold(self, vx_m_s: float = 0.3, held: bool = True, age_s: float = 0.0) -> list[dict]:
        self.now_s += 0.05
        return self.say("twist", vx_m_s=vx_m_s, held=held, stamp_s=self.now_s - age_s + HOUR_S)

    def wait(self, seconds: float) -> list[dict]:
        """Ticks pass; what was told but states."""
        told: list[dict] = []
        for _ in range(round(seconds / 0.02)):
            self.now_s += 0.02
            told += [answer for answer in self.session.tick(self.now_s) if answer["type"] != "state"]
        return told

    @property
    def state(self) -> dict:
        self.now_s += 0.101
        return next(answer for answer in self.session.tick(self.now_s) if answer["type"] == "state")


def test_a_command_reaches_the_judge_by_name_and_with_its_age_on_the_robots_clock() -> None:
    tablet = Tablet().ready()
    assert tablet.hold(0.3, age_s=0.1) == []
    [request] = tablet.judge.heard
    assert (request.source, request.twist, request.driver) == (Source.TELEOP, Twist2D(0.3), "Aiko")
    assert request.stamp_s == pytest.approx(tablet.now_s - 0.1, abs=0.011)


def test_a_lifted_finger_stops() -> None:
    tablet = Tablet().ready()
    tablet.hold(0.3)
    tablet.hold(0.3, held=False)
    assert [request.twist for request in tablet.judge.heard] == [Twist2D(0.3), ZERO]
    assert tablet.wait(1.0) == []
    assert len(tablet.judge.heard) == 2


def test_a_silent_link_is_a_stop_and_going_on_takes_a_lifted_finger() -> None:
    tablet = Tablet().ready()
    tablet.hold()
    assert tablet.wait(0.28) == []
    [told] = tablet.wait(0.04)
    assert (told["type"], told["code"]) == ("refused", "link_lost")
    assert tablet.judge.heard[-1].twist == ZERO
    assert tablet.judge.heard[-1].stamp_s == pytest.approx(tablet.now_s, abs=0.03)
    assert [answer["code"] for answer in tablet.hold()] == ["link_lost"]
    assert len(tablet.judge.heard) == 2
    assert tablet.hold(held=False) == []
    assert tablet.hold() == []
    assert tablet.judge.heard[-1].twist == Twist2D(0.3)


def test_late_commands_are_dropped_and_do_not_hold_the_link() -> None:
    tablet = Tablet().ready()
    tablet.hold()
    told = [tablet.hold(age_s=0.3) for _ in range(5)]
    assert [[answer["code"] for answer in each] for each in told] == [["command_expired"]] * 5
    assert [answer["code"] for answer in tablet.wait(0.1)] == ["link_lost"]
    assert [request.twist for request in tablet.judge.heard] == [Twist2D(0.3), ZERO]


def test_one_driver_at_a_time_and_by_name() -> None:
    aiko = Tablet("Aiko").ready()
    ben = Tablet("Ben", aiko.seats, aiko.judge)
    ben.set_clock()
    aiko.hold()
    ben.now_s = aiko.now_s
    assert ben.say("take") == [{"type": "seat", "yours": False, "driver": "Aiko"}]
    assert [answer["code"] for answer in ben.hold()] == ["no_seat"]
    assert (ben.state["driver"], ben.state["yours"]) == ("Aiko", False)
    assert aiko.say("release") == [{"type": "seat", "yours": False, "driver": ""}]
    assert aiko.judge.heard[-1].twist == ZERO
    assert ben.say("take")[0]["yours"]
    ben.hold()
    assert aiko.judge.heard[-1].driver == "Ben"


def test_one_person_with_two_tablets_drives_with_one() -> None:
    first = Tablet("Aiko").ready()
    second = Tablet("Aiko", first.seats, first.judge)
    first.hold()
    second.now_s = first.now_s
    assert not second.say("take")[0]["yours"]


def test_whoever_is_silent_for_long_loses_the_seat_to_who_wants_it() -> None:
    aiko = Tablet("Aiko").ready()
    ben = Tablet("Ben", aiko.seats, aiko.judge)
    ben.now_s = aiko.now_s + P.seat_free_after_s
    ben.set_clock()
    assert ben.say("take")[0]["yours"]
    ben.hold()
    aiko.now_s = ben.now_s
    [told] = aiko.hold()
    assert (told["code"], told["words"]) == ("driver_seat_taken", "Ben is driving: take the seat when it is free.")
    assert [answer["code"] for answer in aiko.hold()] == ["no_seat"]


def test_the_end_of_a_connection_stops_and_frees_the_seat() -> None:
    aiko = Tablet("Aiko").ready()
    aiko.hold()
    aiko.session.close(aiko.now_s)
    assert aiko.judge.heard[-1].twist == ZERO
    assert aiko.seats.driver(aiko.now_s) == ""


def test_without_the_seat_or_a_clock_nobody_drives() -> None:
    tablet = Tablet()
    assert [answer["code"] for answer in tablet.hold()] == ["no_seat"]
    tablet.say("take")
    assert [answer["code"] for answer in tablet.hold()] == ["clock"]
    assert tablet.state["clock_error_s"] is None
    tablet.set_clock(0.2)
    assert [answer["code"] for answer in tablet.hold()] == ["clock"]
    tablet.set_clock(0.02)
    assert tablet.hold() == []
    assert tablet.state["clock_error_s"] == pytest.approx(0.02)


def test_nobody_can_make_up_the_robots_time() -> None:
    tablet = Tablet()
    [told] = tablet.say("returned", sent_s=1.0, returned_s=1.0)
    assert told["type"] == "error"
    tablet.say("clock", sent_s=5.0)
    assert tablet.say("returned", sent_s=5.0, returned_s=4.0)[0]["type"] == "error"
    for question in range(100):
        tablet.say("clock", sent_s=float(question))
        tablet.now_s += 0.02
    assert tablet.say("returned", sent_s=0.0, returned_s=0.1)[0]["type"] == "error"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"type": "fly"}',
        '{"type": "twist", "held": true}',
        '{"type": "twist", "held": "yes", "stamp_s": 1}',
        '{"type": "twist", "held": 1, "stamp_s": 1}',
        '{"type": "twist", "held": true, "stamp_s": 1, "vx_m_s": NaN}',
        '{"type": "twist", "held": true, "stamp_s": 1, "vx_m_s": 1e999}',
        '{"type": "twist", "held": true, "stamp_s": 1, "vx": 1}',
        '{"type": "take", "name": "Ben"}',
        '{"type": "clock", "sent_s": "x"}',
        "\x00",
        "[" * 1000,
    ],
)
def test_what_makes_no_sense_is_said_and_moves_nothing(text: str) -> None:
    tablet = Tablet().ready()
    [told] = tablet.session.hear(text, tablet.now_s)
    assert told["type"] == "error"
    assert told["detail"].endswith(".")
    assert tablet.judge.heard == []


def test_the_state_says_what_is_allowed_and_why() -> None:
    tablet = Tablet()
    night = Reason(ReasonCode.NIGHT, "It is night.", 0.25, {"limit_m_s": 0.25})
    tablet.judge.view = MotionView(tablet.now_s, 0.25, Twist2D(0.2), (night,), Estop(True, "a button", "Ben"))
    state = tablet.state
    assert (state["live"], state["allowed_speed_m_s"], state["vx_m_s"]) == (True, 0.25, 0.2)
    assert state["reasons"] == [
        {"code": "night", "words": "It is night.", "allowed_speed_m_s": 0.25, "numbers": {"limit_m_s": 0.25}}
    ]
    assert (state["emergency_stop"], state["emergency_stop_cause"]) == (True, "a button")
    json.dumps(state, allow_nan=False)


def test_a_judge_that_fell_silent_allows_nothing() -> None:
    tablet = Tablet()
    assert not tablet.state["live"]
    tablet.judge.view = MotionView(tablet.now_s, 0.5, ZERO)
    assert tablet.state["live"]
    tablet.now_s += 0.5
    state = tablet.state
    assert (state["live"], state["allowed_speed_m_s"]) == (False, 0.0)


def test_a_flood_is_hung_up_on() -> None:
    tablet = Tablet()
    for _ in range(MOST_MESSAGES_PER_S):
        tablet.say("take")
    with pytest.raises(TooManyMessagesError):
        tablet.say("take")
    tablet.now_s += 1.0
    tablet.say("take")
