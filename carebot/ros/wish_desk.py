"""Residents' requests on ROS: each becomes a routine or an entry of the schedule, or is refused, and is answered."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from carebot_interfaces.msg import ResidentReply, ResidentRequest, SpokenName, SpokenNames
from rclpy.node import Node

from carebot.errors import RecordsError
from carebot.records.routine_runs import RunState
from carebot.ros import qos
from carebot.ros.routine_ports import CareMessages, RosTravel
from carebot.routines.engine import Engine
from carebot.routines.own_texts import own_text
from carebot.routines.parameters import GivenError
from carebot.routines.schedule_book import ScheduleBook
from carebot.routines.wishes import DRIVES, WISH_ENTRY, Answer, Contact, Plan, Policy, Refuse, Start, Wish
from carebot.site.file import Site

MOST_REMINDERS = 30
"""That one home's residents have planned; more are refused."""
_NOTHING: Mapping[str, str] = MappingProxyType({})
CARRIED_OUT = (
    "come",
    "follow",
    "go_away",
    "guide",
    "call_family",
    "remind",
    "start_routine",
    "privacy_on",
    "privacy_off",
)


@dataclass(slots=True)
class _Watched:
    """A run that somebody asked for, until it is over."""

    request: str
    run: str
    language: str
    waits: bool
    has_begun: bool = False


class WishDesk:
    """`requests` in, `request_replies` out; what may be named in a request is on `spoken_names`, latched."""

    def __init__(
        self,
        node: Node,
        policy: Policy,
        engine: Engine,
        schedule: ScheduleBook,
        messages: CareMessages,
        travel: RosTravel,
        site: Site,
        contacts: tuple[Contact, ...],
    ) -> None:
        self._node, self._policy, self._engine, self._schedule = node, policy, engine, schedule
        self._messages, self._travel, self._site = messages, travel, site
        self._watched: list[_Watched] = []
        self._out = node.create_publisher(ResidentReply, "request_replies", qos.SPOKEN_ONCE)
        self._names = node.create_publisher(SpokenNames, "spoken_names", qos.latched(1))
        self._requests = node.create_subscription(ResidentRequest, "requests", self._on_request, qos.SPOKEN_ONCE)
        self.know(policy, contacts)

    def know(self, policy: Policy, contacts: tuple[Contact, ...]) -> None:
        """From now on these people may be named."""
        self._policy = policy
        names = [*_routine_names(policy), *_places(self._site), *_people(contacts)]
        self._names.publish(SpokenNames(names=names))

    def tick(self) -> None:
        """Tell what became of what was begun."""
        for each in list(self._watched):
            self._look_at(each)

    # a request

    def _on_request(self, message: ResidentRequest) -> None:
        if message.name not in CARRIED_OUT:
            return
        details = dict(zip(message.detail_names, message.detail_values, strict=False))
        wish = Wish(message.name, details, message.who)
        now = datetime.fromtimestamp(time.time(), ZoneInfo(self._site.time_zone))
        answer = self._policy.answer(wish, now)
        language = message.language or self._policy.language_of(message.who)
        self._node.get_logger().info(f"{message.who or 'the resident'} asks to {message.name}: {_shown(answer)}")
        self._carry_out(answer, message, language)

    def _carry_out(self, answer: Answer, message: ResidentRequest, language: str) -> None:
        if isinstance(answer, Refuse):
            self._refuse(answer, message, language)
        elif isinstance(answer, Plan):
            self._plan(answer, message, language)
        elif answer.routine in DRIVES and not self._travel.is_there():
            self._reply(message.id, ResidentReply.REFUSED, "wish_no_wheels", language)
        else:
            self._start(answer, message, language)

    def _refuse(self, answer: Refuse, message: ResidentRequest, language: str) -> None:
        if answer.tell:
            self._tell_caregivers(message)
        self._reply(message.id, ResidentReply.REFUSED, answer.text, language, values=answer.values)

    def _tell_caregivers(self, message: ResidentRequest) -> None:
        """What the robot must not do, somebody else can: they hear what was asked for."""
        language = self._messages.language_of("")
        resident = message.who or own_text("anybody", language)
        what = ", ".join(value for value in message.detail_values if value) or message.name
        title = own_text("wish_news_title", language, resident=resident)
        body = own_text("wish_news", language, resident=resident, what=what)
        self._messages.tell("", title, body, f"wish/{message.id or time.time()}", time.time())

    def _plan(self, answer: Plan, message: ResidentRequest, language: str) -> None:
        try:
            self._write_down(answer, message, language)
        except RecordsError as error:  # one that leaves a callback would end care
            self._node.get_logger().error(f"a reminder could not be written down: {error}")
            self._reply(message.id, ResidentReply.REFUSED, "wish_not_kept", language)

    def _write_down(self, answer: Plan, message: ResidentRequest, language: str) -> None:
        """Raises RecordsError."""
        now_s = time.time()
        today = datetime.fromtimestamp(now_s, ZoneInfo(self._site.time_zone)).date()
        planned = {name: each for name, each in self._schedule.entries.items() if name.startswith(WISH_ENTRY)}
        for name in [name for name, each in planned.items() if each.until_day is not None and each.until_day < today]:
            self._schedule.remove_entry(name, "carebot", now_s)
            del planned[name]
        if len(planned) >= MOST_REMINDERS and answer.entry["id"] not in planned:
            self._reply(message.id, ResidentReply.REFUSED, "wish_too_many", language)
            return
        problem = self._schedule.set_entry(answer.entry, message.who or "resident", now_s)
        if problem:
            self._node.get_logger().error(f"a reminder could not be planned: {problem}")
            self._reply(message.id, ResidentReply.REFUSED, "wish_not_kept", language)
            return
        self._reply(message.id, ResidentReply.DONE, answer.text, language, values=answer.values)

    def _start(self, answer: Start, message: ResidentRequest, language: str) -> None:
        now_s = time.time()
        given = {name: value for name, value in answer.parameters.items() if value != ""}
        try:
            run = self._engine.request(answer.routine, given, message.who or "resident", now_s)
        except GivenError as error:
            self._node.get_logger().error(f"{answer.routine} does not start: {error}")
            self._reply(message.id, ResidentReply.REFUSED, "wish_too_many", language)
            return
        if answer.needs_approval:
            self._engine.request_leave(run.id, self._approval_text(answer, message))
        running = self._engine.running()
        is_later = running is not None and running.run.id != run.id and running.run.priority >= run.priority
        waits = answer.text == "wish_waits"
        text = answer.text if waits or answer.is_at_once or not is_later else "wish_later"
        self._watched.append(_Watched(message.id, run.id, language, waits))
        self._reply(message.id, ResidentReply.WAITS if waits else ResidentReply.BEGUN, text, language, run.id)

    def _approval_text(self, answer: Start, message: ResidentRequest) -> str:
        language = self._messages.language_of("")
        called = self._policy.startable()[answer.routine].called(language)
        resident = message.who or own_text("anybody", language)
        return own_text("wish_approval", language, routine=called, resident=resident)

    # what becomes of it

    def _look_at(self, watched: _Watched) -> None:
        run = self._engine.run(watched.run)
        if run is not None and run.state is RunState.RUNNING and not watched.has_begun:
            watched.has_begun = True
            if watched.waits:
                self._reply(watched.request, ResidentReply.BEGUN, "wish_agreed", watched.language, run.id)
        if run is not None and not run.state.is_over:
            return
        self._watched.remove(watched)
        if run is not None and run.state is RunState.SUCCEEDED:
            self._reply(watched.request, ResidentReply.DONE, "", watched.language, run.id)
        elif run is not None:
            text = "wish_not_agreed" if watched.waits and not watched.has_begun else "wish_failed"
            self._reply(watched.request, ResidentReply.FAILED, text, watched.language, run.id)

    def _reply(
        self, request: str, what: str, key: str, language: str, run: str = "", values: Mapping[str, str] = _NOTHING
    ) -> None:
        text = own_text(key, language, **values) if key else ""
        stamp = self._node.get_clock().now().to_msg()
        self._out.publish(ResidentReply(stamp=stamp, request=request, what=what, text=text, language=language, run=run))


