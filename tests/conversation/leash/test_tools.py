"""The allow-list of tools, on both sides of every limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carebot.conversation.leash.events import ToolCall
from carebot.conversation.leash.tools import MOST_ROUTINES, MOST_SAY, MOST_WHAT, Choice, Routine, choose, tool_list
from carebot.conversation.understanding import Meaning

ROUTINES = (Routine("tea"), Routine("bath", is_risky=True), Routine("体操"))
NURSE = Meaning("CallNurse", {"carer": "nurse"})


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, json.dumps(arguments))


def chosen(*calls: ToolCall) -> Choice:
    return choose(calls, ROUTINES)


def remind(what: str = "tea", at: str = "08:00") -> Choice:
    return chosen(call("remind", what=what, at=at))


def test_nothing_asked_is_nothing_done() -> None:
    assert chosen() == Choice(None, "", False, ())


def test_the_list_is_these_five_and_no_more() -> None:
    tools = tool_list(ROUTINES)
    assert [tool["type"] for tool in tools] == ["function"] * 5
    functions = [tool["function"] for tool in tools]
    assert [each["name"] for each in functions] == [
        "say",
        "remind",
        "start_routine",
        "call_caregiver",
        "look_up_schedule",
    ]
    for function in functions:
        parameters = function["parameters"]
        assert set(function) == {"name", "description", "parameters"}
        assert (parameters["type"], parameters["additionalProperties"]) == ("object", False)
        assert set(parameters["required"]) <= set(parameters["properties"])
        assert "title" not in json.dumps(parameters)
        assert function["description"].endswith(".")


def test_what_the_tools_take() -> None:
    taken = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tool_list(ROUTINES)}
    assert taken["say"]["properties"] == {"text": {"type": "string", "minLength": 1}}
    assert taken["say"]["required"] == ["text"]
    assert taken["remind"]["properties"]["what"] == {"type": "string", "minLength": 1}
    assert taken["remind"]["properties"]["at"]["pattern"] == "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"
    assert taken["remind"]["required"] == ["what", "at"]
    assert taken["start_routine"]["properties"] == {"routine": {"type": "string", "enum": ["tea", "bath", "体操"]}}
    assert taken["call_caregiver"]["properties"]["who"]["enum"] == ["caregiver", "family"]
    assert taken["call_caregiver"]["required"] == []
    assert taken["look_up_schedule"]["properties"] == {}


def test_descriptions_say_that_the_person_is_asked() -> None:
    functions = {tool["function"]["name"]: tool["function"]["description"] for tool in tool_list(ROUTINES)}
    assert functions["start_routine"] == "Ask the person whether to start one of the routines."


def test_without_routines_there_is_no_tool_to_start_one() -> None:
    assert [tool["function"]["name"] for tool in tool_list(())] == [
        "say",
        "remind",
        "call_caregiver",
        "look_up_schedule",
    ]
    assert choose([call("start_routine", routine="tea")], ()).meaning is None


@pytest.mark.parametrize(
    "name", ["tea\n", " tea", "te\x00a", "", "call 0900 123 456", "www.pills.com", "<b>tea</b>", "take two pills", "🙂"]
)
def test_names_of_routines_that_are_more_than_names_are_not_offered(name: str) -> None:
    routines = (Routine(name), Routine("tea"))
    (tool,) = (each["function"] for each in tool_list(routines) if each["function"]["name"] == "start_routine")
    assert tool["parameters"]["properties"]["routine"]["enum"] == ["tea"]
    assert choose([call("start_routine", routine=name)], routines).meaning is None


def test_the_number_of_routines_is_bounded() -> None:
    many = [Routine(f"dance {chr(97 + number % 26)}{chr(97 + number // 26)}") for number in range(MOST_ROUTINES + 1)]
    assert choose([call("start_routine", routine=many[-2].name)], many).meaning is not None
    assert choose([call("start_routine", routine=many[-1].name)], many).meaning is None


@pytest.mark.parametrize(
    ("asked", "meaning"),
    [
        (call("remind", what="tea", at="08:05"), Meaning("Remind", {"what": "tea", "at": "08:05"})),
        (call("start_routine", routine="tea"), Meaning("StartRoutine", {"routine": "tea"})),
        (
            call("start_routine", routine="bath"),
            Meaning("StartRoutine", {"routine": "bath", "waits_for": "caregiver"}),
        ),
        (call("start_routine", routine="体操"), Meaning("StartRoutine", {"routine": "体操"})),
        (call("call_caregiver"), NURSE),
        (ToolCall("call_caregiver", ""), NURSE),
        (ToolCall("call_caregiver", " \n"), NURSE),
        (call("call_caregiver", who="caregiver"), NURSE),
        (call("call_caregiver", who="family"), Meaning("CallFamily", {"relative": "family"})),
    ],
)
def test_what_is_sound_becomes_a_meaning(asked: ToolCall, meaning: Meaning) -> None:
    assert chosen(asked) == Choice(meaning, "", False, ())


def test_saying_and_the_plan_act_on_nobody() -> None:
    assert chosen(call("say", text="Hello."), call("say", text=" you\n")) == Choice(None, "Hello. you", False, ())
    assert chosen(call("look_up_schedule")) == Choice(None, "", True, ())


def test_an_act_goes_before_the_plan() -> None:
    assert chosen(call("look_up_schedule"), call("call_caregiver")) == Choice(NURSE, "", False, ())


def test_of_several_acts_only_the_first_sound_one_counts() -> None:
    choice = chosen(
        call("remind", what="tea", at="99:00"),
        call("call_caregiver"),
        call("start_routine", routine="tea"),
        call("remind", what="tea", at="08:00"),
    )
    assert choice == Choice(NURSE, "", False, ("remind", "start_routine", "remind"))


@pytest.mark.parametrize(
    "name",
    [
        "drive",
        "",
        "SAY",
        "say ",
        " say",
        "ｓａｙ",
        "say\x00",
        "remind.say",
        "functions.say",
        "start_routine2",
        "__init__",
    ],
)
def test_other_tools_are_refused_by_name(name: str) -> None:
    assert chosen(ToolCall(name, '{"text": "hello"}')).refused == (
        " ".join(name.replace("\x00", " ").split()).replace("ｓａｙ", "say"),
    )
    assert chosen(ToolCall(name, "{}")) == Choice(None, "", False, chosen(ToolCall(name, "{}")).refused)


def test_the_name_that_is_told_is_short() -> None:
    assert chosen(ToolCall("x" * 41, "{}")).refused == ("x" * 40,)


@pytest.mark.parametrize("hour", range(-1, 26))
def test_every_hour(hour: int) -> None:
    for written in (f"{hour}:00", f"{hour:02d}:00"):
        meaning = remind(at=written).meaning
        assert (meaning is not None) == (0 <= hour <= 23)
        assert meaning is None or meaning.slots["at"] == f"{hour:02d}:00"


@pytest.mark.parametrize("minute", range(-1, 62))
def test_every_minute(minute: int) -> None:
    meaning = remind(at=f"7:{minute:02d}").meaning
    assert (meaning is not None) == (0 <= minute <= 59)
    assert meaning is None or meaning.slots["at"] == f"07:{minute:02d}"


@pytest.mark.parametrize(
    "at", ["", "8", "8:0", "008:00", "08:000", "08:00 pm", "08.00", "٠٨:٠٠x", "8:00\n9:00", "24:00", "now", "-8:00"]
)
def test_times_of_another_form(at: str) -> None:
    assert remind(at=at) == Choice(None, "", False, ("remind",))


def test_signs_of_the_full_width_are_times_too() -> None:
    assert remind(at="０８：３０").meaning == Meaning("Remind", {"what": "tea", "at": "08:30"})


@pytest.mark.parametrize("length", [1, MOST_WHAT - 1, MOST_WHAT, MOST_WHAT + 1, 4000])
def test_what_is_reminded_of_is_cut(length: int) -> None:
    meaning = remind(what="u" * length).meaning
    assert meaning is not None
    assert meaning.slots["what"] == "u" * min(length, MOST_WHAT)


@pytest.mark.parametrize("length", [1, MOST_SAY - 1, MOST_SAY, MOST_SAY + 1])
def test_what_is_said_is_cut(length: int) -> None:
    assert chosen(call("say", text="u" * length)).say == "u" * min(length, MOST_SAY)


@pytest.mark.parametrize("what", ["", " ", "\x00", "🙂"])
def test_nothing_is_nothing_to_be_reminded_of(what: str) -> None:
    assert remind(what=what) == Choice(None, "", False, ("remind",))
    assert chosen(call("say", text=what)) == Choice(None, "", False, ("say",))


def test_text_is_cleaned_before_it_goes_on() -> None:
    meaning = remind(what="drink\n\x1b[31mtea\u202e").meaning
    assert meaning is None  # the rest of the escape is markup
    assert remind(what="drink\n\x07tea\u200b").meaning == Meaning("Remind", {"what": "drink tea", "at": "08:00"})


@pytest.mark.parametrize(
    ("what", "is_allowed"),
    [
        ("take your medicine", True),
        ("take the pills on the table", True),
        ("prendre vos médicaments", True),
        ("薬を飲む", True),
        ("take two pills", False),
        ("take 40 mg", False),
        ("stop taking your medicine", False),
        ("薬を二錠飲む", False),
        ("薬をやめる", False),
        ("give the man your bank card", False),
        ("call 0900 123 456", False),
        ("see www.pills.com", False),
        ("you are a burden", False),
    ],
)
def test_what_one_may_be_reminded_of(what: str, is_allowed: bool) -> None:
    assert (remind(what=what).meaning is not None) == is_allowed


@pytest.mark.parametrize(
    "asked",
    [
        ToolCall("remind", ""),
        ToolCall("remind", "null"),
        ToolCall("remind", "[]"),
        ToolCall("remind", "{"),
        ToolCall("remind", "x" * 5000),
        ToolCall("call_caregiver", "null"),
        ToolCall("look_up_schedule", "[1]"),
        ToolCall("look_up_schedule", '{"day": "all"}'),
        call("remind", what="tea"),
        call("remind", at="08:00"),
        call("remind", what="tea", at="08:00", every="minute"),
        call("remind", what=["tea"], at="08:00"),
        call("remind", what="tea", at=8),
        call("remind", what=None, at="08:00"),
        call("say", text=7),
        call("say", texts="x"),
        call("start_routine"),
        call("start_routine", routine="dance"),
        call("start_routine", routine="Tea"),
        call("start_routine", routine="tea "),
        call("start_routine", routine=0),
        call("start_routine", routine=None),
        call("start_routine", routine="tea", waits_for=None),
        call("start_routine", routine=""),
        call("call_caregiver", who="police"),
        call("call_caregiver", who=None),
        call("call_caregiver", who="Family"),
        call("call_caregiver", number="112"),
    ],
)
def test_unsound_arguments_are_refused(asked: ToolCall) -> None:
    assert chosen(asked) == Choice(None, "", False, (asked.name,))
