"""The web socket `/api/v1/teleop`: carries a TeleopSession's messages, and ends it when the network does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from carebot.safety.parameters import SafetyParameters
from carebot.tablet.gate import SESSION_KEY
from carebot.tablet.sessions import Session
from carebot.tablet.teleop import Answers, Motion, Seats, TeleopSession, TooManyMessagesError

PATH = "/api/v1/teleop"
TICK_S = 0.02
LONGEST_MESSAGE = 1024
_MOST_WAITING = 64
"""Messages that a tablet may leave unread; then it is hung up on."""
_GOING_AWAY, _NOT_UNDERSTOOD, _AGAINST_THE_RULES = 1001, 1003, 1008


@dataclass(frozen=True, slots=True)
class TeleopServices:
    """What the socket speaks to. `may_drive` says for each who connects whether they may."""

    motion: Motion
    is_stopping: Callable[[], bool]
    may_drive: Callable[[Session], bool] = lambda _: True
    parameters: SafetyParameters = field(default_factory=SafetyParameters)


def build(services: TeleopServices) -> APIRouter:
    """The route; behind the gate, so that whoever connects is paired."""
    router = APIRouter()
    seats = Seats(services.parameters.seat_free_after_s)

    @router.websocket(PATH)
    async def teleop(socket: WebSocket) -> None:
        session = socket.scope.get(SESSION_KEY)
        if not isinstance(session, Session) or not services.may_drive(session):
            await socket.close(_AGAINST_THE_RULES, "You may not drive this robot.")
            return
        await socket.accept()
        driving = TeleopSession(session.name, seats, services.motion, services.parameters)
        try:
            code = await _Connection(socket, driving, services.is_stopping).run()
        finally:
            driving.close(time.monotonic())
        if code:
            await socket.close(code)

    return router


class _Connection:
    """Reads, ticks and writes at once: nobody who does not read keeps the tick from noticing the silence."""

    def __init__(self, socket: WebSocket, driving: TeleopSession, is_stopping: Callable[[], bool]) -> None:
        self._socket, self._driving, self._is_stopping = socket, driving, is_stopping
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
        while not self._is_stopping():
            try:
                self._post(self._driving.tick(time.monotonic()))
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
