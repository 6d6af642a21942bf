"""Conditions of steps: what must hold for a step to be done, or for a wait or a loop to end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from typing_extensions import Self

from carebot.config import FileModel
from carebot.routines.filling import yes_no_as_text
from carebot.site.hours import Hours

AnswerName = Annotated[str, BeforeValidator(yes_no_as_text)]
NameOf = Annotated[str, Field(min_length=1)]


class AnswerTo(FileModel):
    """The step called `of` ended with one of these answers."""

    of: str
    is_: Annotated[tuple[AnswerName, ...], Field(alias="is", min_length=1)]


class Recorded(FileModel):
    """Something of that kind was recorded of that subject within the last `within_s`."""

    kind: str
    subject: str = ""
    within_s: Annotated[float, Field(gt=0, le=31 * 86_400)] | Annotated[str, Field(pattern=r"^\{[a-z][a-z0-9_]*\}$")]


class WasUp(FileModel):
    """Somebody was seen on their feet, or sitting, within the last `within_s`."""

    within_s: Annotated[float, Field(ge=0, le=86_400)] | Annotated[str, Field(pattern=r"^\{[a-z][a-z0-9_]*\}$")]


def _something(value: Any) -> Any:
    if value is None:
        raise ValueError("nothing stands behind it: write '' for an empty text")
    return value


class Compared(FileModel):
    """What a parameter was given as."""

    name: str
    is_: Annotated[Any, Field(alias="is"), AfterValidator(_something)]


class Condition(FileModel):
    """Exactly one of these keys. `done` and `failed` name a step, `alert_…` a parameter that holds an alert."""

    answer: AnswerTo | None = None
    time: Hours | None = None
    somebody_is_seen: bool | None = None
    somebody_was_up: WasUp | None = None
    touched: bool | None = None
    camera_is_off: bool | None = None
    recorded: Recorded | None = None
    parameter: Compared | None = None
    alert_is_open: NameOf | None = None
    alert_is_answered: NameOf | None = None
    done: NameOf | None = None
    failed: NameOf | None = None
    not_: Annotated[Condition | None, Field(alias="not")] = None
    all: Annotated[tuple[Condition, ...] | None, Field(min_length=1)] = None
    any: Annotated[tuple[Condition, ...] | None, Field(min_length=1)] = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(values_given(self)) != 1:
            known = ", ".join(field.alias or name for name, field in Condition.model_fields.items())
            raise ValueError(f"a condition has exactly one of the keys {known}, and what belongs to it")
        return self

    @staticmethod
    def read(raw: Any) -> Condition:
        """`raw` as a condition; raises ValueError with a sentence."""
        if isinstance(raw, Condition):
            return raw
        try:
            return Condition.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            keys = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{keys}: {first['msg'].removeprefix('Value error, ')}".removeprefix(": ")) from None

    def parts(self) -> tuple[Condition, ...]:
        """This condition and all within it."""
        inner = (*([self.not_] if self.not_ else []), *(self.all or ()), *(self.any or ()))
        return (self, *(part for each in inner for part in each.parts()))


def values_given(model: FileModel) -> list[Any]:
    """What stands behind the keys that were given; a key with nothing behind it does not count."""
    values = (getattr(model, name) for name in model.model_fields_set)
    return [value for value in values if value is not None]


def parameters_named(condition: Condition) -> set[str]:
    """The parameters that a condition asks about."""
    named = {each.parameter.name for each in condition.parts() if each.parameter}
    alerts = (each.alert_is_open or each.alert_is_answered for each in condition.parts())
    return named | {name for name in alerts if name}


def steps_named(condition: Condition) -> set[str]:
    """The steps that a condition asks about."""
    asked = {each.answer.of for each in condition.parts() if each.answer}
    ended = (each.done or each.failed for each in condition.parts())
    return asked | {name for name in ended if name}


def at_site(now_s: float, time_zone: str) -> datetime:
    """The wall clock of the site."""
    return datetime.fromtimestamp(now_s, ZoneInfo(time_zone))


def is_parameter(values: Mapping[str, Any], compared: Compared) -> bool:
    """Whether that parameter was given so."""
    return bool(values.get(compared.name) == compared.is_)
