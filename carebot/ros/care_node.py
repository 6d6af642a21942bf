"""Care as a node: fall alerts in, the book of alerts out, caregivers called, and a service by which they answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from carebot_interfaces.msg import Alerts as AlertsMsg
from carebot_interfaces.msg import FallAlert, FallExchange
from carebot_interfaces.msg import HelpCall as HelpCallMsg
from carebot_interfaces.srv import AnswerAlert
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import String

from carebot.alerts import Answer, AnswerOutcome, HelpCall
from carebot.escalation.house_book import HouseBook, settings_path
from carebot.escalation.house_office import HouseOffice
from carebot.escalation.plan import EscalationPlan, load_plan
from carebot.records.alert_book import AlertBook
from carebot.records.database import default_path
from carebot.records.schema import open_records
from carebot.resources import expanded
from carebot.ros import qos
from carebot.ros.calling import Calling
from carebot.ros.convert import (
    age_of_news_s,
    alert_to_msg,
    exchange_from_msg,
    fall_event_from_msg,
    help_call_from_msg,
    news_to_msg,
    told_to_msg,
)
from carebot.ros.diagnostics import Diagnostics, Health, Level
from carebot.ros.hearing_watch import HearingWatch
from carebot.ros.house_desk import HouseDesk, fits_rest
from carebot.ros.noticing import NoticeDesk
from carebot.ros.params import declare
from carebot.ros.routine_ports import CareMessages
from carebot.ros.routine_server import Home, RoutineServer
from carebot.ros.run import run
from carebot.routines.engine import PERIOD_S
from carebot.routines.wishes import Contact
from carebot.site.file import Site, load_site, site_path
from carebot.site.hours import house_hours

HEARTBEAT_S = 0.5
CALLS_EVERY_S = 0.1
CALL_STALE_S = 10.0  # heard longer ago, as after a restart: the robot may have driven on since


@dataclass(frozen=True, slots=True)
class CareParameters:
    """How care keeps its records."""

    records: str = ""
    """The records' file; by default records.sqlite in the user's data folder."""

    shown: int = 20
    """How many alerts to publish; open ones always, resolved ones as far as they fit."""

    site: str = ""
    """The site file, with rooms, residents, schedule, and who is called when; without one nobody is called. `home` is
    the simulated one."""

    routines: str = ""
    """A folder of routines of your own, beside those that carebot ships."""

    language: Literal["", "en", "ja", "fr"] = ""
    """In which language it is said aloud that nobody answers; empty: the site file's."""


