"""A tablet that drives over a real web socket; its clock is an hour ahead of the robot's."""

from __future__ import annotations

import json
import time
from typing import Any

from websockets.sync.client import ClientConnection

WAIT_S = 30.0
AHEAD_S = 3600.0


class Tablet:
    """One connection; what `say` sends is answered by what `next` finds."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @staticmethod
    def now_s() -> float:
        return time.time() + AHEAD_S

    def say(self, kind: str, **fields: Any) -> None:
        self.connection.send(json.dumps({"type": kind, **fields}))

    def next(self, kind: str) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(self.connection.recv(timeout=WAIT_S))
            if message["type"] == kind:
                return message

    def newest(self, kind: str) -> dict[str, Any]:
        """The last of this kind that has come; waits for one where none has."""
        newest = None
        while True:
            try:
                message = json.loads(self.connection.recv(timeout=0 if newest else WAIT_S))
            except TimeoutError:
                assert newest is not None
                return newest
            newest = message if message["type"] == kind else newest

    def ready(self) -> Tablet:
        for _ in range(3):
            sent_s = self.now_s()
            self.say("clock", sent_s=sent_s)
            self.next("clock")
            self.say("returned", sent_s=sent_s, returned_s=self.now_s())
        self.say("take")
        assert self.next("seat")["yours"]
        return self

    def hold(self, vx_m_s: float = 0.3, held: bool = True) -> None:
        self.say("twist", vx_m_s=vx_m_s, held=held, stamp_s=self.now_s())
