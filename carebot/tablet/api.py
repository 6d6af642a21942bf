"""The JSON API for other apps: alerts and answers, the robot's state, what it sees, and a stream of changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import APIKeyCookie, HTTPBearer

from carebot.alerts import Alert, Answer
from carebot.tablet import api_models as bodies
from carebot.tablet.gate import SESSION_KEY
from carebot.tablet.pairing import Pairing
from carebot.tablet.robot import Robot, RobotView
from carebot.tablet.sessions import COOKIE, LIFE_S, Session, Sessions, clean_name

POLL_S = 0.1
HEARTBEAT_S = 1.0
PROBLEM = {"model": bodies.ProblemBody, "content": {"application/problem+json": {}}}
AUTH = [
    Depends(HTTPBearer(auto_error=False, description="The token that pairing returned.")),
    Depends(APIKeyCookie(name=COOKIE, auto_error=False, description="The cookie that pairing set.")),
]


class Problem(Exception):  # noqa: N818 - the name of RFC 9457
    """An answer that says what went wrong, as application/problem+json."""

    def __init__(self, status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers = status, title, detail, headers

    def response(self) -> JSONResponse:
        body = bodies.ProblemBody(title=self.title, status=self.status, detail=self.detail)
        return JSONResponse(body.model_dump(), self.status, self.headers, media_type="application/problem+json")


@dataclass(frozen=True, slots=True)
class Services:
    """What the API speaks to. `is_stopping` ends the streams when the server wants to go."""

    robot: Robot
    pairing: Pairing
    sessions: Sessions
    is_stopping: Callable[[], bool]


def build(services: Services) -> APIRouter:
    """All routes of the API."""
    router = APIRouter()
    _add_open_routes(router, services)
    _add_session_routes(router, services)
    _add_alert_routes(router, services)
    _add_robot_routes(router, services)
    return router


def session_of(request: Request) -> Session:
    """The session that the gate found; routes behind the gate always have one."""
    session = request.scope.get(SESSION_KEY)
    if not isinstance(session, Session):
        raise Problem(401, "Not paired", "This device is not paired: open /pair first.")
    return session


def _add_open_routes(router: APIRouter, services: Services) -> None:
    @router.get("/health", tags=["server"])
    def health() -> bodies.HealthBody:
        """Whether the server lives."""
        return bodies.HealthBody()

    @router.post("/api/v1/pair", tags=["session"], responses={401: PROBLEM, 422: PROBLEM, 429: PROBLEM})
    async def pair(body: bodies.PairBody, request: Request, response: Response) -> bodies.PairedBody:
        """Pair a device with the PIN that the robot's terminal shows; each PIN works once."""
        name = _name(body.name)
        result = services.pairing.try_pin(body.pin.replace(" ", ""), time.monotonic())
        if not result.accepted:
            raise _pin_problem(result.wait_s)
        session, token = services.sessions.start(name)
        _set_cookie(response, token, request)
        return bodies.PairedBody(device=session.device, name=session.name, token=token)


def _add_session_routes(router: APIRouter, services: Services) -> None:
    @router.get("/api/v1/session", tags=["session"], dependencies=AUTH, responses={401: PROBLEM})
    def session(request: Request) -> bodies.SessionBody:
        """Who this device belongs to."""
        found = session_of(request)
        return bodies.SessionBody(device=found.device, name=found.name)

    @router.put("/api/v1/session", tags=["session"], dependencies=AUTH, responses={401: PROBLEM, 422: PROBLEM})
    def rename(body: bodies.NameBody, request: Request, response: Response) -> bodies.PairedBody:
        """Hand the device to another caregiver."""
        renamed = Session(session_of(request).device, _name(body.name))
        token = services.sessions.token(renamed)
        _set_cookie(response, token, request)
        return bodies.PairedBody(device=renamed.device, name=renamed.name, token=token)


