"""The day's plan for who asks for it aloud: care's schedule, and what its routines are called."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time

from carebot_interfaces.msg import RoutineOffer, RoutineOffers, ScheduleEntry, SchedulePause
from carebot_interfaces.msg import Schedule as ScheduleMsg
from pydantic import ValidationError
from rclpy.node import Node

from carebot.conversation.text import Language
from carebot.ros import qos
from carebot.routines.day_plan import Spoken, rest_of_day
from carebot.routines.schedule import Entry, Pause


class DayPlan:
    """`schedule` and `routine_offers` in; `changed` is called when one of them is news."""

    def __init__(self, node: Node, language: Language, names: tuple[str, ...], changed: Callable[[], None]) -> None:
        self._node, self._language, self._names, self._changed = node, language, names, changed
        self._entries: tuple[Entry, ...] = ()
        self._pauses: tuple[Pause, ...] = ()
        self._time_zone = "UTC"
        self._routines: dict[str, Spoken] = {}
        self._inputs = [
            node.create_subscription(ScheduleMsg, "schedule", self._on_schedule, qos.SCHEDULE),
            node.create_subscription(RoutineOffers, "routine_offers", self._on_offers, qos.OFFERS),
        ]

    def rest_of_day(self, now_s: float) -> tuple[tuple[time, str], ...]:
        """What is still to come today, `now_s` in seconds since 1970 UTC."""
        return rest_of_day(self._entries, self._pauses, self._time_zone, self._routines, self._names, now_s)

    def _on_schedule(self, message: ScheduleMsg) -> None:
        try:
            self._entries = tuple(_entry(each) for each in message.entries if not each.is_removed)
            self._pauses = tuple(_pause(each) for each in message.pauses if not each.is_removed)
        except (ValidationError, ValueError) as error:
            self._node.get_logger().error(f"the schedule that care tells cannot be read: {error}")
            return
        self._time_zone = message.time_zone
        self._changed()

    def _on_offers(self, message: RoutineOffers) -> None:
        self._routines = {each.name: _spoken(each, self._language) for each in message.offers}
        self._changed()


def _entry(message: ScheduleEntry) -> Entry:
    return Entry.model_validate({**json.loads(message.content), "id": message.id})


def _pause(message: SchedulePause) -> Pause:
    return Pause.model_validate(json.loads(message.content))


def _spoken(offer: RoutineOffer, language: Language) -> Spoken:
    called = {each.language: each.text for each in offer.called}
    resident = next((each.name for each in offer.parameters if each.kind == "resident"), "")
    return Spoken(called.get(language) or next(iter(called.values()), offer.name), resident)
