"""A routine's tree in words, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carebot.routines.conditions import Condition
from carebot.routines.file import Routine
from carebot.routines.filling import as_text
from carebot.routines.steps import Group, LeafStep, Loop, Step


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the drawing and what hangs on it."""

    label: str
    inner: tuple[Branch, ...] = ()


def drawn(routine: Routine) -> Branch:
    """The whole routine: what it does, and what it does where it ends before that."""
    file = routine.file
    limits = f"{file.priority}, at most {file.time_limit_s / 60:g} min, {file.when_preempted} when interrupted"
    waits = (Branch("while something else goes first", _several(routine.waiting)),) if routine.waiting else ()
    endings = (Branch("if not done", _several(routine.ending)),) if routine.ending else ()
    return Branch(f"{routine.name} ({limits})", (*waits, *_several(routine.body), *endings))


def _several(group: Group) -> tuple[Branch, ...]:
    return tuple(_drawn(step) for step in group.steps)


def _drawn(step: Step) -> Branch:
    action = Branch(_label(step), _inner(step))
    if step.condition is None:
        return action
    then = action.inner if isinstance(step, Group) and not step.is_selector else (action,)
    otherwise = (Branch("else", _below(step.otherwise)),) if step.otherwise else ()
    return Branch(f"if {_in_words(step.condition)}", (*then, *otherwise))


def _label(step: Step) -> str:
    return " ".join(part for part in (_action(step), _named(step), _marks(step)) if part)


def _action(step: Step) -> str:
    if isinstance(step, LeafStep):
        return f"{step.leaf.keyword} {_keys(step)}".strip()
    if isinstance(step, Loop):
        until = f" until {_in_words(step.until)}" if step.until else ""
        times = f" {as_text(step.raw['times'])} times" if "times" in step.raw else ""
        pause = f", {as_text(step.raw['pause_s'])} s apart" if "pause_s" in step.raw else ""
        every = f", every {as_text(step.raw['every_s'])} s" if "every_s" in step.raw else ""
        return f"{'retry' if step.is_retry else 'repeat'}{times}{pause}{every}{until}"
    return "the first that works" if isinstance(step, Group) and step.is_selector else "in order"


def _keys(step: LeafStep) -> str:
    rest = {key: value for key, value in step.raw.items() if key != step.leaf.short}
    first = as_text(step.raw[step.leaf.short]) if step.leaf.short in step.raw else ""
    return f"{first} {_mapping(rest)}".strip()


def _mapping(content: Mapping[str, Any]) -> str:
    shown = ", ".join(f"{key}: {_value(value)}" for key, value in content.items())
    return f"({shown})" if shown else ""


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "/".join(_value(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _mapping(value) if isinstance(value, Mapping) else as_text(value)


def _named(step: Step) -> str:
    own = step.leaf.keyword if isinstance(step, LeafStep) else ""
    return f"[{step.name}]" if step.name not in ("", own, "sequence", "selector", "repeat", "retry") else ""


def _marks(step: Step) -> str:
    marks = []
    if step.time_limit_s is not None:
        marks.append(f"within {as_text(step.time_limit_s)} s")
    if step.approval is not None:
        marks.append(f"needs the approval of {step.approval.by or 'a caregiver'}")
    if step.may_fail:
        marks.append("may fail")
    return f"– {', '.join(marks)}" if marks else ""


def _inner(step: Step) -> tuple[Branch, ...]:
    if isinstance(step, LeafStep):
        return tuple(Branch(f"→ {answer}", _below(body)) for answer, body in step.when.items())
    if isinstance(step, Loop):
        return _below(step.body)
    return _several(step) if isinstance(step, Group) else ()


def _below(step: Step) -> tuple[Branch, ...]:
    return _several(step) if isinstance(step, Group) and not step.is_selector else (_drawn(step),)


def _in_words(condition: Condition) -> str:
    content = condition.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    return _condition(content)


def _condition(content: Mapping[str, Any]) -> str:
    [(key, value)] = content.items()
    if key == "not":
        return f"not ({_condition(value)})"
    if key in ("all", "any"):
        return {"all": " and ", "any": " or "}[key].join(_condition(each) for each in value)
    if key == "answer":
        return f"{value['of']} was answered {' or '.join(value['is'])}"
    if key == "parameter":
        return f"{value['name']} is {_value(value['is']) or 'empty'}"
    return f"{key.replace('_', ' ')} {_value(value)}"
