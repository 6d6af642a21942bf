"""What starts a routine besides people and the schedule: a low battery, somebody in a zone, an event, a fall.

A pure core: `Triggers.step(facts, now_s)` gives what begins now. Something that holds (a battery that is low) fires
once, when it has held for `for_s`, and again only after it was over in between; an event fires when it comes. Nothing
fires again within `again_after_s`, however often it is told: a sensor that flickers, or sends a thousand times a
second, starts one routine. What held when carebot started has to hold for `for_s` like anything else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import FileModel
from carebot.routines.conditions import at_site, values_given
from carebot.routines.filling import resolved
from carebot.site.hours import Hours

BATTERY_HYSTERESIS = 0.05
"""A battery counts as no longer low when it holds this much more."""

FLICKER_S = 2.0
"""Somebody who is seen again within this time was there meanwhile: keypoints err, and places with them."""

AlertKind = Literal["fall"]
"""The alerts that start routines; `carebot.ros.routine_server` hears of no others."""

EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Cause(FileModel):
    """Exactly one of these. `battery_below` is 0..1 (never while it charges), `somebody_in` a zone or room of the site
    file, `event` something that is told on the topic `routine_events`, `alert` a kind of alert that is new."""

    battery_below: Annotated[float, Field(gt=0, lt=1)] | None = None
    somebody_in: str | None = None
    event: EventName | None = None
    alert: AlertKind | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(values_given(self)) != 1:
            causes = ", ".join(Cause.model_fields)
            raise ValueError(f"a trigger has exactly one of the causes {causes}, and what belongs to it")
        return self


class Trigger(FileModel):
    """Starts `routine` with its parameters (`with`) `when` something is so, within `hours` where they are given.

    In `with`, "{battery_percent}", "{where}" and "{alert}" stand for what has happened.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")
    routine: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    when: Cause
    parameters: dict[str, Any] = Field(default_factory=dict, alias="with")
    hours: Hours | None = None
    for_s: Annotated[float, Field(ge=0, le=3600)] = 10.0
    again_after_s: Annotated[float, Field(ge=5, le=7 * 86_400)] = 900.0
    enabled: bool = True

    def given(self, happened: Mapping[str, Any]) -> dict[str, Any]:
        """The routine's parameters; raises KeyError with a name in braces that there is nothing for."""
        return dict(resolved(self.parameters, {"battery_percent": 0, "where": "", "alert": "", **happened}))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known now. `battery` is 0..1 or None, `places` are the zones and rooms in which somebody is seen;
    `events` and `alerts` (kind → identity) came since the last step."""

    battery: float | None = None
    is_charging: bool = False
    places: frozenset[str] = frozenset()
    events: tuple[str, ...] = ()
    alerts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Firing:
    """A routine to begin. `about` is the same for the same alert: that one is answered once."""

    trigger: Trigger
    given: Mapping[str, Any]
    about: str = ""


@dataclass(slots=True)
class _State:
    since_s: float | None = None
    held_s: float | None = None
    is_armed: bool = True
    fired_s: float | None = None


class Triggers:
    """All of them. `dropped` counts by trigger what came again too soon."""

    def __init__(self, triggers: Iterable[Trigger], time_zone: str) -> None:
        self._triggers = tuple(each for each in triggers if each.enabled)
        self._time_zone = time_zone
        self._states = {each.id: _State() for each in self._triggers}
        self.dropped: Counter[str] = Counter()

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        return self._triggers

    def step(self, facts: Facts, now_s: float) -> list[Firing]:
        """What begins now."""
        return [firing for each in self._triggers if (firing := self._step(each, facts, now_s)) is not None]

    def _step(self, trigger: Trigger, facts: Facts, now_s: float) -> Firing | None:
        state, cause = self._states[trigger.id], trigger.when
        if cause.event is not None:
            return self._once(trigger, state, {}, "", now_s) if cause.event in facts.events else None
        if cause.alert is not None:
            alert = facts.alerts.get(cause.alert, "")
            return self._once(trigger, state, {"alert": alert}, alert, now_s) if alert else None
        return self._while_it_holds(trigger, state, facts, now_s)

    def _while_it_holds(self, trigger: Trigger, state: _State, facts: Facts, now_s: float) -> Firing | None:
        holds = self._with_flicker(trigger.when, state, _holds(trigger.when, facts, was_so=not state.is_armed), now_s)
        if holds is None:  # not known: neither begins nor ends
            return None
        if not holds or not self._is_time(trigger, now_s):
            state.since_s = None
            state.is_armed = state.is_armed or not holds
            return None
        state.since_s = now_s if state.since_s is None else min(state.since_s, now_s)  # a clock that was set back
        if not state.is_armed or now_s - state.since_s < trigger.for_s or self._is_too_soon(state, trigger, now_s):
            return None
        state.is_armed, state.fired_s = False, now_s
        percent = round(100 * facts.battery) if facts.battery is not None else 0
        return Firing(trigger, trigger.given({"battery_percent": percent, "where": trigger.when.somebody_in or ""}))

    @staticmethod
    def _with_flicker(cause: Cause, state: _State, holds: bool | None, now_s: float) -> bool | None:
        if holds:
            state.held_s = now_s
        is_recent = state.held_s is not None and 0 <= now_s - state.held_s < FLICKER_S
        return True if holds is False and cause.somebody_in is not None and is_recent else holds

    def _once(
        self, trigger: Trigger, state: _State, happened: Mapping[str, Any], about: str, now_s: float
    ) -> Firing | None:
        if not self._is_time(trigger, now_s):
            return None
        if not about and self._is_too_soon(state, trigger, now_s):
            self.dropped[trigger.id] += 1
            return None
        state.fired_s = now_s
        return Firing(trigger, trigger.given(happened), about)

    def _is_time(self, trigger: Trigger, now_s: float) -> bool:
        return trigger.hours is None or trigger.hours.holds(at_site(now_s, self._time_zone))

    @staticmethod
    def _is_too_soon(state: _State, trigger: Trigger, now_s: float) -> bool:
        return state.fired_s is not None and 0 <= now_s - state.fired_s < trigger.again_after_s


def _holds(cause: Cause, facts: Facts, was_so: bool) -> bool | None:
    if cause.battery_below is not None:
        if facts.battery is None:
            return None
        limit = cause.battery_below + (BATTERY_HYSTERESIS if was_so else 0.0)
        return facts.battery < limit and not facts.is_charging
    return cause.somebody_in in facts.places
