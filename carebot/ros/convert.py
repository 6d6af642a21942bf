"""ROS messages to carebot's values and back; nothing is lost on the way, and bad messages are refused."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from builtin_interfaces.msg import Time
from carebot_interfaces.msg import Alert as AlertMsg
from carebot_interfaces.msg import Exchange as ExchangeMsg
from carebot_interfaces.msg import FallAlert, HouseSettings
from carebot_interfaces.msg import HelpCall as HelpCallMsg
from carebot_interfaces.msg import News as NewsMsg
from carebot_interfaces.msg import People as PeopleMsg
from carebot_interfaces.msg import Person as PersonMsg
from carebot_interfaces.msg import QuietHours as QuietHoursMsg
from carebot_interfaces.msg import Told as ToldMsg
from rclpy.node import Node

from carebot.alerts import (
    Alert,
    AlertState,
    Exchange,
    FallEvent,
    FallEventKind,
    HelpCall,
    News,
    Told,
    ToldState,
    Verdict,
)
from carebot.people import COCO_KEYPOINTS, People, Person
from carebot.site.hours import Hours, Quiet

_SHAPE = (len(COCO_KEYPOINTS), 3)
_NS_PER_S = 1_000_000_000
_OLDEST_NEWS_S = 7 * 24 * 3600.0
_LATEST_NS = 2**31 * _NS_PER_S - 1  # builtin_interfaces/Time has 31 bits for the seconds

_EVENT_TO_ROS = {
    FallEventKind.SUSPECTED: FallAlert.SUSPECTED,
    FallEventKind.CONFIRMED: FallAlert.CONFIRMED,
    FallEventKind.RECOVERED: FallAlert.RECOVERED,
}
_EVENT_FROM_ROS = {number: kind for kind, number in _EVENT_TO_ROS.items()}


def stamp_from_seconds(time_s: float) -> Time:
    """Seconds (since 1970 on a robot) as a ROS time, which reaches from zero to 2038; beyond, the nearest of those."""
    total_ns = min(max(0, round(time_s * _NS_PER_S)), _LATEST_NS)
    return Time(sec=total_ns // _NS_PER_S, nanosec=total_ns % _NS_PER_S)


def seconds(stamp: Time) -> float:
    """A ROS time in seconds; exact to a quarter of a microsecond in this century."""
    return stamp.sec + stamp.nanosec / _NS_PER_S


def age_of_news_s(node: Node, stamp: Time) -> float:
    """How long ago that was, by the node's clock; 0 where the clocks do not allow to say."""
    age_s = node.get_clock().now().nanoseconds / 1e9 - seconds(stamp)
    return age_s if 0.0 <= age_s <= _OLDEST_NEWS_S else 0.0


def people_to_msg(people: People, frame_id: str = "") -> PeopleMsg:
    """`people` as a message; `frame_id` names the camera's optical frame."""
    message = PeopleMsg(width_px=people.width_px, height_px=people.height_px)
    message.header.stamp = stamp_from_seconds(people.time_s)
    message.header.frame_id = frame_id
    message.people = [_person_to_msg(person) for person in people.people]
    return message


def people_from_msg(message: PeopleMsg) -> People:
    """The message as `People`."""
    return People(
        time_s=seconds(message.header.stamp),
        width_px=message.width_px,
        height_px=message.height_px,
        people=tuple(map(_person_from_msg, message.people)),
    )


def fall_event_to_msg(event: FallEvent, run_id: str, frame_id: str = "") -> FallAlert:
    """`event` as a message; `run_id` differs from start to start, so that fall ids stay unique over restarts."""
    message = FallAlert(
        event=_EVENT_TO_ROS[event.kind],
        fall_id=f"{run_id}-{event.fall_id}",
        track_id=event.track_id,
        confidence=float(event.confidence),
        reason_code=event.reason_code,
        reason=event.reason,
        evidence_names=list(event.evidence),
        evidence_values=[float(value) for value in event.evidence.values()],
    )
    message.header.stamp = stamp_from_seconds(event.time_s)
    message.header.frame_id = frame_id
    return message


def fall_event_from_msg(message: FallAlert) -> tuple[str, FallEvent]:
    """The run's id and the event.

    Raises:
        ValueError: the message is not one that `fall_event_to_msg` can have made.
    """
    if message.event not in _EVENT_FROM_ROS:
        raise ValueError(f"a fall alert says event {message.event}, which means nothing")
    if len(message.evidence_names) != len(message.evidence_values):
        raise ValueError("a fall alert has not as many evidence values as names")
    run_id, _, number = message.fall_id.rpartition("-")
    if not number.isdecimal():
        raise ValueError(f"a fall alert has the id {message.fall_id!r}, which does not end in a number")
    event = FallEvent(
        kind=_EVENT_FROM_ROS[message.event],
        fall_id=int(number),
        track_id=message.track_id,
        time_s=seconds(message.header.stamp),
        confidence=message.confidence,
        reason_code=message.reason_code,
        reason=message.reason,
        evidence=dict(zip(message.evidence_names, message.evidence_values, strict=True)),
    )
    return run_id, event


