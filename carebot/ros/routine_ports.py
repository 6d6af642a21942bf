"""What routines need of the rest of the robot, over ROS and from care's own books."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from carebot_interfaces.action import Ask, GoTo, Say
from carebot_interfaces.msg import People
from rclpy.action import ActionClient
from rclpy.node import Node

from carebot.alerts import Alert, FallEvent, FallEventKind
from carebot.records.alert_book import AlertBook
from carebot.ros import qos
from carebot.ros.action_job import ActionJob
from carebot.ros.calling import Calling
from carebot.routines.ports import DONE, Outcome, Refusal

SEEN_WITHIN_S = 1.5
LEAST_CONFIDENCE = 0.4


class RosVoice:
    """The actions Say and Ask of the conversation node."""

    def __init__(self, node: Node) -> None:
        self._say = ActionClient(node, Say, "say")
        self._ask = ActionClient(node, Ask, "ask")

    def say(self, text: str, language: str, is_urgent: bool) -> ActionJob:
        goal = Say.Goal(text=text, language=language, is_urgent=is_urgent, origin="routine")
        return ActionJob(self._say, goal, "the conversation", _said)

    def ask(
        self,
        question: str,
        language: str,
        answers: Sequence[str],
        patience_s: float,
        repeats: int,
        *,
        is_urgent: bool = False,
    ) -> ActionJob:
        goal = Ask.Goal(question=question, language=language, answers=list(answers), is_urgent=is_urgent)
        goal.patience_s, goal.repeats = float(patience_s), int(repeats)
        return ActionJob(self._ask, goal, "the conversation", _answered)

    def is_there(self) -> bool:
        """Whether a conversation node answers at the moment."""
        return self._say.server_is_ready()

    def destroy(self) -> None:
        self._say.destroy()
        self._ask.destroy()


class RosTravel:
    """The action GoTo of the navigation node."""

    def __init__(self, node: Node) -> None:
        self._go = ActionClient(node, GoTo, "go_to")

    def go(self, name: str, kind: str, time_limit_s: float) -> ActionJob:
        goal = GoTo.Goal(kind=kind, name=name, time_limit_s=float(time_limit_s))
        return ActionJob(self._go, goal, "the navigation", _arrived)

    def go_near(self, x_m: float, y_m: float, time_limit_s: float) -> ActionJob:
        goal = GoTo.Goal(kind="near", x_m=x_m, y_m=y_m, time_limit_s=float(time_limit_s))
        return ActionJob(self._go, goal, "the navigation", _arrived)

    def follow(self, _who: str, time_limit_s: float) -> ActionJob:
        """Whoever is nearest: the camera does not tell who somebody is."""
        goal = GoTo.Goal(kind="follow", time_limit_s=float(time_limit_s))
        return ActionJob(self._go, goal, "the navigation", _arrived)

    def is_there(self) -> bool:
        """Whether a navigation node answers at the moment."""
        return self._go.server_is_ready()

    def destroy(self) -> None:
        self._go.destroy()


class RosPeople:
    """Whether perception sees somebody at the moment."""

    def __init__(self, node: Node) -> None:
        self._seen_s = -1e9
        node.create_subscription(People, "people", self._on_people, qos.PEOPLE)

    def somebody_is_seen(self, _now_s: float) -> bool:
        return time.monotonic() - self._seen_s < SEEN_WITHIN_S

    def _on_people(self, message: People) -> None:
        if any(person.confidence >= LEAST_CONFIDENCE for person in message.people):
            self._seen_s = time.monotonic()


class Kept:
    """Word to a caregiver: done once it is on disk, or where that is not possible at the moment."""

    def __init__(self, is_kept: Callable[[], bool]) -> None:
        self._is_kept = is_kept

    def outcome(self, _now_s: float) -> Outcome | None:
        return DONE if self._is_kept() else None

    def cancel(self) -> None:
        """What was given to be told is told."""


class CareMessages:
    """Caregivers by care's escalation desk, alerts by its book. `heard` is called when there is a new alert."""

    def __init__(self, book: AlertBook, calling: Calling | None, heard: Callable[[], None]) -> None:
        self._book, self._calling, self._heard = book, calling, heard

    def tell(self, who: str, title: str, body: str, about: str, now_s: float) -> Kept | Refusal:
        if self._calling is None:
            return Refusal("no site file says who the caregivers are")
        people = [who] if who else self._calling.first_called()
        if not people:
            return Refusal("the site file names nobody who is to be told")
        calling = self._calling
        for person in people:
            calling.news(person, title, body, about, now_s)
        return Kept(lambda: calling.is_kept(about))

    def is_sent(self, about: str) -> bool:
        return self._calling is not None and self._calling.is_sent(about)

    def language_of(self, who: str) -> str:
        if self._calling is None:
            return "en"
        return self._calling.language_of(who or next(iter(self._calling.first_called()), ""))

    def escalate(self, kind: str, reason: str, about: str, now_s: float) -> Kept:
        event = FallEvent(FallEventKind.CONFIRMED, 0, 0, now_s, 1.0, "routine", reason)
        self._book.hear(about, event, seen_at_s=now_s, now_s=now_s, kind=kind)
        self._heard()
        return Kept(lambda: True)  # the book writes at once, or says in its fault why it cannot

    def alert_state(self, alert: str) -> str:
        found = self._alert(alert)
        return found.state.value if found else ""

    def alert_place_m(self, alert: str) -> tuple[float, float] | None:
        found = self._alert(alert)
        return found.known_at_m if found else None

    def answered_by(self, alert: str) -> str:
        found = self._alert(alert)
        return (found.acknowledged_by or found.resolved_by) if found else ""

    def open_alerts(self) -> list[Alert]:
        """What nobody has ended yet, the newest first."""
        return sorted(self._book.open_alerts(), key=lambda each: -each.changed_at_s)

    def _alert(self, alert: str) -> Alert | None:
        return next((each for each in self._book.recent(100) if each.id == alert), None)


def _said(result: Say.Result, _succeeded: bool) -> Outcome:
    return Outcome(result.is_said, result.reason or ("" if result.is_said else "it was not said to its end"))


def _answered(result: Ask.Result, succeeded: bool) -> Outcome:
    if not succeeded:
        return Outcome(False, "the question was broken off")
    return Outcome(True, answer=result.answer or "none", heard=result.heard)


def _arrived(result: GoTo.Result, succeeded: bool) -> Outcome:
    return Outcome(result.arrived and succeeded, result.reason)
