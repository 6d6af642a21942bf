"""What is noticed and no alarm, on its way: from the falls node to care's records, and from there to the tablet."""

from __future__ import annotations

import time
from collections.abc import Sequence

from carebot_interfaces.msg import GaitDay as GaitDayMsg
from carebot_interfaces.msg import NoticeBook as NoticeBookMsg
from carebot_interfaces.msg import Noticed as NoticedMsg
from carebot_interfaces.msg import RecordedNotice
from rclpy.node import Node

from carebot.errors import RecordsError
from carebot.falls.monitor import PersonObservation
from carebot.falls.noticing import Noticing
from carebot.geometry import CameraMounting
from carebot.noticed import GaitDay, Noticed, NoticedKind, Recorded
from carebot.people import People
from carebot.records.database import Database
from carebot.records.notices import NoticeBook
from carebot.ros import qos
from carebot.ros.convert import age_of_news_s, stamp_from_seconds


class NoticePublisher:
    """The falls node's: `noticed` out."""

    def __init__(self, node: Node, mounting: CameraMounting, run_id: str) -> None:
        self._noticing = Noticing(mounting if mounting.is_described else None)
        self._run_id, self._count = run_id, 0
        self._logger = node.get_logger()
        self._out = node.create_publisher(NoticedMsg, "noticed", qos.NOTICED)

    def step(self, people: People, observations: Sequence[PersonObservation], *, camera_moves: bool) -> None:
        for each in self._noticing.step(people, observations, camera_moves=camera_moves):
            self._count += 1
            self._out.publish(noticed_to_msg(each, f"{self._run_id}-{self._count}"))
            self._logger.info(f"noticed: person {each.track_id} {each.reason_code}")


class NoticeDesk:
    """Care's: writes down what is `noticed`, and publishes `notice_book`, the whole of it, at each change."""

    def __init__(self, node: Node, database: Database) -> None:
        self._node, self._book = node, NoticeBook(database)
        self._is_new = True
        self._out = node.create_publisher(NoticeBookMsg, "notice_book", qos.NOTICE_BOOK)
        self._in = node.create_subscription(NoticedMsg, "noticed", self._on_noticed, qos.NOTICED)

    @property
    def fault(self) -> str:
        return self._book.fault

    def beat(self) -> None:
        """Write what waits and publish what is new; call it again and again."""
        now_s = time.time()
        if self._book.settle(now_s) and self._is_new:
            self._publish(now_s)

    def _on_noticed(self, message: NoticedMsg) -> None:
        now_s = time.time()
        try:
            noticed = recorded_from_noticed(message, now_s - age_of_news_s(self._node, message.header.stamp))
        except ValueError as error:
            self._node.get_logger().error(f"cannot read what was noticed: {error}")
            return
        self._book.hear(noticed, now_s)
        self._is_new = True

    def _publish(self, now_s: float) -> None:
        try:
            message = book_to_msg(self._book.recent(now_s), self._book.days(now_s))
        except RecordsError as error:
            self._node.get_logger().error(f"cannot read what was noticed: {error}", throttle_duration_sec=60.0)
            return
        self._out.publish(message)
        self._is_new = False


def noticed_to_msg(noticed: Noticed, notice_id: str) -> NoticedMsg:
    message = NoticedMsg(
        id=notice_id,
        kind=noticed.kind.value,
        track_id=noticed.track_id,
        reason_code=noticed.reason_code,
        number_names=list(noticed.numbers),
        number_values=[float(value) for value in noticed.numbers.values()],
    )
    message.header.stamp = stamp_from_seconds(noticed.time_s)
    return message


def recorded_from_noticed(message: NoticedMsg, at_s: float) -> Recorded:
    """Raises ValueError: its kind means nothing, it has no id, or not as many values as names."""
    if not message.id:
        raise ValueError("it has no id")
    return Recorded(message.id, at_s, NoticedKind(message.kind), message.reason_code, _numbers(message))


def book_to_msg(noticed: Sequence[Recorded], days: Sequence[GaitDay]) -> NoticeBookMsg:
    return NoticeBookMsg(
        noticed=[
            RecordedNotice(
                id=each.id,
                at_s=each.at_s,
                kind=each.kind.value,
                reason_code=each.reason_code,
                number_names=list(each.numbers),
                number_values=[float(value) for value in each.numbers.values()],
            )
            for each in noticed
        ],
        gait_days=[
            GaitDayMsg(
                day=each.day,
                walks=each.walks,
                speed_bl_s=each.speed_bl_s,
                speed_m_s=each.speed_m_s,
                steps_per_s=each.steps_per_s,
            )
            for each in days
        ],
    )


def book_from_msg(message: NoticeBookMsg) -> tuple[tuple[Recorded, ...], tuple[GaitDay, ...]]:
    """Raises ValueError: a kind means nothing, or there are not as many values as names."""
    noticed = tuple(
        Recorded(each.id, each.at_s, NoticedKind(each.kind), each.reason_code, _numbers(each))
        for each in message.noticed
    )
    days = (
        GaitDay(each.day, each.walks, each.speed_bl_s, each.speed_m_s, each.steps_per_s) for each in message.gait_days
    )
    return noticed, tuple(days)


def _numbers(message: NoticedMsg | RecordedNotice) -> dict[str, float]:
    if len(message.number_names) != len(message.number_values):
        raise ValueError("there are not as many values as names")
    return dict(zip(message.number_names, message.number_values, strict=True))
