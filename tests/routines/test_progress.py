"""How far a run is: what is done, what comes, what may come, and why it waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from carebot.routines.conditions import Hours
from carebot.routines.file import LANGUAGES
from carebot.routines.own_texts import catalogue
from carebot.routines.progress import MOST_LINES, Line
from tests.routines.test_engine import Live, live  # noqa: F401 - a fixture
from tests.routines.world import House, own_library

MEDICINE = {"resident": "Hana Sato", "medicine": "Amlodipine"}


@pytest.fixture
def house() -> Iterator[House]:
    made = House(own_library())
    yield made
    made.close()


def shown(house: House) -> list[str]:
    return [f"{'  ' * line.depth}{line.state.value} {line.told_in('en')}" for line in steps(house)]


def steps(house: House) -> tuple[Line, ...]:
    [active] = house.engine.active()
    return active.steps()


def until(house: House, words: str) -> list[str]:
    for _ in range(20_000):
        house.forward(0.1)
        found = shown(house)
        if any(words in line for line in found):
            return found
    raise AssertionError(f"{words!r} never came: {found}")


def test_a_reminder_is_told_step_by_step(house: House):
    house.world.answers = ["no", "yes"]
    began_s = house.now_s
    house.request("medication_reminder", **MEDICINE)
    assert until(house, "now Look for") == [
        "now Round 1 of at most 4",
        "  now Look for somebody (Mrs Sato)",
        "may_come Write it down",
        "may_come Tell caregivers",
    ]
    assert until(house, "now Wait")[1:5] == [
        "  done Look for somebody (Mrs Sato)",
        "    done Say: Mrs Sato, it is time for your medicine: Amlodipine. Please take it now.",
        "    now Wait (30 s)",
        "    comes Ask: Have you taken your medicine, Amlodipine?",
    ]
    assert until(house, "comes Look for")[0] == "now Round 2 of at most 4"
    assert steps(house)[0].until_s - began_s == pytest.approx(600.0, abs=2.0)
    assert "      comes Say: Thank you. I have noted it." in until(house, "now Write it down")


def test_what_a_condition_left_out_is_not_shown(live: Live):  # noqa: F811
    house = live(a={"do": [{"if": {"time": {"from": "00:00", "to": "00:01"}}, "say": "one"}, {"go": "kitchen"}]})
    house.request("a")
    house.forward(0.3)
    assert shown(house) == ["now Drive to: the kitchen"]


def test_of_ways_that_may_work_those_after_the_good_one_are_not_needed(live: Live):  # noqa: F811
    house = live(a={"do": [{"selector": [{"go": "kitchen"}, {"go": "bedroom"}, {"say": "one"}]}, {"say": "two"}]})
    house.world.blocked = {"kitchen"}
    house.request("a")
    assert until(house, "now Drive to: the kitchen")[1:] == [
        "may_come Drive to: the bedroom",
        "may_come Say: ONE",
        "comes Say: TWO",
    ]
    assert until(house, "now Drive to: the bedroom")[0] == "failed Drive to: the kitchen"
    assert until(house, "now Say: TWO") == [
        "failed Drive to: the kitchen",
        "done Drive to: the bedroom",
        "now Say: TWO",
    ]


def test_a_pause_breaks_off_a_restart_remembers_and_it_says_who_paused(live: Live):  # noqa: F811
    house = live(a={"do": [{"say": "one"}, {"go": "kitchen"}, {"say": "two"}]})
    run = house.request("a")
    until(house, "now Drive to")
    house.engine.pause(run.id, "Aiko", house.now_s)
    assert shown(house) == ["done Say: ONE", "broken_off Drive to: the kitchen", "comes Say: TWO"]
    house.crash()
    house.forward(0.2)
    assert shown(house) == ["done Say: ONE", "broken_off Drive to: the kitchen", "comes Say: TWO"]
    assert house.engine.why_waiting(house.engine.active()[0]) == ("paused", "Aiko")
    house.engine.go_on(run.id, "Aiko", house.now_s)
    house.forward(0.2)
    assert shown(house)[1].startswith("now")
    assert house.engine.why_waiting(house.engine.active()[0]) == ("", "")


def test_a_step_waits_for_a_yes_and_a_no_takes_it_away(live: Live):  # noqa: F811
    asked = {"say": "one", "needs_approval": {"by": "Aiko", "otherwise": "skip"}, "may_fail": True}
    house = live(a={"do": [asked, {"go": "kitchen"}]})
    run = house.request("a")
    assert until(house, "now A yes from Aiko")[1:] == ["comes Say: ONE", "comes Drive to: the kitchen"]
    assert house.engine.why_waiting(house.engine.active()[0]) == ("approval", "Aiko")
    house.engine.approve(run.id, False, "Aiko", house.now_s)
    assert until(house, "now Drive") == ["failed A yes from Aiko", "now Drive to: the kitchen"]


def test_a_whole_routine_waits_for_a_yes_and_no_longer_once_it_has_it(live: Live):  # noqa: F811
    asked = {"by": "Aiko", "within_s": 300, "otherwise": "skip"}
    house = live(a={"needs_approval": asked, "do": [{"go": "kitchen"}]})
    run = house.request("a")
    house.forward(0.3)
    assert house.engine.why_waiting(house.engine.active()[0]) == ("approval", "Aiko")
    house.engine.approve(run.id, True, "Aiko", house.now_s)
    assert until(house, "now Drive") == ["now Drive to: the kitchen"]
    assert house.engine.why_waiting(house.engine.active()[0]) == ("", "")


def test_what_is_less_urgent_waits_for_the_other(live: Live):  # noqa: F811
    house = live(a={"do": [{"go": "kitchen"}]}, b={"priority": "call", "do": [{"go": "bedroom"}]})
    house.request("a")
    house.forward(0.3)
    house.request("b")
    house.forward(0.3)
    found = {each.run.routine: house.engine.why_waiting(each) for each in house.engine.active()}
    assert found == {"b": ("", ""), "a": ("other", "b")}


def test_what_the_schedule_began_waits_for_the_end_of_quiet_hours():
    house = House(own_library(), quiet_hours=[Hours.model_validate({"from": "11:00", "to": "13:00"})])
    house.engine.request("hydration_reminder", {"resident": "Hana Sato"}, "schedule", house.now_s)
    house.forward(0.3)
    [active] = house.engine.active()
    assert house.engine.why_waiting(active) == ("quiet_hours", "")
    assert active.steps() == ()
    house.close()


def test_the_end_of_one_that_failed_says_what_was_done_and_what_is_told(live: Live):  # noqa: F811
    house = live(a={"do": [{"go": "kitchen"}, {"say": "one"}], "if_not_done": [{"notify": "two"}, {"notify": "why"}]})
    house.world.blocked = {"all"}
    house.request("a")
    assert until(house, "now Tell") == ["failed Drive to: the kitchen", "now Tell caregivers", "comes Tell caregivers"]
    assert house.engine.why_waiting(house.engine.active()[0]) == ("ending", "go: a chair is in the way")


def test_of_many_steps_those_around_the_present_one_are_shown(live: Live):  # noqa: F811
    house = live(a={"do": [{"wait": 1, "name": f"w{number}"} for number in range(200)], "time_limit_s": 3600})
    house.request("a")
    house.forward(150.0)
    found = steps(house)
    assert len(found) == MOST_LINES
    assert {line.state.value for line in found} == {"done", "now", "comes"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_routine_of_the_library_can_be_told_before_it_does_anything(house: House, language: str):
    for name, routine in house.library.items():
        given = {
            key: {
                "resident": "Hana Sato",
                "alert": "a1",
                "room": "kitchen",
                "destination": "kitchen",
                "caregiver": "Aiko",
            }.get(each.kind, "x")
            for key, each in routine.file.parameters.items()
            if each.default is None
        }
        house.engine.request(name, given, "Aiko", house.now_s)
    house.forward(0.5)
    for active in house.engine.active():
        told = [line.told_in(language) for line in active._progress.lines(False, True)]
        assert told
        assert all(told), active.run.routine
    assert {key for key in catalogue()[language] if key.startswith("step_")} >= {"step_go", "step_round"}
