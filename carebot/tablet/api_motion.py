"""The part of the API that moves and stops the robot: the emergency stop, and the socket for driving by hand."""

from __future__ import annotations

from fastapi import APIRouter, Request

from carebot.tablet import api_models as bodies
from carebot.tablet import said_no, teleop_socket
from carebot.tablet.gate import STOP_PATH
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.problems import Problem, ToldProblem, documented, documented_with_body
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs, needs_here, visitor_of


def add_routes(router: APIRouter, services: Services) -> None:
    """The routes; behind the gate, so that whoever calls is paired."""
    teleop_socket.add_routes(router, services)
    idempotency = Idempotency()

    @router.post(
        STOP_PATH,
        tags=["motion"],
        dependencies=needs(services, Scope.ROBOTS_STOP),
        responses=documented(409, 503),
    )
    async def emergency_stop(request: Request) -> bodies.DoneBody:
        """Stop the robot now; it stays stopped until a named person resets it.

        503: the robot's safety node does not answer. 409: this robot was never heard to have one.
        """
        is_known = services.motion is not None and services.motion.motion() is not None
        outcome = await services.stop(visitor_of(request))
        if not outcome.accepted:
            raise Problem(503 if is_known else 409, "Not done", outcome.message, key="stop_unreached")
        return bodies.DoneBody(message=outcome.message)

    @router.post(
        "/api/v1/emergency_stop/reset",
        tags=["motion"],
        dependencies=needs_here(services, Scope.ROBOTS_DRIVE),
        responses=documented_with_body(409),
    )
    async def reset(
        request: Request, body: bodies.ReleaseBody | None = None, key: IdempotencyKey = None
    ) -> bodies.DoneBody:
        """Let the robot move again, after a look at it; 409 says what stands against it."""
        device = visitor_of(request).session.device
        return await idempotency.once(device, key, ("reset", body), lambda: _reset(services, request, body))


async def _reset(services: Services, request: Request, body: bodies.ReleaseBody | None) -> bodies.DoneBody:
    reason = "" if body is None else " ".join(body.reason.split())
    outcome = await services.release(visitor_of(request), reason)
    if not outcome.accepted:
        raise ToldProblem(409, "Not done", said_no.of_release(outcome).words(services.texts_for(request)))
    return bodies.DoneBody(message=outcome.message)
