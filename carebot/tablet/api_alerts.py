"""Alerts and the answers to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BeforeValidator

from carebot.alerts import Alert, Answer
from carebot.records.audit import Deed
from carebot.tablet import api_models as bodies
from carebot.tablet import said_no
from carebot.tablet.access import Visitor
from carebot.tablet.api_session import readable
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.language import DEFAULT, Texts
from carebot.tablet.problems import Problem, ToldProblem, documented, documented_with_body
from carebot.tablet.replay import Replays
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, any_key, needs_here, visitor_of

AlertId = Annotated[str, Path(max_length=100)]


def _true_or_false(text: object) -> object:
    """pydantic would take "yes" and "1" too, which the description of the API does not promise."""
    if text not in ("true", "false", "True", "False", True, False):
        raise ValueError("say true or false")
    return text


Flag = Annotated[bool, BeforeValidator(_true_or_false)]


def add_routes(router: APIRouter, services: Services) -> None:
    robot, idempotency = services.robot, Idempotency()

    @router.get("/api/v1/alerts", tags=["alerts"], dependencies=any_key(), responses=documented(422))
    async def alerts(
        request: Request,
        only_open: Annotated[Flag, Query(description="Leave out what is resolved.")] = False,
    ) -> bodies.AlertsBody:
        """All open alerts and the latest resolved ones."""
        chosen = [alert for alert in seen_by(services, visitor_of(request)) if alert.is_open or not only_open]
        return bodies.AlertsBody(alerts=[_body(services, alert) for alert in chosen], live=not robot.view().is_lost)

    @router.get("/api/v1/alerts/{id}", tags=["alerts"], dependencies=any_key(), responses=documented(404, 422))
    async def alert(request: Request, id: AlertId) -> bodies.AlertBody:
        """One alert."""
        return _body(services, find(services, visitor_of(request), id))

    @router.get(
        "/api/v1/alerts/{id}/replay",
        tags=["alerts"],
        dependencies=needs_here(services, Scope.PEOPLE_READ),
        response_model=bodies.ReplayBody,
        responses=documented(404, 422),
    )
    async def replay(request: Request, id: AlertId) -> Response:
        """What was seen around the moment of an alert, as keypoints."""
        find(services, visitor_of(request), id)
        services.books.audit.note(Deed("look", visitor_of(request).name, "replayed an alert's skeletons", id))
        replays: Replays = request.app.state.replays
        return Response(replays.body_json(id), media_type="application/json")

    @router.get(
        "/api/v1/alerts/{id}/told",
        tags=["alerts"],
        dependencies=needs_here(services, Scope.ALERTS_READ),
        responses=documented(404, 422),
    )
    async def told(request: Request, id: AlertId) -> bodies.ToldListBody:
        """Who has been told of an open alert, and who is next."""
        found = find(services, visitor_of(request), id)
        calls = [each for each in services.view_for(visitor_of(request)).told if each.alert_id == found.id]
        tablets = sorted(services.presence.names())
        return bodies.ToldListBody(told=[bodies.told_body(each) for each in calls], tablets=tablets)

    @router.post(
        "/api/v1/alerts/{id}/answer",
        tags=["alerts"],
        dependencies=needs_here(services, Scope.ALERTS_ANSWER),
        responses=documented_with_body(404, 409, 503),
    )
    async def answer(
        body: bodies.AnswerBody, request: Request, id: AlertId, key: IdempotencyKey = None
    ) -> bodies.AlertBody:
        """Answer an alert. The first one wins; 409 says who was first, 503 that care did not answer."""
        visitor = visitor_of(request)
        find(services, visitor, id)
        by, texts = _by(services, request, body.by), services.texts_for(request)
        command = f"answer {id}", body
        return await idempotency.once(
            visitor.session.device, key, command, lambda: _answer(services, visitor, id, body, by, texts)
        )


def _body(services: Services, alert: Alert) -> bodies.AlertBody:
    return bodies.alert_body(alert, services.room_of(alert))


async def _answer(
    services: Services, visitor: Visitor, alert_id: str, body: bodies.AnswerBody, by: str, texts: Texts
) -> bodies.AlertBody:
    outcome = await services.answer(visitor, alert_id, Answer(body.answer), by, body.note, body.to)
    if outcome.accepted and outcome.alert is not None:
        return _body(services, outcome.alert)
    detail = outcome.message if texts.language == DEFAULT else said_no.of_answer(outcome).words(texts)
    if outcome.alert is not None:
        raise ToldProblem(409, "Not taken", detail)
    raise ToldProblem(503, "Care does not answer", detail)


def _by(services: Services, request: Request, named: str | None) -> str:
    """Only where nobody signs in may one name another: there, names are what people say they are."""
    visitor = visitor_of(request)
    if named is None:
        return visitor.name
    if visitor.session.key and readable(named) != visitor.name:
        services.note_refusal(request, {"by": readable(named)})
        raise Problem(403, "Not yours to do", "Whoever is signed in answers in their own name: leave 'by' out.")
    return readable(named)


def seen_by(services: Services, visitor: Visitor) -> tuple[Alert, ...]:
    """The alerts that somebody may see."""
    return services.view_for(visitor).alerts


def find(services: Services, visitor: Visitor, alert_id: str) -> Alert:
    """The alert, if it is there and may be seen."""
    for alert in seen_by(services, visitor):
        if alert.id == alert_id:
            return alert
    raise Problem(404, "No such alert", "There is no such alert among the open and the latest resolved ones.")
