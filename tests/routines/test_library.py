"""Every shipped routine played through: the good way, and each in which it goes wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from carebot.records.routine_runs import RunState
from carebot.routines.file import load_routine
from carebot.site.file import Site
from tests.routines.world import SITE, House, own_library, routine_file

LIBRARY = own_library()
GIVEN: dict[str, dict[str, Any]] = {
    "medication_reminder": {"medicine": "the white pill"},
    "guide_to_room": {"room": "kitchen"},
    "call_family": {"who": "Ben"},
    "visitor_greeting": {"door": "entrance"},
    "fall_response": {"alert": "alert-1"},
    "come_here": {"to": "kitchen"},
    "resident_reminder": {"what": "the doctor comes"},
}
EACH = pytest.mark.parametrize("name", sorted(LIBRARY))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    urgent = {"priority": "fall_response", "do": [{"wait": 20}], "name": "urgent"}
    made = House({**LIBRARY, "urgent": load_routine(routine_file(tmp_path, urgent, "urgent"))})
    yield made
    made.close()


def play(house: House, name: str, *answers: str, before: Callable[[], object] = lambda: None, **given: Any) -> str:
    """Run it to its end; its outcome, empty where it is done."""
    house.world.answers = list(answers)
    before()
    run = house.end(house.request(name, **{**GIVEN.get(name, {}), **given}), within_s=20_000)
    house.forward(1)
    assert (run.outcome == "") == (run.state is RunState.SUCCEEDED), run
    return run.outcome


# the good way of each


def test_medication_reminder(house: House):
    assert play(house, "medication_reminder", "no", "yes") == ""
    assert house.world.said == [
        "Mrs Sato, it is time for your medicine: the white pill. Please take it now.",
        "All right. I will ask again later.",
        "Thank you. I have noted it.",
    ]
    assert house.notes() == [("medicine_taken", "Hana Sato/the white pill")]
    assert house.world.told == []


def test_the_same_medicine_again_within_the_hour_is_left_out_and_told(house: House):
    play(house, "medication_reminder", "yes")
    spoken = len(house.world.log)
    assert play(house, "medication_reminder", "yes") == ""
    assert len(house.world.log) == spoken
    assert "so that it is not taken twice" in house.world.told[0][2]
    assert play(house, "medication_reminder", "yes", medicine="the blue pill") == ""
    house.forward(3600)
    assert play(house, "medication_reminder", "yes") == ""
    assert [kind for kind, _ in house.notes()] == ["medicine_taken"] * 3


def test_a_medicine_that_is_not_confirmed_is_told_and_prompted_for_once(house: House):
    began_s = house.now_s
    assert play(house, "medication_reminder") == ""
    assert len([text for text in house.world.said if "Please take it" in text]) == 1
    assert len(house.world.asked) == 4
    assert house.now_s - began_s == pytest.approx(1800, abs=120)
    assert [kind for kind, _ in house.notes()] == ["medicine_missed"]
    assert "has not confirmed taking the white pill" in house.world.told[0][2]


def test_please_take_it_is_never_begun_twice_even_where_it_was_interrupted(house: House):
    run = house.request("medication_reminder", **GIVEN["medication_reminder"])
    house.until(lambda: house.world.said)
    house.request("urgent")
    house.world.answers = ["yes"]
    assert house.end(run).state is RunState.SUCCEEDED
    assert len([text for text in house.world.said if "Please take it" in text]) == 1
    assert len(house.world.asked) == 1


def test_a_conversation_that_dies_in_the_middle_leads_to_questions_only(house: House):
    house.world.no_voice = "the conversation no longer answers"
    run = house.request("medication_reminder", **GIVEN["medication_reminder"])
    house.until(lambda: house.world.asked)
    house.forward(5)
    house.world.no_voice, house.world.answers = "", ["yes"]
    assert house.end(run).state is RunState.SUCCEEDED
    assert len([text for text in house.world.said if "Please take it" in text]) == 1
    assert house.notes() == [("medicine_taken", "Hana Sato/the white pill")]


@pytest.mark.parametrize(("answer", "kind"), [("yes", "drunk"), ("no", "not_drunk"), ("none", "not_drunk")])
def test_hydration_reminder(house: House, answer: str, kind: str):
    assert play(house, "hydration_reminder", answer, tell_if_not=True) == ""
    assert house.notes() == [(kind, "Hana Sato")]
    assert len(house.world.told) == (kind == "not_drunk")


@pytest.mark.parametrize(("answer", "told"), [("yes", 0), ("no", 1), ("none", 1)])
def test_meal_reminder(house: House, answer: str, told: int):
    assert play(house, "meal_reminder", answer, meal="dinner") == ""
    assert house.world.said[0] == "Mrs Sato, dinner is ready."
    assert len(house.world.told) == told


@pytest.mark.parametrize(
    ("answer", "kind", "alarms"),
    [
        ("fine", "morning_well", 0),
        ("yes", "morning_well", 0),
        ("help", "morning_help", 1),
        ("no", "morning_help", 1),
        ("none", "morning_no_answer", 1),
        ("unclear", "morning_no_answer", 1),
    ],
)
def test_morning_check(house: House, answer: str, kind: str, alarms: int):
    assert play(house, "morning_check", answer) == ""
    assert house.notes() == [(kind, "Hana Sato")]
    assert len(house.world.alarms) == alarms


def test_a_morning_check_leaves_whoever_was_up_in_peace(house: House):
    house.world.up_s = house.now_s - 3600
    assert play(house, "morning_check", up_within_s=7200) == ""
    assert house.notes() == [("morning_up", "Hana Sato")]
    assert house.world.log == []


@pytest.mark.parametrize(("up_s", "given"), [(None, {"up_within_s": 7200}), (-9000, {"up_within_s": 7200}), (-60, {})])
def test_a_morning_check_looks_for_who_was_not_seen_up(house: House, up_s: float | None, given: dict[str, Any]):
    house.world.up_s = None if up_s is None else house.now_s + up_s
    assert play(house, "morning_check", "fine", **given) == ""
    assert [kind for kind, _ in house.notes()] == ["morning_well"]


def test_morning_check_of_somebody_who_is_nowhere(house: House):
    house.world.people_in = set()
    assert play(house, "morning_check") == ""
    assert "was not found this morning" in house.world.told[0][2]
    assert house.world.said == []


def test_come_here(house: House):
    assert play(house, "come_here") == ""
    assert house.world.log == [("go", "kitchen"), ("say", "Here I am. What can I do for you?")]
    house.world.log.clear()
    house.world.standing = "charger"
    assert play(house, "come_here", to="") == ""
    assert house.world.went == ["bedroom", "person"]
    assert house.world.log[-1] == ("say", "Here I am. What can I do for you?")
    house.world.standing, house.world.people_in = "charger", set()
    assert play(house, "come_here", to="") == "nobody was found"


def test_guide_to_room(house: House):
    house.world.people_in = {"charger", "kitchen"}
    assert play(house, "guide_to_room") == ""
    assert house.world.said == ["I will show you the way: the kitchen. Please follow me.", "Here we are: the kitchen."]


def test_guide_to_room_comes_back_for_whoever_did_not_follow(house: House):
    house.world.people_in = {"bedroom"}
    assert play(house, "guide_to_room") == "go_to_person: nobody is to be seen here"
    assert house.world.went == ["bedroom", "kitchen", "bedroom", "kitchen"]


def test_go_to_charger(house: House):
    assert play(house, "go_to_charger") == ""
    assert house.world.went == ["dock"]


@pytest.mark.parametrize(("answer", "told", "alarms"), [("no", 0, 0), ("none", 0, 0), ("yes", 1, 0), ("help", 0, 1)])
def test_goodnight(house: House, answer: str, told: int, alarms: int):
    assert play(house, "goodnight", answer) == ""
    assert house.world.went == ["bedroom", "dock"]
    assert (len(house.world.told), len(house.world.alarms)) == (told, alarms)


def test_fall_response_stays_until_a_caregiver_has_come(house: House):
    world = house.world
    world.states["alert-1"], world.answers = "confirmed", ["help"]
    run = house.request("fall_response", **GIVEN["fall_response"])
    house.forward(200)
    assert world.went == ["bedroom"]
    assert world.asked == ["Are you all right?"]
    assert house.notes() == [("fall_says_help", "")]
    assert [body for _, _, body in world.told] == ["Asked after the fall, the person asks for help."]
    assert world.said[:2] == [
        "I am here. Please do not get up yet.",
        "Help has been called. Please stay lying. I stay with you.",
    ]
    assert world.said[2:]
    assert set(world.said[2:]) == {"I am still here. I go on calling until somebody answers."}
    world.answering["alert-1"], world.states["alert-1"] = "Ben", "acknowledged"
    house.forward(100)
    assert "Ben has answered and is coming." in world.said
    assert world.said[-1] == "Somebody will be here soon."
    assert house.state(run) is RunState.RUNNING
    world.states["alert-1"] = "resolved"
    house.forward(2)
    assert house.state(run) is RunState.SUCCEEDED
    assert world.alarms == []  # the fall has raised the alert itself


def test_fall_response_goes_to_who_fell_and_not_to_who_stands_about(house: House):
    world = house.world
    world.people_in, world.near_it = {"charger", "kitchen"}, "kitchen"  # somebody stands before the robot, too
    world.alert_places["alert-1"], world.states["alert-1"] = (6.2, 1.4), "confirmed"
    world.answers = ["help"]
    house.request("fall_response", **GIVEN["fall_response"])
    house.forward(30)
    assert world.log[:3] == [
        ("go_near", "6.2 1.4"),
        ("say", "I am here. Please do not get up yet."),
        ("ask", "Are you all right?"),
    ]


def test_fall_response_looks_for_them_where_nobody_is_any_more_at_the_place_of_the_fall(house: House):
    world = house.world
    world.alert_places["alert-1"], world.states["alert-1"] = (6.2, 1.4), "confirmed"
    house.request("fall_response", **GIVEN["fall_response"])
    house.forward(60)
    assert world.went == ["bedroom"]
    assert [kind for kind, _ in world.log[:3]] == ["go_near", "go", "say"]


def test_a_caregiver_who_ends_the_alarm_from_afar_is_not_announced(house: House):
    world = house.world
    world.states["alert-1"], world.answers = "confirmed", ["fine"]
    run = house.request("fall_response", **GIVEN["fall_response"])
    house.forward(60)
    world.answering["alert-1"], world.states["alert-1"] = "Ben", "resolved"
    house.forward(60)
    assert house.state(run) is RunState.SUCCEEDED
    assert not [said for said in world.said if "coming" in said or "soon" in said]


def test_fall_response_by_hand_raises_the_alarm_itself(house: House):
    assert play(house, "fall_response", "fine", alert="") == ""
    assert house.world.alarms == [("fall", "Somebody has fallen.")]


def test_fall_response_goes_on_where_it_cannot_get_there(house: House):
    house.world.blocked = {"all"}
    assert play(house, "fall_response", "none") == ""
    assert "cannot get to whoever has fallen" in house.world.told[0][2]
    assert "a chair is in the way" in house.world.told[0][2]
    assert house.world.asked  # from where it stands: voices carry


def test_call_family(house: House):
    assert play(house, "call_family") == ""
    assert house.world.told[0][0] == "Ben"
    assert "Hana Sato would like to talk to you" in house.world.told[0][2]


def test_call_family_says_that_a_message_went_out_only_when_it_did(house: House):
    house.world.is_online = False
    assert play(house, "call_family") == ""
    assert house.world.said[-1] == "My message to Ben does not get through at the moment. I keep trying."
    house.world.is_online = True
    assert play(house, "call_family") == ""
    assert house.world.said[-1] == "I have sent Ben a message. Let us wait to hear from them."


def test_visitor_greeting(house: House):
    house.world.heard = "This is Mr Ito"
    assert play(house, "visitor_greeting", "heard") == ""
    assert house.world.went == ["entrance", "bedroom"]
    assert house.world.said[-1] == "Mrs Sato, you have a visitor. They said: This is Mr Ito"
    assert "This is Mr Ito" in house.world.told[0][2]


def test_night_patrol(house: House):
    house.world.people_in = {"bedroom", "charger"}  # whoever stands at the charger is not taken for her in her room
    assert play(house, "night_patrol") == ""
    assert house.world.log == [("go", "bedroom"), ("observe", "bed")]
    assert house.notes() == [("night_in_room", "Hana Sato"), ("night_rests", "Hana Sato")]
    assert house.world.told == []


def test_night_patrol_tells_of_restlessness_and_lets_her_lie(house: House):
    house.world.rests = "restless"
    assert play(house, "night_patrol") == ""
    assert [kind for kind, _ in house.notes()] == ["night_in_room", "night_restless"]
    assert house.world.said + house.world.asked == []
    assert "Hana Sato lies in bed and is restless" in house.world.told[0][2]


@pytest.mark.parametrize("rests", ["up", "out_of_bed"])
@pytest.mark.parametrize(("answer", "told", "alarms"), [("fine", 1, 0), ("help", 0, 1), ("none", 1, 0)])
def test_night_patrol_asks_who_is_out_of_bed(house: House, rests: str, answer: str, told: int, alarms: int):
    house.world.rests = rests
    assert play(house, "night_patrol", answer) == ""
    assert [kind for kind, _ in house.notes()] == ["night_in_room", "night_out_of_bed"]
    assert (len(house.world.told), len(house.world.alarms)) == (told, alarms)
    assert house.world.asked == ["Mrs Sato, it is night. Are you all right?"]


@pytest.mark.parametrize("rests", ["not_seen", ""])
def test_night_patrol_with_nothing_to_see_lets_her_sleep(house: House, rests: str):
    house.world.rests = rests
    assert play(house, "night_patrol") == ""
    assert house.world.said + house.world.asked == []


@pytest.mark.parametrize(("answer", "told", "alarms"), [("fine", 1, 0), ("help", 0, 1), ("none", 1, 0)])
def test_night_patrol_finds_her_elsewhere(house: House, answer: str, told: int, alarms: int):
    house.world.people_in = {"kitchen"}
    assert play(house, "night_patrol", answer) == ""
    assert house.notes() == [("night_absent", "Hana Sato")]
    assert (len(house.world.told), len(house.world.alarms)) == (told, alarms)


def test_night_patrol_does_not_look_where_it_may_not():
    content = SITE.model_dump(mode="json")
    content["rooms"][0]["consent"]["camera"] = False
    house = House(LIBRARY, Site.model_validate(content))
    assert "may look" not in play(house, "night_patrol")
    assert "lets the robot look into none of the rooms" in house.world.told[0][2]
    assert "bedroom" not in house.world.went
    house.close()


# whatever goes wrong, all of them end, and what matters is told


@EACH
@pytest.mark.parametrize("answer", ["none", "unclear"])
def test_nobody_answers(house: House, name: str, answer: str):
    play(house, name, *[answer] * 20)


@EACH
def test_everything_is_refused(house: House, name: str):
    refusals = {"visitor_greeting": "unclear", "fall_response": "help"}
    play(house, name, *[refusals.get(name, "no")] * 20)


@EACH
def test_no_trip_arrives(house: House, name: str):
    house.world.blocked = {"all"}
    outcome = play(house, name, *["none"] * 20)
    told = [body for _, _, body in house.world.told]
    must_tell = {
        "medication_reminder",
        "morning_check",
        "meal_reminder",
        "night_patrol",
        "go_to_charger",
        "fall_response",
    }
    assert told or name not in must_tell
    assert outcome == "" or "a chair is in the way" in outcome


@EACH
def test_there_is_no_voice(house: House, name: str):
    house.world.no_voice = "no conversation answers"
    outcome = play(house, name)
    assert outcome == "" or "no conversation answers" in outcome
    if name in ("medication_reminder", "morning_check", "meal_reminder", "fall_response"):
        assert house.world.told or house.world.alarms


@EACH
def test_nothing_ever_comes_to_an_end_but_the_routine(house: House, name: str):
    house.world.says_s = house.world.asks_s = house.world.drives_s = None
    play(house, name)
    assert all(task.is_cancelled for task in house.world.tasks if task._takes_s is None)


@EACH
def test_something_more_urgent_comes_at_any_moment(house: House, name: str):
    if name == "fall_response":
        pytest.skip("nothing is more urgent")
    randomness = random.Random(name)
    for _ in range(6):
        house.world.answers = ["none"] * 20
        run = house.request(name, **GIVEN.get(name, {}))
        house.forward(randomness.uniform(0, 30))
        urgent = house.request("urgent")
        house.end(run, within_s=8000)
        house.end(urgent)
        house.now_s += 4000  # what was recorded before is no longer of today


@EACH
def test_it_is_taken_up_after_a_crash_at_any_moment(house: House, name: str):
    """Crashed again and again, nothing that was answered, told or recorded comes twice."""
    randomness = random.Random(name)
    house.world.answers = ["none"] * 60
    run = house.request(name, **GIVEN.get(name, {}))
    house.forward(0.2)
    for _ in range(8):
        house.forward(randomness.uniform(0.1, 12))
        house.crash(away_s=2.0)
    found = house.engine.run(run.id)
    if found is not None:  # else it was over before the last crash
        house.end(run, within_s=20_000)
    house.forward(1)
    notes = house.notes()
    assert len(notes) == len(set(notes))
    told = [(who, body.partition(" (")[0]) for who, _, body in house.world.told]
    assert len(told) == len(set(told))
    latest = house.book.latest()
    assert [each.id for each in latest] == [run.id]
    assert latest[0].state.is_over
