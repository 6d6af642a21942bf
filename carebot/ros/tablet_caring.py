"""Care over ROS, as the tablet's web server uses it: callbacks store, `care` reads, the rest asks care and waits."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import yaml
from carebot_interfaces.action import RunRoutine
from carebot_interfaces.msg import (
    RoutineOffer,
    RoutineOffers,
    RoutineParameter,
    RoutineRun,
    RoutineRuns,
    RoutineStep,
    RoutineText,
    ScheduleEntry,
    SchedulePause,
)
from carebot_interfaces.msg import Schedule as ScheduleMsg
from carebot_interfaces.srv import AnswerRoutine, ChangeSchedule, LookAhead, LookBack
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future

from carebot.ros import qos
from carebot.ros.ask import ask, within
from carebot.tablet.caring import (
    Approval,
    CareOutcome,
    CareView,
    Choice,
    OccurrenceView,
    Offer,
    Parameter,
    RunAnswer,
    RunView,
    ScheduleChange,
    ScheduleLine,
    ScheduleView,
    StepView,
)
from carebot.tablet.looking_back import ExerciseDone, LookedBack, MedicineDue

ANSWER_TIMEOUT_S = 3.0
SILENT = CareOutcome(False, "silent", "The robot's care node does not answer.")
UNANSWERED = CareOutcome(False, "unanswered", "The robot's care node did not answer: it may have done it.")


class TabletCaring:
    """A `CaringRobot`. ROS calls the callbacks, the web server the rest."""

    def __init__(self, node: Node) -> None:
        self._lock = threading.Lock()
        self._view = CareView()
        self._heard_s: float | None = None
        self._goals = ActionClient(node, RunRoutine, "run_routine")
        self._answers = node.create_client(AnswerRoutine, "answer_routine")
        self._changes = node.create_client(ChangeSchedule, "change_schedule")
        self._ahead = node.create_client(LookAhead, "look_ahead")
        self._back = node.create_client(LookBack, "look_back")
        self._inputs = [
            node.create_subscription(RoutineOffers, "routine_offers", self._on_offers, qos.OFFERS),
            node.create_subscription(RoutineRuns, "routines", self._on_runs, qos.ROUTINES),
            node.create_subscription(ScheduleMsg, "schedule", self._on_schedule, qos.SCHEDULE),
        ]

    def care(self) -> CareView:
        with self._lock:
            age_s = None if self._heard_s is None else time.monotonic() - self._heard_s
            return replace(self._view, age_s=age_s)

    async def start(self, routine: str, given: Mapping[str, Any], by: str) -> CareOutcome:
        if not self._goals.server_is_ready():
            return SILENT
        goal = RunRoutine.Goal(name=routine, started_by=by, parameter_names=list(given))
        goal.parameter_values = [json.dumps(value, ensure_ascii=False) for value in given.values()]
        started: Future[CareOutcome] = Future()
        sending = self._goals.send_goal_async(goal, lambda message: _begun(started, message.feedback))
        handle = await within(sending, ANSWER_TIMEOUT_S)
        if handle is None:
            sending.add_done_callback(lambda late: late.result().cancel_goal_async())
            return UNANSWERED
        if not handle.accepted:
            return CareOutcome(False, "invalid", "Care refuses it.")
        handle.get_result_async().add_done_callback(lambda done: _ended(started, done.result().result))
        outcome = await within(started, ANSWER_TIMEOUT_S)
        if outcome is None:  # it must not run later, when nobody expects it any more
            handle.cancel_goal_async()
        return outcome or UNANSWERED

    async def answer_run(self, run: str, answer: RunAnswer, by: str) -> CareOutcome:
        if not self._answers.service_is_ready():
            return SILENT
        response = await ask(self._answers, AnswerRoutine.Request(run=run, answer=answer, by=by), ANSWER_TIMEOUT_S)
        if response is None:
            return UNANSWERED
        return CareOutcome(response.accepted, "" if response.accepted else "invalid", response.message, run)

    async def change_schedule(self, change: ScheduleChange) -> CareOutcome:
        request = ChangeSchedule.Request(
            what=change.what,
            id=change.id,
            by=change.by,
            content=json.dumps(dict(change.content)),
            must_be_new=change.must_be_new,
        )
        if not self._changes.service_is_ready():
            return SILENT
        response = await ask(self._changes, request, ANSWER_TIMEOUT_S)
        if response is None:
            return UNANSWERED
        return CareOutcome(response.accepted, response.code, response.message, response.id)

    async def look_ahead(self, since_s: float, until_s: float) -> tuple[tuple[OccurrenceView, ...], bool] | None:
        if not self._ahead.service_is_ready():
            return None
        response = await ask(self._ahead, LookAhead.Request(since_s=since_s, until_s=until_s), ANSWER_TIMEOUT_S)
        if response is None or not response.accepted:
            return None
        found = (
            OccurrenceView(each.entry, each.routine, each.due_at_s, each.verdict, each.why)
            for each in response.occurrences
        )
        return tuple(found), not response.is_cut

    async def look_back(self, since_s: float, until_s: float) -> LookedBack | None:
        if not self._back.service_is_ready():
            return None
        response = await ask(self._back, LookBack.Request(since_s=since_s, until_s=until_s), ANSWER_TIMEOUT_S)
        if response is None or not response.accepted:
            return None
        return LookedBack(
            tuple(
                MedicineDue(each.day, each.due, each.resident, each.medicine, each.became, each.at, each.why)
                for each in response.medicines
            ),
            tuple(
                ExerciseDone(each.day, each.at, each.resident, each.movement, each.times) for each in response.exercises
            ),
        )

    def _on_offers(self, message: RoutineOffers) -> None:
        offers = tuple(_offer(each) for each in message.offers)
        with self._lock:
            self._view = replace(self._view, offers=offers, language=message.language)

    def _on_runs(self, message: RoutineRuns) -> None:
        runs = tuple(_run(each) for each in message.runs)
        with self._lock:
            self._heard_s = time.monotonic()
            if runs != self._view.runs or message.fault != self._view.fault:
                self._view = replace(self._view, runs=runs, fault=message.fault)

    def _on_schedule(self, message: ScheduleMsg) -> None:
        entries, pauses = tuple(map(_line, message.entries)), tuple(map(_line, message.pauses))
        schedule = ScheduleView(message.time_zone, message.revision, entries, pauses, message.fault)
        with self._lock:
            self._view = replace(self._view, schedule=schedule)


def _begun(started: Future[CareOutcome], feedback: RunRoutine.Feedback) -> None:
    if not started.done():
        started.set_result(CareOutcome(True, id=feedback.run))


def _ended(started: Future[CareOutcome], result: RunRoutine.Result) -> None:
    """A run that is over before it was told that it began: it was refused, or was very short."""
    if not started.done():
        began = bool(result.run)
        started.set_result(CareOutcome(began, "" if began else "invalid", result.reason, result.run))


def _words(texts: Iterable[RoutineText]) -> dict[str, str]:
    return {each.language: each.text for each in texts}


def _offer(message: RoutineOffer) -> Offer:
    return Offer(
        name=message.name,
        priority=message.priority,
        called=_words(message.called),
        about=_words(message.about),
        parameters=tuple(_parameter(each) for each in message.parameters),
        is_own=message.is_own,
        needs_approval=message.needs_approval,
    )


def _parameter(message: RoutineParameter) -> Parameter:
    limits = (message.least, message.most) if message.is_limited else (-math.inf, math.inf)
    least, most = (limit if math.isfinite(limit) else None for limit in limits)
    return Parameter(
        name=message.name,
        kind=message.kind,
        given=None if message.is_needed else _value(message.given),
        is_needed=message.is_needed,
        least=least,
        most=most,
        choices=tuple(Choice(each.value, _words(each.called)) for each in message.choices),
        about=_words(message.about),
    )


def _run(message: RoutineRun) -> RunView:
    approval = Approval(
        message.approval_of, message.approval_about, message.approval_otherwise, message.approval_until_s
    )
    return RunView(
        run=message.run,
        routine=message.routine,
        state=message.state,
        requested_by=message.requested_by,
        requested_at_s=message.requested_at_s,
        told=_words(message.told_in),
        step=message.step,
        given={
            name: _value(value) for name, value in zip(message.parameter_names, message.parameter_values, strict=True)
        },
        ends_by_s=message.ends_by_s or None,
        approval=approval if message.needs_approval else None,
        steps=tuple(
            StepView(each.depth, each.state, _words(each.told_in), each.until_s or None) for each in message.steps
        ),
        waits=message.waits,
        waits_about=message.waits_about,
    )


def _step(message: RoutineStep) -> StepView:
    return StepView(message.depth, message.state, _words(message.told_in), message.until_s or None)


def _line(message: ScheduleEntry | SchedulePause) -> ScheduleLine:
    return ScheduleLine(
        message.id,
        json.loads(message.content),
        message.is_in_file,
        message.is_removed,
        message.changed_by,
        message.changed_at_s,
    )


def _value(written: str) -> Any:
    return yaml.safe_load(written)