class CareNode(Node):
    """`fall_alerts`, `fall_exchanges`, `help_calls` and `hearing_fault` in; `alerts` out, latched, at every change and
    twice a second.

    Routines run here as well (see `RoutineServer`): the action `run_routine`, their list on `routines`.

    With a site file, caregivers are called by its chains until one answers (see `EscalationDesk`); what has to be said
    aloud about that goes to `announcements`. What caregivers change of contacts and quiet hours (`change_house`) lies
    beside the records, holds over the site file at once and is told on `house_settings` (see `HouseDesk`).

    Everything that is published was committed to disk before, or diagnostics say why not (see `AlertBook`). Falls that
    are heard again, because care or falls was restarted, change nothing.

    `noticed` in, written down and never told to anybody: it comes out on `notice_book` (see `NoticeDesk`).
    """

    def __init__(self) -> None:
        super().__init__("care")
        parameters = declare(self, CareParameters)
        path = expanded(parameters.records) if parameters.records else default_path()
        self._shown = parameters.shown
        site_file = site_path(parameters.site) if parameters.site else None
        plan = load_plan(site_file) if site_file else None
        database = open_records(path, f"the care node {self.get_fully_qualified_name()}")
        self._book = AlertBook(database)
        site = load_site(site_file) if site_file else Site()
        house = self._house_book(path, site_file, site, plan, parameters.routines) if site_file and plan else None
        plan = house.plan if house else None
        folder, language = path.parent / "messages", parameters.language or site.language
        self._calling = Calling(database, plan, folder, site, language) if plan else None
        self._fault = ""
        contacts = _contacts(plan) if plan else ()
        home = Home(site, tuple(each.name for each in contacts), site_file, contacts)
        messages = CareMessages(self._book, self._calling, self._call)
        self._hearing = HearingWatch(self, messages, lambda: self._diagnostics.publish_now())
        self._out = self.create_publisher(AlertsMsg, "alerts", qos.ALERTS)
        self._aloud = self.create_publisher(String, "announcements", qos.ANNOUNCEMENTS)
        self._inputs = [
            self.create_subscription(FallAlert, "fall_alerts", self._on_fall, qos.FALL_ALERTS),
            self.create_subscription(FallExchange, "fall_exchanges", self._on_exchange, qos.FALL_ALERTS),
            self.create_subscription(HelpCallMsg, "help_calls", self._on_help_call, qos.FALL_ALERTS),
        ]
        self._notices = NoticeDesk(self, database)
        self._service = self.create_service(AnswerAlert, "answer_alert", self._on_answer)
        self._diagnostics = Diagnostics(self, self._health)
        # A steady clock: with use_sim_time the node's own stands still when the simulation does.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(HEARTBEAT_S, self._beat, clock=steady)
        self._routines = RoutineServer(self, database, messages, home, parameters.routines)
        self._house = None
        if house is not None and self._calling is not None:
            self._house = self._house_desk(house, site, self._calling)
        self._routine_timer = self.create_timer(PERIOD_S, self._routines.tick, clock=steady)
        self._call_timer = self.create_timer(CALLS_EVERY_S, self._call, clock=steady)
        self._publish()

    @staticmethod
    def _house_book(path: Path, site_file: Path, site: Site, plan: EscalationPlan, own: str) -> HouseBook:
        names = tuple(each.name for each in plan.caregivers)
        fits = fits_rest(site_file, site, expanded(own) if own else None, names)
        return HouseBook(settings_path(path), plan, site.quiet(house_hours(site_file)), fits)

    def _house_desk(self, house: HouseBook, site: Site, calling: Calling) -> HouseDesk:
        fits = house.problem_of
        house.problem_of = lambda plan: (
            fits(plan) or self._routines.problem_without(tuple(each.name for each in plan.caregivers))
        )
        self._routines.engine.know_quiet(house.quiet)
        residents = tuple(each.name for each in site.residents)
        return HouseDesk(self, HouseOffice(house, calling.desk, residents, self._take_up))

    def _take_up(self, house: HouseBook) -> None:
        """What caregivers have changed holds from now on."""
        assert self._calling is not None
        self._calling.desk.take_up(house.plan)
        self._routines.know_caregivers(_contacts(house.plan))
        self._routines.engine.know_quiet(house.quiet)
        self._call()
        self._publish()

    def destroy_node(self) -> None:
        self._routines.close()
        if self._calling is not None:
            self._calling.close()
        self._book.close()
        super().destroy_node()

    def _on_fall(self, message: FallAlert) -> None:
        try:
            _, event = fall_event_from_msg(message)
        except ValueError as error:
            self.get_logger().error(f"cannot read a fall alert: {error}")
            return
        now_s = time.time()
        seen_at_s = now_s - age_of_news_s(self, message.header.stamp)
        alert = self._book.hear(message.fall_id, event, seen_at_s=seen_at_s, now_s=now_s)
        self._call()
        self._publish()
        self._routines.hear_of(alert)
        self.get_logger().warning(f"{event.kind.value}: alert {alert.id} is {alert.state.value}: {event.reason}")

    def _on_help_call(self, message: HelpCallMsg) -> None:
        alert = self._book.hear_call(self._with_place(help_call_from_msg(message)), now_s=time.time())
        if alert is None:
            return
        self._call()
        self._publish()
        self.get_logger().warning(f"the resident calls for help: alert {alert.id}: {alert.reason}")

    def _with_place(self, call: HelpCall) -> HelpCall:
        """The call with the robot's place, within earshot of whoever calls, unless it may have driven on since."""
        is_heard_here = call.means == "voice" and time.time() - call.at_s < CALL_STALE_S
        return replace(call, heard_at_m=self._routines.robot_place_m() if is_heard_here else None)

    def _on_exchange(self, message: FallExchange) -> None:
        exchange = exchange_from_msg(message.exchange)
        if self._book.hear_exchange(message.fall_id, exchange, now_s=time.time()) is not None:
            self._publish()

    def _on_answer(self, request: AnswerAlert.Request, response: AnswerAlert.Response) -> AnswerAlert.Response:
        outcome = self._answer(request)
        response.accepted, response.message = outcome.accepted, outcome.message
        if outcome.alert is not None:
            response.alert = alert_to_msg(outcome.alert)
        if outcome.accepted:
            self._call()
            self._publish()
            self.get_logger().info(f"{request.by} answers {request.answer} to the alert {request.alert_id}")
        return response

    def _answer(self, request: AnswerAlert.Request) -> AnswerOutcome:
        try:
            answer = Answer(request.answer)
        except ValueError:
            known = ", ".join(answer.value for answer in Answer)
            return AnswerOutcome(False, f"The answer {request.answer[:40]!r} is unknown: use one of {known}.", None)
        return self._book.answer(request.alert_id, answer, request.by, request.note, now_s=time.time(), to=request.to)

    def _beat(self) -> None:
        self._book.settle()
        if self._book.fault != self._fault:
            self._fault = self._book.fault
            self.get_logger().error(self._fault) if self._fault else self.get_logger().info("all alerts are recorded")
            self._diagnostics.publish_now()
        self._hearing.tick(time.monotonic())
        self._publish()
        self._notices.beat()

    def _call(self) -> None:
        """Call whoever is to be called now."""
        if self._calling is None:
            return
        for sentence in self._calling.tick(self._book.recent(self._shown), time.time()):
            self.get_logger().error(sentence)
            self._aloud.publish(String(data=sentence))
        if self._house is not None:
            self._house.tick()

    def _publish(self) -> None:
        message = AlertsMsg(alerts=[alert_to_msg(alert) for alert in self._book.recent(self._shown)])
        if self._calling is not None:
            message.told = [told_to_msg(each) for each in self._calling.told()]
            message.news = [news_to_msg(each) for each in self._calling.news_on_tablets(time.time())]
        message.stamp = self.get_clock().now().to_msg()
        self._out.publish(message)

    def _health(self) -> list[Health]:
        values = {"open_alerts": len(self._book.open_alerts()), "waiting_for_disk": self._book.waiting}
        calls = [self._calling.health()] if self._calling is not None else []
        settings = [self._house.health()] if self._house is not None else []
        others = [*calls, *settings, self._routines.health(), *self._hearing.health()]
        if fault := self._book.fault or self._notices.fault:
            return [Health("records", Level.ERROR, fault, values), *others]
        return [Health("records", Level.OK, "every alert is on disk", values), *others]


def _contacts(plan: EscalationPlan) -> tuple[Contact, ...]:
    return tuple(Contact(each.name, each.relation or "") for each in plan.caregivers)


def main() -> None:
    run(CareNode)
