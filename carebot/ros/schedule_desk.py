"""The schedule on ROS: how it holds now, what is planned, and caregivers' changes of it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from carebot_interfaces.msg import Schedule as ScheduleMsg
from carebot_interfaces.msg import ScheduleEntry, ScheduleOccurrence, SchedulePause
from carebot_interfaces.srv import ChangeSchedule, LookAhead
from rclpy.node import Node

from carebot.errors import RecordsError
from carebot.printable import printable_name
from carebot.records.schedule import why_not_between
from carebot.ros import qos
from carebot.ros.json_content import json_object
from carebot.routines.schedule_book import Line, ScheduleBook

_Change = ChangeSchedule.Request


class ScheduleDesk:
    """`schedule` out, latched, at each change; `change_schedule` and `look_ahead` are answered."""

    def __init__(self, node: Node, book: ScheduleBook, time_zone: str) -> None:
        self._node, self._book, self._time_zone = node, book, time_zone
        self._told: tuple[int, str] | None = None
        self._out = node.create_publisher(ScheduleMsg, "schedule", qos.SCHEDULE)
        self._services = [
            node.create_service(ChangeSchedule, "change_schedule", self._on_change),
            node.create_service(LookAhead, "look_ahead", self._on_look_ahead),
        ]

    def tick(self) -> None:
        """Tell how the schedule holds, where that is news."""
        state = (self._book.revision, self._book.fault)
        if state != self._told:
            self._told = state
            self._out.publish(self._message())

    def _message(self) -> ScheduleMsg:
        return ScheduleMsg(
            stamp=self._node.get_clock().now().to_msg(),
            time_zone=self._time_zone,
            revision=self._book.revision,
            entries=[
                ScheduleEntry(id=each.holds.id, is_changed=each.change is not None, **_of(each))
                for each in self._book.lines()
            ],
            pauses=[SchedulePause(id=key, **_of(each)) for key, each in self._book.pause_lines()],
            fault=self._book.fault,
        )

    def _on_change(self, request: _Change, response: ChangeSchedule.Response) -> ChangeSchedule.Response:
        by = printable_name(request.by)
        response.id, response.code, response.message = self._changed(request, by)
        response.accepted = not response.code
        if response.accepted:
            self._node.get_logger().info(f"{by} changes the schedule: {request.what} {response.id}")
            self.tick()
        return response

    def _changed(self, request: _Change, by: str) -> tuple[str, str, str]:
        """The id, a code of why not, and that in a sentence."""
        book, key = self._book, request.id
        is_pause = request.what in (_Change.PAUSE, _Change.UNPAUSE)
        known: Mapping[str, Any] = book.pauses if is_pause else book.entries
        if request.what in (_Change.REMOVE, _Change.UNPAUSE) and key not in known:
            return key, "unknown", f"The schedule has nothing called '{key[:80]}': look at it again."
        if request.must_be_new and key in known:
            return key, "exists", f"The schedule has '{key[:80]}' already: change it, or choose another name."
        content = json_object(request.content)
        if request.what in (_Change.SET, _Change.PAUSE):
            if content is None:
                return key, "invalid", "The content of a change must be a JSON object."
            key = key or f"days-{uuid.uuid4().hex[:12]}"
            content = {**content, "id": key}
        try:
            problem = self._carry_out(request.what, key, content or {}, by, time.time())
        except RecordsError as error:
            return key, "not_recorded", f"Nothing was changed. {error}"
        except (ArithmeticError, ValueError) as error:  # one that leaves a callback would end care
            self._node.get_logger().error(f"cannot reckon with a change of the schedule: {error}")
            return key, "invalid", "The schedule cannot reckon with what the change says."
        return key, "invalid" if problem else "", problem

    def _carry_out(self, what: str, key: str, content: Mapping[str, Any], by: str, now_s: float) -> str:
        if what == _Change.SET:
            return self._book.set_entry(content, by, now_s)
        if what == _Change.PAUSE:
            return self._book.set_pause(content, by, now_s)
        acts = {
            _Change.REMOVE: self._book.remove_entry,
            _Change.UNPAUSE: self._book.remove_pause,
            _Change.RESTORE: self._book.restore,
        }
        if what not in acts:
            return f"The change {what[:40]!r} is unknown: use one of set, remove, pause, unpause, restore."
        return acts[what](key, by, now_s)

    def _on_look_ahead(self, request: LookAhead.Request, response: LookAhead.Response) -> LookAhead.Response:
        now_s = time.time()
        response.message = why_not_between(request.since_s, request.until_s, now_s)
        if response.message:
            return response
        try:
            found, is_whole = self._book.between(request.since_s, request.until_s, now_s)
        except RecordsError as error:
            response.message = str(error)
            return response
        except (ArithmeticError, ValueError) as error:  # one that leaves a callback would end care
            self._node.get_logger().error(f"cannot look ahead: {error}")
            response.message = "The schedule cannot be reckoned at that time."
            return response
        response.occurrences = [
            ScheduleOccurrence(
                entry=each.entry, routine=each.routine, due_at_s=each.due_at_s, verdict=each.verdict, why=each.why
            )
            for each in found
        ]
        response.accepted, response.is_cut = True, not is_whole
        return response


def _of(line: Line) -> dict[str, Any]:
    """What the messages of an entry and of a pause have in common."""
    change = line.change
    content = line.holds.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {
        "content": json.dumps(content),
        "is_in_file": line.is_in_file,
        "is_removed": line.is_removed,
        "changed_by": change.who if change else "",
        "changed_at_s": change.at_s if change else 0.0,
    }
