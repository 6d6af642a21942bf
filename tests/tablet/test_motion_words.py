"""Why the robot may not move faster is told in every language, with the judge's own numbers."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from carebot.geometry import Twist2D
from carebot.safety.clock_offset import ClockOffset
from carebot.safety.inbox import Inbox
from carebot.safety.judge import judge
from carebot.safety.teleop import TeleopLink
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import MotionRequest, Sensor, Source
from carebot.tablet.language import Texts, catalogue
from carebot.tablet.motion_words import motion_words
from tests.safety.situations import AHEAD, EVERYTHING, NOW_S, P, wish
from tests.safety.test_specification import SPECIFICATION


def said_by_the_inbox() -> list[Reason | None]:
    inbox = Inbox(P, NOW_S - 0.1)
    early = inbox.hear(wish(age_s=0.1), NOW_S)
    unnamed = inbox.hear(MotionRequest(Source.TELEOP, AHEAD, NOW_S), NOW_S)
    inbox.hear(MotionRequest(Source.NAVIGATION, AHEAD, NOW_S), NOW_S)
    inbox.hear(MotionRequest(Source.TELEOP, AHEAD, NOW_S, "Anna"), NOW_S)
    again = inbox.hear(MotionRequest(Source.TELEOP, AHEAD, NOW_S, "Anna"), NOW_S)
    other = inbox.hear(MotionRequest(Source.TELEOP, AHEAD, NOW_S + 0.01, "Ben"), NOW_S)
    return [early, unnamed, again, other, inbox.why_not(NOW_S + 2.5)]


def said_by_the_link() -> list[object]:
    offset = ClockOffset()
    link = TeleopLink(offset, P)
    unknown = link.hear("Anna", AHEAD, True, 0.0, NOW_S)
    offset.add(NOW_S, NOW_S, NOW_S, NOW_S)
    link.hear("Anna", AHEAD, True, NOW_S, NOW_S)
    return [unknown, link.hear("Anna", AHEAD, True, NOW_S - 0.01, NOW_S)]


def every_reason() -> list[Reason]:
    judged = [
        reason
        for _, request, world, *_ in SPECIFICATION
        for parameters in (P, EVERYTHING)
        for reason in judge(request, world, NOW_S, parameters).reasons
    ]
    clock = judge(None, SPECIFICATION[0][2], math.nan, P).reasons
    heard = [each for each in (*said_by_the_inbox(), *said_by_the_link()) if isinstance(each, Reason)]
    return [*judged, *clock, *heard]


REASONS = every_reason()


def test_the_judge_was_made_to_say_every_reason():
    assert {reason.code for reason in REASONS} == set(ReasonCode)


@pytest.mark.parametrize("language", ["ja", "fr"])
@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code.value)
def test_every_reason_is_told_in_every_language(reason: Reason, language: str):
    told = motion_words(reason, Texts(language))
    assert told != reason.words
    assert "{" not in told
    assert told not in catalogue("en").values()
    if language == "ja":
        assert re.search("[ぁ-ゖァ-ヺ一-鿿]", told)
        assert told.endswith("。")


@pytest.mark.parametrize("language", ["en", "ja", "fr"])
def test_every_sensor_and_source_has_a_name(language: str):
    assert {f"sensor_{each.value}" for each in Sensor} <= catalogue(language).keys()
    assert {f"source_{each.value}" for each in Source} <= catalogue(language).keys()


def test_numbers_are_written_as_the_language_writes_them():
    near = Reason(ReasonCode.PERSON_NEAR, "Somebody is 1.20 m away.", 0.3, {"distance_m": 1.2})
    assert motion_words(near, Texts("fr")) == "Quelqu'un est à 1,20 m."
    assert motion_words(near, Texts("ja")) == "人が1.20 m先にいます。"
    assert motion_words(near, Texts("en")) == near.words


def test_a_sensor_is_called_by_its_name():
    silent = Reason(ReasonCode.SENSOR_STALE, "The lidar …", 0.0, {"age_s": np.float64(2.5)}, "scan")
    assert motion_words(silent, Texts("ja")) == "2.5秒間信号がありません：レーザーセンサー。"
    assert motion_words(silent, Texts("fr")) == "Silence depuis 2,5 s : télémètre laser."


@pytest.mark.parametrize("about", ["{x}", "{0.__class__}", "<script>", "x" * 300])
def test_what_a_reason_is_about_is_text_and_nothing_else(about: str):
    seat = Reason(ReasonCode.DRIVER_SEAT_TAKEN, "…", about=about)
    assert motion_words(seat, Texts("fr")) == f"{about} conduit déjà."


def test_a_reason_without_its_numbers_stays_english():
    bare = Reason(ReasonCode.OBSTACLE, "An obstacle is in the way.")
    assert motion_words(bare, Texts("ja")) == bare.words
    assert motion_words(Reason(ReasonCode.YAW_LIMIT, "…", math.inf), Texts("ja")) != "…"
    assert Twist2D() == ZERO
