"""Routines on ROS: the action RunRoutine, the list of runs, caregivers' words on them, and the engine's ticks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from carebot_interfaces.action import RunRoutine
from carebot_interfaces.msg import RoutineRun, RoutineRuns
from carebot_interfaces.srv import AnswerRoutine
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node
from rclpy.task import Future

from carebot.alerts import Alert, AlertState
from carebot.geometry import CameraMounting
from carebot.printable import printable_name
from carebot.records.database import Database
from carebot.records.routine_runs import Run, RunState
from carebot.resources import expanded
from carebot.ros import qos
from carebot.ros.diagnostics import Health, Level
from carebot.ros.house_link import HouseLink, checked_mqtt
from carebot.ros.look_back_desk import LookBackDesk
from carebot.ros.params import declare
from carebot.ros.routine_offers import Offers, run_to_msg
from carebot.ros.routine_ports import CareMessages, RosPeople, RosTravel, RosVoice
from carebot.ros.routine_senses import RoutineSenses
from carebot.ros.schedule_desk import ScheduleDesk
from carebot.ros.wish_desk import WishDesk
from carebot.routines.agenda import Agenda, all_triggers, load_agenda, problem_of
from carebot.routines.engine import Engine
from carebot.routines.keeping import Keeping
from carebot.routines.library import load_library, priority_of
from carebot.routines.parameters import GivenError
from carebot.routines.ports import Ports
from carebot.routines.run_book import RunBook
from carebot.routines.schedule_book import ScheduleBook
from carebot.routines.triggers import Triggers
from carebot.routines.wishes import Contact, Policy
from carebot.site.file import Site
from carebot.strict_yaml import YamlError, parse_yaml

FALL_RESPONSE = "fall_response"
PUBLISH_EVERY_S = 0.5
SOON_S = 120.0
"""A fall that was confirmed longer ago is no news: the robot is not sent after it when care starts."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where the robot lives, and who looks after it; `path` is the site file's, None where there is none."""

    site: Site
    caregivers: tuple[str, ...]
    path: Path | None
    contacts: tuple[Contact, ...] = ()


@dataclass(slots=True)
class Goal:
    """Somebody waits for the end of a run; `done` gets its result."""

    handle: ServerGoalHandle
    run_id: str
    by: str
    done: Future
    told: str = ""