def _shown(answer: Answer) -> str:
    if isinstance(answer, Start):
        return f"{answer.routine}{', if a caregiver agrees' if answer.needs_approval else ''}"
    return str(answer.entry["id"]) if isinstance(answer, Plan) else f"refused ({answer.text})"


def _routine_names(policy: Policy) -> Iterator[SpokenName]:
    for name, routine in policy.startable().items():
        needs = routine.file.by_resident == "approved" or routine.file.needs_approval is not None
        for language, called in routine.file.called.items():
            yield SpokenName(kind="routine", name=name, language=language, spoken=called, needs_caregiver=needs)


def _places(site: Site) -> Iterator[SpokenName]:
    for place in (*site.rooms, *site.places, *site.docks):
        for language, called in place.called.items():
            yield SpokenName(kind="room", name=place.name, language=language, spoken=called)
        yield SpokenName(kind="room", name=place.name, spoken=place.name.replace("_", " "))


def _people(contacts: tuple[Contact, ...]) -> Iterator[SpokenName]:
    for each in contacts:
        yield SpokenName(kind="person", name=each.name, spoken=each.name)
        first, _, rest = each.name.partition(" ")
        if rest and sum(other.name.startswith(f"{first} ") for other in contacts) == 1:
            yield SpokenName(kind="person", name=each.name, spoken=first)
