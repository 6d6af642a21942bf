"""Looking back on ROS: what became of medicines, and which exercises were done, for whoever asks."""

from __future__ import annotations

import time
from typing import Any

from carebot_interfaces.msg import ExerciseDone, MedicineDue
from carebot_interfaces.srv import LookBack
from rclpy.node import Node

from carebot.errors import RecordsError
from carebot.records.database import Database
from carebot.routines.looking_back import exercises, medicines, why_not_back
from carebot.routines.schedule_book import ScheduleBook
from carebot.site.file import Site


class LookBackDesk:
    """`look_back` is answered."""

    def __init__(self, node: Node, database: Database, book: ScheduleBook, site: Site) -> None:
        self._node, self._database, self._book, self._site = node, database, book, site
        self._service = node.create_service(LookBack, "look_back", self._on_look_back)

    def _on_look_back(self, request: LookBack.Request, response: LookBack.Response) -> LookBack.Response:
        response.message = why_not_back(request.since_s, request.until_s, time.time())
        if response.message:
            return response
        try:
            response.medicines, response.exercises = self._found(request.since_s, request.until_s)
        except RecordsError as error:
            response.message = str(error)
            return response
        except (ArithmeticError, TypeError, ValueError) as error:  # one that leaves a callback would end care
            self._node.get_logger().error(f"cannot look back: {error}")
            response.message = "The records of that time cannot be read."
            return response
        response.accepted = True
        return response

    def _found(self, since_s: float, until_s: float) -> tuple[list[MedicineDue], list[ExerciseDone]]:
        residents, zone = self._site.residents, self._site.time_zone
        between = (zone, since_s, until_s, residents[0].name if len(residents) == 1 else "")
        with self._database.transaction() as connection:
            due = medicines(connection, self._plan(), *between)
            done = exercises(connection, *between)
        return [
            MedicineDue(
                day=each.day,
                due=each.due,
                resident=_sent(each.resident),
                medicine=_sent(each.medicine),
                became=each.became,
                at=each.at,
                why=_sent(each.why),
            )
            for each in due
        ], [
            ExerciseDone(
                day=each.day,
                at=each.at,
                resident=_sent(each.resident),
                movement=_sent(each.movement),
                times=each.times,
            )
            for each in done
        ]

    def _plan(self) -> dict[str, dict[str, Any]]:
        """The entries as they hold now, and those of the site file that were taken out."""
        held = [each.holds for each in self._book.lines()]
        return {each.id: each.model_dump(mode="json", by_alias=True, exclude_defaults=True) for each in held}


def _sent(text: str) -> str:
    """As a message can carry it: without the halves of characters that JSON can hold."""
    return text.encode("utf-8", "replace").decode()
