"""A resident's requests: what is done at once, what waits for a caregiver, what is refused, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carebot.records.routine_runs import RunState
from carebot.routines.library import load_library
from carebot.routines.own_texts import catalogue
from carebot.routines.wishes import Contact, Plan, Policy, Refuse, Start, Wish
from carebot.site.file import Site
from tests.routines.world import SITE, House, own_library

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
CONTACTS = (Contact("Aiko"), Contact("Ken Sato", "son"), Contact("Yui Sato", "daughter"))
HANA = "Hana Sato"
LIBRARY = load_library(None, SITE, ())
POLICY = Policy(LIBRARY, SITE, CONTACTS)


@pytest.fixture
def house() -> Iterator[House]:
    made = House(own_library())
    yield made
    made.close()


def wish(name: str, who: str = "", **details: str) -> Wish:
    return Wish(name, details, who)


@pytest.mark.parametrize(
    ("asked", "routine", "parameters"),
    [
        (wish("come"), "come_here", {"resident": HANA}),
        (wish("come", "Mrs Sato"), "come_here", {"resident": HANA}),
        (wish("follow"), "follow_me", {"resident": HANA}),
        (wish("go_away"), "go_to_charger", {}),
        (wish("guide", room="kitchen"), "guide_to_room", {"room": "kitchen", "resident": HANA}),
        (wish("call_family", relative="daughter"), "call_family", {"who": "Yui Sato", "resident": HANA}),
        (wish("call_family", relative="family"), "call_family", {"who": "Ken Sato", "resident": HANA}),
        (wish("call_family", person="Aiko"), "call_family", {"who": "Aiko", "resident": HANA}),
        (wish("start_routine", routine="Good night"), "goodnight", {"resident": HANA}),
        (wish("start_routine", routine="goodnight"), "goodnight", {"resident": HANA}),
        (wish("privacy_on"), "privacy_time", {"resident": HANA}),
        (wish("privacy_off"), "privacy_end", {}),
    ],
)
def test_what_a_resident_gets_at_once(asked: Wish, routine: str, parameters: dict[str, Any]) -> None:
    answer = POLICY.answer(asked, NOON)
    assert isinstance(answer, Start)
    assert (answer.routine, answer.parameters, answer.needs_approval) == (routine, parameters, False)


def test_what_waits_for_a_caregiver() -> None:
    answer = POLICY.answer(wish("start_routine", routine="morning_check"), NOON)
    assert isinstance(answer, Start)
    assert (answer.needs_approval, answer.text) == (True, "wish_waits")


def test_what_a_model_called_risky_waits_even_where_the_routine_is_free() -> None:
    answer = POLICY.answer(wish("start_routine", routine="goodnight", waits_for="caregiver"), NOON)
    assert isinstance(answer, Start)
    assert answer.needs_approval


@pytest.mark.parametrize(
    ("asked", "text", "is_told"),
    [
        (wish("start_routine", routine="fall_response"), "wish_never", False),
        (wish("start_routine", routine="medication_reminder"), "wish_never", False),
        (wish("start_routine", routine="dance"), "wish_unknown", False),
        (wish("start_routine"), "wish_unknown", False),
        (wish("fly"), "wish_unknown", False),
        (wish("guide", room="attic"), "wish_not_here", False),
        (wish("guide"), "wish_not_here", False),
        (wish("call_family", relative="sister"), "wish_nobody", True),
        (wish("call_family", person="Nobody"), "wish_nobody", True),
        (wish("call_family"), "wish_nobody", True),
        (wish("come", "Somebody Else"), "wish_who", False),
        (wish("remind", what="water", at="25:00"), "wish_when", False),
        (wish("remind", what="water", at="noon"), "wish_when", False),
        (wish("remind", what=" ", at="15:00"), "wish_when", False),
        (wish("remind", what="take my pills", at="15:00"), "wish_delicate", True),
        (wish("remind", what="pay the money to the bank", at="15:00"), "wish_delicate", True),
        (wish("guide", room="store"), "wish_not_here", False),
    ],
)
def test_what_is_refused(asked: Wish, text: str, is_told: bool) -> None:
    answer = POLICY.answer(asked, NOON)
    assert isinstance(answer, Refuse)
    assert (answer.text, answer.tell) == (text, is_told)


@pytest.mark.parametrize(("at", "day"), [("15:00", "2026-06-01"), ("08:30", "2026-06-02"), ("12:00", "2026-06-02")])
def test_a_reminder_is_planned_for_the_next_such_time(at: str, day: str) -> None:
    answer = POLICY.answer(wish("remind", what="water the flowers", at=at), NOON)
    assert isinstance(answer, Plan)
    assert answer.entry["with"] == {"resident": HANA, "what": "water the flowers"}
    assert (answer.entry["at"], answer.entry["from_day"], answer.entry["until_day"]) == ([at], day, day)


def test_the_same_reminder_twice_is_one() -> None:
    first, second = (POLICY.answer(wish("remind", what="tea", at="15:00"), NOON) for _ in range(2))
    assert first == second


def test_of_two_residents_nobody_is_guessed() -> None:
    site = Site.model_validate({"residents": [{"name": "Hana"}, {"name": "Ken", "called": "Mr Sato"}]})
    policy = Policy(load_library(None, site, ()), site)
    assert policy.answer(wish("come"), NOON) == Refuse("wish_who")
    answer = policy.answer(wish("come", "Mr Sato"), NOON)
    assert isinstance(answer, Start)
    assert answer.parameters == {"resident": "Ken"}


def test_only_what_can_be_started_by_name_alone_is_offered() -> None:
    offered = POLICY.startable()
    assert {"goodnight", "morning_check", "come_here"} <= set(offered)
    assert not {"fall_response", "medication_reminder", "call_family", "resident_reminder"} & set(offered)


def test_every_answer_has_its_words_in_every_language() -> None:
    keys = {key for key in catalogue()["en"] if key.startswith("wish_")}
    assert len(keys) > 15
    for texts in catalogue().values():
        assert keys == {key for key in texts if key.startswith("wish_")}


def test_a_resident_asks_and_a_caregiver_agrees(house: House) -> None:
    run = house.request("goodnight", by=HANA)
    house.engine.request_leave(run.id, "Good night, which Hana asked for")
    house.forward(5.0)
    assert house.state(run) is RunState.WAITING
    assert house.world.told[0][0] == ""  # whoever is called first
    assert "which Hana asked for" in house.world.told[0][2]
    house.crash()
    house.forward(1.0)
    assert house.state(run) is RunState.WAITING  # what it waits for is on the record
    assert house.engine.approve(run.id, True, "Aiko", house.now_s) == ""
    house.forward(1.0)
    assert house.state(run) is RunState.RUNNING


def test_nobody_agrees_in_time(house: House) -> None:
    run = house.request("goodnight", by=HANA)
    house.engine.request_leave(run.id, "", within_s=60.0)
    ended = house.end(run)
    assert (ended.state, ended.outcome) == (RunState.FAILED, "nobody agreed to it within 1 minutes")
    assert house.world.said == []


def test_a_reminder_is_said_in_the_residents_own_words(house: House) -> None:
    house.world.answers = ["yes"]
    run = house.request("resident_reminder", what="water the flowers {resident}")
    assert house.end(run).state is RunState.SUCCEEDED
    assert "Mrs Sato, you asked me to remind you: water the flowers {resident}." in house.world.said


def test_an_unheard_reminder_is_told(house: House) -> None:
    house.world.answers = ["none", "none"]
    run = house.request("resident_reminder", what="tea")
    assert house.end(run).state is RunState.SUCCEEDED
    assert any("did not answer" in told[2] for told in house.world.told)
