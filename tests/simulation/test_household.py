"""Routines in the simulation, end to end: what is said, asked, recorded and told; and the files that ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.errors import ConfigError
from carebot.routines.library import OWN
from carebot.simulation.expectations import Course, parse_expectations
from carebot.simulation.household.happened import Happened
from carebot.simulation.household.voice import speaking_s
from carebot.simulation.runner import Result, run_scenario
from carebot.simulation.scenario import load_scenario, scenario_names

STANDS: dict[str, Any] = {
    "description": "She stands in the living room.",
    "world": "home",
    "robot": {"at": [6.2, 3.9], "facing_deg": -35},
    "start": {"at": [8.0, 2.6], "facing_deg": 145},
    "script": [{"stand": 1}],
    "language": "ja",
    "answers": [],
}


def played(folder: Path, care: dict[str, Any], **changes: Any) -> Result:
    path = folder / "trial.yaml"
    path.write_text(yaml.safe_dump({**STANDS, **changes, "care": care}, allow_unicode=True), encoding="utf-8")
    return run_scenario(str(path), 0, "keypoints")


def texts(result: Result, what: str) -> list[str]:
    return [each.text for each in result.happened if each.what == what]


@pytest.mark.parametrize(
    "name",
    [
        "medicine_is_confirmed_later",
        "medicine_is_missed",
        "bumper_in_privacy",
        "followed_to_the_bedroom",
    ],
)
def test_a_scenario_of_care_is_met(name: str):
    result = run_scenario(name, 0, "keypoints")
    assert result.met, result.outcomes


def test_faults_reach_a_robot_whose_routines_are_at_work(tmp_path: Path):
    care = {"words": [{"says": "こっちに来て", "at_s": 1}], "most_s": 12}
    broken = played(tmp_path, care, script=[{"stand": 8}], faults=[{"serial_unplugged": 0}])
    first, *_, last = broken.robot
    assert [each.text for each in broken.happened if each.what == "began"] == ["come_here"]
    assert (last.x_m, last.y_m, last.yaw_rad) == pytest.approx((first.x_m, first.y_m, first.yaw_rad), abs=0.01)


def test_ten_minutes_of_waiting_are_ten_minutes_in_the_home(tmp_path: Path):
    result = played(tmp_path, {"routines": [{"start": "medication_reminder", "with": {"medicine": "薬", "rounds": 2}}]})
    asked = [each.time_s for each in result.happened if each.what == "asked"]
    [began] = [each.time_s for each in result.happened if each.what == "began"]
    assert asked[3] - began == pytest.approx(600, abs=2)
    assert texts(result, "recorded") == ["medicine_missed"]
    assert result.pictures < 500  # nobody looks while nothing moves


def test_an_answer_ends_the_question_and_the_wrong_words_do_not(tmp_path: Path):
    care = {"routines": [{"start": "medication_reminder", "with": {"medicine": "薬", "rounds": 1}}]}
    answers = [{"to": "飲みましたか", "says": "今日は寒いね"}, {"to": "飲みましたか", "says": "はい、飲みました"}]
    result = played(tmp_path, care, answers=answers)
    assert len(texts(result, "asked")) == 2
    assert texts(result, "recorded") == ["medicine_taken"]


def test_nobody_home_is_not_found_and_told(tmp_path: Path):
    start = {"at": [2.2, 2.8], "facing_deg": 0}  # behind the bathroom door, where the robot must not look
    care = {"routines": [{"start": "morning_check"}], "most_s": 400}
    result = played(tmp_path, care, start=start, robot={"at": [2.4, 3.9]})
    assert texts(result, "recorded") == ["morning_not_found"]
    assert "見つかりませんでした" in texts(result, "told")[0]
    went = {each.text for each in result.happened if each.what == "went" and not each.how}
    assert {"bedroom", "living_room", "kitchen", "study"} <= went
    assert "bathroom" not in went


@pytest.mark.parametrize(
    ("care", "words"),
    [
        ({"routines": [{"start": "dance"}]}, "there is no routine 'dance'"),
        ({"routines": [{"start": "call_family"}]}, "call_family does not start"),
        ({"site": "nowhere"}, "there is no site 'nowhere'"),
        ({"clock": "25:00"}, "clock"),
        ({"words": [{"says": "hello"}]}, "needs at_s, or after"),
        ({"battery": [{"percent": 120}]}, "percent"),
    ],
)
def test_what_is_wrong_in_the_file_is_told(tmp_path: Path, care: dict[str, Any], words: str):
    with pytest.raises(ConfigError, match=words):
        played(tmp_path, care)


def test_every_routine_of_the_library_has_a_scenario():
    asked: set[str] = set()
    for name in scenario_names():
        scenario = load_scenario(name)
        if scenario.care is not None:
            told = [each for each in scenario.expect if type(each).__name__ in ("Ends", "Begins")]
            asked |= {each.text for each in told}  # type: ignore[attr-defined]
    assert {path.stem for path in OWN.glob("*.yaml")} - asked == set()


HAPPENED = (
    Happened(1.0, "began", "medication_reminder"),
    Happened(2.0, "said", "take the white pill"),
    Happened(40.0, "asked", "have you taken it"),
    Happened(60.0, "asked", "have you taken it"),
    Happened(70.0, "told", "not confirmed", "Aiko"),
    Happened(71.0, "alarm", "she needs help", how="help"),
    Happened(72.0, "ended", "medication_reminder", how="the way back took too long"),
    Happened(73.0, "went", "kitchen", how="a chair is in the way"),
)


@pytest.mark.parametrize(
    ("expectation", "is_met"),
    [
        ({"says": "white pill"}, True),
        ({"says": "blue pill"}, False),
        ({"says": {"text": "white pill", "within_s": 1}}, False),
        ({"says": {"text": "white pill", "after_s": 3}}, False),
        ({"asks": {"text": "taken", "times": 2}}, True),
        ({"asks": {"text": "taken", "times": 1}}, False),
        ({"asks": {"text": "taken", "times": 1, "after_s": 50}}, True),
        ({"tells": {"text": "not confirmed", "who": "Aiko"}}, True),
        ({"tells": {"text": "not confirmed", "who": "Ben"}}, False),
        ({"tells": {"times": 0}}, False),
        ({"records": {"times": 0}}, True),
        ({"raises_alarm": "help"}, True),
        ({"raises_alarm": "fall"}, False),
        ({"ends": "medication_reminder"}, False),
        ({"ends": {"text": "medication_reminder", "how": "the way back"}}, True),
        ({"begins": "medication_reminder"}, True),
        ({"goes_to": "kitchen"}, False),
    ],
)
def test_an_expectation_can_fail(expectation: dict[str, Any], is_met: bool):
    course = Course((), (), 100.0, happened=HAPPENED)
    assert parse_expectations([expectation])[0].judge(course).met is is_met


def test_longer_sentences_take_longer():
    assert 1.0 < speaking_s("大丈夫ですか。", "ja") < 2.0
    assert speaking_s("Are you all right?", "en") < speaking_s("Are you all right? Please say so.", "en")
