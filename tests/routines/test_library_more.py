"""The routines that watch, follow, close their eyes, and those that start by themselves; and quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from carebot.records.routine_runs import RunState
from carebot.routines.ports import Outcome
from carebot.site.hours import Hours, Quiet
from tests.routines.test_library import GIVEN, play
from tests.routines.world import House, Movements, own_library

LIBRARY = own_library()


@pytest.fixture
def house() -> Iterator[House]:
    made = House(LIBRARY)
    yield made
    made.close()


def test_follow_me_says_honestly_that_it_cannot(house: House):
    house.world.people_in = {"charger"}
    assert play(house, "follow_me") == "it could not follow (following: this robot cannot follow anybody yet)"
    assert house.world.said[-1] == "I cannot follow you just now."


def test_follow_me_ends_when_its_time_is_over(house: House):
    house.world.people_in, house.world.follows_s = {"charger"}, None
    assert play(house, "follow_me", for_s=60) == ""
    assert house.world.said[-1] == "I stop following you now."
    assert [task.is_cancelled for task in house.world.tasks].count(True) == 1


def test_follow_me_ends_where_they_are_lost(house: House):
    house.world.people_in = {"charger"}
    house.world.follows, house.world.follows_s = Outcome(False, "they are out of sight"), 20.0
    assert "they are out of sight" in play(house, "follow_me")


def exercise(house: House, movement: Movements | None, *answers: str) -> str:
    house.world.people_in, house.world.movement = {"charger"}, movement
    return play(house, "exercise", *answers, times=5)


def counted(house: House) -> dict[str, Any]:
    """What was written down of the exercise."""
    (note,) = house.book.notes(0, house.now_s + 1)
    return dict(note.content)


def test_exercise_is_counted_aloud_to_its_end(house: House):
    movement = Movements()
    assert exercise(house, movement, "yes") == ""
    numbers = [text for text in house.world.said if text[0].isdigit()]
    assert numbers == ["1.", "2.", "3.", "4.", "5."]
    assert house.world.said[-1] == "Well done: 5."
    assert house.notes() == [("exercised", "Hana Sato")]
    assert counted(house) == {"movement": "arm_raises", "times": 5}
    assert movement.is_closed


def test_exercise_praises_what_there_was_when_the_time_is_over(house: House):
    assert exercise(house, Movements(most=2), "yes") == ""
    assert house.world.said[-1] == "Well done: 2."
    assert counted(house)["times"] == 2


def test_exercise_writes_down_what_was_counted_and_no_word_that_was_heard_after_it(house: House):
    movement = Movements()
    house.world.people_in, house.world.movement, house.world.answers = {"charger"}, movement, ["yes", "help"]
    run = house.request("exercise")
    house.until(lambda: "2." in house.world.said)
    movement.stopped, house.world.heard = True, "my chest hurts"
    house.end(run)
    assert counted(house) == {"movement": "arm_raises", "times": 2}


@pytest.mark.parametrize(("answer", "alarms"), [("fine", 0), ("none", 0), ("help", 1), ("no", 1)])
def test_exercise_stops_on_request_and_asks(house: House, answer: str, alarms: int):
    movement = Movements()
    house.world.people_in, house.world.movement, house.world.answers = {"charger"}, movement, ["yes", answer]
    run = house.request("exercise")
    house.until(lambda: "2." in house.world.said)
    movement.stopped = True
    house.end(run)
    assert movement.is_closed
    assert "All right, we stop here." in house.world.said
    assert len(house.world.alarms) == alarms


def test_exercise_ends_at_a_fall_and_is_not_taken_up_again(house: House):
    movement = Movements()
    house.world.people_in, house.world.movement, house.world.answers = {"charger"}, movement, ["yes"]
    run = house.request("exercise")
    house.until(lambda: "2." in house.world.said)
    house.request("fall_response", alert="alert-1")
    house.forward(1)
    assert movement.is_closed
    assert house.end(run).outcome == "fall_response was more urgent"


def test_exercise_says_when_it_sees_nobody_any_more(house: House):
    movement = Movements()
    house.world.people_in, house.world.movement, house.world.answers = {"charger"}, movement, ["yes"]
    run = house.request("exercise")
    house.until(lambda: "2." in house.world.said)
    movement.is_seen = False
    house.end(run)
    assert house.world.said[-1] == "I cannot see you any more."


@pytest.mark.parametrize("answer", ["no", "none", "unclear"])
def test_nobody_is_made_to_exercise(house: House, answer: str):
    assert exercise(house, Movements(), answer) == ""
    assert ("watch", "arm_raises") not in house.world.log


def test_exercise_where_nothing_is_seen(house: House):
    assert exercise(house, None, "yes") == "counted: the camera sees nothing"


def test_privacy_is_said_told_and_ends_by_itself(house: House):
    run = house.request("privacy_time", for_s=600)
    house.until(lambda: house.world.said)
    assert house.world.closed_until_s - house.now_s == pytest.approx(600, abs=5)
    assert "My camera is off now" in house.world.said[0]
    assert "camera is off since" in house.world.told[0][2]
    assert house.end(run, 620).state is RunState.SUCCEEDED
    assert house.world.said[-1] == "My camera sees again."
    assert house.world.closed_until_s == 0
    assert [kind for kind, _ in house.notes()] == ["camera_off", "camera_on"]


def test_privacy_that_has_to_wait_closes_the_camera_and_tells_at_once(house: House):
    house.request("fall_response", by="fall detection")
    house.until(lambda: house.world.said)
    run = house.request("privacy_time", for_s=600)
    house.forward(3)
    assert house.state(run) is RunState.WAITING
    assert house.world.closed_until_s - house.now_s == pytest.approx(600, abs=5)
    assert "camera is off since" in house.world.told[-1][2]


def test_privacy_ends_while_the_robot_is_busy(house: House):
    house.request("privacy_time", for_s=600)
    house.until(lambda: house.world.said)
    house.request("fall_response", by="fall detection")
    house.forward(1)
    house.request("privacy_end")
    house.forward(2)
    assert house.world.closed_until_s == 0


def test_what_is_scheduled_waits_for_the_end_of_privacy(house: House):
    house.request("privacy_time", for_s=600)
    house.until(lambda: house.world.said)
    reminder = house.request("hydration_reminder", by="schedule")
    house.forward(60)
    assert house.state(reminder) is RunState.WAITING
    assert house.world.went == []
    house.until(lambda: house.state(reminder) is RunState.RUNNING, 600)
    assert house.world.closed_until_s == 0


def test_a_battery_that_gets_low_during_a_fall_response_is_told_at_once_and_once(house: House):
    house.world.states["alert-1"] = "confirmed"
    house.request("fall_response", by="fall detection", alert="alert-1")
    house.until(lambda: house.world.asked)
    before = len(house.world.told)
    run = house.request("battery_low", by="trigger battery_low", percent=18)
    house.forward(1)
    told = [body for _, _, body in house.world.told[before:] if "battery" in body]
    assert told == [
        "The robot's battery is low (18 %), and it is still busy (After a fall). Without power it calls nobody."
    ]
    house.crash()
    house.forward(120)
    assert house.state(run) is RunState.WAITING
    assert len([body for _, _, body in house.world.told if "battery" in body]) == 1
    house.world.states["alert-1"] = "resolved"
    assert house.end(run, 600).state is RunState.SUCCEEDED
    assert house.world.standing == "charger"


def test_a_battery_that_is_low_when_somebody_falls_is_told_as_well(house: House):
    house.world.drives_s = 100.0
    run = house.request("battery_low", by="trigger battery_low", percent=18)
    house.until(lambda: house.world.went)
    house.world.drives_s, house.world.states["alert-1"] = 5.0, "confirmed"
    house.request("fall_response", by="fall detection", alert="alert-1")
    house.forward(2)
    assert house.state(run) is RunState.SUSPENDED
    assert "still busy (After a fall)" in house.world.told[-1][2]


@pytest.mark.parametrize(("answer", "alarms"), [("fine", 0), ("no", 0), ("yes", 1), ("help", 1), ("none", 1)])
def test_the_bumper_calls_during_privacy(house: House, answer: str, alarms: int):
    house.world.answers = [answer]
    run = house.request("privacy_time")
    house.until(lambda: house.world.said)
    house.forward(60)
    house.world.is_touched_now = True
    house.end(run, 60)
    assert len(house.world.alarms) == alarms
    assert house.world.closed_until_s == 0


def test_a_camera_that_does_not_go_off_is_admitted(house: House):
    house.world.camera_fails = "perception does not answer"
    assert "perception does not answer" in play(house, "privacy_time")
    assert house.world.said == ["I cannot switch my camera off. It still sees."]


def test_privacy_ends_before_its_time_and_is_not_longer_after_a_crash(house: House):
    run = house.request("privacy_time", for_s=600)
    house.until(lambda: house.world.said)
    until_s = house.world.closed_until_s
    house.crash(60)
    house.forward(10)
    assert house.world.closed_until_s == until_s
    house.request("privacy_end")
    house.end(run, 60)
    assert house.world.closed_until_s == 0
    assert "I can see again." in house.world.said
    assert house.world.of("camera") == ["off", "on", "on"]


def test_wandering_at_night_is_told_first_and_led_back(house: House):
    house.world.people_in, house.world.standing = {"entrance"}, "charger"
    assert play(house, "night_wandering", "fine", "yes", door="entrance") == ""
    assert "seems to be up near the door" in house.world.told[0][2]
    assert house.world.went == ["entrance", "bedroom"]
    assert house.world.alarms == []


@pytest.mark.parametrize("answers", [("help",), ("no",), ("fine", "no"), ()])
def test_wandering_at_night_calls_where_they_stay_or_need_help(house: House, answers: tuple[str, ...]):
    house.world.people_in, house.world.standing = {"entrance"}, "charger"
    assert play(house, "night_wandering", *answers, door="entrance") == ""
    assert len(house.world.alarms) == 1


def test_wandering_that_cannot_be_spoken_to_is_an_alarm(house: House):
    house.world.no_voice = "the conversation does not answer"
    assert play(house, "night_wandering") != ""
    assert "could not speak to them" in house.world.alarms[0][1]


def test_battery_low_finishes_the_medicine_first_and_interrupts_what_can_wait(house: House):
    house.world.answers = ["yes"]
    medicine = house.request("medication_reminder", **GIVEN["medication_reminder"])
    house.forward(1)
    low = house.request("battery_low", by="trigger battery_low", percent=18)
    house.forward(5)
    assert house.state(low) is RunState.WAITING
    assert house.end(medicine).state is RunState.SUCCEEDED
    assert house.end(low).state is RunState.SUCCEEDED
    assert house.world.went[-1] == "dock"
    assert "(18 %)" in house.world.told[0][2]
    house.world.standing = "kitchen"
    guide = house.request("guide_to_room", room="kitchen")
    house.forward(2)
    house.end(house.request("battery_low", by="trigger battery_low", percent=12))
    assert house.end(guide).outcome == "battery_low was more urgent"


def test_battery_low_that_does_not_find_its_charger_is_told(house: House):
    house.world.blocked = {"all"}
    assert play(house, "battery_low", percent=9) != ""
    assert "cannot get to its charger" in house.world.told[-1][2]


def fallen(house: House, **given: str) -> None:
    world = house.world
    world.states["alert-1"], world.answers = "confirmed", ["help"]
    house.request("fall_response", alert="alert-1", **given)
    house.until(lambda: "Help has been called. Please stay lying. I stay with you." in world.said)
    world.answering["alert-1"] = "Ben"
    house.forward(40)


def test_the_arriving_caregiver_is_led_to_whoever_has_fallen(house: House):
    fallen(house, door="entrance")
    house.until(lambda: house.world.went[-1] == "entrance")
    house.forward(60)
    assert house.world.went == ["bedroom", "bedroom", "entrance"]
    house.world.people_in = {"bedroom", "entrance"}
    house.until(lambda: "I am back with you." in house.world.said)
    assert house.world.went[-1] == "bedroom"
    assert "Thank you for coming. This way, please: the bedroom." in house.world.said


def test_found_where_it_stands_it_fetches_help_where_it_knows_its_room(house: House):
    house.world.standing, house.world.people_in = "living_room", {"living_room", "entrance"}
    house.world.rooms_known = {"living_room"}
    house.world.states["alert-1"], house.world.answering["alert-1"] = "confirmed", "Aiko"
    run = house.request("fall_response", by="fall detection", alert="alert-1", door="entrance")
    house.until(lambda: "I am back with you." in house.world.said)
    assert house.world.went == ["living_room", "entrance", "living_room"]
    assert "This way, please: living room." in " ".join(house.world.said)
    house.world.states["alert-1"] = "resolved"
    house.end(run)


def test_without_a_door_or_where_nobody_was_found_it_stays(house: House):
    fallen(house)
    house.forward(400)
    assert house.world.went == ["bedroom"]


def test_nobody_comes_to_the_door_and_it_goes_back(house: House):
    fallen(house, door="entrance")
    house.until(lambda: "I am back with you." in house.world.said)
    assert "Thank you for coming. This way, please: the bedroom." not in house.world.said


NIGHT = Hours.model_validate({"from": "11:00", "to": "13:00"})  # around the houses' noon


LATER = Hours.model_validate({"from": "13:00", "to": "14:00"})


@pytest.fixture
def quiet() -> Iterator[House]:
    made = House(LIBRARY, quiet_hours=(NIGHT,))
    yield made
    made.close()


def test_in_quiet_hours_what_can_wait_does_not_begin_by_itself(quiet: House):
    drink = quiet.request("hydration_reminder", by="schedule")
    quiet.forward(600)
    assert (quiet.state(drink), quiet.world.log) == (RunState.WAITING, [])
    assert quiet.end(drink, 1800).outcome == "it could not begin within 30 minutes"


def test_in_quiet_hours_it_begins_when_they_are_over(quiet: House):
    quiet.forward(45 * 60)
    drink = quiet.request("hydration_reminder", by="schedule")
    quiet.forward(14 * 60)
    assert quiet.state(drink) is RunState.WAITING
    quiet.forward(2 * 60)
    assert quiet.world.log


def test_in_quiet_hours_people_are_obeyed_and_heard_and_medicine_is_heard(quiet: House):
    assert play(quiet, "come_here") == ""
    assert quiet.world.urgent == ["Here I am. What can I do for you?"]
    quiet.world.urgent.clear()
    quiet.world.standing = "charger"
    quiet.world.answers = ["yes"]
    run = quiet.request("medication_reminder", by="schedule", **GIVEN["medication_reminder"])
    assert quiet.end(run).state is RunState.SUCCEEDED
    assert len(quiet.world.urgent) == 3


def test_alarms_are_never_muted(quiet: House):
    quiet.world.states["alert-1"] = "confirmed"
    quiet.request("fall_response", by="fall detection", alert="alert-1")
    quiet.forward(60)
    assert quiet.world.said
    assert set(quiet.world.urgent) == {*quiet.world.said, *quiet.world.asked}


def test_a_residents_own_quiet_hours_hold_for_what_is_about_them(quiet: House):
    resident = quiet.site.residents[0].name
    quiet.engine.know_quiet(Quiet((NIGHT,), {resident: (LATER,)}))
    drink = quiet.request("hydration_reminder", by="schedule", resident=resident)
    quiet.forward(5)
    assert quiet.world.log
    assert quiet.state(drink) is not RunState.WAITING


def test_quiet_hours_that_change_hold_at_the_next_tick(quiet: House):
    drink = quiet.request("hydration_reminder", by="schedule")
    quiet.forward(60)
    assert quiet.state(drink) is RunState.WAITING
    quiet.engine.know_quiet(Quiet((LATER,)))
    quiet.forward(1)
    assert quiet.state(drink) is not RunState.WAITING


def test_somebody_behind_the_camera_is_found_by_looking_round(house: House):
    house.world.people_in = set()

    def turns(name: str, kind: str, time_limit_s: float) -> object:
        if kind == "person" and name == "bedroom":
            house.world.people_in = {"bedroom"}
        return go(name, kind, time_limit_s)

    go = house.world.go
    house.world.go = turns  # type: ignore[method-assign]
    assert play(house, "night_patrol") == ""
    assert ("night_in_room", "Hana Sato") in house.notes()
    assert house.world.of("look_round") == ["bedroom"]


def test_where_nobody_is_every_room_is_looked_round_in(house: House):
    house.world.people_in = set()
    assert play(house, "morning_check") == ""
    assert set(house.world.of("look_round")) == {"bedroom", "kitchen", "living_room"}
