"""The only things that a language model can ask for. Safety code: pure, small, and alone.

What it asks for becomes at most one meaning for the dialogue, which asks the person back before anything is passed on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from carebot.conversation.leash.checks import forbidden
from carebot.conversation.leash.events import ToolCall
from carebot.conversation.text import clean
from carebot.conversation.understanding import Meaning

MOST_WHAT = 80
MOST_SAY = 600
MOST_ROUTINES = 30
MOST_NAME = 40


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine that may be asked for; one that is risky waits for a caregiver's yes after the person's own."""

    name: str
    is_risky: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What is left of a model's tool calls: what to ask the person back, what to say, whether to tell the plan, and
    the names of the tools that were refused."""

    meaning: Meaning | None = None
    say: str = ""
    tells_plan: bool = False
    refused: tuple[str, ...] = ()


def _clean(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Acting(_Arguments):
    """Arguments of what concerns others than the two who talk."""

    def meaning(self, routines: Sequence[Routine], /) -> Meaning | None:
        """What to ask the person back; None where it must not be asked."""
        raise NotImplementedError


class _Say(_Arguments):
    """Say this to the person."""

    text: Annotated[str, Field(min_length=1), BeforeValidator(_clean), AfterValidator(lambda text: text[:MOST_SAY])]


class _LookUpSchedule(_Arguments):
    """Tell the person the plan of today."""


class _Remind(_Acting):
    """Ask the person whether to remind them of something, at a time of 24 hours such as 08:30."""

    what: Annotated[str, Field(min_length=1), BeforeValidator(_clean), AfterValidator(lambda text: text[:MOST_WHAT])]
    at: Annotated[str, Field(pattern=r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"), BeforeValidator(_clean)]

    def meaning(self, _: Sequence[Routine], /) -> Meaning | None:
        if forbidden(self.what, allowed=frozenset({"intake"})) is not None:
            return None
        return Meaning("Remind", {"what": self.what, "at": self.at.zfill(len("00:00"))})


class _StartRoutine(_Acting):
    """Ask the person whether to start one of the routines."""

    routine: str

    def meaning(self, routines: Sequence[Routine], /) -> Meaning | None:
        found = next((each for each in _offered(routines) if each.name == self.routine), None)
        if found is None:
            return None
        return Meaning(
            "StartRoutine", {"routine": found.name, **({"waits_for": "caregiver"} if found.is_risky else {})}
        )


class _CallCaregiver(_Acting):
    """Ask the person whether to call a caregiver or the family."""

    who: Literal["caregiver", "family"] = "caregiver"

    def meaning(self, _: Sequence[Routine], /) -> Meaning | None:
        if self.who == "family":
            return Meaning("CallFamily", {"relative": "family"})
        return Meaning("CallNurse", {"carer": "nurse"})


_TOOLS: dict[str, type[_Arguments]] = {
    "say": _Say,
    "remind": _Remind,
    "start_routine": _StartRoutine,
    "call_caregiver": _CallCaregiver,
    "look_up_schedule": _LookUpSchedule,
}


def tool_list(routines: Sequence[Routine]) -> list[dict[str, Any]]:
    """The tools as chat completions want them; without routines there is none to start one."""
    names = [routine.name for routine in _offered(routines)]
    return [_described(name, model, names) for name, model in _TOOLS.items() if names or name != "start_routine"]


def choose(calls: Sequence[ToolCall], routines: Sequence[Routine]) -> Choice:
    """What `calls` come down to: the first that is sound and acts, and what may be said and told beside it."""
    meaning: Meaning | None = None
    said: list[str] = []
    refused: list[str] = []
    tells_plan = False
    for call in calls:
        arguments = _checked(call)
        if isinstance(arguments, _Say):
            said.append(arguments.text)
        elif isinstance(arguments, _LookUpSchedule):
            tells_plan = True
        elif isinstance(arguments, _Acting) and meaning is None and (asked := arguments.meaning(routines)):
            meaning = asked
        else:
            refused.append(clean(call.name)[:MOST_NAME])
    return Choice(meaning, " ".join(said), tells_plan and meaning is None, tuple(refused))


def _offered(routines: Sequence[Routine]) -> list[Routine]:
    """Routines under plain names: a name of a site file is text that somebody wrote."""
    sound = [each for each in routines if each.name and each.name == clean(each.name) and not forbidden(each.name)]
    return sound[:MOST_ROUTINES]


def _checked(call: ToolCall) -> _Arguments | None:
    model = _TOOLS.get(call.name)
    if model is None:
        return None
    try:
        return model.model_validate_json(call.arguments.strip() or "{}")
    except ValidationError:
        return None


def _described(name: str, model: type[_Arguments], routines: list[str]) -> dict[str, Any]:
    schema = model.model_json_schema()
    description = schema.pop("description")
    properties = {key: _without_title(each) for key, each in schema["properties"].items()}
    if model is _StartRoutine:
        properties["routine"] = {"type": "string", "enum": routines}
    parameters = {
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


def _without_title(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "title"}
