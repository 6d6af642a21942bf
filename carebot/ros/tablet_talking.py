"""Talking through the robot over ROS: the action Say, the captions, and what the resident says."""

from __future__ import annotations

import threading
import time
import uuid
from array import array
from dataclasses import replace
from itertools import count
from typing import Any

from carebot_interfaces.action import Say
from carebot_interfaces.msg import Caption, Utterance
from carebot_interfaces.srv import ForgetSaid
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.action import ActionClient
from rclpy.action.client import ClientGoalHandle
from rclpy.node import Node
from std_msgs.msg import Empty
from unique_identifier_msgs.msg import UUID

from carebot.ros import qos
from carebot.ros.ask import ask, within
from carebot.tablet.caring import CareOutcome
from carebot.tablet.talking import CaptionNow, Forgotten, Line, Lines, Talk

ANSWER_TIMEOUT_S = 3.0
HEARING, SPEECH = "conversation: hearing", "conversation: speech"
HEALTH_LIFE_S = 4.0
SILENT = CareOutcome(False, "silent", "The robot's conversation node does not answer.")


class TabletTalking:
    """A `TalkingRobot`. ROS calls the callbacks, the web server the rest."""

    def __init__(self, node: Node) -> None:
        self._lock = threading.Lock()
        self._lines, self._numbers = Lines(), count(1)
        self._now: CaptionNow | None = None
        self._hears, self._hears_s = "", 0.0
        self._is_mute, self._is_mute_s = False, 0.0
        self._handles: dict[str, ClientGoalHandle] = {}
        self._say = ActionClient(
            node,
            Say,
            "say",
            goal_service_qos_profile=qos.GOALS,
            result_service_qos_profile=qos.GOALS,
            cancel_service_qos_profile=qos.GOALS,
        )
        self._forget = node.create_client(ForgetSaid, "forget_said")
        self._inputs = [
            node.create_subscription(Caption, "captions", self._on_caption, qos.CAPTIONS),
            node.create_subscription(Utterance, "utterances", self._on_utterance, qos.SPOKEN_ONCE),
            node.create_subscription(Empty, "said_forgotten", lambda _: self._forget_lines(), qos.SPOKEN_ONCE),
            node.create_subscription(DiagnosticArray, "diagnostics", self._on_diagnostics, 20),
        ]

    def talk(self) -> Talk:
        is_there = self._say.server_is_ready()
        with self._lock:
            oldest_s = time.monotonic() - HEALTH_LIFE_S
            now = self._now if is_there else None
            hears = self._hears if is_there and self._hears_s > oldest_s else ""
            return Talk(is_there, now, self._lines.all(), hears, self._is_mute and self._is_mute_s > oldest_s)

    async def say(self, text: str, language: str, is_urgent: bool, by: str) -> CareOutcome:
        if not self._say.server_is_ready():
            return SILENT
        line = Line(f"line-{next(self._numbers)}", time.time(), "caregiver", by, text, language, "waiting")
        return await self._send(Say.Goal(text=text, language=language, is_urgent=is_urgent), line, uuid.uuid4())

    async def say_voice(self, wav: bytes, duration_s: float, is_urgent: bool, by: str) -> CareOutcome:
        if not self._say.server_is_ready():
            return SILENT
        goal_id = uuid.uuid4()  # the turn that its caption names
        line = Line(goal_id.hex, time.time(), "caregiver", by, "", "", "waiting", voice_s=duration_s)
        goal = Say.Goal(is_urgent=is_urgent, origin="caregiver", voice_wav=array("B", wav), voice_of=by)
        return await self._send(goal, line, goal_id)

    async def _send(self, goal: Say.Goal, line: Line, goal_id: uuid.UUID) -> CareOutcome:
        self._put(line)
        named = UUID(uuid=list(goal_id.bytes))
        sending = self._say.send_goal_async(goal, lambda _message: self._change(line.id, "saying"), named)
        handle = await within(sending, ANSWER_TIMEOUT_S)
        if handle is None or not handle.accepted:
            self._change(line.id, "not_said")
            if handle is None:  # it may be taken yet, with nobody to know of it
                sending.add_done_callback(lambda late: late.result().cancel_goal_async())
            return SILENT
        with self._lock:
            self._handles[line.id] = handle
        handle.get_result_async().add_done_callback(lambda done: self._on_said(line.id, done.result().result))
        return CareOutcome(True, id=line.id)

    async def stop_saying(self, line: str) -> CareOutcome:
        with self._lock:
            handle = self._handles.get(line)
        if handle is None:
            return CareOutcome(False, "unknown", "It is not being said any more.", line)
        answer = await within(handle.cancel_goal_async(), ANSWER_TIMEOUT_S)
        return SILENT if answer is None else CareOutcome(True, id=line)

    async def forget(self, resident: str, by: str) -> Forgotten:
        if not self._forget.service_is_ready():
            return Forgotten("silent")
        lines = len(self.talk().lines)
        response = await ask(self._forget, ForgetSaid.Request(resident=resident, by=by), ANSWER_TIMEOUT_S)
        if response is None:
            return Forgotten("silent")
        if not response.accepted:
            return Forgotten(response.code, talks_with=response.talks_with)
        self._forget_lines()
        return Forgotten("", response.exchanges, max(0, lines - len(self.talk().lines)), response.talks_with)

    def _forget_lines(self) -> None:
        with self._lock:
            self._lines.forget()

    def _on_said(self, line_id: str, result: Say.Result) -> None:
        with self._lock:
            self._handles.pop(line_id, None)
        state = "not_said" if not result.is_said else "shown" if result.reason else "said"
        self._change(line_id, state, result.reason)

    def _on_caption(self, message: Caption) -> None:
        if message.who not in ("", "robot"):  # what was heard comes as an utterance, when it is over
            return
        now = CaptionNow(message.text, message.language, message.is_heard, message.why_not_heard)
        with self._lock:
            self._now = now if message.text else None
            spoken = self._lines.find(message.turn) if message.turn else None
            if spoken is not None:
                self._lines.put(replace(spoken, state="saying" if spoken.state == "waiting" else spoken.state))
            elif message.text and not self._is_ours(message.text):
                key = f"robot-{next(self._numbers)}"
                state = "said" if message.is_heard else "shown"
                line = Line(key, time.time(), "robot", "", message.text, message.language, state, message.why_not_heard)
                self._lines.put(replace(line, origin=message.origin if message.origin == "model" else ""))

    def _is_ours(self, text: str) -> bool:
        """Whether it is a piece of what a caregiver has it say, which stands there already."""
        under_way = (each for each in self._lines.all() if each.id in self._handles or each.state == "waiting")
        return any(text.strip() in each.text for each in under_way)

    def _on_utterance(self, message: Utterance) -> None:
        key = f"resident-{next(self._numbers)}"
        means = message.means or "text"
        self._put(Line(key, time.time(), "resident", message.who, message.text, message.language, means=means))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == HEARING:
                with self._lock:
                    self._hears, self._hears_s = _hears(status), time.monotonic()
            if status.name == SPEECH:
                with self._lock:
                    self._is_mute, self._is_mute_s = _is_mute(status), time.monotonic()

    def _put(self, line: Line) -> None:
        with self._lock:
            self._lines.put(line)

    def _change(self, line_id: str, state: str, why: str = "") -> None:
        with self._lock:
            line = self._lines.find(line_id)
            if line is not None:
                self._lines.put(replace(line, state=state, why=why))


def _hears(status: Any) -> str:
    if status.level != DiagnosticStatus.OK:
        return "broken"
    return "off" if status.message.startswith("is off") else "on" if status.message == "hears" else ""


def _is_mute(status: DiagnosticStatus) -> bool:
    return any(each.key == "loudspeaker" and each.value != "works" for each in status.values)
