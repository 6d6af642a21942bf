"""Routines: what can be asked for, what is under way, and caregivers' words on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from carebot.tablet import api_care_models as bodies
from carebot.tablet import refusals
from carebot.tablet.access import Visitor
from carebot.tablet.api_alerts import Flag
from carebot.tablet.caring import RunAnswer
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.language import Texts
from carebot.tablet.problems import Problem, ToldProblem, documented, documented_with_body
from carebot.tablet.refusals import Refusal
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs_here, visitor_of

TITLES = {
    403: "Not yours to do",
    404: "Not known",
    409: "Not possible",
    422: "Not understood",
    503: "Care does not answer",
}
RoutineName = Annotated[str, Path(max_length=100)]
RunId = Annotated[str, Path(max_length=300)]


def add_routes(router: APIRouter, services: Services) -> None:
    running, idempotency = needs_here(services, Scope.ROUTINES_RUN), Idempotency()

    @router.get("/api/v1/routines", tags=["routines"], dependencies=running, responses=documented())
    async def routines(request: Request) -> bodies.RoutinesBody:
        """Every routine that can be asked for, told in the caller's language."""
        care, texts = services.care(), services.texts_for(request)
        offers = [bodies.routine_body(each, texts) for each in care.offers]
        return bodies.RoutinesBody(routines=offers, live=not care.is_silent)

    @router.post(
        "/api/v1/routines/{name}/runs",
        tags=["routines"],
        dependencies=running,
        status_code=201,
        responses=documented_with_body(404, 409, 503),
    )
    async def start(
        body: bodies.StartBody, request: Request, name: RoutineName, key: IdempotencyKey = None
    ) -> bodies.StartedBody:
        """Start a routine, or let it wait for its turn. 409 says why not: under way already, or what is given."""
        visitor, texts = visitor_of(request), services.texts_for(request)
        command = f"start {name}", body
        return await idempotency.once(
            visitor.session.device, key, command, lambda: _start(services, visitor, name, body, texts)
        )

    @router.get("/api/v1/runs", tags=["routines"], dependencies=running, responses=documented(422))
    async def runs(
        request: Request,
        only_approvals: Annotated[Flag, Query(description="Only what waits for a caregiver's yes.")] = False,
    ) -> bodies.RunsBody:
        """Everything that is not over."""
        care, texts = services.care(), services.texts_for(request)
        chosen = [each for each in care.runs if each.approval is not None or not only_approvals]
        shown = [bodies.run_body(each, texts) for each in chosen]
        return bodies.RunsBody(runs=shown, live=not care.is_silent, fault=care.fault)

    @router.post(
        "/api/v1/runs/{id}/answer",
        tags=["routines"],
        dependencies=running,
        responses=documented_with_body(404, 409, 503),
    )
    async def answer(
        body: bodies.RunAnswerBody, request: Request, id: RunId, key: IdempotencyKey = None
    ) -> bodies.StartedBody:
        """Approve, refuse, pause, go on with or cancel a run, in the name of whoever is signed in."""
        visitor, texts = visitor_of(request), services.texts_for(request)
        command = f"answer run {id}", body
        return await idempotency.once(
            visitor.session.device, key, command, lambda: _answer(services, request, id, body.answer, texts)
        )


async def _start(
    services: Services, visitor: Visitor, name: str, body: bodies.StartBody, texts: Texts
) -> bodies.StartedBody:
    refuse(refusals.of_start(services.care(), name, body.parameters, texts), texts)
    outcome = await services.start_routine(visitor, name, body.parameters)
    refuse(refusals.of_outcome(outcome), texts)
    return bodies.StartedBody(run=outcome.id)


async def _answer(
    services: Services, request: Request, run: str, answer: RunAnswer, texts: Texts
) -> bodies.StartedBody:
    visitor = visitor_of(request)
    refusal = refusals.of_answer(services.care(), run, answer, visitor.name)
    if refusal is not None and refusal.status == 403:
        services.note_refusal(request, refusal.values)
    refuse(refusal, texts)
    refuse(refusals.of_outcome(await services.answer_run(visitor, run, answer)), texts)
    return bodies.StartedBody(run=run)


def refuse(refusal: Refusal | None, texts: Texts) -> None:
    """Raise the problem that a refusal is, in the caller's language."""
    if refusal is not None:
        raise refused(refusal, texts)


def refused(refusal: Refusal, texts: Texts) -> Problem:
    """A refusal, in the caller's language."""
    return ToldProblem(refusal.status, TITLES[refusal.status], refusal.words(texts))
