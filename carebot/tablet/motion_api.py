"""The part of the API that moves and stops the robot: the emergency stop, and the socket for driving by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from carebot.tablet import teleop_socket
from carebot.tablet.api import AUTH, PROBLEM, Problem, session_of
from carebot.tablet.teleop import EmergencyStop, Motion, StopOutcome


class MovingRobot(Motion, EmergencyStop, Protocol):
    """A robot that can be driven and stopped."""


class StopBody(BaseModel):
    """What the safety judge says to it."""

    message: str = Field(description="One sentence.")


def build(robot: MovingRobot, is_stopping: Callable[[], bool]) -> APIRouter:
    """The routes; behind the gate, so that whoever calls is paired."""
    router = APIRouter()
    router.include_router(teleop_socket.build(teleop_socket.TeleopServices(robot, is_stopping)))

    @router.post("/api/v1/emergency_stop", tags=["motion"], dependencies=AUTH, responses={401: PROBLEM, 503: PROBLEM})
    async def emergency_stop(request: Request) -> StopBody:
        """Stop the robot now; it stays stopped until a named person resets it. 503: safety did not answer."""
        return _body(await robot.emergency_stop(session_of(request).name), 503)

    @router.post(
        "/api/v1/emergency_stop/reset",
        tags=["motion"],
        dependencies=AUTH,
        responses={401: PROBLEM, 409: PROBLEM},
    )
    async def reset(request: Request) -> StopBody:
        """Let the robot move again, after a look at it; 409 says what stands against it."""
        return _body(await robot.reset_emergency_stop(session_of(request).name), 409)

    return router


def _body(outcome: StopOutcome, status: int) -> StopBody:
    if not outcome.accepted:
        raise Problem(status, "Not done", outcome.message)
    return StopBody(message=outcome.message)