class RoutineServer:
    """The engine in a node. `tick` is called ten times a second."""

    def __init__(self, node: Node, database: Database, messages: CareMessages, home: Home, own: str) -> None:
        self._node = node
        self._voice, self._travel = RosVoice(node), RosTravel(node)
        self._book = RunBook(database)
        self._messages = messages
        self._senses = RoutineSenses(node, home.site, declare(node, CameraMounting, "camera"))
        senses = self._senses
        ports = Ports(
            self._voice,
            self._travel,
            RosPeople(node),
            messages,
            self._book,
            company=self._travel,
            exercise=senses,
            eyes=senses,
            touch=senses,
            standing=senses,
            rest=senses.rest,
        )
        site, caregivers, now_s = home.site, home.caregivers, time.time()
        self._site, self._caregivers = site, caregivers
        self._library = library = load_library(expanded(own) if own else None, site, caregivers)
        agenda = load_agenda(home.path, library, site, caregivers) if home.path else Agenda()
        self._engine = Engine(library, site, caregivers, ports, self._book, now_s, agenda.quiet_hours)
        self._triggers = Triggers(all_triggers(agenda, library), site.time_zone)
        self._new_alerts: dict[str, str] = {}
        mqtt = checked_mqtt(home.path, library, site, caregivers) if home.path else None
        self._house = HouseLink(node, mqtt, library, site.language) if mqtt else None
        self._keeping = Keeping(database, agenda.keep)
        self._schedule = ScheduleBook(
            database,
            agenda.schedule,
            agenda.pauses,
            site.time_zone,
            lambda name: priority_of(library, name),
            now_s,
            lambda entry: problem_of(entry, library, site, self._caregivers),
        )
        self._offers = Offers(node, library, site, caregivers)
        self._desk = ScheduleDesk(node, self._schedule, site.time_zone)
        self._look_back = LookBackDesk(node, database, self._schedule, site)
        policy = Policy(library, site, home.contacts)
        self._wishes = WishDesk(node, policy, self._engine, self._schedule, messages, self._travel, site, home.contacts)
        self._goals: list[Goal] = []
        self._published_s = 0.0
        self._shown: list[RoutineRun] = []
        self._out = node.create_publisher(RoutineRuns, "routines", qos.ROUTINES)
        self._service = node.create_service(AnswerRoutine, "answer_routine", self._on_answer)
        self._server = ActionServer(
            node, RunRoutine, "run_routine", self._execute, cancel_callback=lambda _handle: CancelResponse.ACCEPT
        )

    @property
    def engine(self) -> Engine:
        return self._engine

    def robot_place_m(self) -> tuple[float, float] | None:
        """Where the robot is on the map; None where it does not say."""
        return self._senses.place_m()

    def know_caregivers(self, contacts: tuple[Contact, ...]) -> None:
        """From now on these are the caregivers who can be named."""
        self._caregivers = names = tuple(each.name for each in contacts)
        self._engine.know_caregivers(names)
        self._offers.publish(names)
        self._wishes.know(Policy(self._library, self._site, contacts), contacts)

    def problem_without(self, names: tuple[str, ...]) -> str:
        """Which entry of the schedule names somebody who is not among `names`, in a sentence; empty where none does."""
        for entry in self._schedule.entries.values():
            if problem := problem_of(entry, self._library, self._site, names):
                return f"The schedule's {entry.id}: {problem}"
        return ""

    def tick(self) -> None:
        """One step of every routine, and what those who wait for one hear of it."""
        now_s = time.time()
        due, begun = self._schedule.step(now_s)
        for each in due:
            self._node.get_logger().info(f"the schedule's {each.entry.id} is due: {each.verdict.value} {each.why}")
        for run in begun:
            self._engine.adopt(run, now_s)
        self._sense(now_s)
        self._engine.tick(now_s)
        self._desk.tick()
        self._wishes.tick()
        self._keeping.tick(now_s)
        for goal in list(self._goals):
            self._serve(goal)
        self._publish()

    def _sense(self, now_s: float) -> None:
        """Begin what something other than people and the schedule starts."""
        alerts, self._new_alerts = self._new_alerts, {}
        facts = self._senses.facts(alerts)
        for firing in self._triggers.step(facts, now_s):
            trigger = firing.trigger
            run_id = f"{trigger.routine}@{firing.about}" if firing.about else ""
            try:
                self._engine.request(trigger.routine, firing.given, f"trigger {trigger.id}", now_s, run_id)
            except GivenError as error:
                self._node.get_logger().error(f"the trigger {trigger.id} does not start {trigger.routine}: {error}")
        if self._house is not None:
            self._house.tick(self._engine, self._messages.open_alerts(), facts)

    def _has_trigger_for(self, kind: str) -> bool:
        return any(each.when.alert == kind for each in self._triggers.triggers)

    def hear_of(self, alert: Alert) -> None:
        """A fall that is confirmed and new sends the robot there, if it can drive or speak.

        Where the site file has a trigger for alerts of that kind, that says what begins.
        """
        is_new = alert.state is AlertState.CONFIRMED and time.time() - alert.changed_at_s < SOON_S
        if is_new and self._has_trigger_for(alert.kind):
            self._new_alerts[alert.kind] = alert.id
            return
        if alert.kind != "fall" or not is_new or not (self._travel.is_there() or self._voice.is_there()):
            return
        run_id = f"{FALL_RESPONSE}@{alert.id}"
        try:
            self._engine.request(FALL_RESPONSE, {"alert": alert.id}, "fall detection", time.time(), run_id)
        except GivenError as error:  # the site's own, with other parameters; people are called all the same
            self._node.get_logger().error(f"{FALL_RESPONSE} does not start: {error}")

    def health(self) -> Health:
        """Whether routines are recorded."""
        values = {"not_over": len(self._engine.active())}
        fault = self._engine.fault or self._schedule.fault
        if fault:
            return Health("routines", Level.ERROR, fault, values)
        running = self._engine.running()
        return Health("routines", Level.OK, running.context.told if running else "no routine runs", values)

    def close(self) -> None:
        """Break off what is under way, to be taken up at the next start."""
        self._engine.close(time.time())
        self._server.destroy()
        if self._house is not None:
            self._house.close()
        self._voice.destroy()
        self._travel.destroy()

    # the action

    async def _execute(self, handle: ServerGoalHandle) -> RunRoutine.Result:
        request = handle.request
        try:
            run = self._engine.request(request.name, _given(request), printable_name(request.started_by), time.time())
        except GivenError as error:
            handle.abort()
            return RunRoutine.Result(is_done=False, reason=str(error))
        self._node.get_logger().info(f"{run.requested_by or 'somebody'} asks for {run.routine} ({run.id})")
        handle.publish_feedback(RunRoutine.Feedback(run=run.id))
        goal = Goal(handle, run.id, run.requested_by or "whoever asked for it", Future())
        self._goals.append(goal)
        return await goal.done

    def _serve(self, goal: Goal) -> None:
        if goal.handle.is_cancel_requested:
            self._engine.cancel(goal.run_id, goal.by, time.time())
        run = self._engine.run(goal.run_id)
        if run is None or run.state.is_over:
            self._finish(goal, run)
            return
        active = next((each for each in self._engine.active() if each.run.id == run.id), None)
        told = f"{active.context.step}: {active.context.told}" if active else ""
        if active is not None and told != goal.told:
            goal.told = told
            goal.handle.publish_feedback(
                RunRoutine.Feedback(step=active.context.step, told=active.context.told, run=run.id)
            )

    def _finish(self, goal: Goal, run: Run | None) -> None:
        self._goals.remove(goal)
        is_done = run is not None and run.state is RunState.SUCCEEDED
        if goal.handle.is_cancel_requested:
            goal.handle.canceled()
        elif is_done:
            goal.handle.succeed()
        else:
            goal.handle.abort()
        reason = "" if is_done else (run.outcome if run else "it is no longer known")
        goal.done.set_result(RunRoutine.Result(is_done=is_done, reason=reason, run=goal.run_id))

    # people's words

    def _on_answer(self, request: AnswerRoutine.Request, response: AnswerRoutine.Response) -> AnswerRoutine.Response:
        response.message = self._answered(request.answer, request.run, printable_name(request.by))
        response.accepted = not response.message
        if response.accepted:
            self._node.get_logger().info(f"{request.by} answers {request.answer} to {request.run}")
        return response

    def _answered(self, answer: str, run_id: str, by: str) -> str:
        now_s, engine = time.time(), self._engine
        if answer in (AnswerRoutine.Request.APPROVE, AnswerRoutine.Request.REFUSE):
            return engine.approve(run_id, answer == AnswerRoutine.Request.APPROVE, by, now_s)
        words = {
            AnswerRoutine.Request.PAUSE: engine.pause,
            AnswerRoutine.Request.GO_ON: engine.go_on,
            AnswerRoutine.Request.CANCEL: engine.cancel,
        }
        if answer not in words:
            return f"The answer {answer[:40]!r} is unknown: use one of approve, refuse, {', '.join(words)}."
        return words[answer](run_id, by, now_s)

    # what is told

    def _publish(self) -> None:
        shown = [run_to_msg(active, self._engine.why_waiting(active)) for active in self._engine.active()]
        if shown == self._shown and time.monotonic() - self._published_s < PUBLISH_EVERY_S:
            return
        self._shown, self._published_s = shown, time.monotonic()
        stamp = self._node.get_clock().now().to_msg()
        self._out.publish(RoutineRuns(stamp=stamp, runs=shown, fault=self._engine.fault))


def _given(request: RunRoutine.Goal) -> dict[str, object]:
    """Names and values; raises GivenError."""
    names, values = list(request.parameter_names), list(request.parameter_values)
    if len(names) != len(values):
        raise GivenError(f"{len(names)} names and {len(values)} values of parameters were given: give one for each")
    try:
        return {name: parse_yaml(value) if value else "" for name, value in zip(names, values, strict=True)}
    except YamlError:
        raise GivenError("the value of a parameter is not as it would be written in YAML") from None
