"""Looking through the camera: for pages on which somebody is signed in, never for other apps."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from carebot.records.audit import Deed
from carebot.tablet import api_models as bodies
from carebot.tablet import said_no
from carebot.tablet.looks import Look, Looks, allowed
from carebot.tablet.problems import Problem, ToldProblem
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs, visitor_of

NEVER_KEPT = {"cache-control": "no-store, private", "pragma": "no-cache", "content-disposition": "inline"}


def add_routes(router: APIRouter, services: Services) -> None:
    looking = needs(services, Scope.CAMERA_LOOK)

    @router.post("/api/v1/looks", include_in_schema=False, dependencies=looking, status_code=201)
    async def begin(body: bodies.LookBody, request: Request) -> bodies.LookStateBody:
        """Begin a look; the resident hears of it."""
        visitor, looks = visitor_of(request), _looks(services)
        found = allowed(visitor, services.residents_here(), services.view_for(visitor).alerts)
        if found.refusal:
            detail = services.texts_for(request)(found.refusal)
            services.books.audit.note(
                Deed("refusal", visitor.name, "looking through the camera", detail={"why": detail})
            )
            raise ToldProblem(403, "Not allowed", detail)
        reason = " ".join(body.reason.split())
        if not reason:
            raise ToldProblem(422, "No reason", services.texts_for(request)("look_reason_missing"))
        opened, look_id = await looks.begin(visitor, found, reason)
        if not opened.accepted:
            raise ToldProblem(409, "Not possible", said_no.of_look(opened).words(services.texts_for(request)))
        return bodies.LookStateBody(id=look_id, seconds_left=opened.seconds_left)

    @router.get("/api/v1/looks/{id}/picture", include_in_schema=False, dependencies=looking)
    async def picture(request: Request, id: str) -> Response:
        """The newest picture; 204 before the first one, 410 when the look is over."""
        shown = await _looks(services).picture(_find(services, request, id))
        headers = {**NEVER_KEPT, "x-seconds-left": f"{shown.seconds_left:.1f}"}
        if not shown.open:
            raise Problem(410, "Over", "This look is over.", NEVER_KEPT)
        if not shown.jpeg:
            return Response(status_code=204, headers=headers)
        return Response(shown.jpeg, media_type="image/jpeg", headers=headers)

    @router.delete("/api/v1/looks/{id}", include_in_schema=False, dependencies=looking, status_code=204)
    async def end(request: Request, id: str) -> None:
        """End it."""
        await _looks(services).end(_find(services, request, id))


def _looks(services: Services) -> Looks:
    if services.looks is None:
        raise Problem(409, "No camera", "Nobody can look through this robot's camera.")
    return services.looks


def _find(services: Services, request: Request, look_id: str) -> Look:
    found = _looks(services).of(visitor_of(request), look_id)
    if found is None:
        raise Problem(410, "Over", "This look is over, or was never yours.", NEVER_KEPT)
    return found
