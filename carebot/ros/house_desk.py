"""Contacts and quiet hours on ROS: how they hold now, and caregivers' changes of them."""

from __future__ import annotations

import json
import time
from pathlib import Path

from carebot_interfaces.msg import HouseSettings
from carebot_interfaces.srv import ChangeHouse
from rclpy.node import Node

from carebot.errors import ConfigError
from carebot.escalation.house_book import ProblemOf
from carebot.escalation.house_office import HouseChange, HouseOffice, HouseOutcome
from carebot.escalation.plan import EscalationPlan
from carebot.ros import qos
from carebot.ros.convert import quiet_to_msgs
from carebot.ros.diagnostics import Health, Level
from carebot.ros.house_link import checked_mqtt
from carebot.ros.json_content import json_object
from carebot.routines.agenda import load_agenda
from carebot.routines.library import load_library
from carebot.site.file import Site


def fits_rest(path: Path, site: Site, own: Path | None, names: tuple[str, ...]) -> ProblemOf:
    """Whether the routines and the schedule of a site file that knows these people can do with a plan's."""

    def problem_of(plan: EscalationPlan) -> str:
        people = tuple(each.name for each in plan.caregivers)
        if set(names) <= set(people):
            return ""
        try:
            library = load_library(own, site, people)
            load_agenda(path, library, site, people)
            checked_mqtt(path, library, site, people)
        except ConfigError as error:
            return str(error)
        return ""

    return problem_of


class HouseDesk:
    """`house_settings` out, latched, at each change; `change_house` is answered."""

    def __init__(self, node: Node, office: HouseOffice) -> None:
        self._node, self._office = node, office
        self._told: tuple[int, str, str] | None = None
        self._out = node.create_publisher(HouseSettings, "house_settings", qos.SCHEDULE)
        self._service = node.create_service(ChangeHouse, "change_house", self._on_change)
        self.tick()

    def tick(self) -> None:
        """Tell how things are, where that is news."""
        book = self._office.book
        state = (book.revision, book.fault, json.dumps(self._office.told(), ensure_ascii=False))
        if state == self._told:
            return
        self._told = state
        self._out.publish(
            HouseSettings(
                stamp=self._node.get_clock().now().to_msg(),
                revision=book.revision,
                content=state[2],
                quiet_hours=quiet_to_msgs(book.quiet),
                fault=book.fault,
            )
        )

    def health(self) -> Health:
        """Whether what was changed holds."""
        book, values = self._office.book, {"changes": self._office.book.revision}
        if book.fault:
            return Health("settings", Level.ERROR, book.fault, values)
        if book.warning:
            return Health("settings", Level.WARN, book.warning, values)
        return Health("settings", Level.OK, "contacts and quiet hours hold as they are shown", values)

    def _on_change(self, request: ChangeHouse.Request, response: ChangeHouse.Response) -> ChangeHouse.Response:
        outcome = self._outcome(request)
        response.accepted, response.code, response.message = outcome.accepted, outcome.code, outcome.message
        response.id, response.values = outcome.id, [text for pair in outcome.values.items() for text in pair]
        if outcome.accepted:
            self._node.get_logger().info(
                f"{request.by[:200]!r}: {request.what} {outcome.id or request.subject[:200]!r}"
            )
            self.tick()
        return response

    def _outcome(self, request: ChangeHouse.Request) -> HouseOutcome:
        content = json_object(request.content)
        if content is None:
            return HouseOutcome("invalid", "The content of a change must be a JSON object.")
        revision = int(request.revision) if request.is_based else None
        change = HouseChange(request.what, request.subject, content, request.by, revision)
        return self._office.change(change, time.time())
