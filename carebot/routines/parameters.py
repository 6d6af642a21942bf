"""The parameters of a routine: what each may be, and what was given for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel
from carebot.site.file import Site

Kind = Literal[
    "text", "number", "whole", "yes_no", "choice", "room", "destination", "resident", "caregiver", "alert", "rooms"
]
LONGEST_TEXT = 500
MOST_ROOMS = 20


class Parameter(FileModel):
    """What can be given for one parameter; without a `default` something must be.

    `least` and `most` limit numbers, and `most` the length of a text; `options` are those of a choice. A resident need
    not be named where only one lives here.
    """

    kind: Kind
    default: Any = None
    least: float | None = None
    most: float | None = None
    options: tuple[str, ...] = ()
    about: dict[Literal["en", "ja", "fr"], Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("a choice, and nothing else, needs options")
        if self.least is not None and self.kind not in ("number", "whole"):
            raise ValueError(f"least belongs to numbers, not to a {self.kind}")
        if self.most is not None and self.kind not in ("number", "whole", "text"):
            raise ValueError(f"most belongs to numbers and texts, not to a {self.kind}")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least ({self.least:g}) is above most ({self.most:g})")
        if self.default is not None and (problem := self.problem(self.default)):
            raise ValueError(f"its default {problem}")
        return self

    def problem(self, value: Any) -> str:
        """Why `value` cannot be given, to be read after the parameter's name; empty where it can."""
        return _PROBLEMS.get(self.kind, _name_problem)(self, value)

    @property
    def sample(self) -> Any:
        """A value that can be given: for checking steps that use it."""
        if self.default is not None:
            return self.default
        if self.kind in ("number", "whole"):
            least = self.least if self.least is not None else min(1.0, self.most if self.most is not None else 1.0)
            return int(least) if self.kind == "whole" else least
        by_kind: dict[str, Any] = {"yes_no": True, "choice": self.options and self.options[0], "rooms": ["a_room"]}
        return by_kind.get(self.kind, "a_name")


def _text_problem(parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        return f"must be a text, but it is {_shown(value)}"
    most = int(parameter.most if parameter.most is not None else LONGEST_TEXT)
    return f"has {len(value)} characters: at most {most} are allowed" if len(value) > most else ""


def _number_problem(parameter: Parameter, value: Any) -> str:
    is_whole = parameter.kind == "whole"
    kinds = (int,) if is_whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not _is_finite(value):
        return f"must be a {'whole ' if is_whole else ''}number, but it is {_shown(value)}"
    if parameter.least is not None and value < parameter.least:
        return f"is {value:g}: at least {parameter.least:g} is allowed"
    if parameter.most is not None and value > parameter.most:
        return f"is {value:g}: at most {parameter.most:g} is allowed"
    return ""


def _yes_no_problem(_parameter: Parameter, value: Any) -> str:
    return "" if isinstance(value, bool) else f"must be true or false, but it is {_shown(value)}"


def _choice_problem(parameter: Parameter, value: Any) -> str:
    return "" if value in parameter.options else f"is {_shown(value)}: use one of {', '.join(parameter.options)}"


def _name_problem(_parameter: Parameter, value: Any) -> str:
    is_name = isinstance(value, str) and len(value) <= LONGEST_TEXT
    return "" if is_name else f"must be a name, but it is {_shown(value)}"


def _rooms_problem(_parameter: Parameter, value: Any) -> str:
    is_list = isinstance(value, (list, tuple)) and len(value) <= MOST_ROOMS
    if is_list and all(isinstance(each, str) for each in value):
        return ""
    return f"must be a list of at most {MOST_ROOMS} rooms, but it is {_shown(value)}"


def _is_finite(value: float) -> bool:
    """Whether it is a number that the robot can reckon with: a whole one of 400 digits is none."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _shown(value: Any) -> str:
    try:
        return f"{value!r:.60}"
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a number of too many digits"


_PROBLEMS = {
    "text": _text_problem,
    "number": _number_problem,
    "whole": _number_problem,
    "yes_no": _yes_no_problem,
    "choice": _choice_problem,
    "rooms": _rooms_problem,
}


class GivenError(ValueError):
    """What was given for a parameter cannot be used; the message is the sentence for whoever gave it."""


def filled(
    parameters: Mapping[str, Parameter], given: Mapping[str, Any], site: Site, caregivers: tuple[str, ...]
) -> dict[str, Any]:
    """A value for each parameter. Raises GivenError naming the first that cannot be used."""
    for name in given:
        if name not in parameters:
            raise GivenError(f"there is no parameter '{name[:60]}': use {_listed(parameters)}")
    values = {}
    for name, parameter in parameters.items():
        value = given.get(name, _default(parameter, site))
        if value is None:
            raise GivenError(f"the parameter {name} ({parameter.kind}) must be given")
        if problem := parameter.problem(value) or name_problem(parameter.kind, value, site, caregivers):
            raise GivenError(f"the parameter {name} {problem}")
        values[name] = value
    return values


def name_problem(kind: str, value: Any, site: Site, caregivers: tuple[str, ...]) -> str:
    """Why the site does not know what is named, to be read after its name; empty where it does, or nothing is named."""
    known = _known(kind, site, caregivers)
    if known is None or value == "":
        return ""
    missing = next((each for each in (value if kind == "rooms" else [value]) if each not in known), None)
    what = {"rooms": "room"}.get(kind, kind)
    return "" if missing is None else f"names the {what} '{missing[:60]}', which the site has not: {_listed(known)}"


def _known(kind: str, site: Site, caregivers: tuple[str, ...]) -> tuple[str, ...] | None:
    if kind in ("room", "rooms"):
        return tuple(room.name for room in site.rooms)
    if kind == "destination":
        return site.destinations()
    if kind == "bed":
        return tuple(zone.name for zone in site.zones if zone.kind == "bed")
    if kind == "resident":
        return tuple(resident.name for resident in site.residents)
    return caregivers if kind == "caregiver" else None


def _default(parameter: Parameter, site: Site) -> Any:
    if parameter.default is None and parameter.kind == "resident" and len(site.residents) == 1:
        return site.residents[0].name
    return parameter.default


def _listed(names: Mapping[str, Any] | tuple[str, ...]) -> str:
    return f"one of {', '.join(names)}" if names else "none, there is none"
