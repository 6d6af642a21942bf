"""The web socket `/api/v1/teleop`: carries a TeleopSession's messages, and ends it when the network does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from carebot.records.audit import Deed
from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import ZERO
from carebot.safety.world import MotionRequest
from carebot.tablet.access import Visitor
from carebot.tablet.gate import VISITOR_KEY
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services
from carebot.tablet.teleop import Answers, Motion, MotionView, Seats, TeleopSession, TooManyMessagesError

PATH = "/api/v1/teleop"
TICK_S = 0.02
OVER_AFTER_S = 60.0
"""Who moves the robot again after so long a rest drives anew, in the record."""

LONGEST_MESSAGE = 1024
_MOST_WAITING = 64
"""Messages that a tablet may leave unread; then it is hung up on."""
_GOING_AWAY, _NOT_UNDERSTOOD, _AGAINST_THE_RULES = 1001, 1003, 1008


def add_routes(router: APIRouter, services: Services, parameters: SafetyParameters | None = None) -> None:
    """The route; behind the gate, so that whoever connects is paired. It closes when their right to drive ends."""
    parameters = parameters or SafetyParameters()
    seats = Seats(parameters.seat_free_after_s)

    @router.websocket(PATH)
    async def teleop(socket: WebSocket) -> None:
        visitor: Visitor = socket.scope[VISITOR_KEY]
        if not services.may_here(visitor, Scope.ROBOTS_DRIVE):
            await _refuse(socket, services, "You may not drive this robot.")
            return
        if services.motion is None:
            await _refuse(socket, services, "This robot cannot be driven.")
            return
        await socket.accept()
        motion = _Recorded(services, services.motion, visitor)
        driving = TeleopSession(visitor.name, seats, motion, parameters, services.texts_for(socket))
        try:
            code = await _Connection(socket, driving, motion, lambda: _is_over(services, visitor)).run()
        finally:
            driving.close(time.monotonic())
            motion.note_end()
        if code:
            await socket.close(code)


async def _refuse(socket: WebSocket, services: Services, why: str) -> None:
    services.note_refusal(socket, {"why": why})
    await socket.close(_AGAINST_THE_RULES, why)


def _is_over(services: Services, visitor: Visitor) -> bool:
    return services.is_stopping() or not services.access.is_live(visitor)


class _Recorded:
    """A `Motion` that leaves a row in the audit when it begins to move the robot, and one when that is over."""

    def __init__(self, services: Services, motion: Motion, visitor: Visitor) -> None:
        self._services, self._motion, self._visitor = services, motion, visitor
        self._began_s: float | None = None
        self._moved_s = 0.0

    def drive(self, request: MotionRequest) -> None:
        moves = request.twist != ZERO
        if moves and self._began_s is None:
            self._began_s = request.stamp_s
            self._services.books.audit.note(Deed("motion", self._visitor.name, "drove by hand"))
        if moves:
            self._moved_s = request.stamp_s
            self._services.access.touch(self._visitor)
        self._motion.drive(request)

    def tick(self, now_s: float) -> None:
        """Who only looks on no longer drives."""
        if now_s - self._moved_s >= OVER_AFTER_S:
            self.note_end()

    def note_end(self) -> None:
        if self._began_s is not None:
            driven = {"seconds": round(self._moved_s - self._began_s, 1)}
            self._services.books.audit.note(Deed("motion", self._visitor.name, "ended driving by hand", detail=driven))
            self._began_s = None

    def motion(self) -> MotionView | None:
        return self._motion.motion()


class _Connection:
    """Reads, ticks and writes at once: nobody who does not read keeps the tick from noticing the silence."""

    def __init__(
        self, socket: WebSocket, driving: TeleopSession, motion: _Recorded, is_over: Callable[[], bool]
    ) -> None:
        self._socket, self._driving, self._motion, self._is_over = socket, driving, motion, is_over
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_MOST_WAITING)

    async def run(self) -> int:
        """Until one side has had enough; returns the code to close with, 0 where the tablet has closed already."""
        tasks = [asyncio.ensure_future(part()) for part in (self._read, self._tick, self._write)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> int:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return 0
            text = message.get("text")
            if text is None or len(text) > LONGEST_MESSAGE:
                return _NOT_UNDERSTOOD
            try:
                self._post(self._driving.hear(text, time.monotonic()))
            except (TooManyMessagesError, asyncio.QueueFull):
                return _AGAINST_THE_RULES

    async def _tick(self) -> int:
        while not self._is_over():
            try:
                now_s = time.monotonic()
                self._motion.tick(now_s)
                self._post(self._driving.tick(now_s))
            except asyncio.QueueFull:
                return _AGAINST_THE_RULES
            await asyncio.sleep(TICK_S)
        return _GOING_AWAY

    async def _write(self) -> int:
        while True:
            try:
                await self._socket.send_text(json.dumps(await self._waiting.get()))
            except (WebSocketDisconnect, RuntimeError):
                return 0

    def _post(self, answers: Answers) -> None:
        for answer in answers:
            self._waiting.put_nowait(answer)
