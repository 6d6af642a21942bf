"""What can be asked for and what is under way, as messages in every language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from carebot_interfaces.msg import (
    RoutineChoice,
    RoutineOffer,
    RoutineOffers,
    RoutineParameter,
    RoutineRun,
    RoutineStep,
    RoutineText,
)
from rclpy.node import Node

from carebot.reasons import reason_in
from carebot.records.routine_runs import RunState
from carebot.ros import qos
from carebot.routines import journal as keys
from carebot.routines.engine import Active
from carebot.routines.file import LANGUAGES, Routine
from carebot.routines.library import OWN
from carebot.routines.parameters import Parameter
from carebot.routines.progress import Line
from carebot.site.file import Site
from carebot.site.places import Named


class Offers:
    """Tells, latched, what this home's routines are: once, and when caregivers have changed."""

    def __init__(self, node: Node, library: Mapping[str, Routine], site: Site, caregivers: tuple[str, ...]) -> None:
        self._node, self._library, self._site = node, library, site
        self._out = node.create_publisher(RoutineOffers, "routine_offers", qos.OFFERS)
        self.publish(caregivers)

    def publish(self, caregivers: tuple[str, ...]) -> None:
        """Tell it with these caregivers to choose from."""
        offers = [_offer(routine, self._site, caregivers) for _, routine in sorted(self._library.items())]
        stamp = self._node.get_clock().now().to_msg()
        self._out.publish(RoutineOffers(stamp=stamp, language=self._site.language, offers=offers))


def run_to_msg(active: Active, why_waiting: tuple[str, str]) -> RoutineRun:
    """One run that is not over: what it does, or why it does not go on."""
    run, context = active.run, active.context
    asked = context.journal.get(context.waits_for or keys.APPROVAL)
    waits = "asked_s" in asked and "agreed" not in asked
    left_s = context.routine.file.time_limit_s - active.ran_s
    return RoutineRun(
        run=run.id,
        routine=run.routine,
        state=run.state.value,
        step=context.step,
        told=context.told or run.outcome,
        told_in=_texts({each: context.told_in(each) or reason_in(run.outcome, each) for each in LANGUAGES})
        if context.told or run.outcome
        else [],
        requested_by=run.requested_by,
        requested_at_s=run.requested_at_s,
        needs_approval=waits,
        approval_of=str(asked.get("who", "")) if waits else "",
        approval_about=str(asked.get("what", "")) if waits else "",
        approval_otherwise=str(asked.get("otherwise", "")) if waits else "",
        approval_until_s=float(asked.get("until_s", 0.0)) if waits else 0.0,
        ends_by_s=float(round(context.now_s + left_s)) if run.state is RunState.RUNNING else 0.0,
        parameter_names=list(run.parameters),
        parameter_values=[_as_yaml(value) for value in run.parameters.values()],
        steps=[_step(line) for line in active.steps()],
        waits=why_waiting[0],
        waits_about=why_waiting[1],
    )


def _step(line: Line) -> RoutineStep:
    told_in = _texts({each: line.told_in(each) for each in LANGUAGES})
    return RoutineStep(depth=min(line.depth, 255), state=line.state.value, until_s=line.until_s, told_in=told_in)


def _offer(routine: Routine, site: Site, caregivers: tuple[str, ...]) -> RoutineOffer:
    file = routine.file
    return RoutineOffer(
        name=routine.name,
        priority=file.priority,
        is_own=routine.path.parent != OWN,
        needs_approval=file.needs_approval is not None or any(step.approval is not None for step in routine.steps()),
        called=_texts(file.called),
        about=_texts(file.about),
        parameters=[_parameter(name, each, site, caregivers) for name, each in file.parameters.items()],
    )


def _parameter(name: str, parameter: Parameter, site: Site, caregivers: tuple[str, ...]) -> RoutineParameter:
    given = parameter.default
    if given is None and parameter.kind == "resident" and len(site.residents) == 1:
        given = site.residents[0].name
    limits = [each for each in (parameter.least, parameter.most) if each is not None]
    return RoutineParameter(
        name=name,
        kind=parameter.kind,
        given="" if given is None else _as_yaml(given),
        is_needed=given is None,
        is_limited=bool(limits),
        least=float("-inf") if parameter.least is None else parameter.least,
        most=float("inf") if parameter.most is None else parameter.most,
        choices=list(_choices(parameter, site, caregivers)),
        about=_texts(parameter.about),
    )


def _choices(parameter: Parameter, site: Site, caregivers: tuple[str, ...]) -> Iterable[RoutineChoice]:
    plain: Mapping[str, Iterable[str]] = {
        "choice": parameter.options,
        "resident": [each.name for each in site.residents],
        "caregiver": caregivers,
    }
    named: Mapping[str, Iterable[Named]] = {
        "room": site.rooms,
        "rooms": site.rooms,
        "destination": (*site.rooms, *site.places, *site.docks),
    }
    for value in plain.get(parameter.kind, ()):
        yield RoutineChoice(value=value)
    for each in named.get(parameter.kind, ()):
        yield RoutineChoice(value=each.name, called=_texts({code: each.spoken(code) for code in LANGUAGES}))


def _texts(words: Mapping[Any, str]) -> list[RoutineText]:
    return [RoutineText(language=str(language), text=text) for language, text in words.items()]


def _as_yaml(value: object) -> str:
    return (
        yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).removesuffix("\n...\n").strip()
    )