def alert_to_msg(alert: Alert) -> AlertMsg:
    """`alert` as a message."""
    return AlertMsg(
        id=alert.id,
        kind=alert.kind,
        state=alert.state.value,
        revision=alert.revision,
        raised_at=stamp_from_seconds(alert.raised_at_s),
        changed_at=stamp_from_seconds(alert.changed_at_s),
        down=alert.down,
        confidence=float(alert.confidence),
        reason_code=alert.reason_code,
        reason=alert.reason,
        evidence_names=list(alert.evidence),
        evidence_values=[float(value) for value in alert.evidence.values()],
        acknowledged_by=alert.acknowledged_by,
        resolved_by=alert.resolved_by,
        verdict="" if alert.verdict is None else alert.verdict.value,
        note=alert.note,
        exchanges=[exchange_to_msg(each) for each in alert.exchanges],
        offered_to=alert.offered_to,
    )


def alert_from_msg(message: AlertMsg) -> Alert:
    """The message as an `Alert`.

    Raises:
        ValueError: its state or verdict means nothing, or it has not as many evidence values as names.
    """
    return Alert(
        id=message.id,
        kind=message.kind,
        state=AlertState(message.state),
        revision=message.revision,
        raised_at_s=seconds(message.raised_at),
        changed_at_s=seconds(message.changed_at),
        down=message.down,
        confidence=message.confidence,
        reason_code=message.reason_code,
        reason=message.reason,
        evidence=dict(zip(message.evidence_names, message.evidence_values, strict=True)),
        acknowledged_by=message.acknowledged_by,
        resolved_by=message.resolved_by,
        verdict=Verdict(message.verdict) if message.verdict else None,
        note=message.note,
        exchanges=tuple(map(exchange_from_msg, message.exchanges)),
        offered_to=message.offered_to,
    )


def exchange_to_msg(exchange: Exchange) -> ExchangeMsg:
    """`exchange` as a message."""
    values = {name: value for name, value in asdict(exchange).items() if name != "at_s"}
    values["times_asked"] = min(exchange.times_asked, 255)
    return ExchangeMsg(stamp=stamp_from_seconds(exchange.at_s), **values)


def exchange_from_msg(message: ExchangeMsg) -> Exchange:
    """The message as an `Exchange`."""
    return Exchange(
        at_s=seconds(message.stamp),
        question=message.question,
        language=message.language,
        answer=message.answer,
        heard=message.heard,
        means=message.means,
        times_asked=message.times_asked,
    )


def help_call_to_msg(call: HelpCall) -> HelpCallMsg:
    """`call` as a message."""
    values = {name: value for name, value in asdict(call).items() if name != "at_s"}
    return HelpCallMsg(stamp=stamp_from_seconds(call.at_s), **values)


def help_call_from_msg(message: HelpCallMsg) -> HelpCall:
    """The message as a `HelpCall`."""
    return HelpCall(
        id=message.id,
        at_s=seconds(message.stamp),
        words=message.words,
        language=message.language,
        rule=message.rule,
        means=message.means,
    )


def told_to_msg(told: Told) -> ToldMsg:
    """`told` as a message."""
    return ToldMsg(
        alert_id=told.alert_id,
        who=told.who,
        by=told.by,
        state=told.state.value,
        at=stamp_from_seconds(told.at_s),
        error=told.error,
    )


def told_from_msg(message: ToldMsg) -> Told:
    """The message as a `Told`. Raises ValueError where its state means nothing."""
    state = ToldState(message.state)
    return Told(message.alert_id, message.who, message.by, state, seconds(message.at), message.error)


def news_to_msg(news: News) -> NewsMsg:
    """`news` as a message."""
    return NewsMsg(id=news.id, at=stamp_from_seconds(news.at_s), who=news.who, title=news.title, body=news.body)


def news_from_msg(message: NewsMsg) -> News:
    """The message as `News`."""
    return News(message.id, seconds(message.at), message.who, message.title, message.body)


def quiet_to_msgs(quiet: Quiet) -> list[QuietHoursMsg]:
    """Every span; the house's under no name."""
    spans = [("", each) for each in quiet.house]
    spans += [(name, each) for name, hours in quiet.residents.items() for each in hours]
    return [QuietHoursMsg(resident=name, begin=each.from_, end=each.to) for name, each in spans]


def quiet_from_msg(message: HouseSettings) -> Quiet:
    """The quiet hours in a message; raises ValueError for what are no times of day."""
    hours: dict[str, tuple[Hours, ...]] = {}
    for each in message.quiet_hours:
        span = Hours.model_validate({"from": each.begin, "to": each.end})
        hours[each.resident] = (*hours.get(each.resident, ()), span)
    return Quiet(hours.pop("", ()), hours)


def _person_to_msg(person: Person) -> PersonMsg:
    message = PersonMsg(track_id=person.track_id, confidence=float(person.confidence))
    message.keypoints = _flat(person.keypoints)
    message.has_world = person.world_m is not None
    if person.world_m is not None:
        message.world_m = _flat(person.world_m)
    return message


def _person_from_msg(message: PersonMsg) -> Person:
    return Person(
        track_id=message.track_id,
        confidence=message.confidence,
        keypoints=_keypoints(message.keypoints),
        world_m=_keypoints(message.world_m) if message.has_world else None,
    )


def _flat(keypoints: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(keypoints, dtype=np.float32).reshape(-1)


def _keypoints(values: np.ndarray) -> np.ndarray:
    return np.array(values, dtype=np.float32).reshape(_SHAPE)