def _add_alert_routes(router: APIRouter, services: Services) -> None:
    robot = services.robot

    @router.get("/api/v1/alerts", tags=["alerts"], dependencies=AUTH, responses={401: PROBLEM})
    def alerts(only_open: bool = Query(False, description="Leave out what is resolved.")) -> bodies.AlertsBody:
        """All open alerts and the latest resolved ones."""
        view = robot.view()
        chosen = [alert for alert in view.alerts if alert.is_open or not only_open]
        return bodies.AlertsBody(alerts=[bodies.alert_body(alert) for alert in chosen], live=not view.is_lost)

    @router.get("/api/v1/alerts/{id}", tags=["alerts"], dependencies=AUTH, responses={401: PROBLEM, 404: PROBLEM})
    def alert(id: str = Path(max_length=100)) -> bodies.AlertBody:
        """One alert."""
        return bodies.alert_body(_find(robot.view(), id))

    @router.post(
        "/api/v1/alerts/{id}/answer",
        tags=["alerts"],
        dependencies=AUTH,
        responses={401: PROBLEM, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM, 503: PROBLEM},
    )
    async def answer(body: bodies.AnswerBody, request: Request, id: str = Path(max_length=100)) -> bodies.AlertBody:
        """Answer an alert. The first one wins; 409 says who was first, 503 that care did not answer."""
        by = session_of(request).name if body.by is None else _name(body.by)
        outcome = await robot.answer(id, Answer(body.answer), by, body.note)
        if outcome.accepted and outcome.alert is not None:
            return bodies.alert_body(outcome.alert)
        if outcome.alert is not None:
            raise Problem(409, "Not taken", outcome.message)
        _find(robot.view(), id)
        raise Problem(503, "Care does not answer", outcome.message)


def _add_robot_routes(router: APIRouter, services: Services) -> None:
    robot = services.robot

    @router.get("/api/v1/robot", tags=["robot"], dependencies=AUTH, responses={401: PROBLEM})
    def state() -> bodies.RobotBody:
        """How the robot is."""
        return bodies.robot_body(robot.view())

    @router.get("/api/v1/people", tags=["robot"], dependencies=AUTH, responses={401: PROBLEM})
    def people() -> bodies.PeopleBody:
        """What the robot sees, as keypoints."""
        return bodies.people_body(robot.view())

    @router.get(
        "/api/v1/events",
        tags=["alerts"],
        dependencies=AUTH,
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, 401: PROBLEM},
    )
    async def events() -> StreamingResponse:
        """Server-sent events: `alert` with every alert now and at each change, `robot` each second and when lost."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_events(services), media_type="text/event-stream", headers=headers)


async def _events(services: Services) -> AsyncIterator[str]:
    told: dict[str, int] = {}
    told_state, told_at_s = None, float("-inf")
    while not services.is_stopping():
        view = services.robot.view()
        for alert in reversed(view.alerts):
            if told.get(alert.id) != alert.revision:
                yield _event("alert", bodies.alert_body(alert).model_dump_json(), f"{alert.id}:{alert.revision}")
        told = {alert.id: alert.revision for alert in view.alerts}
        state, now_s = (view.is_lost, view.is_blind), time.monotonic()
        if state != told_state or now_s - told_at_s >= HEARTBEAT_S:
            yield _event("robot", bodies.robot_body(view).model_dump_json())
            told_state, told_at_s = state, now_s
        await asyncio.sleep(POLL_S)


def _event(name: str, data: str, number: str = "") -> str:
    return f"event: {name}\n" + (f"id: {number}\n" if number else "") + f"data: {data}\n\n"


def _find(view: RobotView, alert_id: str) -> Alert:
    for alert in view.alerts:
        if alert.id == alert_id:
            return alert
    raise Problem(404, "No such alert", "There is no such alert among the open and the latest resolved ones.")


def _name(text: str) -> str:
    if name := clean_name(text):
        return name
    raise Problem(422, "No name", "A readable name is needed, so that others see who answers.")


def _pin_problem(wait_s: float) -> Problem:
    headers = {"Retry-After": str(max(1, round(wait_s + 0.5)))} if wait_s else None
    if wait_s:
        detail = f"The PIN was not taken: wait {wait_s:.0f} s, then type the PIN that the robot's terminal shows."
        return Problem(429, "Too many tries", detail, headers)
    return Problem(401, "Wrong PIN", "This PIN is not right: type the one that the robot's terminal shows now.")


def _set_cookie(response: Response, token: str, request: Request) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=LIFE_S, httponly=True, samesite="strict", secure=secure, path="/")
