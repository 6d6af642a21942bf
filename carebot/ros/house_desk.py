"""Contacts and quiet hours on ROS: how they hold now, and caregivers' changes of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carebot_interfaces.msg import HouseSettings
from carebot_interfaces.srv import ChangeHouse
from rclpy.node import Node

from carebot.errors import ConfigError, RecordsError
from carebot.escalation import contacts
from carebot.escalation.contacts import ContactError, Wanted
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.house_book import HOUSE, Changed, HouseBook, ProblemOf
from carebot.escalation.plan import EscalationPlan
from carebot.records.outbox import Message
from carebot.ros import qos
from carebot.ros.convert import quiet_to_msgs
from carebot.ros.diagnostics import Health, Level
from carebot.ros.house_link import checked_mqtt
from carebot.routines.agenda import load_agenda
from carebot.routines.library import load_library
from carebot.site.file import Site

_Change = ChangeHouse.Request
TRY_AGAIN_AFTER_S = 30.0


def settings_path(records: Path) -> Path:
    """Where changes of the house lie, for the records at `records`."""
    return records.with_name(f"{records.stem}.settings.json")


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
    """`house_settings` out, latched, at each change; `change_house` is answered.

    `changed` is called once a change holds, so that those who call people and those who keep quiet take it up.
    """

    def __init__(
        self, node: Node, book: HouseBook, site: Site, desk: EscalationDesk, changed: Callable[[HouseBook], None]
    ) -> None:
        self._node, self._book, self._site, self._desk, self._changed = node, book, site, desk, changed
        self._told = ""
        self._out = node.create_publisher(HouseSettings, "house_settings", qos.SCHEDULE)
        self._service = node.create_service(ChangeHouse, "change_house", self._on_change)
        self.tick()

    def tick(self) -> None:
        """Tell how things are, where that is news."""
        content = json.dumps(self._content(), ensure_ascii=False)
        state = f"{self._book.revision} {self._book.fault} {content}"
        if state == self._told:
            return
        self._told = state
        self._out.publish(
            HouseSettings(
                stamp=self._node.get_clock().now().to_msg(),
                revision=self._book.revision,
                content=content,
                quiet_hours=quiet_to_msgs(self._book.quiet),
                fault=self._book.fault,
            )
        )

    def health(self) -> Health:
        """Whether what was changed holds."""
        values = {"changes": self._book.revision}
        if self._book.fault:
            return Health("settings", Level.ERROR, self._book.fault, values)
        if self._book.warning:
            return Health("settings", Level.WARN, self._book.warning, values)
        return Health("settings", Level.OK, "contacts and quiet hours hold as they are shown", values)

    def _content(self) -> dict[str, Any]:
        book, plan = self._book, self._book.plan
        return {
            "contacts": [
                {
                    "id": contacts.contact_id(each.name),
                    "name": each.name,
                    "language": each.language,
                    "relation": each.relation or "",
                    "ways": [{"way": way, "address": contacts.masked(each.reach[way])} for way in each.reach],
                    "calls": contacts.calls_of(plan, each.name),
                    "trial": [self._trial(message) for message in self._desk.trial(each.name)],
                }
                for each in plan.caregivers
            ],
            "chains": [
                {
                    "name": chain,
                    "levels": [{"for_s": level.for_s, "who": [tell.who for tell in level.tell]} for level in levels],
                }
                for chain, levels in plan.escalation.items()
            ],
            "relays": sorted(plan.relays),
            "residents": [each.name for each in self._site.residents],
            "time_zone": self._site.time_zone,
            "contacts_changed": _changed(book.contacts_changed),
            "quiet_changed": {
                name: _changed(book.quiet_changed(name))
                for name in (HOUSE, *(each.name for each in self._site.residents))
            },
            "warning": book.warning,
        }

    def _trial(self, message: Message) -> dict[str, Any]:
        address = self._book.plan.address(message.who, message.by) or ""
        return {
            "way": message.by,
            "state": message.state.value,
            "at_s": message.queued_at_s,
            "error": contacts.without_address(message.error, address),
        }

    def _on_change(self, request: _Change, response: ChangeHouse.Response) -> ChangeHouse.Response:
        by = "".join(sign for sign in request.by if sign.isprintable()).strip()[:200]
        try:
            response.id = self._carry_out(request, by, time.time())
        except ContactError as error:
            response.code, response.message = error.code, str(error)
            response.values = [text for pair in error.values.items() for text in pair]
        except RecordsError as error:
            response.code, response.message = "not_recorded", f"Nothing was changed. {error}"
        response.accepted = not response.code
        if response.accepted:
            self._node.get_logger().info(f"{by}: {request.what} {response.id or request.subject}")
            if request.what != _Change.TRY_CONTACT:
                self._changed(self._book)
            self.tick()
        return response

    def _carry_out(self, request: _Change, by: str, now_s: float) -> str:
        if not by:
            raise ContactError("no_name", "A change needs the name of the person who makes it.")
        if request.is_based and request.revision != self._book.revision:
            raise ContactError("changed_meanwhile", "Somebody has changed the settings meanwhile: look at them again.")
        acts: dict[str, Callable[[_Change, str, float], str]] = {
            _Change.ADD_CONTACT: self._add,
            _Change.CHANGE_CONTACT: self._change,
            _Change.REMOVE_CONTACT: self._remove,
            _Change.TRY_CONTACT: self._try_out,
            _Change.QUIET_HOURS: self._set_quiet,
            _Change.RESTORE_CONTACTS: self._restore_contacts,
            _Change.RESTORE_QUIET_HOURS: self._restore_quiet,
        }
        if request.what not in acts:
            known = ", ".join(acts)
            raise ContactError("invalid", f"The change {request.what[:40]!r} is unknown: use one of {known}.")
        return acts[request.what](request, by, now_s)

    def _add(self, request: _Change, by: str, now_s: float) -> str:
        return self._book.add_contact(_wanted(request.content), by, now_s)

    def _change(self, request: _Change, by: str, now_s: float) -> str:
        return self._book.change_contact(request.subject, _wanted(request.content), by, now_s)

    def _remove(self, request: _Change, by: str, now_s: float) -> str:
        self._book.remove_contact(request.subject, by, now_s)
        return request.subject

    def _try_out(self, request: _Change, _by: str, now_s: float) -> str:
        who = contacts.contact(self._book.plan, request.subject).name
        latest = max((each.queued_at_s for each in self._desk.trial(who)), default=0.0)
        if abs(now_s - latest) < TRY_AGAIN_AFTER_S or not self._desk.try_out(who, now_s):
            raise ContactError("trial_soon", "The trial before was a moment ago: wait for its outcome.")
        return request.subject

    def _set_quiet(self, request: _Change, by: str, now_s: float) -> str:
        hours = _read(request.content).get("hours")
        if not isinstance(hours, list) or not all(isinstance(each, dict) for each in hours):
            raise ContactError("hours_invalid", "Quiet hours need two times of day, such as 21:00 and 07:00.")
        known = [each.name for each in self._site.residents]
        self._book.set_quiet(request.subject, hours, known, by, now_s)
        return ""

    def _restore_contacts(self, _request: _Change, _by: str, _now_s: float) -> str:
        self._book.restore_contacts()
        return ""

    def _restore_quiet(self, request: _Change, _by: str, _now_s: float) -> str:
        self._book.restore_quiet(request.subject)
        return ""


def _changed(change: Changed | None) -> dict[str, Any] | None:
    return None if change is None else {"by": change.by, "at_s": change.at_s}


def _wanted(content: str) -> Wanted:
    read = _read(content)
    try:
        return Wanted(**read)
    except TypeError:
        raise ContactError("invalid", "The content of a change has keys that are not known.") from None


def _read(content: str) -> dict[str, Any]:
    try:
        read = json.loads(content) if content else {}
        json.dumps(read, ensure_ascii=False).encode()  # halves of characters could not be told to anybody
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ContactError("invalid", "The content of a change must be a JSON object.")
    return read
